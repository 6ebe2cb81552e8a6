from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from .reductions import Reductions


class AftersalesRemedy(models.Model):
    """Credit notes that reverse parts of invoices, exact to the cent."""

    _inherit = "aftersales.remedy"

    def _create_credit_notes(self, shares):
        """Reverse parts of invoices and post the credit notes: one per return and invoice.

        :param dict shares: as `_allocate_to_invoices` gives them
        :return: the posted credit notes
        """
        vals_list = []
        charges = self.env["account.move.line"].concat(*(part["line"] for parts in shares.values() for part in parts))
        charges.fetch(["tax_ids", "tax_tag_ids"])  # at once: they are copied line by line
        for (rma, invoice), parts in shares.items():
            lines = [line for part in parts for line in self._prepare_credit_lines(part)]
            lines += self._prepare_reduction_lines(invoice, parts)
            vals = self._prepare_credit_note_vals(rma, invoice, parts)
            vals_list.append({**vals, "line_ids": [Command.create(line) for line in lines]})
        invoices = self.env["account.move"].concat(*(invoice for _rma, invoice in shares))
        notes = invoices._reverse_moves(vals_list)
        for note, parts in zip(notes, shares.values(), strict=True):
            self._absorb_rounding(note, sum(part["amount"] - part["fee"] for part in parts))
        notes._post(soft=False)
        return notes

    def _prepare_credit_note_vals(self, rma, invoice, parts):
        """Hook: values of the credit note that reverses parts of an invoice for one return."""
        return {
            **self._prepare_reversal_vals(invoice),
            "ref": self.env._("Return %(rma)s of %(invoice)s", rma=rma.name, invoice=invoice.name),
            "aftersales_rma_id": rma.id,
            "aftersales_remedy_id": parts[0]["remedy"].id,
            "partner_bank_id": rma.payout_bank_id.id,
        }

    def _prepare_reversal_vals(self, invoice):
        """Values that a credit note has whatever it is for: of today, and due at once."""
        today = invoice.company_id._aftersales_today()
        return {
            "date": today,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_payment_term_id": False,
            "invoice_origin": invoice.invoice_origin,
            "invoice_user_id": invoice.invoice_user_id.id,
            # Never the account of the shop, which the invoice names.
            "partner_bank_id": False,
        }

    def _prepare_credit_lines(self, part):
        """Values of the credit note lines of one part: the units, and the fee kept back.

        In the product's own unit: one of a dozen is a whole number of it.
        """
        charge = part["line"]
        if not part["quantity"]:
            return [self._prepare_reduction_line(part)]
        uom, quantity, price = charge.product_uom_id, part["quantity"], charge.price_unit
        link = {"aftersales_remedy_id": part["remedy"].id}
        if charge.product_id == part["remedy"].product_id:
            uom = part["remedy"].uom_id
            quantity = charge.product_uom_id._compute_quantity(quantity, uom)
            price = charge.product_uom_id._compute_price(price, uom)
        elif charge.sale_line_ids == part["remedy"].rma_line_id.sale_line_id:  # a part of a kit: a fraction of it
            link["aftersales_units"] = quantity
            quantity = uom.round(quantity) or uom.rounding
            price *= link["aftersales_units"] / quantity
        price *= part["scale"]
        link["quantity"] = quantity
        units = charge.with_context(include_business_fields=True).copy_data(
            {**link, "product_uom_id": uom.id, "price_unit": price}
        )[0]
        if not part["fee"]:
            return [units]
        ratio = part["fee"] / part["gross"]
        fee = {
            **link,
            "name": self.env._("Return fee: %(product)s", product=charge.product_id.name),
            "price_unit": -price * (1 - charge.discount / 100) * ratio,
            "tax_ids": [Command.set(charge.tax_ids.ids)],
            "account_id": self._fee_account(part).id,
        }
        return [units, fee]

    def _prepare_reduction_line(self, part):
        """Values of a credit note line of money without units."""
        charge = part["line"]
        total = charge.price_unit * charge.quantity * (1 - charge.discount / 100)
        return {
            "name": self.env._("Price reduction: %(product)s", product=charge.product_id.name),
            "aftersales_remedy_id": part["remedy"].id,
            "quantity": 1,
            "price_unit": total * part["scale"],
            "tax_ids": [Command.set(charge.tax_ids.ids)],
            "account_id": charge.account_id.id,
            "analytic_distribution": charge.analytic_distribution,
        }

    def _fee_account(self, part):
        """Where a fee is earned: as the goods were, also when it is kept of a down payment."""
        charge = part["line"]
        if not charge.is_downpayment:
            return charge.account_id
        product = part["remedy"].product_id.with_company(charge.company_id)
        return product.product_tmpl_id.get_product_accounts()["income"] or charge.account_id

    def _prepare_reduction_lines(self, invoice, parts):
        """Values of the lines that take the order-wide discounts of these units back."""
        reductions = Reductions(invoice.invoice_line_ids)
        vals_list = []
        for negative in reductions.negative:
            base = reductions.base(negative)
            share = sum(part["gross"] for part in parts if part["line"] in base) / sum(base.mapped("price_total"))
            if share:
                vals = {"price_unit": negative.price_unit * share, "aftersales_remedy_id": parts[0]["remedy"].id}
                vals_list += negative.copy_data(vals)
        return vals_list

    def _absorb_rounding(self, credit, target):
        """Bring a draft credit note to ``target`` when only rounding keeps it from there.

        :param credit: draft `account.move`
        :param float target: total with taxes
        """
        currency = credit.currency_id
        difference = currency.round(target - credit.amount_total)
        if currency.is_zero(difference):
            return
        lines = credit.line_ids.filtered(lambda line: line.display_type in ("product", "tax"))
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
            line = lines.filtered(lambda line: line.discount < 100).sorted("price_total")[-1]
            line.price_unit += difference / line.quantity / (1 - line.discount / 100)
