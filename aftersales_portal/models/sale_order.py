from odoo import models
from odoo.fields import Domain


class SaleOrder(models.Model):
    # What of an order its customer can bring back, as the portal offers it.

    _inherit = "sale.order"

    def _portal_can_return(self):
        """Whether the customer is offered to return products of the order."""
        self.ensure_one()
        return self.company_id.aftersales_portal_returns and bool(self.order_line._aftersales_deliveries())

    def _portal_return_rows(self):
        """What was delivered, one row per order line and, where they are known, per serial.

        :return: list of dicts with ``key`` (names the row in the form), ``line``
            (`sale.order.line`), ``product``, ``move`` (`stock.move`, the next to be claimed),
            ``lot`` (`stock.lot`, may be empty), ``paid`` (for one unit), ``delivered`` and
            ``returnable`` (floats in the product's unit), ``whole`` (whether only whole units
            come back), ``seal`` (whether it matters that it was opened), ``options`` (see
            `_portal_return_option`, one per reason) and ``terms`` (the possible ones, one per basis)
        """
        self.ensure_one()
        delivered = [entry for entry in self.order_line._aftersales_returnables() if entry["moves"]]
        rows = [row for entry in delivered for row in self._portal_entry_rows(entry)]
        rows.sort(key=lambda row: (row["line"].sequence, row["line"].id))
        self._portal_judge_rows([row for row in rows if row["returnable"]])
        return rows

    def _portal_entry_rows(self, entry):
        line, product, returnable = entry["sale_line"], entry["product"], entry["returnable"]
        kind = self.env["aftersales.eligibility"]._kind({"sale_line": line, "product": product})
        row = {
            "key": str(line.id) if product == line.product_id else f"{line.id}-p{product.id}",
            "line": line,
            "product": product,
            "move": entry["move"],
            "lot": self.env["stock.lot"],
            "paid": self.env["aftersales.rma.line"]._paid_for(line, product, 1.0),
            "delivered": entry["quantity"],
            "returnable": returnable,
            "whole": product._aftersales_is_whole(),
            "seal": bool(kind and kind["opened_only"]),
            "options": [],
            "terms": [],
        }
        if product.tracking != "serial" or not returnable:
            return [row]
        serials = [(move, lot) for move in entry["moves"] for lot in entry["lots"][move]]
        if len(serials) != returnable:
            return [row]
        return [
            {**row, "key": f"{line.id}-{lot.id}", "move": move, "lot": lot, "delivered": 1.0, "returnable": 1.0}
            for move, lot in serials
        ]

    # === Judgement === #

    def _portal_judge_rows(self, rows):
        """Judge every row for every reason in one go and note what is possible."""
        reasons = self._portal_reasons()
        units = [self._prepare_portal_unit(row, reason) for row in rows for reason in reasons]
        results = iter(self.env["aftersales.eligibility"]._evaluate(units, self.company_id._aftersales_today()))
        types = self.env["aftersales.remedy.type"].search(Domain.TRUE)
        for row in rows:
            row["options"] = [self._portal_return_option(reason, next(results), types) for reason in reasons]
            terms = {}
            for option in row["options"]:
                if option["possible"]:
                    terms.setdefault(option["basis"], option)
            row["terms"] = list(terms.values())

    def _portal_reasons(self):
        """The reasons that the company of the order offers."""
        companies = self.company_id.parent_ids.ids
        return self.env["aftersales.reason"].search([("company_id", "in", [False, *companies])])

    def _prepare_portal_unit(self, row, reason):
        """One unit of a row, as `aftersales.eligibility` takes it; photos are not asked yet."""
        return self.env["aftersales.eligibility"]._prepare_unit(
            row["line"], move=row["move"], lot=row["lot"], product=row["product"], paid=row["paid"], reason=reason
        )

    def _portal_return_option(self, reason, result, types):
        """What a reason leads to.

        :param reason: `aftersales.reason`
        :param dict result: verdict of `aftersales.eligibility`
        :param types: every `aftersales.remedy.type`
        :return: dict with ``reason``, ``basis`` and ``label``, ``possible`` (False where only
            a refusal could follow), ``until``, ``fee`` (of one unit), ``shipping`` (who pays
            the way back), ``way_back_fee`` (of the whole return), ``remedies``, ``remedy`` (the
            proposed one) and ``why`` (sentences)
        """
        basis = result["nearest"]
        judged = result["bases"][basis]
        remedies = types.filtered(lambda remedy: remedy.code in judged["remedies"])
        labels = dict(self.env["aftersales.rma.line"]._fields["basis"]._description_selection(self.env))
        return {
            "reason": reason,
            "basis": basis,
            "label": labels[basis],
            "possible": judged["outcome"] != "fail",
            "until": judged["until"],
            "fee": judged["fee"],
            "shipping": judged["return_shipping"],
            "way_back_fee": judged["way_back_fee"],
            "remedies": remedies,
            "remedy": (reason.default_remedy_type_id & remedies) or remedies[:1],
            "why": result["why"],
        }
