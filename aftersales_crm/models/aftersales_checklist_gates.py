from odoo import api, models

from .aftersales_claim_cost import CLAIM_BASES


class AftersalesRma(models.Model):
    """Deciding a return may need training: its approval, its claims and its goodwill each by itself."""

    _inherit = "aftersales.rma"

    def _check_transition(self, target):
        result = super()._check_transition(target)
        # What the system reopens was decided before.
        decided = self.filtered(lambda rma: rma.state == "submitted")
        if target == "approved":
            decided._ensure_trained_to_approve()
        elif target == "rejected":
            decided._ensure_trained("decide_claim", lambda line: line._is_claim())
        return result

    def _ensure_trained_to_approve(self):
        """See that who approves these returns has passed what that requires."""
        self.env["aftersales.checklist.requirement"]._ensure("approve", self)
        self._ensure_trained("decide_claim", lambda line: line._is_claim())
        self._ensure_trained("grant_goodwill", lambda line: line._is_against_verdict())

    def _ensure_trained(self, operation, concerns):
        requirements = self.env["aftersales.checklist.requirement"]
        if requirements._is_required(operation):
            requirements._ensure(operation, self.filtered(lambda rma: any(map(concerns, rma.line_ids))))


class AftersalesRmaLine(models.Model):
    _inherit = "aftersales.rma.line"

    def _is_claim(self):
        """Whether warranty or guarantee is decided with the line, on whatever basis it was asked for."""
        self.ensure_one()
        bases = {self.basis, self.requested_basis}
        return bool(bases & set(CLAIM_BASES)) or self.reason_id.sudo().kind == "defect"  # reasons are no secret

    def _change_basis(self, vals):
        claims = self.filtered(lambda line: line._is_claim() or vals["basis"] in CLAIM_BASES)
        self.env["aftersales.checklist.requirement"]._ensure("decide_claim", claims.rma_id)
        return super()._change_basis(vals)


class AftersalesInspection(models.Model):
    _inherit = "aftersales.inspection"

    @api.model_create_multi
    def create(self, vals_list):
        requirements = self.env["aftersales.checklist.requirement"]
        if not requirements._is_required("inspect"):
            return super().create(vals_list)
        default = self.env.context.get("default_line_id")
        lines = self.env["aftersales.rma.line"].browse({vals.get("line_id") or default for vals in vals_list} - {None})
        # Whether they may see the return is checked when it is written.
        requirements._ensure("inspect", lines.sudo().exists().rma_id)
        return super().create(vals_list)


class AftersalesOffer(models.Model):
    _inherit = "aftersales.offer"

    def _ensure_may_offer(self):
        result = super()._ensure_may_offer()
        if self.rma_id.state == "submitted":  # the customer's word approves it
            self.rma_id._ensure_trained_to_approve()
        return result


class AftersalesCase(models.Model):
    _inherit = "aftersales.case"

    def _ensure_giveable(self, vals):
        result = super()._ensure_giveable(vals)
        self.env["aftersales.checklist.requirement"]._ensure("grant_goodwill", self)
        return result


class AftersalesRemedy(models.Model):
    _inherit = "aftersales.remedy"

    def _decide_goodwill(self, decision, reason):
        if decision == "approved":
            self.env["aftersales.checklist.requirement"]._ensure("grant_goodwill", self.case_id)
        return super()._decide_goodwill(decision, reason)
