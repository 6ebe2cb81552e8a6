from odoo import models


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "aftersales.event.source"]

    _aftersales_event_fields = frozenset({"state", "name", "date", "amount", "partner_id"})
