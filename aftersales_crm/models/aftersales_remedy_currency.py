from odoo import fields, models


class AftersalesRemedy(models.Model):
    """Invoices in another currency than their order: the money of a remedy is that of the order."""

    _inherit = "aftersales.remedy"

    def _exchange(self, amount, move, currency):
        """An amount of an invoice or credit note in another currency.

        At the rate on the day of the invoice, also for its credit notes: what was charged and what comes
        back are the same figure.

        :param move: the `account.move` that the amount belongs to
        :param currency: `res.currency`
        """
        invoice = move.reversed_entry_id or move
        return move.currency_id._convert(amount, currency, move.company_id, self._rate_day(invoice))

    def _own_money(self, amount, move):
        """An amount of an invoice or credit note in the currency of the remedy."""
        self.ensure_one()
        return self._exchange(amount, move, self.currency_id)

    def _invoiced_money(self, amount, invoice):
        """An amount of the remedy in the currency of an invoice."""
        self.ensure_one()
        return self.currency_id._convert(amount, invoice.currency_id, invoice.company_id, self._rate_day(invoice))

    def _rate_day(self, invoice):
        return invoice.invoice_date or fields.Date.context_today(self)

    def _credited_money(self):
        """What posted credit notes of the remedy give back, in its currency."""
        self.ensure_one()
        return sum(self._own_money(line.price_total, line.move_id) for line in self._posted_credit_lines())

    def _is_credited_otherwise(self, notes):
        """Whether credit notes are of another sum than their remedies: an accountant changed them.

        :param notes: posted `account.move`
        """
        self.ensure_one()
        remedies = notes.invoice_line_ids.aftersales_remedy_id
        difference = sum(self._own_money(note.amount_total, note) for note in notes) - sum(remedies.mapped("amount"))
        if notes.currency_id <= self.currency_id:
            return not self.currency_id.is_zero(difference)
        # Each part was rounded on its way from one currency to the other.
        return abs(difference) > self.currency_id.rounding * (len(notes.invoice_line_ids) + 1)
