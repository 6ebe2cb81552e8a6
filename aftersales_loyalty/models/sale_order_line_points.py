from datetime import timedelta

from odoo import models
from odoo.fields import Domain

from ..ledger import part_of, rounded

GIVING_BACK = ("withdrawal", "policy")
MOMENT = timedelta(days=1)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === What came back === #

    def _aftersales_lost(self):
        """Which part of each line the customer did not keep, by Odoo's documents.

        What was credited counts by its money, what came back or never went before its invoice by its units.

        :return: dict of line → (part, whole)
        """
        return {line: line._aftersales_lost_part() for line in self}

    def _aftersales_lost_part(self):
        self.ensure_one()
        worth = abs(self.price_total)
        units, ordered = self._aftersales_lost_units(), self.product_uom_qty
        if not worth or ordered <= 0:
            return units, max(ordered, 1.0)
        invoiced, credited = self._aftersales_invoiced("out_invoice"), self._aftersales_invoiced("out_refund")
        paid_back = max(credited - max(invoiced - worth, 0.0), 0.0)
        if 0 < invoiced < worth and self._aftersales_is_invoiced():
            paid_back *= worth / invoiced  # the invoice was lowered: what it says is the whole price
            invoiced = worth
        # What is not invoiced and will not be, besides what was credited.
        never = min(worth * units / ordered, paid_back + max(worth - invoiced, 0.0))
        lost = max(paid_back, never)
        # Refunds of parts are rounded one by one: together they may miss a cent each.
        missed = self.currency_id.rounding * len(self._aftersales_documents("out_refund"))
        is_whole = units >= ordered and self.currency_id.compare_amounts(lost + missed, worth) >= 0
        return max(lost, worth) if is_whole else lost, worth

    def _aftersales_part_deserved(self, points, worth, units):
        """What a line deserves of the points it earned.

        :param float points: earned when they were counted
        :param float worth: price of the line by then
        :param float units: units of the line by then
        :rtype: decimal.Decimal
        """
        if not self:
            return rounded(points)
        lost, whole = self._aftersales_lost_part()
        now, then = (self.price_total, worth) if self.price_total and worth else (self.product_uom_qty, units)
        kept = max(min(now, then), 0.0) * (1 - min(lost / whole, 1.0))
        return part_of(points, kept, then) if then > 0 else rounded(points)

    def _aftersales_invoiced(self, move_type):
        """Money that posted invoices or credit notes say, taxes included."""
        lines = self._aftersales_documents(move_type)
        money = abs(sum(lines.mapped("price_total")))
        return money + self._aftersales_paid_for_keeping() if move_type == "out_refund" else money

    def _aftersales_documents(self, move_type):
        return self.invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.move_id.move_type == move_type
        )

    def _aftersales_is_invoiced(self):
        """Whether invoices were made for all units."""
        lines = self._aftersales_documents("out_invoice")
        units = sum(line.product_uom_id._compute_quantity(line.quantity, self.product_uom_id) for line in lines)
        return self.product_uom_id.compare(units, self.product_uom_qty) >= 0

    def _aftersales_paid_for_keeping(self):
        """Money given back for goods that the customer kept: its credit notes name no order line."""
        remedies = self.aftersales_rma_line_ids.remedy_ids.filtered(lambda remedy: remedy.code == "keep")
        credits = remedies.refund_line_ids.filtered(lambda line: line.parent_state == "posted")
        charge = self._aftersales_documents("out_invoice")[:1]
        # Order-wide discounts came off: of the line's own price it is more.
        return sum(credits.mapped("price_total")) / (charge and remedies[:1]._kept(charge) or 1.0) if credits else 0.0

    def _aftersales_lost_units(self):
        """Units that came back or never went, once nothing more is under way."""
        if self.qty_delivered_method != "stock_move" or not self.move_ids:
            return 0.0
        if any(move.state not in ("done", "cancel") for move in self.move_ids):
            return 0.0
        return max(self.product_uom_qty - max(self.qty_delivered, 0.0), 0.0)

    def _aftersales_rule_weight(self, rule, worth):
        """What a line counts for a rule of points.

        :param float worth: price of all lines that the rule counts
        """
        if rule.reward_point_mode == "unit":
            return self.product_uom_qty
        if rule.reward_point_mode == "money":
            return self.price_total
        return self.price_total / worth if worth else 1.0

    # === When points are free === #

    def _aftersales_refresh_window(self, start, dates=None):
        result = super()._aftersales_refresh_window(start, dates)
        self.order_id._aftersales_touch_points()
        return result

    def _aftersales_free_on(self):
        """The day from which each line can no longer be returned without a fault.

        :return: dict of line → date, False while that day is not known
        """
        today = {company: company._aftersales_today() for company in self.company_id}
        delivered = self.filtered(lambda line: line._aftersales_is_delivered())
        free = dict.fromkeys(self, False)
        for company, lines in delivered.grouped("company_id").items():
            service = self.env["aftersales.eligibility"]
            units = [service._prepare_unit(line, move=line._aftersales_last_shipment()) for line in lines]
            verdicts = service._evaluate(units, today[company])
            for line, verdict in zip(lines, verdicts, strict=True):
                free[line] = line._aftersales_free_by(verdict["bases"], today[company])
        return free

    def _aftersales_free_by(self, bases, today):
        """The day after the last on which one of the bases takes the goods back; False while it is not known."""
        days = [today]
        for code in GIVING_BACK:
            basis = bases[code]
            if code == "policy" and not self.aftersales_policy_terms:
                continue
            if basis["until"]:
                refused = basis["outcome"] == "fail" and basis["until"] >= today
                days += [] if refused else [basis["until"] + MOMENT]
            elif basis["outcome"] != "fail":
                return False
        return max(days)

    def _aftersales_is_delivered(self):
        """Whether nothing of a line is still to come."""
        self.ensure_one()
        if self.product_id.type == "service":
            return self.state == "sale"
        shipments = self._aftersales_shipments()
        return bool(shipments) and all(move.state == "done" for move in shipments)

    def _aftersales_last_shipment(self):
        return self._aftersales_shipments().sorted("date")[-1:]

    def _aftersales_in_return(self):
        """Lines of which a return is under way: their points wait for what becomes of it."""
        open_lines = self.env["aftersales.rma.line"]._read_group(
            Domain("sale_line_id", "in", self.ids) & Domain("rma_id.state", "in", ("submitted", "approved")),
            ["sale_line_id"],
        )
        return self.browse().union(*(line for (line,) in open_lines))
