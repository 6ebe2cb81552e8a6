from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesRma(models.Model):
    """Approving what the verdict does not carry: only with a reason."""

    _inherit = "aftersales.rma"

    needs_decision_reason = fields.Boolean(compute="_compute_needs_decision_reason")

    @api.depends("state", "line_ids.basis", "line_ids.eligibility", "line_ids.decision_reason")
    def _compute_needs_decision_reason(self):
        for rma in self:
            rma.needs_decision_reason = rma.state == "submitted" and any(
                line._needs_decision_reason() for line in rma.line_ids
            )

    # === Actions === #

    def action_open_approve(self):
        """Ask a manager why this is approved although it is not eligible."""
        return self._open_wizard("aftersales.rma.approve", self.env._("Approve as goodwill"))

    # === Business === #

    def _keep_decision_reason(self, reason):
        """Keep why lines are approved that nothing carries.

        :param str reason: may be False where every line is carried, or has its reason already
        :raise UserError: where one is missing
        """
        lines = self.line_ids.filtered(lambda line: line._needs_decision_reason())
        if not lines:
            return
        if not (isinstance(reason, str) and reason.strip()):
            raise UserError(
                self.env._(
                    "Approving %(rma)s is goodwill: say why. It is not eligible: %(product)s.",
                    rma=lines[0].rma_id.name,
                    product=lines[0].product_id.display_name,
                )
            )
        lines._write_guarded({"decision_reason": reason})
