from odoo import fields, models


class AftersalesReturnPolicy(models.Model):
    """What a policy adds for who takes store credit instead of money."""

    _inherit = "aftersales.return.policy"

    credit_bonus = fields.Float("Bonus for store credit (%)", help="0: that of the company.")

    _credit_bonus_range = models.Constraint(
        "CHECK(credit_bonus >= 0 AND credit_bonus <= 100)", "A bonus is between 0 and 100 percent."
    )

    def _plain_terms(self):
        return {**super()._plain_terms(), "credit_bonus": self.credit_bonus}
