from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    # How the money of credit notes reaches the customer.

    _inherit = "account.move"

    aftersales_payout_ids = fields.One2many("aftersales.payout", "move_id", "Payouts by a provider")
    aftersales_refund_by = fields.Date("Refund by", related="aftersales_rma_id.refund_by", store=True)

    def button_draft(self):
        self._aftersales_ensure_not_in_flight()
        return super().button_draft()

    def button_cancel(self):
        self._aftersales_ensure_not_in_flight()
        return super().button_cancel()

    def _aftersales_sources(self):
        """Payments by a provider that paid for what a credit note gives back, oldest first.

        :return: `payment.transaction`
        """
        self.ensure_one()
        invoice = self.reversed_entry_id
        paid = invoice.transaction_ids | invoice.line_ids.sale_line_ids.order_id.transaction_ids
        return paid.filtered(
            lambda transaction: (
                transaction.state == "done"
                and transaction.amount > 0
                and transaction.operation not in ("refund", "validation")
                and transaction.currency_id == self.currency_id
            )
        ).sorted("id")

    def _aftersales_requeue(self):
        """Queue anew what credit notes still owe, after a part of it was settled otherwise."""
        Payout = self.env["aftersales.payout"]
        self.aftersales_payout_ids.filtered(lambda payout: payout.state == "queued")._transition("cancelled")
        Payout._queue_for(self.filtered("amount_residual"))

    def _aftersales_ensure_not_in_flight(self):
        """Money on its way by a provider is neither undone nor paid a second time; what only waits is called off."""
        # Whoever works on a credit note needs no rights on the queue behind it.
        payouts_sudo = self.sudo().aftersales_payout_ids
        for payout_sudo in payouts_sudo.filtered(lambda payout: payout.state in ("sent", "unclear")):
            raise UserError(
                self.env._(
                    "%(note)s is being paid back by %(provider)s: wait for the answer.",
                    note=payout_sudo.move_id.name,
                    provider=payout_sudo.provider_id.name,
                )
            )
        payouts_sudo.filtered(lambda payout: payout.state in ("queued", "failed"))._transition("cancelled")
