from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.aftersales_crm.facade import schema
from odoo.addons.aftersales_crm.facade.parts import (
    EXTERNAL_REF,
    LIMIT,
    PARTNER,
    day,
    integer,
    number,
    obj,
    reference,
    text,
)
from odoo.addons.aftersales_crm.models.aftersales_api import MAX_PAGE, facade

PROGRAM = reference("Program with a ledger", "name; the only one where there is but one")
GRANT = obj(
    required=("partner", "points", "reason"),
    external_ref=EXTERNAL_REF,
    partner=PARTNER,
    program=PROGRAM,
    points=number("To give; below zero: to take", minimum=-1_000_000_000, maximum=1_000_000_000),
    reason=text("Why: the customer reads it on the statement"),
    expires_on=day("Last day of these points; without, as the program says"),
)
STATEMENT = obj(
    required=("partner",),
    partner=PARTNER,
    program=PROGRAM,
    **{"from": day("Entries from this day on"), "to": day("Entries up to this day")},
    limit=LIMIT,
    offset=integer("Entries to leave out, from the newest; 0", minimum=0),
)


class AftersalesApi(models.AbstractModel):
    """Points."""

    _inherit = "aftersales.api"

    @facade(STATEMENT)
    def loyalty_statement(self, params):
        """Why a customer's points are what they are: balance, what waits, what expires, and the entries, newest first.

        A customer without a card has no points and no entries.

        :return: ``customer, program, card, balance, pending, value, currency, tier``, ``next_tier`` (``name, have,
            need, missing, basis``), ``expiring`` (``points, on``, the first day first), ``entries`` (``id, date, kind,
            state, points, reason, document, release_on, expires_on, remaining, external_ref``) and ``more``
        :raise UserError: when the customer or the program is not known, or ``from`` is after ``to``
        """
        entries = self.env["aftersales.loyalty.entry"]
        entries.check_access("read")
        partner = self._ref("res.partner", params["partner"], "partner")
        program = self._ledger_program(params.get("program"))
        card_sudo = program._aftersales_card(partner, create=False)
        domain = self._statement_domain(card_sudo, params)
        offset, limit = params.get("offset", 0), min(params.get("limit") or 80, MAX_PAGE)
        found = entries.search(domain, order="date desc, id desc", offset=offset, limit=limit + 1)
        return {
            "customer": self._named(partner),
            **self._points(program, card_sudo),
            "entries": [self._points_entry(entry) for entry in found[:limit]],
            "more": len(found) > limit,
        }

    @facade(GRANT)
    def loyalty_grant(self, params):
        """Give a customer points, or take them, by hand; who has no card yet gets one.

        Agents may move as many points of a customer as their company allows, managers as many as they like.

        :return: ``entry`` (as in `loyalty_statement`) and the standing of the card: ``program, card, balance, pending,
            value, currency, tier, next_tier, expiring``
        :raise UserError: when customer or program is not known, the program has ended, the card has less than what is
            taken, or ``external_ref`` stands for another call
        """
        entries = self.env["aftersales.loyalty.entry"]
        entries.check_access("read")
        partner = self._ref("res.partner", params["partner"], "partner")
        program = self._ledger_program(params.get("program"))
        more = {"expires_on": self._day(params["expires_on"])} if "expires_on" in params else {}
        points, reason = entries._checked_grant(params["points"]), entries._checked_reason(params["reason"])
        if points > 0:  # what is taken is drawn from several lots
            more["external_ref"] = params.get("external_ref")
        entry, _created = self.env["aftersales.external.ref"]._once(
            "aftersales.loyalty.entry",
            program.company_id or self.env.ref("base.main_company"),  # the same from wherever it is called
            params.get("external_ref"),
            schema.canonical(GRANT, {**params, "partner": partner.id, "program": program.id}),
            lambda: entries._grant(program._aftersales_card(partner), points, reason, **more)[:1],
        )
        card_sudo = entry.sudo().card_id  # its points are what the caller may read in its entries
        return {"entry": self._points_entry(entry), **self._points(program, card_sudo)}

    def _ledger_program(self, value):
        """The program that is meant: the one named, or the only one.

        :raise UserError: when there is none, or several
        """
        ledger = Domain("aftersales_ledger", "=", True)
        if value:
            return self._ref("loyalty.program", value, "program", ledger)
        programs = self.env["loyalty.program"].search(ledger, limit=10)
        points = programs.filtered(lambda program: program.program_type == "loyalty") or programs
        if len(points) != 1:
            raise UserError(self._unclear_reference(points, self.env._("with a ledger"), "program"))
        return points

    def _statement_domain(self, card, params):
        first, last = self._day(params.get("from")), self._day(params.get("to"))
        if first and last and first > last:
            raise UserError(self.env._("from: %(first)s is after %(last)s.", first=first, last=last))
        domain = Domain("card_id", "in", card.ids)
        if first:
            domain &= Domain("date", ">=", first)
        if last:
            domain &= Domain("date", "<=", last)
        return domain

    # === Output === #

    def _points(self, program, card):
        """The standing of a card."""
        progress = card._aftersales_tier_progress() if card else {}
        return {
            "program": self._named(program),
            "card": {"id": card.id, "name": card.code} if card else False,
            "balance": card.points,
            "pending": card.aftersales_pending,
            "value": program.currency_id.round(card.points * program.aftersales_point_value),
            "currency": program.currency_id.name,
            "tier": self._named(progress.get("tier")),
            "next_tier": self._next_tier(progress),
            "expiring": card._aftersales_ends() if card else [],
        }

    def _next_tier(self, progress):
        if not progress.get("next"):
            return False
        return {"name": progress["next"].name, **{key: progress[key] for key in ("have", "need", "missing", "basis")}}

    def _points_entry(self, entry):
        same = ("date", "kind", "state", "points", "reason", "release_on", "expires_on", "remaining", "external_ref")
        return {
            "id": entry.id,
            **{name: entry[name] for name in same},
            "document": entry.document,
        }
