import math

from odoo import api, fields, models


class AftersalesGoodwill(models.TransientModel):
    """Credit and points as a goodwill."""

    _inherit = "aftersales.goodwill"

    points = fields.Float(digits=(16, 2))

    @api.depends("points")
    def _compute_needs_manager(self):
        return super()._compute_needs_manager()

    def _prepare_give_vals(self):
        return {**super()._prepare_give_vals(), "points": self.points}

    def _cost(self):
        if self.code != "points":
            return super()._cost()
        # Agents offer points without any right on programs.
        program_sudo = self.env["loyalty.program"]._aftersales_crediting("points", self.company_id, self.currency_id)
        if not program_sudo or not math.isfinite(self.points):
            return 0.0
        return program_sudo._aftersales_worth(self.points, self.company_id)


class AftersalesRemedyChange(models.TransientModel):
    """Points instead of what was planned."""

    _inherit = "aftersales.remedy.change"

    points = fields.Float(digits=(16, 2))

    def _prepare_terms(self):
        terms = super()._prepare_terms()
        return {**terms, "agreed_points": self.points} if self.code == "points" else terms
