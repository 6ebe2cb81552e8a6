"""Orders of the plan in a running shop: quoted, confirmed, delivered and invoiced on their dates."""

from collections import defaultdict

import pytz

from console import Failure

from . import batches
from .connection import Refused

LONDON = pytz.timezone("Europe/London")
# Order lines per request: a few seconds on a small machine.
LINES = 100
# Dates are written one by one; so many between two looks at the bar.
DATES = 20

_COLUMNS = [
    "id",
    "client_order_ref",
    "partner_id/.id",
    "pricelist_id/.id",
    "date_order",
    "order_line/id",
    "order_line/product_id/.id",
    "order_line/product_uom_qty",
    "order_line/price_unit",
    "order_line/tax_ids/id",
]
# Transfers to the customer, neither returns nor replacements.
_DELIVERIES = [["return_id", "=", False], ["aftersales_rma_id", "=", False]]


def utc(moment):
    """A naive British time as Odoo keeps times (str)."""
    return LONDON.localize(moment).astimezone(pytz.utc).strftime("%Y-%m-%d %H:%M:%S")


class Orders:
    """Orders under way. Each step does what is still missing, so that a run may begin anywhere.

    :param Connection connection: to the server
    :param list orders: Order in order of time
    """

    def __init__(self, connection, orders):
        self.connection = connection
        self.orders = {order.key: order for order in orders}
        self.ids = {}
        self.refused = {}
        """key of an order to what the server said against it"""

    # --- steps -----------------------------------------------------------------------------------------------

    def create(self, partners, products):
        """One quotation per invoice number; orders and lines get external names.

        :param dict partners: customer to id
        :param dict products: code to id
        """
        known = self.connection.known("sale.order")
        missing = [key for key in self.orders if f"order_{key}" not in known]
        pricelist = self.connection.known("product.pricelist")["pricelist"]

        def create(keys):
            rows = []
            for key in keys:
                order = self.orders[key]
                head = [f"order_{key}", order.invoice, partners[order.customer], pricelist, utc(order.moment)]
                rows += self._rows(order, head, products)
            self.connection.load("sale.order", _COLUMNS, rows)

        self._run("orders", missing, create)
        known = self.connection.known("sale.order")
        self.ids = {key: known[f"order_{key}"] for key in self.orders if f"order_{key}" in known}

    def _rows(self, order, head, products):
        head[0] = self.connection.name(head[0])
        for name, line in order.named_lines.items():
            cells = [self.connection.name(name), products[line.code], line.units, line.price, ""]
            yield [str(cell) for cell in (*head, *cells)]
            head = [""] * len(head)

    def confirm(self):
        """Confirm, then give orders back their dates, which confirming overwrites."""
        rows = self._read(["state"])
        drafts = [key for key, row in rows.items() if row["state"] in ("draft", "sent")]
        self._run("orders confirmed", drafts, self._call("sale.order", "action_confirm"))
        dates = {key: utc(self.orders[key].moment) for key in self._reached()}
        wrong = [key for key, row in self._read(["date_order"]).items() if row["date_order"] != dates[key]]
        self._date("orders dated", "sale.order", "date_order", {self.ids[key]: dates[key] for key in wrong})

    def deliver(self):
        """Deliver everything, then date the deliveries."""
        for _stage in ("pick", "pack", "ship"):  # one of them is enough unless the warehouse works in steps
            pickings = defaultdict(list)
            for picking, key in self._pickings([["state", "not in", ["done", "cancel"]]]).items():
                pickings[key].append(picking)
            self._run("orders delivered", list(pickings), lambda keys, of=pickings: self._validate(keys, of))
        done = self._pickings([["state", "=", "done"]])
        dates = {picking: utc(self.orders[key].moment) for picking, key in done.items()}
        rows = self._pages("stock.picking", list(dates), ["date_done"])
        wrong = {row["id"]: dates[row["id"]] for row in rows if row["date_done"] != dates[row["id"]]}
        self._date("deliveries dated", "stock.picking", "date_done", wrong)

    def _validate(self, keys, pickings):
        ids = [picking for key in keys for picking in pickings[key]]
        context = {"skip_sms": True, "skip_backorder": True}
        answer = self.connection.call("stock.picking", "button_validate", ids, context=context)
        if isinstance(answer, dict) and answer.get("type") == "ir.actions.act_window":
            raise Refused(f"the delivery asks: {answer.get('name') or answer.get('res_model')}")

    def _pickings(self, domain):
        """Deliveries of orders against which nothing was said (dict of id to key of the order)."""
        keys = {self.ids[key]: key for key in self._reached()}
        found = {}
        for ids in batches.split(list(keys), limit=2000):
            domains = [["sale_id", "in", ids], *domain, *_DELIVERIES]
            rows = self.connection.call("stock.picking", "search_read", domains, ["sale_id"], load=None)
            found.update((row["id"], keys[row["sale_id"]]) for row in rows)
        return found

    def invoice(self):
        """Invoice each order by itself, date the invoice, and post it."""
        bare = [key for key, row in self._read(["invoice_ids"]).items() if not row["invoice_ids"]]
        self._run("orders invoiced", bare, self._invoice)
        order_of = {invoice: key for key, row in self._read(["invoice_ids"]).items() for invoice in row["invoice_ids"]}
        rows = self._pages("account.move", list(order_of), ["state", "move_type", "invoice_date"])
        drafts = {row["id"]: row for row in rows if (row["state"], row["move_type"]) == ("draft", "out_invoice")}
        dates = {move: self.orders[order_of[move]].moment.date().isoformat() for move in drafts}
        wrong = {move: dates[move] for move, row in drafts.items() if row["invoice_date"] != dates[move]}
        self._date("invoices dated", "account.move", "invoice_date", wrong)
        moves = {order_of[move]: move for move in drafts}
        post = lambda keys: self.connection.call("account.move", "action_post", [moves[key] for key in keys])  # noqa: E731
        self._run("invoices posted", list(moves), post)

    def _invoice(self, keys):
        ids = [self.ids[key] for key in keys]
        values = {"advance_payment_method": "delivered", "consolidated_billing": False, "sale_order_ids": [[6, 0, ids]]}
        wizard = self.connection.call("sale.advance.payment.inv", "create", [values])
        self.connection.call("sale.advance.payment.inv", "create_invoices", wizard)

    def sale_lines(self):
        """Order lines of Odoo by the number of their line in the file (dict of int to int)."""
        known = self.connection.known("sale.order.line")
        return {
            line.number: known[name]
            for order in self.orders.values()
            for name, line in order.named_lines.items()
            if name in known
        }

    # --- helpers ---------------------------------------------------------------------------------------------

    def _reached(self):
        return [key for key in self.ids if key not in self.refused]

    def _run(self, title, keys, call):
        """Do something with orders in batches, and note what is refused."""
        self.refused.update(batches.run(title, keys, call, lambda key: len(self.orders[key].lines), LINES))

    def _call(self, model, method):
        return lambda keys: self.connection.call(model, method, [self.ids[key] for key in keys])

    def _read(self, fields):
        """Fields of the orders that are there (dict of key to row)."""
        keys = {self.ids[key]: key for key in self._reached()}
        return {keys[row["id"]]: row for row in self._pages("sale.order", list(keys), fields)}

    def _pages(self, model, ids, fields):
        pages = (
            self.connection.call(model, "read", page, fields, load=None) for page in batches.split(ids, limit=2000)
        )
        return [row for page in pages for row in page]

    def _date(self, title, model, field, dates):
        """Write one date per record.

        :param dict dates: id to text
        """

        def write(ids):
            for number in ids:
                self.connection.call(model, "write", [number], {field: dates[number]})

        for number, reason in batches.run(title, list(dates), write, limit=DATES).items():
            raise Failure(f"{model} {number} cannot be dated: {reason}")
