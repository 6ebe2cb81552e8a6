from datetime import timedelta
from urllib.parse import urlencode

from odoo import models
from odoo.fields import Domain


class SaleOrder(models.Model):
    # What of an order its customer can bring back, as the portal offers it.

    _inherit = "sale.order"

    def _portal_can_return(self):
        """Whether the customer is offered to return products of the order."""
        self.ensure_one()
        return bool(self._portal_return_lines())

    def _portal_return_lines(self):
        """Lines of which something has arrived, where the company takes returns online."""
        self.ensure_one()
        if not self.company_id.aftersales_portal_returns:
            return self.order_line.browse()
        return self.order_line._aftersales_deliveries().sale_line_id

    def _portal_door_url(self):
        """Signed address of the page for whatever is wrong with the order, for mails."""
        self.ensure_one()
        params = {"order_id": self.id, "access_token": self._aftersales_signed_token()}
        return f"{self.get_base_url()}/my/returns/new?{urlencode(params)}"

    def _portal_return_rows(self):
        """What can be the matter with: one row per order line and, where they are known, per serial.

        What is still to come is a row of its own, once a part of the order has arrived.

        :return: list of dicts with ``key`` (names the row in the form), ``line``
            (`sale.order.line`), ``product``, ``move`` (`stock.move`, the next to be claimed),
            ``lot`` (`stock.lot`, may be empty), ``undelivered`` (bool), ``paid`` (for one unit),
            ``paid_left`` (for all that can come back), ``delivered`` and ``returnable`` (floats in the
            product's unit), ``whole`` (whether only whole units come back), ``seal`` (whether it
            matters that it was opened), ``options`` (see `_portal_return_option`, one per reason),
            ``orders`` (why money back comes later, a sentence → reasons), ``words`` (see `_portal_remedy_words`),
            ``terms`` (see `_portal_term`, of every possible basis) and ``refusals`` (sentence → reasons that
            it makes impossible)
        """
        self.ensure_one()
        entries = self.order_line._aftersales_returnables()
        had = [entry for entry in entries if entry["moves"] or entry["sale_line"].aftersales_is_extension]
        if not had:
            return []
        expected = [entry for entry in entries if entry in had or entry["undelivered"]]
        rows = [row for entry in expected for row in self._portal_entry_rows(entry)]
        rows.sort(key=lambda row: (row["line"].sequence, row["line"].id))
        self._portal_judge_rows([row for row in rows if row["returnable"]])
        return rows

    def _portal_entry_rows(self, entry):
        row = self._prepare_portal_row(entry)
        if row["product"].tracking != "serial" or not row["returnable"]:
            return [row]
        serials = [(move, lot) for move in entry["moves"] for lot in entry["lots"][move]]
        if len(serials) != row["returnable"]:
            return [row]
        one = {"delivered": 1.0, "returnable": 1.0, "paid_left": row["paid"]}
        return [{**row, **one, "key": f"{row['line'].id}-{lot.id}", "move": move, "lot": lot} for move, lot in serials]

    def _prepare_portal_row(self, entry):
        line, product, returnable = entry["sale_line"], entry["product"], entry["returnable"]
        kind = self.env["aftersales.eligibility"]._kind({"sale_line": line, "product": product})
        key = str(line.id) if product == line.product_id else f"{line.id}-p{product.id}"
        paid_for = self.env["aftersales.rma.line"]._paid_for
        return {
            "key": f"{line.id}-open" if entry["undelivered"] else key,
            "line": line,
            "product": product,
            "move": entry["move"],
            "lot": self.env["stock.lot"],
            "undelivered": entry["undelivered"],
            "paid": paid_for(line, product, 1.0),
            "paid_left": paid_for(line, product, returnable),
            "delivered": entry["quantity"],
            "returnable": returnable,
            "whole": product._aftersales_is_whole(),
            # How far an extension was used is known: nobody has to be asked.
            "seal": bool(kind and kind["opened_only"]) and not line.aftersales_is_extension,
            "options": [],
            "terms": [],
            "words": {},
            "refusals": {},
            "orders": {},
        }

    def _portal_matters(self, rows):
        """What may be the matter, as cards.

        :param list rows: as `_portal_return_rows` gives them
        :return: list of dicts with ``reason``, ``possible`` (for any row) and ``why`` not (a sentence);
            the possible ones first
        """
        matters = []
        for reason in self._portal_reasons():
            options = [option for row in rows for option in row["options"] if option["reason"] == reason]
            possible = any(option["possible"] for option in options)
            why = "" if possible else next((" ".join(option["why"]) for option in options), "")
            matters.append({"reason": reason, "possible": possible, "why": why})
        return sorted(matters, key=lambda matter: not matter["possible"])

    # === Judgement === #

    def _portal_judge_rows(self, rows):
        """Judge every row for every reason in one go and note what is possible."""
        reasons = self._portal_reasons()
        types = self.env["aftersales.remedy.type"].search(Domain.TRUE)
        today = self.company_id._aftersales_today()
        units = [self._prepare_portal_unit(row, reason) for row in rows for reason in reasons]
        results = iter(self.env["aftersales.eligibility"]._evaluate(units, today))
        for row in rows:
            row["options"] = [self._portal_return_option(row, reason, next(results), types) for reason in reasons]
            terms, row["refusals"], row["orders"] = {}, {}, {}
            for option in row["options"]:
                if option["possible"]:
                    if option["order"]:
                        row["orders"].setdefault(option["order"], []).append(option["reason"])
                    for term in option["terms"]:
                        terms.setdefault(term["basis"], term)
                else:
                    for text in option["why"]:
                        row["refusals"].setdefault(text, []).append(option["reason"])
            row["terms"] = list(terms.values())
            row["words"] = self._portal_remedy_words(row)
            for term in row["terms"]:
                days = row["line"]._aftersales_refund_days(term["basis"])
                term["refund_by"] = today + timedelta(days=days)

    def _portal_reasons(self):
        """The reasons that the company of the order offers."""
        companies = self.company_id.parent_ids.ids
        return self.env["aftersales.reason"].search(
            [("company_id", "in", [False, *companies]), ("portal_offered", "=", True)]
        )

    def _prepare_portal_unit(self, row, reason):
        """One unit of a row, as `aftersales.eligibility` takes it; photos are not asked yet."""
        return self.env["aftersales.eligibility"]._prepare_unit(
            row["line"], move=row["move"], lot=row["lot"], product=row["product"], paid=row["paid"], reason=reason
        )

    def _portal_return_option(self, row, reason, result, types):
        """What a reason leads to.

        :param dict row: the row that is judged
        :param reason: `aftersales.reason`
        :param dict result: verdict of `aftersales.eligibility`
        :param types: every `aftersales.remedy.type`
        :return: dict with ``reason``, ``basis``, ``possible`` (False where only a refusal could follow), ``terms``
            (see `_portal_term`: of the basis, and of others that give what it does not offer), ``remedies``,
            ``remedy`` (the proposed one), ``bases`` (id of a remedy → basis that gives it), ``order`` (why money back
            comes later, a sentence or False), ``asks_seal`` (whether it matters that it was opened) and ``why``
            (sentences)
        """
        basis = result["nearest"]
        judged = result["bases"][basis]
        terms = [self._portal_term(row, basis, judged, types)]
        if reason.kind == "defect":  # money back may come by another door
            others = dict.fromkeys(other for other in result["by_remedy"].values() if other != basis)
            terms += [self._portal_term(row, other, result["bases"][other], types) for other in others]
        offered = types.browse().union(*(term["remedies"] for term in terms))
        remedies = self.company_id._aftersales_portal_remedies(offered)
        for term in terms:
            term["remedies"] &= remedies
        own = terms[0]["remedies"]
        option = {
            "reason": reason,
            "basis": basis,
            "possible": judged["outcome"] != "fail",
            "terms": [term for term in terms if term["remedies"]] or terms[:1],
            "remedies": remedies.sorted(),
            "remedy": self._portal_proposed(reason, own) or remedies[:1],
            "bases": {remedy.id: term["basis"] for term in reversed(terms) for remedy in term["remedies"]},
            "order": "refund" not in remedies.mapped("code")
            and self.env["aftersales.eligibility"]._order_words(judged),
            "asks_seal": row["seal"] and any(term["basis"] in ("withdrawal", "policy") for term in terms),
            "why": result["why"],
        }
        if row["undelivered"] and not reason.goods_missing:
            option.update(possible=False, why=[self.env._("It is still on its way to you.")])
        return option

    def _portal_proposed(self, reason, remedies):
        """The remedy that is proposed: what stands in for money is only ever chosen."""
        proposed = remedies.filtered(lambda remedy: not remedy.instead_of_money) or remedies
        return (reason.default_remedy_type_id & proposed) or proposed[:1]

    def _portal_term(self, row, basis, judged, types):
        """What a basis means for the customer.

        :return: dict with ``basis`` and ``label``, ``until``, ``fee`` (of one unit), ``fee_percent`` (of what was
            paid, where the fee is a part of it), ``shipping`` (who pays the way back), ``way_back_fee`` (of the whole
            return), ``note`` (a sentence about extensions, if any) and ``remedies``
        """
        labels = dict(self.env["aftersales.rma.line"]._fields["basis"]._description_selection(self.env))
        return {
            "basis": basis,
            "label": labels[basis],
            "until": judged["until"],
            "fee": judged["fee"],
            "fee_percent": self._portal_fee_percent(row, judged),
            "note": self._portal_extension_words(row, basis, judged),
            "shipping": judged["return_shipping"],
            "way_back_fee": judged["way_back_fee"],
            "remedies": types.filtered(lambda remedy: remedy.offered and remedy.code in judged["remedies"]),
        }

    def _portal_remedy_words(self, row):
        """What is got for one unit instead of money: id of a remedy → sentence."""
        words = {}
        for term in row["terms"]:
            money = row["line"].currency_id.round(row["paid"] - term["fee"])
            for remedy in term["remedies"].filtered("instead_of_money"):
                words.setdefault(remedy.id, remedy._portal_words(row["line"], money))
        return words

    def _portal_fee_percent(self, row, judged):
        terms = row["line"].aftersales_policy_terms or {}
        if not judged["fee"] or terms["fee_type"] != "percent" or row["line"].aftersales_is_extension:
            return 0.0
        return terms.get("fee_amount", 0.0)

    def _portal_extension_words(self, row, basis, judged):
        """What giving back an extension costs, or which extension comes back with the product; "" for neither."""
        if basis not in ("withdrawal", "policy"):
            return ""
        used = next((check["message"] for check in judged["checks"] if check["code"] == "days_used"), "")
        return used or row["line"]._aftersales_along_words()

    # === Questions === #

    def _portal_ask(self, author, question, line=None, photos=(), visit=False):
        """Hook: what becomes of a customer's question about the order.

        :param author: `res.partner` who asks
        :param str question: in their words
        :param line: `sale.order.line` that it is about, if any
        :param list photos: dicts with ``name`` and ``data`` (base64); only a case takes them
        :param bool visit: whether somebody shall come and repair it; only a case takes that
        :return: the document in which they find the answer
        """
        self.ensure_one()
        about = f"{line.product_id.display_name}: " if line else ""
        self.message_post(
            body=about + question,
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        return self
