from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from .aftersales_commitment_mixin import Fact
from .aftersales_commitment_rule import FOLLOWED


class AftersalesCommitment(models.Model):
    """Promises follow the facts of their documents, whatever changed those and in whatever order."""

    _inherit = "aftersales.commitment"

    @api.model
    @tools.ormcache("model", cache="default")
    def _is_watched(self, model):
        """Whether anything may be promised by rule, or is, on documents of a model."""
        if any(matcher.model == model for matcher in self.env["aftersales.commitment.rule"]._matchers()):
            return True
        self.env.cr.execute(
            SQL(
                "SELECT EXISTS (SELECT FROM aftersales_commitment WHERE %s IS NOT NULL AND kind IN %s)",
                SQL.identifier(self._links()[model]),
                FOLLOWED[model],
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _insert(self, rows):
        new = super()._insert(rows)
        if any(not self._is_watched(model) for model, link in self._links().items() if any(new.mapped(link))):
            self.env.registry.clear_cache()
        return new

    @api.model
    def _touch(self, model, ids):
        """Note documents whose promises are to be looked at when the transaction ends."""
        if not ids or not self._is_watched(model):
            return
        data = self.env.cr.precommit.data
        if "aftersales.commitment" not in data:
            data["aftersales.commitment"] = {}
            self.env.cr.precommit.add(self.sudo()._sync_touched)
        data["aftersales.commitment"].setdefault(model, set()).update(ids)

    @api.model
    def _sync_touched(self):
        touched = self.env.cr.precommit.data.pop("aftersales.commitment", {})
        for model, ids in touched.items():
            self._sync(self.env[model].browse(sorted(ids)).exists())
        if touched:
            self.env.flush_all()  # nobody flushes after this

    @api.model
    def _sync_pending(self):
        """Look at what the transaction has touched so far, for who wants to read its promises now."""
        self.sudo()._sync_touched()  # promises follow their documents, whoever changed those

    @api.model
    def _sync(self, documents):
        """Make, keep, pause, reopen and drop what is promised by rule, as the documents say; repeatable."""
        link = self._links()[documents._name]
        kinds = FOLLOWED[documents._name]
        known = self._of(documents, more=Domain("kind", "in", kinds))
        matchers = self.env["aftersales.commitment.rule"]._matchers()
        ruled = {matcher.kind for matcher in matchers if matcher.model == documents._name}
        for kind in kinds:
            of_kind = known.filtered(lambda commitment, kind=kind: commitment.kind == kind)
            if of_kind or kind in ruled:
                facts = documents._commitment_facts(kind)
                settled = of_kind.filtered(lambda one: one.closing != "cancelled" or one.cancel_reason)
                missing = documents.filtered(lambda document: document in facts) - settled[link]  # noqa: B023
                of_kind |= self._promise(missing, kind) if missing else of_kind
                of_kind._follow(facts)

    def _follow(self, facts):
        """Bring commitments of one kind in line with what their documents say.

        :param dict facts: document → `Fact`; a document that is missing calls for no such promise
        """
        for commitment in self:
            fact = facts.get(commitment._document().with_env(self.env).sudo())
            if commitment.closing:
                undone = fact and not fact.kept_at and not commitment.kept_by
                (commitment if undone else self.browse())._reopen()
            elif not fact:
                commitment.write({"closing": "cancelled", "paused_at": False})
            elif fact.kept_at:
                commitment._end_kept(fact.kept_at)
            if fact and not commitment.closing:
                commitment._follow_clock(fact)

    def _follow_clock(self, fact: Fact):
        """Stop the clock or let it go on; follow the day that the law sets."""
        self.ensure_one()
        document = self._document()
        by_law = self.terms["unit"] == "law" and document._commitment_by_law(self.kind)
        if by_law and by_law != self.promised_on:
            warn_on = self._warn_time(self.started_on, by_law, self.terms, None, ())
            self.write({"promised_on": by_law, "warn_on": warn_on})
        rule = self.rule_id and not self.moved and self.rule_id._find(document, self.kind)
        if rule and rule != self.rule_id:
            self.write({"rule_id": rule.id, "terms": rule._terms_for(document)})
            self._reschedule()
        if fact.paused and not self.paused_at:
            self._pause(document, kind=self.kind)
        elif not fact.paused and self.paused_at:
            self._resume(document, kind=self.kind)
