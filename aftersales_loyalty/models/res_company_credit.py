from odoo import fields, models


class ResCompany(models.Model):
    # Store credit and vouchers instead of money.

    _inherit = "res.company"

    aftersales_credit_bonus = fields.Float(
        "Bonus for store credit (%)",
        groups="base.group_user",
        help="On top of what would be paid back, for who takes store credit or a voucher instead. A return policy "
        "may name its own.",
    )
    aftersales_voucher_months = fields.Integer(
        "Vouchers are valid for (months)", default=24, groups="base.group_user", help="0: for good."
    )

    _aftersales_credit_positive = models.Constraint(
        "CHECK(aftersales_credit_bonus >= 0 AND aftersales_credit_bonus <= 100 AND aftersales_voucher_months >= 0)",
        "A bonus is between 0 and 100 percent, and months are counted from zero on.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_credit_bonus = fields.Float(related="company_id.aftersales_credit_bonus", readonly=False)
    aftersales_voucher_months = fields.Integer(related="company_id.aftersales_voucher_months", readonly=False)
