from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "aftersales.event.source", "aftersales.document.mixin"]

    _aftersales_event_fields = frozenset(
        {"state", "name", "invoice_date", "partner_id", "amount_total", "invoice_user_id"}
    )

    # === Actions === #

    def button_draft(self):
        result = super().button_draft()
        self._aftersales_reopen_remedies()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._aftersales_reopen_remedies()
        return result

    # === Business === #

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._aftersales_after_post()
        return posted

    def _aftersales_after_post(self):
        """Windows that count from the invoice; remedies whose credit note is posted."""
        # An accountant posts without any right on orders or returns.
        moves_sudo = self.sudo()
        refunds = moves_sudo.filtered(lambda move: move.move_type == "out_refund")
        owed = refunds.filtered(lambda move: move.aftersales_remedy_id and move.amount_residual)
        owed._aftersales_offset_down_payments()
        self.env["aftersales.payout"].sudo()._queue_for(owed)
        refunds.invoice_line_ids.aftersales_remedy_id._credit_posted()
        moves_sudo.reversed_entry_id.filtered(
            lambda move: move.move_type == "out_refund" and move._aftersales_is_undone()
        )._aftersales_reopen_remedies()
        for invoice in moves_sudo.filtered(lambda move: move.move_type == "out_invoice"):
            lines = invoice.invoice_line_ids.sale_line_ids
            lines._aftersales_refresh_window("invoice", dict.fromkeys(lines, invoice.invoice_date))
            lines._aftersales_redate_warranties("invoice")

    def _aftersales_reopen_remedies(self):
        """A credit note was undone: its remedies wait again."""
        # An accountant undoes a posting without any right on returns.
        for move_sudo in self.sudo():
            move_sudo.invoice_line_ids.aftersales_remedy_id._reopen(move_sudo)

    def _aftersales_offset_down_payments(self):
        """Set what is left of credit notes off against down payments of the order that were never paid."""
        for note in self:
            down_payments = note.line_ids.sale_line_ids.order_id.order_line.filtered("is_downpayment")
            invoices = down_payments.invoice_lines.move_id.filtered(
                lambda move: move.state == "posted" and move.amount_residual and move._is_downpayment()
            )
            if invoices:
                lines = (note | invoices).line_ids.filtered(lambda line: line.display_type == "payment_term")
                lines.filtered(lambda line: not line.reconciled).reconcile()

    def _aftersales_is_undone(self):
        """Whether a credit note was reversed as a whole, as accountants undo what is posted."""
        self.ensure_one()
        return any(
            move.state == "posted" and not move.currency_id.compare_amounts(move.amount_total, self.amount_total)
            for move in self.reversal_move_ids
        )

    def _aftersales_fees(self):
        """Return fees that a credit note keeps back, with taxes, as a positive amount."""
        fees = self.invoice_line_ids.filtered(
            lambda line: line.aftersales_remedy_id and not line.product_id and line.price_total < 0
        )
        return -sum(fees.mapped("price_total"))

    def _aftersales_paid_on(self):
        """Day on which the last of these credit notes was paid out, by their reconciliation."""
        days = []
        for move in self:
            lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
            counterparts = lines.matched_debit_ids.debit_move_id | lines.matched_credit_ids.credit_move_id
            days += [max(day, move.date) for day in counterparts.mapped("date")] or [move.date]
        return max(days, default=False)
