from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from .reductions import Reductions


class AftersalesRemedy(models.Model):
    """Refund: a posted credit note that reverses the invoices on which units were paid."""

    _inherit = "aftersales.remedy"

    def _apply_refund(self):
        """Credit the units of these remedies on the invoices that charged them.

        Units that were never invoiced cost the customer nothing: there is nothing to credit,
        and the order line does not offer them to be invoiced again.

        :raise UserError: when a draft charges or credits the units, when somebody credited
            them already, or when Odoo refuses the posting
        """
        # An agent settles what was approved without any right on accounting.
        remedies_sudo = self.sudo()
        remedies_sudo._ensure_nothing_in_draft()
        shares = remedies_sudo._allocate_to_invoices()
        for remedy in remedies_sudo:
            parts = [part for parts in shares.values() for part in parts if part["remedy"] == remedy]
            earlier = sum(remedy._posted_credit_lines().mapped("price_total"))
            remedy._write_guarded({"amount": earlier + sum(p["amount"] - p["fee"] for p in parts)})
        if shares:
            remedies_sudo._create_credit_notes(shares)
        self._finish()

    def _credit_posted(self):
        """A credit note of the remedies was posted: they are done when all theirs are.

        What an accountant changed on it while it was a draft counts.
        """
        for remedy in self.filtered(lambda remedy: remedy.state in ("draft", "pending", "failed")):
            if any(line.parent_state == "draft" for line in remedy.refund_line_ids):
                continue
            lines = remedy._posted_credit_lines()
            planned = sum(lines.move_id.invoice_line_ids.aftersales_remedy_id.mapped("amount"))
            if not remedy.currency_id.is_zero(sum(lines.move_id.mapped("amount_total")) - planned):
                remedy._write_guarded({"amount": sum(lines.mapped("price_total"))})
            remedy._finish()
        self.rma_id._sync_done()

    # === Which invoices === #

    def _ensure_nothing_in_draft(self):
        for line in self.rma_line_id:
            if not line.sale_line_id:
                raise UserError(
                    self.env._("%(product)s was not sold by an order: refund it by hand.", product=line.product_id.name)
                )
            draft = line.sale_line_id.invoice_lines.move_id.filtered(lambda move: move.state == "draft")
            if draft:
                raise UserError(
                    self.env._(
                        "A draft invoice or credit note of %(order)s concerns these units: post or cancel it first.",
                        order=line.sale_order_id.name,
                    )
                )

    def _posted_credit_lines(self):
        return self.refund_line_ids.filtered(
            lambda line: line.parent_state == "posted" and not line.move_id._aftersales_is_undone()
        )

    def _allocate_to_invoices(self):
        """Share the units out over the posted invoice lines that charged them, oldest first.

        :return: ``{(return, invoice): [part]}``, parts as `_prepare_share` makes them
        """
        shares = defaultdict(list)
        credited = self._credited()
        for remedy in self:
            left = remedy.quantity - remedy._credited_units()
            for line in remedy._charges():
                state = credited[line]
                wanted = remedy._charged_units(left, line.product_uom_id)
                quantity = min(line.quantity - state["units"], wanted)
                if line.product_uom_id.compare(quantity, 0.0) <= 0:
                    continue
                part = remedy._prepare_share(line, quantity, state)
                shares[remedy.rma_id, line.move_id].append(part)
                state["units"] += quantity
                left -= remedy._own_units(quantity, line.product_uom_id)
            remedy._ensure_not_credited_by_others(left)
        self._complete_invoices(shares, credited)
        return shares

    def _charges(self):
        """Posted invoice lines of the order line, oldest first."""
        lines = self.rma_line_id.sale_line_id.invoice_lines
        return lines.filtered(
            lambda line: line.move_id.move_type == "out_invoice" and line.parent_state == "posted"
        ).sorted(lambda line: (line.move_id.invoice_date, line.id))

    def _credited_units(self):
        """Units of this remedy that posted credit notes of its own already give back."""
        self.ensure_one()
        lines = self._posted_credit_lines().filtered("sale_line_ids")
        return sum(self._own_units(line.aftersales_units or line.quantity, line.product_uom_id) for line in lines)

    def _credited(self):
        """What credit notes have taken back of each invoice line, whoever made them.

        A line at the price of the charge gives units back; any other is a rebate in money.

        :return: ``{invoice line: {"units", "money"}}``, in its unit and currency
        """
        credited = defaultdict(lambda: {"units": 0.0, "money": 0.0})
        invoices = self.rma_line_id.sale_line_id.invoice_lines.move_id
        for sale_line in invoices.invoice_line_ids.sale_line_ids:
            posted = sale_line.invoice_lines.filtered(lambda line: line.parent_state == "posted")
            charges = posted.filtered(lambda line: line.move_id.move_type == "out_invoice")
            for credit in posted.filtered(lambda line: line.move_id.move_type == "out_refund"):
                origin = credit.move_id.reversed_entry_id
                own = charges.filtered(lambda line, origin=origin: line.move_id == origin) or charges
                self._credit_charges(credit, own, credited)
        return credited

    def _credit_charges(self, credit, charges, credited):
        money, units = credit.price_total, 0.0
        for charge in charges:
            state = credited[charge]
            if credit.aftersales_remedy_id or self._unit_price(credit, charge) == self._unit_price(charge, charge):
                units = units or credit.product_uom_id._compute_quantity(
                    credit.aftersales_units or credit.quantity, charge.product_uom_id, round=False
                )
                taken = min(units, charge.quantity - state["units"])
                state["units"] += taken
                units -= taken
            spent = min(money, charge.price_total - state["money"])
            state["money"] += spent
            money -= spent
            if charge.product_uom_id.is_zero(units) and charge.currency_id.is_zero(money):
                return

    def _unit_price(self, line, charge):
        """Net price of a line in the unit of the charge."""
        price = line.price_unit * (1 - line.discount / 100)
        return charge.currency_id.round(line.product_uom_id._compute_price(price, charge.product_uom_id))

    def _prepare_share(self, charge, quantity, credited):
        """One part of a remedy on one invoice line.

        Amounts are cumulative: what so many units cost in all, less what the units before
        them were worth, so that the last unit takes what is left to the cent.

        :param charge: posted `account.move.line`
        :param float quantity: units now, in the unit of the charge
        :param dict credited: ``units`` and ``money`` that were credited before
        :return: dict with ``remedy``, ``line``, ``quantity``, ``gross`` (before order-wide
            discounts), ``amount`` (after them) and ``fee``, with taxes
        """
        self.ensure_one()
        currency, before = charge.currency_id, credited["units"]
        kept = 1 - Reductions(charge.move_id.invoice_line_ids).ratio(charge)

        def worth(total):
            upto = currency.round(total * (before + quantity) / charge.quantity)
            return currency.round(upto - currency.round(total * before / charge.quantity))

        full = worth(charge.price_total)
        gross = currency.round(min(full, charge.price_total - credited["money"]))
        amount = worth(charge.price_total * kept)
        if gross < full:
            amount = currency.round(gross * kept)
        credited["money"] += gross
        line = self.rma_line_id
        fee = 0.0
        if line.fee and line.paid_total:
            fee = currency.round(min(amount * line.fee / line.paid_total, amount))
        part = {"remedy": self, "line": charge, "quantity": quantity, "gross": gross, "amount": amount, "fee": fee}
        return {**part, "scale": gross / full if full else 1.0}

    def _ensure_not_credited_by_others(self, left):
        """Units that were invoiced and cannot be allocated were credited by somebody else.

        :param float left: units without an invoice line, in the product's unit
        """
        self.ensure_one()
        sale_line = self.rma_line_id.sale_line_id
        charged = sum(self._own_units(charge.quantity, charge.product_uom_id) for charge in self._charges())
        ordered = self._own_units(max(sale_line.product_uom_qty, sale_line.qty_delivered), sale_line.product_uom_id)
        if self.uom_id.compare(left, max(ordered - charged, 0.0)) > 0:
            notes = sale_line.invoice_lines.move_id.filtered(
                lambda move: move.move_type == "out_refund" and move.state == "posted"
            )
            raise UserError(
                self.env._(
                    "%(units)s × %(product)s were already credited by %(notes)s: cancel the return or that note.",
                    units=f"{left:g}",
                    product=self.product_id.display_name,
                    notes=", ".join(notes.mapped("name")),
                )
            )

    def _complete_invoices(self, shares, credited):
        """Where the last units of an invoice are credited, take what is left of it to the cent.

        Odoo rounds taxes over the whole invoice: its lines need not add up to its total.
        """
        for invoice in {invoice for _rma, invoice in shares}:
            lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
            charged = lines.filtered(lambda line: line.price_total > 0)
            if lines.filtered("is_downpayment") or any(
                line.product_uom_id.compare(credited[line]["units"], line.quantity) < 0 for line in charged
            ):
                continue
            parts = [part for (_rma, charge), group in shares.items() if charge == invoice for part in group]
            earlier = invoice.reversal_move_ids.filtered(lambda move: move.state == "posted")
            back = sum(move.amount_total + move._aftersales_fees() for move in earlier)
            now = sum(part["amount"] for part in parts)
            parts[-1]["amount"] += invoice.currency_id.round(invoice.amount_total - back - now)

    # === Credit notes === #

    def _create_credit_notes(self, shares):
        """Reverse parts of invoices and post the credit notes: one per return and invoice.

        :param dict shares: as `_allocate_to_invoices` gives them
        :return: the posted credit notes
        """
        vals_list = []
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
        """Values of the credit note lines of one part: the units, and the fee kept back.

        In the product's own unit: one of a dozen is a whole number of it.
        """
        charge, uom = part["line"], part["remedy"].uom_id
        quantity = charge.product_uom_id._compute_quantity(part["quantity"], uom)
        price = charge.product_uom_id._compute_price(charge.price_unit, uom) * part["scale"]
        link = {"aftersales_remedy_id": part["remedy"].id, "quantity": quantity}
        if charge.product_id != part["remedy"].product_id:  # a part of a kit: a fraction of what was charged
            uom = charge.product_uom_id
            link |= {"quantity": uom.round(part["quantity"]) or uom.rounding, "aftersales_units": part["quantity"]}
            price = charge.price_unit * part["scale"] * part["quantity"] / link["quantity"]
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
            "account_id": charge.account_id.id,
        }
        return [units, fee]

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
