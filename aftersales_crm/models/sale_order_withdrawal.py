import re

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize


class SaleOrder(models.Model):
    # The right to withdraw, as the customer of an order has it today.

    _inherit = "sale.order"

    def _aftersales_customer_emails(self):
        """Addresses by which the customers of the orders are known, normalized."""
        partners_sudo = (self.partner_id | self.partner_id.commercial_partner_id).sudo()
        return set(filter(None, (email_normalize(partner.email or "") for partner in partners_sudo)))

    @api.model
    def _aftersales_find(self, text, email):
        """The one confirmed order whose number is in a text and whose customer has an address.

        :param str text: as a customer types it, with or without words around the number
        :param str email: of the customer
        :return: `sale.order`, empty when none or several fit
        """
        numbers, email = self._aftersales_numbers(text), email_normalize(email or "")
        if not numbers or not email:
            return self.browse()
        by_number = Domain("name", "in", numbers) | Domain("client_order_ref", "in", numbers)
        found = self.search(Domain("state", "=", "sale") & by_number, limit=50)
        found = found.filtered(lambda order: email in order._aftersales_customer_emails())
        return found if len(found) == 1 else found.browse()

    @api.model
    def _aftersales_numbers(self, text):
        """What of a text may be the number of an order."""
        text = (text or "").strip()
        words = [word.strip(".,;:#()\"'") for word in re.split(r"\s+", text)[:20]]
        numbers = {text, *(word for word in words if any(char.isdigit() for char in word))}
        return sorted({number for word in numbers if word for number in (word, word.upper())})

    def _aftersales_in_withdrawal_period(self):
        """Whether a consumer can withdraw today: from anything of the order, by the days alone."""
        self.ensure_one()
        law = self._aftersales_jurisdiction()
        if self.state != "sale" or not law.withdrawal_days:
            return False
        days = relativedelta(
            days=law.withdrawal_days, months=law.uninformed_months if self.aftersales_not_informed else 0
        )
        today = self.company_id._aftersales_today()
        return any(not start or today <= start + days for start in self._aftersales_withdrawal_starts())

    def _aftersales_withdrawal_starts(self):
        """Days that the period counts from: of goods (False while some are to come) and of services."""
        kinds = {line.product_id.type == "service" for line in self.order_line if line._aftersales_is_returnable()}
        ordered = self.company_id._aftersales_date(self.date_order)
        # Deliveries are looked at for whoever may see the order.
        last_delivery = self.env["aftersales.eligibility"]._last_delivery(self.sudo())
        return [ordered if is_service else last_delivery for is_service in kinds]

    def _aftersales_withdrawal(self):
        """What of these orders can be withdrawn from today.

        :return: ``{order: rows}``; rows are dicts with ``key`` (names the row in a form), ``entry`` (of
            `sale.order.line._aftersales_returnables`), ``open`` (bool: today is in the period),
            ``until`` (last day, False while it has not begun) and ``why`` (sentences); units that are
            part of a return are none of it
        """
        entries = [
            entry
            for entry in self.order_line._aftersales_returnables()
            if entry["returnable"] > 0 and entry["sale_line"].order_id.state == "sale"
        ]
        service = self.env["aftersales.eligibility"]
        units = [
            service._prepare_unit(entry["sale_line"], product=entry["product"], move=entry["move"]) for entry in entries
        ]
        by_order = {order: [] for order in self}
        by_day = {}
        for entry, unit in zip(entries, units, strict=True):
            day = entry["sale_line"].company_id._aftersales_today()
            by_day.setdefault(day, []).append((entry, unit))
        for day, pairs in by_day.items():
            results = service._evaluate([unit for _entry, unit in pairs], day)
            for (entry, _unit), result in zip(pairs, results, strict=True):
                by_order[entry["sale_line"].order_id].append(self._aftersales_withdrawal_row(entry, result))
        return by_order

    def _aftersales_withdrawal_row(self, entry, result):
        judged = result["bases"]["withdrawal"]
        window = next((check for check in judged["checks"] if check["code"] == "withdrawal_window"), {})
        kind = "n" if entry["undelivered"] else "d"
        return {
            "key": f"{kind}{entry['sale_line'].id}-{entry['product'].id}",
            "entry": entry,
            "open": judged["outcome"] != "fail",
            "until": window.get("until") or False,
            "why": judged["reasons"],
        }
