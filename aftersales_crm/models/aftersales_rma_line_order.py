from datetime import timedelta

from odoo import api, fields, models

from .aftersales_eligibility_order import MENDING


class AftersalesRmaLine(models.Model):
    """What a customer may have now, and what the shop gives beyond it."""

    _inherit = "aftersales.rma.line"

    remedy_bases = fields.Json(readonly=True, copy=False, help="The basis that a request for each remedy stands on.")

    # === Judging === #

    def _prepare_verdict_vals(self, result):
        return {**super()._prepare_verdict_vals(result), "remedy_bases": result["by_remedy"]}

    def _choose_basis(self, result):
        """Not the wrong door: where the best basis does not offer what is asked for, the next one that does."""
        if not self.requested_basis and self.requested_remedy_id:
            return result["by_remedy"].get(self.requested_remedy_id.code) or super()._choose_basis(result)
        return super()._choose_basis(result)

    def _doubt(self, basis, judged):
        doubt = super()._doubt(basis, judged)
        order = self.env["aftersales.eligibility"]._order_words(judged)
        return f"{doubt} {order}" if doubt and order and self.reason_id else doubt

    # === What is open === #

    def _open_remedies(self):
        """Codes of the remedies that are offered today: those judged, and money once the mending has failed."""
        self.ensure_one()
        offered = self.offered_remedies or []
        if self.basis != "guarantee" or self.state not in ("approved", "done") or "refund" in offered:
            return offered
        service = self.env["aftersales.eligibility"]
        unit = self._eligibility_unit()
        unit["attempts"] = service._attempts([unit])[0]
        unit["money_opens"] = service._money_opens(unit, self.company_id._aftersales_today())
        return service._remedies("guarantee", unit)

    def _grants(self, code):
        """Whether an agent may give a remedy: what is open, and money back before it is due under the guarantee."""
        self.ensure_one()
        return code in self._open_remedies() or (code == "refund" and self.basis == "guarantee")

    def _gives_more(self):
        """Whether nothing is in doubt but that money back is asked for before repair or replacement."""
        self.ensure_one()
        checks = (self.basis_checks or {}).get("guarantee", [])
        return (
            self.basis == "guarantee"
            and self.eligibility == "review"
            and bool(self.reason_id)
            and self._remedy_type().code == "refund"
            and all(check["outcome"] == "pass" for check in checks)
        )

    # === What was tried === #

    def _was_refused_to_mend(self):
        """Whether the shop refused what the guarantee was asked for."""
        self.ensure_one()
        return (
            self.state == "rejected"
            and self.basis == "guarantee"
            and self.eligibility != "fail"
            and self._remedy_type().code in MENDING
        )

    def _mending_due(self, days):
        """Day by which goods that came in for repair or replacement have to be mended; False without one.

        :param int days: that the law gives; 0 for none
        """
        self.ensure_one()
        waiting = self._live_remedies().filtered(lambda remedy: remedy.code in MENDING and remedy.state != "done")
        moments = [move.date for move in self.receipt_move_ids if move.state == "done"]
        if not days or not waiting or not moments or self.state != "approved":
            return False
        return self.company_id._aftersales_date(min(moments)) + timedelta(days=days)


class AftersalesRma(models.Model):
    """Tells who decides that the guarantee does not ask for it yet."""

    _inherit = "aftersales.rma"

    gives_more = fields.Boolean(compute="_compute_gives_more", groups="base.group_user")

    @api.depends("state", "line_ids.eligibility", "line_ids.basis", "line_ids.requested_remedy_id")
    def _compute_gives_more(self):
        for rma in self:
            rma.gives_more = rma.state == "submitted" and any(line._gives_more() for line in rma.line_ids)


class AftersalesRemedy(models.Model):
    """A repair or replacement that came to nothing."""

    _inherit = "aftersales.remedy"

    def _was_called_off(self):
        """Whether the shop called off the repair, or the delivery of the replacement."""
        self.ensure_one()
        documents = self.repair_ids or self.move_ids
        called_off = bool(documents) and set(documents.mapped("state")) == {"cancel"}
        return called_off and (bool(self.repair_ids) or self.code == "replacement")
