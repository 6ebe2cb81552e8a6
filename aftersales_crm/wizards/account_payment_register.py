from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        self.line_ids.move_id._aftersales_ensure_not_in_flight()
        return super()._create_payments()
