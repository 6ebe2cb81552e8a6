"""Returns of the plan in a running shop, through ``aftersales.api``."""

from . import batches
from .connection import Refused

NO_ORDER = "its order was refused"

_COLUMNS = [
    "id",
    "move_type",
    "partner_id/.id",
    "currency_id/.id",
    "invoice_date",
    "ref",
    "invoice_line_ids/name",
    "invoice_line_ids/quantity",
    "invoice_line_ids/price_unit",
    "invoice_line_ids/tax_ids/id",
]


class Returns:
    """Returns under way.

    :param Connection connection: to the server
    :param list returns: Return in order of time
    """

    def __init__(self, connection, returns):
        self.connection = connection
        self.returns = {returned.key: returned for returned in returns}
        self.done = {}
        """key of a return to what ``aftersales.api`` says of it"""
        self.refused = {}
        """key of a return to what the server said against it"""
        self.differences = set()
        """ids of the documents that book differences of prices"""
        self._sale_lines = {}

    def carry_out(self, sale_lines, refused_orders):
        """Ask for each return on its date, approve, receive and refund it.

        :param dict sale_lines: number of a line sold to its order line in Odoo
        :param refused_orders: keys of orders that are not complete
        """
        self._sale_lines = sale_lines
        self.refused = {
            key: NO_ORDER
            for key, returned in self.returns.items()
            if any(part.sold.document in refused_orders for part in returned.parts)
        }
        open_keys = [key for key in self.returns if key not in self.refused]
        self.refused.update(batches.run("returns refunded", open_keys, self._carry_out, limit=1))

    def _carry_out(self, keys):
        for key in keys:
            self.done[key] = self._refund(self.returns[key])

    def _refund(self, returned):
        """Bring one return to its end from wherever an earlier run left it.

        :return: the return, as ``aftersales.api`` gives it
        :raise Refused: it does not end in a refund
        """
        api = self.connection.api
        rma = api("request_return", **self._request(returned))
        if rma["state"] == "submitted":
            # What the shop took back long after its window was goodwill then.
            why = {} if rma["eligibility"] == "pass" else {"reason": "The shop took it back at the time."}
            rma = api("approve_return", rma=rma["id"], **why)
        missing = [
            {"line_id": line["id"], "quantity": line["quantity"] - line["received"]}
            for line in rma["lines"]
            if rma["state"] == "approved" and line["quantity"] > line["received"]
        ]
        if missing:
            rma = api("receive_return", rma=rma["id"], lines=missing)
        if rma["state"] == "approved":
            rma = api("settle_return", rma=rma["id"])
        if rma["state"] != "done":
            errors = [remedy["error"] for remedy in rma["remedies"] if remedy["error"]]
            raise Refused(f"{rma['name']} is {rma['state']}: {'; '.join(errors) or 'not refunded'}")
        return rma

    def _request(self, returned):
        return {
            "external_ref": self.connection.name(returned.key),
            "requested_on": returned.moment.date().isoformat(),
            "note": f"Return {returned.invoice}",
            "lines": [
                {
                    "sale_line_id": self._sale_lines[part.sold.number],
                    "quantity": part.units,
                    "reason": "changed_mind",
                    "remedy": "refund",
                }
                for part in returned.parts
            ],
        }

    # --- prices ----------------------------------------------------------------------------------------------

    def book_differences(self, partners, currency):
        """Where the shop gave back another price than was paid, book the difference: a credit note or an invoice.

        A refund gives back what was paid. The file sometimes says more (a gift of the shop) or less (kept back).

        :param dict partners: customer to id
        :param int currency: its id
        :return: list of str, for people
        """
        differing = {key: self.returns[key] for key in self.done if self.returns[key].total != self.returns[key].paid}
        known = self.connection.known("account.move")
        missing = [key for key in differing if f"difference_{key}" not in known]

        def create(keys):
            rows = [self._difference(differing[key], partners, currency) for key in keys]
            self.connection.load("account.move", _COLUMNS, rows)

        refused = batches.run("price differences booked", missing, create, limit=50)
        known = self.connection.known("account.move")
        self.differences = {known[name] for key in differing if (name := f"difference_{key}") in known}
        refused |= self._post_differences()
        notes = [f"price difference of {key} is not booked: {reason}" for key, reason in refused.items()]
        if differing:
            total = sum(returned.total - returned.paid for returned in differing.values())
            notes.append(
                f"{len(differing):,} returns were given another price than was paid; the difference ({total:+,.2f})"
                " is booked on documents of its own"
            )
        return notes

    def _post_differences(self):
        """Post those that no earlier run has posted (dict of refused id to reason)."""
        rows = self.connection.call("account.move", "read", list(self.differences), ["state"])
        drafts = [row["id"] for row in rows if row["state"] == "draft"]
        post = lambda moves: self.connection.call("account.move", "action_post", moves)  # noqa: E731
        return batches.run("price differences posted", drafts, post, limit=50)

    def _difference(self, returned, partners, currency):
        more = returned.total - returned.paid
        return [
            self.connection.name(f"difference_{returned.key}"),
            "out_refund" if more > 0 else "out_invoice",
            str(partners[returned.customer]),
            str(currency),
            returned.moment.date().isoformat(),
            f"Price difference of return {returned.invoice}",
            f"Price difference of return {returned.invoice}",
            "1",
            str(abs(more)),
            "",
        ]
