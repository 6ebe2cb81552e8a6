from odoo import api, models
from odoo.tools import SQL

# What a filter of the statement shows, by the kind of entry.
KINDS = {
    "earned": ("earn", "bonus", "grant"),
    "used": ("spend",),
    "returns": ("takeback", "giveback"),
    "expired": ("expire",),
    "other": ("opening", "adjust", "merge"),
}
# Kinds whose reason was written for this one movement.
TOLD = ("bonus", "grant", "adjust")
# Kinds that are about the holder's own documents: a friend's order is the friend's.
OWN = ("earn", "takeback", "spend", "giveback", "grant", "adjust")
# Documents that have a page of the customer's: model → its address, and the setting of the company that shows it.
PAGES = {
    "sale.order": ("/my/orders", None),
    "aftersales.rma": ("/my/returns", "aftersales_portal_returns"),
    "aftersales.case": ("/my/cases", "aftersales_portal_cases"),
}


class AftersalesLoyaltyEntry(models.Model):
    """The statement as the holder of a card reads it.

    The ledger has an entry per order line and per lot drawn from; people read movements: what one document did
    to their points on one day. Grouping, counting and balances are the database's part.
    """

    _inherit = "aftersales.loyalty.entry"

    @api.model
    def _portal_filters(self):
        """The filters of the statement, with their names."""
        return {
            "all": self.env._("All"),
            "earned": self.env._("Earned"),
            "waiting": self.env._("On the way"),
            "used": self.env._("Used"),
            "returns": self.env._("Returns"),
            "expired": self.env._("Expired"),
            "other": self.env._("Other"),
        }

    # === The database's part === #

    @api.model
    def _portal_count(self, card, wanted):
        """How many movements there are.

        :param card: `loyalty.card`
        :param str wanted: one of the filters
        :rtype: int
        """
        return self._portal_select(SQL("card_id = %s", card.id), self._portal_condition(wanted), SQL("COUNT(*)"))[0][0]

    @api.model
    def _portal_rows(self, card, wanted="all", limit=None, offset=0):
        """The movements of a card as the statement shows them: those that wait, then the others, the newest first.

        :param card: `loyalty.card`
        :param str wanted: one of the filters
        :return: list of dicts with ``kind``, ``state``, ``date``, ``day`` (words), ``title``, ``note``, ``status``,
            ``document`` (name or ""), ``url`` ("" where the visitor may not open it), ``points``, ``words`` (of them)
            and ``balance`` (words; "" where the points wait)
        """
        # What has not been posted yet has no moment, and comes first.
        tail = SQL("ORDER BY posted_at DESC, id DESC LIMIT %s OFFSET %s", limit, offset)
        found = self._portal_movements(SQL("card_id = %s", card.id), self._portal_condition(wanted), tail)
        documents = self._portal_documents(found)
        urls = self._portal_urls(documents)
        return [self._portal_row(card, movement, documents, urls) for movement in found]

    def _portal_condition(self, wanted):
        if wanted == "waiting":
            return SQL("state = 'pending'")
        return SQL("kind IN %s", KINDS[wanted]) if wanted in KINDS else SQL("TRUE")

    def _portal_movements(self, of_entries, condition, tail):
        """Movements as dicts of plain values.

        :param SQL of_entries: which entries
        :param SQL condition: which of their movements
        :param SQL tail: order and page
        """
        columns = (
            "card_id",
            "kind",
            "state",
            "date",
            "release_on",
            "origin_model",
            "origin_id",
            "note",
            "points",
            "expires_on",
            "balance",
        )
        selected = SQL(", ").join(SQL.identifier(name) for name in columns)
        rows = self._portal_select(of_entries, condition, selected, tail)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _portal_select(self, of_entries, condition, columns, tail=None):
        self.check_access("read")  # the portal comes in sudo mode, with cards that are the visitor's
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """SELECT %(columns)s
                     FROM (SELECT *, CASE WHEN state = 'posted' THEN SUM(points)
                                     OVER (PARTITION BY card_id, state ORDER BY posted_at, id) END AS balance
                             FROM (SELECT MAX(id) AS id, MAX(posted_at) AS posted_at, SUM(points) AS points,
                                          MIN(expires_on) FILTER (WHERE remaining > 0) AS expires_on,
                                          CASE WHEN kind IN %(told)s THEN reason END AS note,
                                          card_id, kind, state, date, release_on, origin_model, origin_id
                                     FROM aftersales_loyalty_entry
                                    WHERE %(of_entries)s AND state IN ('pending', 'posted')
                                 GROUP BY card_id, kind, state, date, release_on, origin_model, origin_id,
                                          note) AS movement
                          ) AS movement
                    WHERE %(condition)s %(tail)s""",
                columns=columns,
                told=TOLD,
                of_entries=of_entries,
                condition=condition,
                tail=tail or SQL(""),
            )
        )

    # === Words === #

    def _portal_row(self, card, movement, documents, urls):
        place = movement["kind"] in OWN and (movement["origin_model"], movement["origin_id"])
        document = documents[place].display_name if place in documents else ""
        points, balance, note = float(movement["points"]), movement["balance"], movement["note"] or ""
        return {
            **movement,
            "points": points,
            "day": card._portal_day(movement["date"]),
            "title": self._portal_title(card, movement),
            "note": "" if document and document in note else note,
            "status": self._portal_status(card, movement),
            "document": document,
            "url": urls.get(place, ""),
            "words": card._portal_points(points, signed=True),
            "balance": "" if balance is None else card._portal_points(float(balance)),
        }

    def _portal_title(self, card, movement):
        """Why there are these points."""
        kind = movement["kind"]
        if kind == "earn" and card._portal_is_money():
            return self.env._("Added with an order")
        after = {
            "takeback sale.order": self.env._("Taken back after a return or change of an order"),
            "giveback sale.order": self.env._("Given back after a return or change of an order"),
            "grant aftersales.rma": self.env._("Credited for a return"),
            "takeback aftersales.rma": self.env._("Credit for a return undone"),
        }
        return after.get(f"{kind} {movement['origin_model']}") or self._portal_kind(kind)

    def _portal_kind(self, kind):
        return {
            "opening": self.env._("Balance brought forward"),
            "earn": self.env._("Earned with an order"),
            "takeback": self.env._("Taken back"),
            "spend": self.env._("Used on an order"),
            "giveback": self.env._("Given back"),
            "expire": self.env._("Expired"),
            "bonus": self.env._("Bonus"),
            "grant": self.env._("From us to you"),
            "adjust": self.env._("Correction"),
            "merge": self.env._("Moved from another card"),
        }[kind]

    def _portal_status(self, card, movement):
        """From or until when the points are of use; "" where that does not matter."""
        day = movement["release_on"]
        if movement["points"] < 0:
            return self.env._("from your next points") if movement["state"] == "pending" else ""
        if movement["state"] == "pending":
            return card._portal_release(day)
        if movement["expires_on"]:
            return card._portal_end(movement["expires_on"])
        return self.env._("usable since %(day)s", day=card._portal_day(day)) if day else ""

    # === Documents === #

    def _portal_documents(self, movements):
        """The documents that movements are about.

        :return: dict ``(model, id)`` → record in sudo mode: its name is on the holder's own statement
        """
        found = {}
        own = [movement for movement in movements if movement["kind"] in OWN]
        for model in PAGES:
            ids = {movement["origin_id"] for movement in own if movement["origin_model"] == model}
            # Customers read the names of documents on their own statement, whatever else they may read of them.
            records_sudo = self.env[model].sudo().browse(ids).exists() if ids else ()
            found |= {(model, record.id): record for record in records_sudo}
        return found

    def _portal_urls(self, documents):
        """Addresses of the documents that the visitor may open.

        :param dict documents: see `_portal_documents`
        """
        urls = {}
        for model, (address, setting) in PAGES.items():
            ids = [record.id for (name, _id), record in documents.items() if name == model]
            if ids and (not setting or self._portal_shows(setting)):
                # Not in sudo mode: the visitor's own rights decide.
                readable = self.env[model].sudo(False).browse(ids)._filtered_access("read")
                urls |= {(model, record.id): f"{address}/{record.id}" for record in readable}
        return urls

    def _portal_shows(self, setting):
        """Whether the visitor's companies show a kind of page; none do where its add-on is missing."""
        companies_sudo = self.env.companies.sudo()  # customers may not read the settings of a company
        return setting in companies_sudo._fields and all(companies_sudo.mapped(setting))
