from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command


class AftersalesRma(models.Model):
    """Approval: who may give it, and what it sets going."""

    _inherit = "aftersales.rma"

    # === Who may do what === #

    def _approval_problems(self):
        """Why an agent may not approve this return alone: one sentence per line.

        Money back before repair or replacement is the shop's to give.
        """
        self.ensure_one()
        return self._problems_of(self.line_ids.filtered(lambda line: not line._gives_more()))

    def _problems_of(self, lines):
        """Why these lines are not plainly eligible: one sentence each."""
        problems = []
        for line in lines:
            if line.eligibility != "pass" and line.basis != "goodwill":
                reasons = (line.basis_reasons or self.env._("not judged yet")).replace("\n", " ")
                problems.append(f"{line.product_id.display_name}: {reasons}")
            elif line.basis == "goodwill":
                problems.append(self.env._("%(product)s: goodwill.", product=line.product_id.display_name))
        return problems

    def _ensure_can_approve(self):
        for rma in self:
            problems = rma._approval_problems()
            if problems and not rma._is_manager():
                raise AccessError(
                    self.env._(
                        "A manager has to decide %(rma)s:\n%(problems)s",
                        rma=rma.name,
                        problems="\n".join(problems),
                    )
                )

    # === Business === #

    def _prepare_decision_vals(self):
        return {"decided_at": fields.Datetime.now(), "decided_by": self.env.uid}

    def _approves_itself(self):
        """Whether the policy of every line lets it pass without a person."""
        self.ensure_one()
        limits = [
            (line.sale_line_id.aftersales_policy_terms or {}).get("auto_approve_limit", 0.0) for line in self.line_ids
        ]
        return (
            self.eligibility == "pass"
            and bool(limits)
            and min(limits) > 0
            and self.currency_id.compare_amounts(self.paid_total, min(limits)) <= 0
        )

    def _approve(self):
        moved = self._transition("approved", self._prepare_decision_vals())
        for line in moved.line_ids:
            if line.eligibility == "fail" and line.basis != "goodwill":
                line._write_guarded({"basis": "goodwill", "fee": 0.0})
        moved._create_remedies()
        for rma in moved:
            rma._create_return_pickings()
        return moved

    def _create_remedies(self):
        """Draft the remedy of each line, for the units it asks for."""
        # Agents make no remedies of their own: approval does, as the verdict says.
        self.env["aftersales.remedy"].sudo()._with_system().create(
            [line._prepare_remedy_vals() for line in self.line_ids if not line._live_remedies()]
        )

    def _create_return_pickings(self):
        """Announce the goods by stock's own returns, one per delivery they came with."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.origin_move_id and line._to_announce() > 0)
        # An agent approves without rights on the warehouse; stock's wizard checks the rest.
        wizards_sudo = self.env["stock.return.picking"].sudo()
        for picking, group in lines.grouped(lambda line: line.origin_move_id.picking_id).items():
            wizards_sudo.create(self._prepare_return_wizard_vals(picking, group))._create_return()

    def _prepare_return_wizard_vals(self, picking, lines):
        return {
            "picking_id": picking.id,
            "aftersales_rma_id": self.id,
            "product_return_moves": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "move_id": line.origin_move_id.id,
                        "quantity": line.uom_id._compute_quantity(line._to_announce(), line.origin_move_id.product_uom),
                        # What is repaired stays sold: it is neither invoiced again nor credited.
                        "to_refund": line._remedy_type().code != "repair",
                        "aftersales_rma_line_id": line.id,
                    }
                )
                for line in lines
            ],
        }
