import re
from itertools import islice

from markupsafe import Markup

from odoo import models
from odoo.fields import Domain
from odoo.tools import unique

# What may be the number of a document or unit: four to forty signs, a digit among the first forty.
TOKEN = re.compile(r"(?=[\w./-]{0,39}\d)[^\W_][\w./-]{2,38}[^\W_]")
MOST_TOKENS = 30
MOST_TEXT = 20000
MOST_FOUND = 200


class AftersalesCase(models.Model):
    """What a customer names in a case: an order, a return, a unit. Theirs alone; of strangers it is only noted."""

    _inherit = "aftersales.case"

    def _recognise(self, said=""):
        """Link the documents that subject, text and names of attachments tell of, where none is linked yet.

        A query for each kind of document, whatever the number of cases.

        :param str said: what was written besides, as plain text
        """
        # Documents are searched for whoever writes; only the customer's own are linked.
        cases_sudo = self.sudo().filtered(lambda case: not (case.sale_order_id and case.lot_id and case.product_id))
        tokens = cases_sudo._tokens(said)
        cases_sudo = cases_sudo.filtered(tokens.get)
        if not cases_sudo:
            return
        found = cases_sudo._documents_named(list(unique(token for names in tokens.values() for token in names)))
        units = cases_sudo._units_of_customers(found)
        notes = {}
        for case in cases_sudo:
            named = {kind: case._named_here(records, tokens[case]) for kind, records in found.items()}
            notes[case.id] = case._link_named(named, units) if case.partner_id else case._suggest_named(named)
        notes = {case_id: note for case_id, note in notes.items() if note}
        if notes:
            cases_sudo.browse(notes)._message_log_batch(notes)

    # === What is named === #

    def _tokens(self, said=""):
        """What may be a number, in each of the cases.

        :return: dict of sets by case
        """
        files = dict(
            self.env["ir.attachment"]._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids), ("res_field", "=", False)],
                ["res_id"],
                ["name:array_agg"],
            )
        )
        tokens = {}
        for case in self:
            names = [name.rsplit(".", 1)[0].replace("_", " ") for name in files.get(case.id, ())]
            text = "\n".join([case.subject or "", *names, case._plain_description(), said])
            tokens[case] = set(_tokens_of(text[:MOST_TEXT]))
        return tokens

    def _documents_named(self, names):
        """Documents with these names in the companies of the cases, whoever they belong to.

        :return: dict of recordsets
        """
        named = Domain("name", "in", names)
        own = named & Domain("company_id", "in", self.company_id.ids)
        shared = named & Domain("company_id", "in", [False, *self.company_id.ids])
        return {
            "rma": self.env["aftersales.rma"].search(own, limit=MOST_FOUND),
            "order": self.env["sale.order"].search(own, limit=MOST_FOUND),
            "lot": self.env["stock.lot"].search(shared, limit=MOST_FOUND),
        }

    def _named_here(self, records, tokens):
        """Those of the records that this case names, and may name."""
        companies = (self.company_id, self.company_id.browse())
        return records.filtered(lambda record: record.name in tokens and record.company_id in companies)

    # === Known customers === #

    def _units_of_customers(self, found):
        """What the customers of the cases were delivered or have a warranty for, of the units and orders found.

        :return: dict of ``(customer, lot)`` and ``(customer, order, product)`` to dicts of values of a case
        """
        units, customers = {}, self.commercial_partner_id
        lots, orders = found["lot"], found["order"] | found["rma"].sale_order_ids
        if lots and customers:
            delivered = Domain("lot_id", "in", lots.ids) & Domain("location_dest_id.usage", "=", "customer")
            owner = Domain("move_id.sale_line_id.order_id.partner_id.commercial_partner_id", "in", customers.ids)
            lines = self.env["stock.move.line"].search(delivered & Domain("state", "=", "done") & owner, order="id")
            for line in lines:
                order = line.move_id.sale_line_id.order_id
                units[order.partner_id.commercial_partner_id, line.lot_id] = {"sale_order_id": order.id}
        if (lots or orders) and customers:
            about = Domain("lot_id", "in", lots.ids) | Domain("sale_order_id", "in", orders.ids)
            owner = Domain("commercial_partner_id", "in", customers.ids)
            for warranty in self.env["aftersales.warranty"].search(owner & about):  # the last is the longest
                vals = {"warranty_id": warranty.id, "sale_order_id": warranty.sale_order_id.id}
                for key in ((warranty.lot_id,), (warranty.sale_order_id, warranty.product_id)):
                    known = units.setdefault((warranty.commercial_partner_id, *key), {})
                    known.update({name: value for name, value in vals.items() if value})
        return units

    def _link_named(self, named, units):
        """Link what a customer names, if it is theirs.

        :return: the note about it, empty when nothing was linked
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        rmas = named["rma"].filtered(lambda rma: rma.commercial_partner_id == customer)
        orders = named["order"].filtered(lambda order: order.partner_id.commercial_partner_id == customer)
        lots = named["lot"].filtered(lambda lot: (customer, lot) in units)
        vals = self._vals_of_order(orders or rmas.sale_order_ids, units) | self._vals_of_lot(lots, units)
        vals = {name: value for name, value in vals.items() if value and not self[name]}
        free = rmas.filtered(lambda rma: not rma.case_id)
        if not vals and not free:
            return ""
        free.case_id = self
        self.write(vals)
        linked = [*free, *(self[name] for name in ("sale_order_id", "lot_id", "product_id") if name in vals)]
        return self.env._("Recognised in what was written: %s", _links(linked))

    def _vals_of_order(self, orders, units):
        """What follows from an order: its product too, when it has but one."""
        if len(orders) != 1:
            return {}
        product = orders.order_line.filtered(lambda line: not line.display_type).product_id
        product = product.filtered(lambda goods: goods.type != "service")
        if len(product) != 1 or self.product_id not in (product, product.browse()):
            return {"sale_order_id": orders.id}
        known = units.get((self.commercial_partner_id, orders, product), {})
        return {"sale_order_id": orders.id, "product_id": product.id, **known}

    def _vals_of_lot(self, lots, units):
        """What follows from a unit: its product, order and warranty."""
        if len(lots) != 1 or self.product_id not in (lots.product_id, lots.product_id.browse()):
            return {}
        return {"lot_id": lots.id, "product_id": lots.product_id.id, **units[self.commercial_partner_id, lots]}

    # === Strangers === #

    def _suggest_named(self, named):
        """What somebody names whom nobody knows yet: told to staff, never linked.

        :return: the note, empty when there is nothing, or it is no news
        """
        self.ensure_one()
        mentioned = [record for records in named.values() for record in records]
        if not mentioned or self.last_customer_at:
            return ""
        return self.env._(
            "Not linked, as the sender is not known: %s. Make sure who wrote before you tell them of it.",
            _links(mentioned),
        )

    # === Hooks === #

    def _opened(self):
        result = super()._opened()
        # What comes by mail or page is a message too, and looked through with it.
        self.filtered(lambda case: case.channel in ("rpc", "feedback"))._recognise()
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("partner_id"):
            self._recognise()
        return result


def _links(records):
    return Markup(", ").join(record._get_html_link() for record in records)


def _tokens_of(text):
    """What may be a number in a text, as it was written and in capitals."""
    written = islice(unique(match.group() for match in TOKEN.finditer(text)), MOST_TOKENS)
    return unique(form for token in written for form in (token, token.upper()))
