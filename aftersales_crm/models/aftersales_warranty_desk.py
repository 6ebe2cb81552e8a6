from odoo import api, fields, models


class AftersalesWarranty(models.Model):
    """A warranty as people read it."""

    _inherit = "aftersales.warranty"

    coverage_summary = fields.Char("Covers", compute="_compute_coverage_summary")

    @api.depends("coverage")
    def _compute_coverage_summary(self):
        for warranty in self:
            coverage = warranty.coverage or {}
            warranty.coverage_summary = coverage and self.env._(
                "Parts %(parts)s %%, labour %(labour)s %%, shipping %(shipping)s %%",
                parts=coverage.get("parts", 0),
                labour=coverage.get("labour", 0),
                shipping=coverage.get("shipping", 0),
            )

    def action_open_void(self):
        """Ask for the reason, then void."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void the warranty"),
            "res_model": "aftersales.warranty.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_warranty_id": self.id},
        }
