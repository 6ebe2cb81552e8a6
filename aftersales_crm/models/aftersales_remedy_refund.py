from collections import defaultdict
from itertools import chain

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesRemedy(models.Model):
    """Refund: a posted credit note that reverses the invoices on which units were paid."""

    _inherit = "aftersales.remedy"

    def _apply_refund(self):
        """Credit the units of these remedies on the invoices that charged them.

        Units that were never invoiced cost the customer nothing: there is nothing to credit,
        and the order line does not offer them to be invoiced again.

        :raise UserError: when a draft invoice charges the units, or Odoo refuses the posting
        """
        # An agent settles what was approved without any right on accounting.
        remedies_sudo = self.sudo()
        shares = remedies_sudo._allocate_to_invoices()
        for remedy in remedies_sudo:
            parts = [part for part in chain(*shares.values()) if part["remedy"] == remedy]
            remedy._write_guarded({"amount": sum(p["amount"] - p["fee"] for p in parts)})
        for invoice, parts in shares.items():
            remedies_sudo._create_credit_note(invoice, parts)
        self._finish()

    def _progress_refund(self):
        """Whether the credit notes of the remedy are posted."""
        self.ensure_one()
        states = set(self.refund_line_ids.move_id.mapped("state"))
        if self.state == "done" and states - {"posted"}:
            return "undone"
        return "done" if states == {"posted"} else False

    # === Which invoices === #

    def _allocate_to_invoices(self):
        """Share the units out over the posted invoice lines that charged them, oldest first.

        :return: ``{invoice: [{"remedy", "line", "quantity", "amount", "fee"}]}``; quantity in
            the invoice line's unit, amounts with taxes in its currency
        """
        shares = defaultdict(list)
        credited = self._credited_quantities()
        for remedy in self:
            left = remedy.quantity
            for line in remedy._invoice_lines():
                free = line.quantity - credited[line]
                wanted = remedy.uom_id._compute_quantity(left, line.product_uom_id, round=False)
                quantity = min(free, wanted)
                if line.product_uom_id.compare(quantity, 0.0) <= 0:
                    continue
                part = remedy._prepare_share(line, quantity, credited[line])
                shares[line.move_id].append(part)
                credited[line] += quantity
                left -= line.product_uom_id._compute_quantity(quantity, remedy.uom_id, round=False)
        return shares

    def _invoice_lines(self):
        """Posted invoice lines of the order line, oldest first."""
        self.ensure_one()
        lines = self.rma_line_id.sale_line_id.invoice_lines.filtered(
            lambda line: line.move_id.move_type == "out_invoice"
        )
        draft = lines.move_id.filtered(lambda move: move.state == "draft")
        if draft:
            raise UserError(
                self.env._(
                    "A draft invoice of %(order)s charges these units: post or cancel it first.",
                    order=self.rma_line_id.sale_order_id.name,
                )
            )
        return lines.filtered(lambda line: line.parent_state == "posted").sorted(
            lambda line: (line.move_id.invoice_date, line.id)
        )

    def _credited_quantities(self):
        """Units of each invoice line that credit notes have taken back, whoever made them."""
        credited = defaultdict(float)
        for sale_line in self.rma_line_id.sale_line_id:
            lines = sale_line.invoice_lines.filtered(lambda line: line.parent_state != "cancel")
            charges = lines.filtered(lambda line: line.move_id.move_type == "out_invoice")
            for credit in lines.filtered(lambda line: line.move_id.move_type == "out_refund" and line.quantity > 0):
                left = credit.quantity
                origin = credit.move_id.reversed_entry_id
                own = charges.filtered(lambda line, origin=origin: line.move_id == origin)
                for charge in own or charges:
                    taken = min(left, charge.quantity - credited[charge])
                    credited[charge] += taken
                    left -= taken
        return credited

    def _prepare_share(self, invoice_line, quantity, before):
        """One part of a remedy on one invoice line.

        Amounts are cumulative: what so many units cost in all, less what the units before
        them were worth, so that the last unit takes what is left to the cent.

        :param float quantity: units now, in the invoice line's unit
        :param float before: units that were credited before
        """
        self.ensure_one()
        currency = invoice_line.currency_id
        total, units = invoice_line.price_total, invoice_line.quantity
        upto = currency.round(total * (before + quantity) / units)
        amount = currency.round(upto - currency.round(total * before / units))
        line = self.rma_line_id
        fee = 0.0
        if line.fee and line.paid_total:
            fee = currency.round(min(amount * line.fee / line.paid_total, amount))
        return {
            "remedy": self,
            "line": invoice_line,
            "quantity": quantity,
            "amount": amount,
            "fee": fee,
        }

    # === Credit note === #

    def _create_credit_note(self, invoice, parts):
        """Reverse the given parts of an invoice and post the credit note.

        :param invoice: posted `account.move`
        :param list parts: as `_allocate_to_invoices` gives them
        :return: the posted credit note
        """
        lines = [line for part in parts for line in self._prepare_credit_lines(part)]
        vals = self._prepare_credit_note_vals(invoice, parts)
        vals["line_ids"] = [Command.create(line) for line in lines]
        credit = invoice._reverse_moves([vals])
        self._absorb_rounding(credit, sum(part["amount"] - part["fee"] for part in parts))
        credit._post(soft=False)
        return credit

    def _prepare_credit_note_vals(self, invoice, parts):
        """Hook: values of the credit note that reverses a part of an invoice."""
        rma = self.rma_id
        today = rma.company_id._aftersales_today()
        return {
            "ref": self.env._("Return %(rma)s of %(invoice)s", rma=rma.name, invoice=invoice.name),
            "date": today,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_payment_term_id": False,
            "invoice_origin": invoice.invoice_origin,
            "invoice_user_id": invoice.invoice_user_id.id,
            "aftersales_rma_id": rma.id,
            "aftersales_remedy_id": parts[0]["remedy"].id,
        }

    def _prepare_credit_lines(self, part):
        """Values of the credit note lines of one part: the units, and the fee kept back."""
        line = part["line"]
        vals = line.with_context(include_business_fields=True).copy_data(
            {"quantity": part["quantity"], "aftersales_remedy_id": part["remedy"].id}
        )[0]
        lines = [vals]
        if part["fee"]:
            ratio = part["fee"] / part["amount"]
            lines.append(
                {
                    "name": self.env._("Return fee: %(product)s", product=line.product_id.name),
                    "quantity": part["quantity"],
                    "price_unit": -line.price_unit * (1 - line.discount / 100) * ratio,
                    "tax_ids": [Command.set(line.tax_ids.ids)],
                    "account_id": line.account_id.id,
                    "aftersales_remedy_id": part["remedy"].id,
                }
            )
        return lines

    def _absorb_rounding(self, credit, target):
        """Bring a draft credit note to ``target`` when only rounding keeps it from there.

        :param credit: draft `account.move`
        :param float target: total with taxes
        """
        currency = credit.currency_id
        difference = currency.round(target - credit.amount_total)
        lines = credit.line_ids.filtered(lambda line: line.display_type in ("product", "tax"))
        if currency.is_zero(difference):
            return
        if abs(difference) > currency.rounding * (len(lines) + 1):
            raise UserError(
                self.env._(
                    "The credit note would be %(actual)s instead of %(target)s: check the taxes of the invoice.",
                    actual=currency.format(credit.amount_total),
                    target=currency.format(target),
                )
            )
        taxes = lines.filtered(lambda line: line.display_type == "tax")
        if taxes:
            tax = taxes.sorted(lambda line: abs(line.balance))[-1]
            changed = {"amount_currency": tax.amount_currency + difference}
            credit.write({"line_ids": [Command.update(tax.id, changed)]})
        else:
            line = lines.sorted("price_total")[-1]
            line.price_unit += difference / line.quantity / (1 - line.discount / 100)
