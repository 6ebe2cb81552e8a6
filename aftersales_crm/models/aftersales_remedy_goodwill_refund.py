from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError


class AftersalesRemedy(models.Model):
    """Refund as a goodwill: money off the invoices of an order, never more than is left of what they charged."""

    _inherit = "aftersales.remedy"

    # === Applying === #

    def _orders(self):
        return super()._orders() | self.goodwill_order_id

    def _credit_units(self):
        goodwill = self.filtered("case_id")
        for remedy in goodwill:
            remedy._credit_goodwill()
        rest = self - goodwill
        return super(AftersalesRemedy, rest)._credit_units() if rest else None

    def _ensure_nothing_in_draft(self):
        for order in self.filtered("case_id").goodwill_order_id:
            if any(move.state == "draft" for move in order.invoice_ids):
                raise UserError(
                    self.env._(
                        "A draft invoice or credit note of %(order)s waits: post or cancel it first.", order=order.name
                    )
                )
        return super(AftersalesRemedy, self.filtered("rma_line_id"))._ensure_nothing_in_draft()

    def _credit_goodwill(self):
        """Take the agreed amount off the posted invoices of the order, oldest first, over all their lines."""
        self.ensure_one()
        self._ensure_money_left()
        left = self.agreed_amount - self._credited_money()
        shares = defaultdict(list)
        for invoice, charges in self._goodwill_charges().items():
            wanted = self._invoiced_money(left, invoice)
            taken = min(self._left_of_invoice(invoice, charges), wanted)
            if invoice.currency_id.compare_amounts(taken, 0.0) > 0:
                shares[self.case_id, invoice] = self._share_out_over(charges, taken)
                left -= left * taken / wanted
        if shares:
            self._create_credit_notes(shares)
        self._write_guarded({"amount": self.agreed_amount})

    def _goodwill_charges(self):
        """What is left to give back of each invoice of the order: ``{invoice: {invoice line: money}}``."""
        credited = self._credited()
        lines = self.goodwill_order_id.order_line
        lines = lines._aftersales_goods() | lines.filtered("is_delivery")
        charges = lines._aftersales_charges().filtered(lambda line: line.price_total > 0)
        left = {
            charge: (charge.price_total - credited[charge]["money"]) * self._kept(charge)
            for charge in charges.sorted(lambda line: (line.move_id.invoice_date, line.id))
        }
        return {
            invoice: {charge: left[charge] for charge in group if left[charge] > 0}
            for invoice, group in charges.grouped("move_id").items()
        }

    def _left_of_invoice(self, invoice, charges):
        """What can still be given back of an invoice: no more than of its lines, nor than of its total.

        Odoo rounds taxes over the whole invoice: where only that tells the two apart, the total counts.

        :param dict charges: ``{invoice line: money left}``
        """
        currency = invoice.currency_id
        of_lines = currency.round(sum(charges.values()))
        notes = invoice.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and not move._aftersales_is_undone()
        )
        back = sum(self._exchange(note.amount_total + note._aftersales_fees(), note, currency) for note in notes)
        of_total = currency.round(max(self._to_give_back(invoice) - back, 0.0))
        if abs(of_lines - of_total) < currency.rounding * (len(charges) + len(notes) + 1):
            return of_total
        return min(of_lines, of_total)

    def _share_out_over(self, charges, total):
        """Parts of a total over invoice lines in proportion, to the cent.

        :param dict charges: ``{invoice line: money left}``
        :param float total: in the currency of the invoice
        """
        worth, upto, parts = sum(charges.values()), 0.0, []
        for charge, money in charges.items():
            before = charge.currency_id.round(total * upto / worth)
            upto += money
            part = charge.currency_id.round(charge.currency_id.round(total * upto / worth) - before)
            if part > 0:
                parts.append(self._prepare_reduction(charge, part))
        return parts

    # === What is left === #

    @api.constrains("agreed_amount", "quantity")
    def _check_agreed_amount(self):
        refunds = self.filtered(lambda remedy: remedy.case_id and remedy.code == "refund")
        for remedy in refunds.filtered(lambda remedy: remedy.state == "draft"):
            remedy._ensure_money_left()
        return super(AftersalesRemedy, self.filtered("rma_line_id"))._check_agreed_amount()

    def _goodwill_left(self):
        """What of the order's posted invoices can still be given back, own credit notes aside, in its currency."""
        self.ensure_one()
        # Agents offer goodwill without any right on invoices.
        remedy_sudo = self.sudo()
        left = sum(
            remedy_sudo._own_money(remedy_sudo._left_of_invoice(invoice, charges), invoice)
            for invoice, charges in remedy_sudo._goodwill_charges().items()
        )
        return self.currency_id.round(left + remedy_sudo._credited_money())

    def _ensure_money_left(self):
        left = self._goodwill_left()
        if self.currency_id.compare_amounts(self.agreed_amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(order)s: only %(left)s is left of what was invoiced.",
                    order=self.goodwill_order_id.name,
                    left=self.currency_id.format(left),
                )
            )

    # === The credit note === #

    def _prepare_credit_note_vals(self, rma, invoice, parts):
        if rma._name != "aftersales.case":
            return super()._prepare_credit_note_vals(rma, invoice, parts)
        return {
            **self._prepare_reversal_vals(invoice),
            "ref": self.env._("Goodwill %(case)s for %(invoice)s", case=rma.name, invoice=invoice.name),
            "aftersales_remedy_id": parts[0]["remedy"].id,
        }

    def _prepare_reduction_line(self, part):
        vals = super()._prepare_reduction_line(part)
        if part["remedy"].case_id:
            charge = part["line"]
            vals["name"] = self.env._("Goodwill: %(product)s", product=charge.product_id.name or charge.name)
            vals["aftersales_charge_id"] = charge.id
        return vals

    def _credit_reductions(self, orders, credited):
        """What goodwill gave back of an invoice line is not given back again."""
        notes = orders.order_line.invoice_lines.move_id.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and not move._aftersales_is_undone()
        )
        for credit in notes.invoice_line_ids.filtered("aftersales_charge_id"):
            charge = credit.aftersales_charge_id
            credited[charge]["money"] += credit.price_total / (self._kept(charge) or 1.0)
        return super()._credit_reductions(orders, credited)
