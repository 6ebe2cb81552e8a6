from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import commitment_clock
from .aftersales_commitment_rule import KINDS
from .score import Score

LINKS = {"aftersales.case": "case_id", "aftersales.rma": "rma_id", "sale.order": "sale_order_id"}
# A promise by hand: warned of when a quarter of the time is left.
BY_HAND = {"unit": "fixed", "pauses": False, "warn": ["percent", 75.0]}


class AftersalesCommitment(models.Model):
    """Something that was promised to a customer: until when, and whether it was kept.

    Whether it is late is a fact of the clock, not of a job: see ``state``. Rows are the system's: people add, move
    and end promises by the methods below, which write down why.
    """

    _name = "aftersales.commitment"
    _description = "Commitment"
    _inherit = ["aftersales.state.mixin"]
    _order = "promised_on, id"
    _check_company_auto = True

    kind = fields.Selection(KINDS, "Promise", required=True, readonly=True)
    note = fields.Char("What", readonly=True, help="What was promised, in words.")
    case_id = fields.Many2one("aftersales.case", readonly=True, index="btree_not_null", ondelete="cascade")
    rma_id = fields.Many2one("aftersales.rma", "Return", readonly=True, index="btree_not_null", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", "Order", readonly=True, index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one(
        "res.users", "Responsible", compute="_compute_user_id", store=True, index="btree_not_null", ondelete="set null"
    )
    team_id = fields.Many2one("aftersales.team", compute="_compute_team_id", store=True, ondelete="set null")
    rule_id = fields.Many2one("aftersales.commitment.rule", "By rule", readonly=True, ondelete="set null")
    promised_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    terms = fields.Json(readonly=True)

    started_on = fields.Datetime("Promised on", required=True, readonly=True)
    promised_on = fields.Datetime("Due", required=True, readonly=True)
    first_promised_on = fields.Datetime("First promised for", required=True, readonly=True)
    warn_on = fields.Datetime(readonly=True)
    paused_at = fields.Datetime("Stands still since", readonly=True)
    pauses = fields.Json(readonly=True)

    kept_on = fields.Datetime("Done on", readonly=True)
    kept_by = fields.Many2one("res.users", "Marked as done by", readonly=True, ondelete="set null")
    closing = fields.Selection(
        [("kept", "Kept"), ("broken", "Broken"), ("cancelled", "Cancelled")],
        "Ended",
        readonly=True,
        help="Empty while it is owed, late or not.",
    )
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken"), ("cancelled", "Cancelled")],
        compute="_compute_state",
        search="_search_state",
    )
    breached_at = fields.Datetime("Broken since", readonly=True)
    warned_for = fields.Datetime(readonly=True, help="The due time that people were warned of.")
    escalated_for = fields.Datetime(readonly=True, help="The due time whose passing was escalated.")

    moved = fields.Integer("Times moved", readonly=True)
    move_reason = fields.Text("Why it was moved", readonly=True)
    cancel_reason = fields.Char("Why it was dropped", readonly=True)
    breach_cause = fields.Char("Why it was late", help="What a lead found out; for the report.")
    hours_taken = fields.Float(
        "Hours taken", readonly=True, aggregator="avg", help="Working hours until it was done, pauses excluded."
    )
    kept_rate = Score(
        "Kept (%)",
        readonly=True,
        aggregator="avg",
        help="Of what was done: on or before the time that was promised first.",
    )

    _one_document = models.Constraint(
        "CHECK(num_nonnulls(case_id, rma_id, sale_order_id) = 1)", "A promise is made on one document."
    )
    _once_case = models.UniqueIndex("(case_id, kind) WHERE kind <> 'other' AND case_id IS NOT NULL")
    _once_rma = models.UniqueIndex("(rma_id, kind) WHERE kind <> 'other' AND rma_id IS NOT NULL")
    _once_order = models.UniqueIndex("(sale_order_id, kind) WHERE kind <> 'other' AND sale_order_id IS NOT NULL")
    _due = models.Index("(promised_on) WHERE closing IS NULL")
    _warn = models.Index("(warn_on) WHERE closing IS NULL AND warn_on IS NOT NULL")

    # === Computes === #

    @api.depends("promised_on", "paused_at", "closing")
    def _compute_state(self):
        now = fields.Datetime.now()
        for commitment in self:
            late = commitment.promised_on and commitment.promised_on < min(commitment.paused_at or now, now)
            commitment.state = commitment.closing or ("broken" if late else "open")

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        owed, late = Domain("closing", "=", False), self._late_domain()
        domains = {
            "open": owed & ~late,
            "broken": late | Domain("closing", "=", "broken"),
            "kept": Domain("closing", "=", "kept"),
            "cancelled": Domain("closing", "=", "cancelled"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _late_domain(self, at=None):
        """What is owed and past its time; a clock that stands still is late only if it was before.

        :param datetime.datetime at: the moment asked about, now without
        """
        passed = Domain("closing", "=", False) & Domain("promised_on", "<", at or fields.Datetime.now())
        before_pause = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s < %s", SQL.identifier(alias, "promised_on"), SQL.identifier(alias, "paused_at")
            )
        )
        return passed & (Domain("paused_at", "=", False) | before_pause)

    @api.depends("case_id.user_id", "case_id.technician_id", "rma_id.user_id")
    def _compute_user_id(self):
        for commitment in self:
            commitment.user_id = commitment._responsible()

    @api.depends("case_id.team_id", "rma_id.team_id")
    def _compute_team_id(self):
        for commitment in self:
            commitment.team_id = commitment.case_id.team_id or commitment.rma_id.team_id

    def _responsible(self):
        """Who has to keep it: on an order who promised, of a visit the technician, else who has the document."""
        self.ensure_one()
        if self.sale_order_id:
            return self.promised_by
        return self.kind == "visit" and self.case_id.technician_id or self._document().user_id

    @api.depends("kind", "note", "case_id", "rma_id", "sale_order_id")
    def _compute_display_name(self):
        for commitment in self:
            commitment.display_name = f"{commitment._document().display_name}: {commitment._words()}"

    # === CRUD === #

    @api.model
    def _refused_fields(self):
        """Nothing but the cause of a breach is for people to write."""
        return set(self._fields) - {"breach_cause"} if not self._is_system() else super()._refused_fields()

    # === Documents === #

    @api.model
    def _links(self):
        """Hook: model of a document → field that links it."""
        return LINKS

    def _document(self):
        """The case, return or order on which it was promised."""
        self.ensure_one()
        return next((self[link] for link in self._links().values() if self[link]), self.env["aftersales.rma"])

    @api.model
    def _of(self, documents, kind=None, more=Domain.TRUE):
        """The commitments of some documents of one model.

        They belong to the system: whoever may take a step of the document may not read, let alone write them.
        """
        domain = Domain(self._links()[documents._name], "in", documents.ids) & more
        return self.sudo()._with_system().search(domain & Domain("kind", "=", kind) if kind else domain)

    def _words(self):
        """What was promised, short."""
        self.ensure_one()
        return self.note or dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "")

    # === Clock === #

    def _schedule(self, start, terms, document, pauses=(), on=None):
        """When something is due and when to warn.

        :param datetime.datetime start: when the clock began to go
        :param dict terms: see `aftersales.commitment.rule._terms`
        :param on: fixed moment of a promise without a duration
        :return: ``(due, warn_on)``, the latter False where nobody is warned
        """
        company = document.company_id
        hours = self._hours_of(document)
        unit, duration = terms["unit"], terms.get("duration", 0.0)
        if unit == "hours":
            on = commitment_clock.due(start, timedelta(hours=duration), hours, pauses)
        elif unit == "days":
            workdays = hours if terms.get("workday") else None
            on = commitment_clock.due_in_days(start, int(duration), company._aftersales_zone(), pauses, workdays)
        on = on.replace(microsecond=0)
        return on, self._warn_time(start, on, terms, hours, pauses)

    @api.model
    def _calendar(self, document):
        """Hook: whose working hours count for a document (`resource.calendar`)."""
        team = document.team_id if document._name != "sale.order" else self.env["aftersales.team"]
        return team.resource_calendar_id or document.company_id.resource_calendar_id

    @api.model
    def _hours_of(self, document):
        """The working hours by which the clock of a document goes (`commitment_clock.Hours`); None: it never rests."""
        calendar = self._calendar(document)
        return calendar.sudo()._aftersales_hours(document.company_id) if calendar else None

    @api.model
    def _warn_time(self, start, due, terms, hours, pauses):
        unit, value = terms.get("warn") or ("none", 0.0)
        if unit == "none":
            return False
        if terms["unit"] != "hours":
            before = timedelta(hours=value) if unit == "hours" else (due - start) * (1 - value / 100)
            return max(due - before, start).replace(microsecond=0)
        share = terms["duration"] - value if unit == "hours" else terms["duration"] * value / 100
        warn_on = commitment_clock.due(start, timedelta(hours=max(share, 0.0)), hours, pauses)
        return warn_on.replace(microsecond=0)

    def _past_pauses(self):
        """The pauses that are over: list of ``(from, to)`` moments."""
        self.ensure_one()
        return [tuple(fields.Datetime.to_datetime(edge) for edge in pause) for pause in self.pauses or []]

    def _reschedule(self):
        """Compute the due time anew from start, terms and pauses; a fixed one stays."""
        for commitment in self.filtered(lambda one: one.terms["unit"] in ("hours", "days")):
            due, warn_on = self._schedule(
                commitment.started_on, commitment.terms, commitment._document(), commitment._past_pauses()
            )
            commitment.write({"promised_on": due, "warn_on": warn_on})

    def _as_clock(self):
        """The most urgent of some commitments, for the countdown in the web client.

        :return: JSON-safe dict, False without one
        """
        first = self.sorted(lambda one: (one.promised_on, one.id))[:1]
        if not first:
            return False
        return {
            "id": first.id,
            "what": first._words(),
            "due": fields.Datetime.to_string(first.promised_on),
            "first": fields.Datetime.to_string(first.first_promised_on),
            "paused": first.paused_at and fields.Datetime.to_string(first.paused_at),
            "why": first.rule_id.sudo().name or first.promised_by.sudo().name or "",  # names, whoever reads them
            "more": len(self) - 1,
        }

    # === Making, keeping === #

    @api.model
    def _promise(self, documents, kind, on=None, note=False):
        """Promise something on documents: once for each, `other` excepted.

        What was promised before stays; with another time it is moved, and what was dropped is promised again.

        :param documents: cases, returns or orders of one model
        :param str kind: one of `KINDS`
        :param datetime.datetime on: until when; without, as the rules say, and nothing where none applies
        :param str note: what is promised, in words
        :return: the commitments of the documents and kind that are owed
        """
        link = self._links()[documents._name]
        known = self._of(documents, kind) if kind != "other" else self._of(documents.browse())
        by_document = {commitment[link].id: commitment for commitment in known}
        rows = []
        for document in documents:
            if document.id in by_document:
                by_document[document.id]._promise_again(on)
                continue
            rule = self.env["aftersales.commitment.rule"]._find(document, kind) if not on else None
            if on or rule and (rule.unit != "law" or document._commitment_by_law(kind)):
                rows.append(self._prepare_vals(document, kind, rule, on, note))
        new = self._insert(rows)
        return (new | known).filtered(lambda commitment: not commitment.closing)

    def _promise_again(self, on):
        """A promise that is there already: moved when the time is another one, revived when it was dropped."""
        self.ensure_one()
        if self.closing == "cancelled":
            self.write({"closing": False, "cancel_reason": False})
        if self.terms["unit"] == "law":
            on = self._document()._commitment_by_law(self.kind)
            self.write({"promised_on": on, "warn_on": self._warn_time(self.started_on, on, self.terms, None, ())})
            return
        if on and not self.closing and on != self.promised_on:
            self._set_due(on)

    @api.model
    def _prepare_vals(self, document, kind, rule=None, on=None, note=False):
        """Hook: the values of a new commitment.

        :param rule: the rule that promises it, None for a promise by hand
        :param on: moment, or None where the rule says it
        """
        start = document._commitment_start(kind)
        terms = rule._terms_for(document) if rule else dict(BY_HAND)
        if terms["unit"] == "law":
            on = document._commitment_by_law(kind)
        due, warn_on = self._schedule(start, terms, document, on=on)
        return {
            self._links()[document._name]: document.id,
            "company_id": document.company_id.id,
            "partner_id": document.partner_id.id,
            "user_id": self._first_responsible(document, kind).id,
            "team_id": document._name != "sale.order" and document.team_id.id,
            "kind": kind,
            "note": note or None,
            "rule_id": rule.id if rule else None,
            "promised_by": self.env.uid,
            "terms": Json(terms),
            "started_on": start,
            "promised_on": due,
            "first_promised_on": due,
            "warn_on": warn_on or None,
        }

    @api.model
    def _first_responsible(self, document, kind):
        """As `_responsible`, of a promise that is about to be made."""
        if document._name == "sale.order":
            return self.env.user
        return kind == "visit" and document.technician_id or document.user_id

    @api.model
    def _insert(self, rows):
        """Make commitments; where another worker was first, theirs stays.

        Two that promise the same at once meet at the unique index: one of them is run again.
        """
        if not rows:
            return self.browse()
        rows = [{**row, "create_uid": self.env.uid, "create_date": fields.Datetime.now()} for row in rows]
        columns = list(rows[0])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "INSERT INTO aftersales_commitment (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                SQL(", ").join(SQL.identifier(column) for column in columns),
                SQL(", ").join(SQL("%s", tuple(row[name] or None for name in columns)) for row in rows),
            )
        )
        new = self.sudo()._with_system().browse([row[0] for row in self.env.cr.fetchall()])
        new.modified(["promised_on", *self._links().values()])
        self._forget_lists()
        return new

    @api.model
    def _forget_lists(self):
        """Documents look their promises up again."""
        for model, link in self._links().items():
            for inverse in self.pool.field_inverses[self._fields[link]]:
                self.env[model].invalidate_model([inverse.name], flush=False)

    @api.model
    def _keep(self, documents, kind, at=None):
        """What was promised is done: kept when it was in time, broken when it was late.

        :param at: when (`datetime.datetime`), now without
        :return: the commitments that were still owed
        """
        owed = self._of(documents, kind, Domain("closing", "=", False))
        owed._end_kept(at)
        return owed

    def _end_kept(self, at=None, by=None):
        """End commitments as done at a moment, and note how long it took."""
        at = at or fields.Datetime.now()
        for commitment in self:
            pauses = commitment._past_pauses()
            if commitment.paused_at and commitment.paused_at < at:
                pauses.append((commitment.paused_at, at))
            hours = self._hours_of(commitment._document())
            taken = commitment_clock.elapsed(commitment.started_on, at, hours, pauses)
            commitment.write(
                {
                    "closing": "kept" if at <= commitment.promised_on else "broken",
                    "kept_on": at,
                    "kept_by": by and by.id,
                    "kept_rate": 100 if at <= commitment.first_promised_on else 0,
                    "hours_taken": taken.total_seconds() / 3600,
                    "pauses": [[fields.Datetime.to_string(edge) for edge in pause] for pause in pauses],
                    "paused_at": False,
                }
            )

    def _reopen(self):
        """What was done is undone: it is owed again. A clock that counts time stood still meanwhile."""
        now = fields.Datetime.now()
        for commitment in self.filtered(lambda one: one.closing in ("kept", "broken")):
            pause = [fields.Datetime.to_string(edge) for edge in (commitment.kept_on, now)]
            commitment.write(
                {
                    "closing": False,
                    "kept_on": False,
                    "kept_by": False,
                    "kept_rate": False,
                    "hours_taken": 0.0,
                    "pauses": [*(commitment.pauses or []), pause],
                }
            )
        self._reschedule()

    @api.model
    def _cancel(self, documents, kind=None):
        """Drop what is still owed on documents: the matter is gone."""
        self._of(documents, kind, Domain("closing", "=", False)).write({"closing": "cancelled", "paused_at": False})

    @api.model
    def _pause(self, documents, at=None, kind=None):
        """The clocks stand still from a moment on, where the rule says so."""
        going = self._of(documents, kind, Domain("closing", "=", False) & Domain("paused_at", "=", False))
        going.filtered(lambda one: one.terms.get("pauses")).write({"paused_at": at or fields.Datetime.now()})

    @api.model
    def _resume(self, documents, at=None, kind=None):
        """The clocks go on; what is due moves by the pause."""
        at = at or fields.Datetime.now()
        paused = self._of(documents, kind, Domain("closing", "=", False) & Domain("paused_at", "!=", False))
        for commitment in paused:
            pause = [fields.Datetime.to_string(edge) for edge in (commitment.paused_at, max(at, commitment.paused_at))]
            commitment.write({"pauses": [*(commitment.pauses or []), pause], "paused_at": False})
        paused._reschedule()

    def _set_due(self, on):
        """Fix another due time; the first one stays what it was."""
        self.ensure_one()
        terms = {**self.terms, "unit": "fixed", "pauses": False}
        warn_on = self._warn_time(self.started_on, on, {**BY_HAND, **terms}, None, ())
        self.write({"promised_on": on, "terms": terms, "warn_on": warn_on, "paused_at": False, "moved": self.moved + 1})
