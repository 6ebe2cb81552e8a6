from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    aftersales_fiscal_receipt = fields.Boolean(
        "Sales on fiscal receipts",
        help="Poland: what is invoiced here was recorded on a cash register. Its returns and accepted "
        "complaints are entered in the register of returns.",
    )
