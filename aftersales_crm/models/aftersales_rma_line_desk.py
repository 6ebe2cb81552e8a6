from markupsafe import Markup

from odoo import api, fields, models

OUTCOME_ICONS = {
    "pass": "fa-check text-success",
    "fail": "fa-times text-danger",
    "review": "fa-eye text-warning",
    "unknown": "fa-question text-warning",
}


class AftersalesRmaLine(models.Model):
    """A return line as people enter and question it."""

    _inherit = "aftersales.rma.line"

    requested_on = fields.Date(related="rma_id.requested_on", store=True, precompute=True)
    origin_move_id = fields.Many2one(compute="_compute_origin_move_id", store=True, readonly=False, precompute=True)
    basis_explanation = fields.Html("Every check", compute="_compute_basis_explanation")

    # === Computes === #

    @api.depends("sale_line_id")
    def _compute_origin_move_id(self):
        """Propose the oldest delivery that still has units to give back."""
        lines = self.filtered(lambda line: line.origin_move_id.sale_line_id != line.sale_line_id)
        units = lines.sale_line_id._aftersales_deliveries()._aftersales_units()
        for line in lines:
            deliveries = line.sale_line_id._aftersales_deliveries()
            line.origin_move_id = next((move for move in deliveries if units[move]["returnable"] > 0), False)

    @api.depends("basis_checks", "basis")
    def _compute_basis_explanation(self):
        labels = dict(self._fields["basis"]._description_selection(self.env))
        for line in self:
            checks = line.basis_checks or {}
            found_first = sorted(checks, key=lambda basis: basis != line.basis)
            line.basis_explanation = Markup("").join(
                line._basis_html(labels.get(basis, basis), checks[basis]) for basis in found_first
            )

    # === Actions === #

    def action_explain(self):
        """Open the line with every check and its outcome."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.product_id.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_return(self):
        """Open the return that the line is part of."""
        return self.rma_id._get_records_action()

    # === Business === #

    @api.model
    def _basis_html(self, label, checks):
        return Markup("<p class='fw-bold mb-1'>%s</p>%s") % (label, self._checks_html(checks))

    @api.model
    def _checks_html(self, checks):
        """Every check with its outcome, as a list."""
        rows = Markup("").join(
            Markup("<li><i class='fa fa-fw %s' title='%s'></i> %s</li>")
            % (
                OUTCOME_ICONS[check["outcome"]],
                self._outcome_label(check["outcome"]),
                check["message"] or self._outcome_label(check["outcome"]),
            )
            for check in checks
        )
        return Markup("<ul class='list-unstyled ps-2 mb-2'>%s</ul>") % rows

    @api.model
    def _outcome_label(self, outcome):
        return dict(self._fields["eligibility"]._description_selection(self.env))[outcome]
