from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from .reductions import Reductions
from .refund_share import refund_share


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
        remedies_sudo._credit_units()
        self._finish()

    def _is_refund(self):
        """Hook: whether the price of the units is given back, by credit notes on their invoices."""
        self.ensure_one()
        return self.code == "refund"

    def _credit_units(self):
        """Credit the units of these remedies and note what the customer gets back."""
        shares = self._allocate_to_invoices()
        for remedy in self:
            parts = [part for parts in shares.values() for part in parts if part["remedy"] == remedy]
            back = sum(remedy._own_money(part["amount"] - part["fee"], part["line"].move_id) for part in parts)
            remedy._write_guarded({"amount": remedy._credited_money() + back})
        if shares:
            self._create_credit_notes(shares)

    def _credit_posted(self):
        """A credit note of the remedies was posted: they are done when all theirs are.

        What an accountant changed on it while it was a draft counts.
        """
        refunds = self.filtered(lambda remedy: remedy.code in ("refund", "keep"))
        for remedy in refunds.filtered(lambda remedy: remedy.state in ("draft", "pending", "failed")):
            if any(line.parent_state == "draft" for line in remedy.refund_line_ids):
                continue
            if remedy._is_credited_otherwise(remedy._posted_credit_lines().move_id):
                remedy._write_guarded({"amount": remedy._credited_money()})
            remedy._finish()
        self.rma_id._sync_done()

    # === Which invoices === #

    def _ensure_nothing_in_draft(self):
        for line in self.rma_line_id:
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
            line = remedy.rma_line_id
            fee_rate = line.fee / line.paid_total if line.paid_total else 0.0
            for charge in line.sale_line_id._aftersales_charges():
                state = credited[charge]
                wanted = remedy._charged_units(left, charge.product_uom_id)
                quantity = min(charge.quantity - state["units"], wanted)
                if charge._aftersales_compare(quantity, 0.0) <= 0:
                    continue
                shares[remedy.rma_id, charge.move_id].append(remedy._prepare_share(charge, quantity, state, fee_rate))
                state["units"] += quantity
                left -= remedy._own_units(quantity, charge.product_uom_id)
            remedy._ensure_not_credited_by_others(left)
            remedy._ensure_not_prepaid(left)
            if remedy.uom_id.compare(left, remedy.uninvoiced_quantity):
                remedy._write_guarded({"uninvoiced_quantity": left})
        self._add_deliveries(shares, credited)
        self._add_down_payments(shares, credited)
        self._complete_invoices(shares, credited)
        return shares

    def _credited_units(self):
        """Units of this remedy that posted credit notes of its own already give back."""
        self.ensure_one()
        sale_line = self.rma_line_id.sale_line_id
        lines = self._posted_credit_lines().filtered(lambda line: sale_line in line.sale_line_ids)
        return sum(self._own_units(line.aftersales_units or line.quantity, line.product_uom_id) for line in lines)

    def _credited(self):
        """What credit notes have taken back of each invoice line, whoever made them.

        A line at the price of the charge gives units back; any other is a rebate in money.

        :return: ``{invoice line: {"units", "money"}}``, in its unit and currency
        """
        credited = defaultdict(lambda: {"units": 0.0, "money": 0.0})
        orders = self._orders()
        order_lines = orders.order_line
        # At once, not line by line and invoice by invoice.
        order_lines.invoice_lines.fetch(["sale_line_ids"])
        order_lines.invoice_lines.move_id.mapped("invoice_line_ids")
        for sale_line in order_lines:
            posted = sale_line.invoice_lines.filtered(lambda line: line.parent_state == "posted")
            charges = posted.filtered(lambda line: line.move_id.move_type == "out_invoice")
            for credit in posted.filtered(lambda line: line.move_id.move_type == "out_refund"):
                origin = credit.move_id.reversed_entry_id
                own = charges.filtered(lambda line, origin=origin: line.move_id == origin) or charges
                self._credit_charges(credit, own, credited)
        self._credit_reductions(orders, credited)
        return credited

    def _orders(self):
        """Hook: the orders whose money these remedies give back."""
        return self.rma_line_id.sale_order_id

    def _credit_charges(self, credit, charges, credited):
        money, units = credit.price_total, 0.0
        for charge in charges:
            state = credited[charge]
            scale = 1.0
            if self._gives_units_back(credit, charge):
                units = units or credit.product_uom_id._compute_quantity(
                    credit.aftersales_units or credit.quantity, charge.product_uom_id, round=False
                )
                taken = min(units, charge.quantity - state["units"])
                state["units"] += taken
                units -= taken
            else:
                # A rebate is money that was paid: before order-wide discounts it is worth more.
                scale = self._kept(charge) or 1.0
            here = self._exchange(money, credit.move_id, charge.currency_id)
            spent = min(here, (charge.price_total - state["money"]) * scale)
            state["money"] += spent / scale
            money *= 1 - spent / here if here else 0.0
            if not charge._aftersales_compare(units, 0.0) and charge.currency_id.is_zero(money):
                return

    def _credit_reductions(self, orders, credited):
        """Money that customers who kept their goods got back: their credit notes name no order line."""
        notes = orders.order_line.invoice_lines.move_id.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and not move._aftersales_is_undone()
        )
        for credit in notes.invoice_line_ids.filtered(lambda line: line.aftersales_remedy_id.code == "keep"):
            charges = credit.aftersales_remedy_id.rma_line_id.sale_line_id._aftersales_charges()
            charge = charges.filtered(lambda line, credit=credit: line.move_id == credit.move_id.reversed_entry_id)[:1]
            credited[charge]["money"] += credit.price_total / (self._kept(charge) or 1.0)

    def _kept(self, charge):
        """Part of the price of an invoice line that order-wide discounts have left, 0 to 1."""
        return 1 - Reductions(charge.move_id.invoice_line_ids).ratio(charge)

    def _gives_units_back(self, credit, charge):
        """Whether a credit note line is of units: it is ours, or at the price of the charge."""
        if credit.aftersales_remedy_id:
            return True
        same = credit.product_id == charge.product_id
        return same and self._unit_price(credit, charge) == self._unit_price(charge, charge)

    def _unit_price(self, line, charge):
        """Net price of a line in the unit of the charge."""
        price = line.price_unit * (1 - line.discount / 100)
        return charge.currency_id.round(line.product_uom_id._compute_price(price, charge.product_uom_id))

    def _prepare_share(self, charge, quantity, credited, fee_rate=0.0):
        """One part of a remedy on one invoice line.

        :param charge: posted `account.move.line`
        :param float quantity: units now, in the unit of the charge
        :param dict credited: ``units`` and ``money`` that were credited before
        :param float fee_rate: part of the amount that is kept back, 0 to 1
        :return: dict with ``remedy``, ``line``, ``quantity`` and what `refund_share` says
        """
        share = refund_share(
            charge.price_total,
            charge.quantity,
            quantity,
            earlier_units=credited["units"],
            earlier_money=credited["money"],
            kept=self._kept(charge),
            fee_rate=fee_rate,
            rounding=charge.currency_id.rounding,
        )
        credited["money"] += share.gross
        return {"remedy": self, "line": charge, "quantity": quantity, **share._asdict()}

    def _ensure_not_credited_by_others(self, left):
        """Units that were invoiced and cannot be allocated were credited by somebody else.

        :param float left: units without an invoice line, in the product's unit
        """
        self.ensure_one()
        sale_line = self.rma_line_id.sale_line_id
        charges = sale_line._aftersales_charges()
        charged = sum(self._own_units(charge.quantity, charge.product_uom_id) for charge in charges)
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
            charged = invoice.invoice_line_ids.filtered(
                lambda line: line.display_type == "product" and line.price_total > 0
            )
            if any(line._aftersales_compare(credited[line]["units"], line.quantity) < 0 for line in charged):
                continue
            parts = [part for (_rma, charge), group in shares.items() if charge == invoice for part in group]
            earlier = invoice.reversal_move_ids.filtered(lambda move: move.state == "posted")
            back = sum(
                self._exchange(move.amount_total + move._aftersales_fees(), move, invoice.currency_id)
                for move in earlier
            )
            left = invoice.currency_id.round(self._to_give_back(invoice) - back)
            self._bring_to(parts, max(left, 0.0), invoice.currency_id)

    def _bring_to(self, parts, total, currency):
        """Let the parts of one invoice give back a total: rounding is added, what others gave too much is taken off."""
        now = sum(part["amount"] for part in parts)
        if currency.compare_amounts(now - total, currency.rounding * (len(parts) + 1)) > 0:
            for part in parts:
                for name in ("gross", "amount", "scale"):
                    part[name] *= total / now
                part["amount"] = currency.round(part["amount"])
        parts[-1]["amount"] += currency.round(total - sum(part["amount"] for part in parts))

    def _to_give_back(self, invoice):
        """What an invoice charged in all: down payments that it deducted were charged before."""
        deducted = invoice.invoice_line_ids.filtered(lambda line: line.is_downpayment and line.price_total < 0)
        kept = sum(
            charge.price_total * (1 - delivery._aftersales_standard_share())
            for delivery in self.rma_line_id.sale_order_id.order_line.filtered("is_delivery")
            for charge in delivery._aftersales_charges() & invoice.invoice_line_ids
        )
        return invoice.amount_total - sum(deducted.mapped("price_total")) - kept
