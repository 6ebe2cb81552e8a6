from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

BATCH = 500
# So many promises get an activity each; more are told of in one message.
FEW = 3
# A mail that failed is heard of within days.
DOUBT = timedelta(days=30)
ACTIVITY = "aftersales_crm.mail_activity_data_promise"
MANAGERS = "aftersales_crm.aftersales_crm_group_manager"


class AftersalesCommitment(models.Model):
    """Warns before promises are due and tells lead and managers of broken ones, each once."""

    _inherit = "aftersales.commitment"

    @api.model
    def _cron_watch(self):
        """Follow answers, tell of what is broken, then warn of what will be; whatever was missed is caught up."""
        if self._recheck_answers():
            self._tell(self._late_domain(), "escalated_for", "_escalate")
            self._tell(self._warn_domain(), "warned_for", "_warn")

    @api.model
    def _warn_domain(self):
        now = fields.Datetime.now()
        running = Domain("closing", "=", False) & Domain("paused_at", "=", False)
        return running & Domain("warn_on", "<=", now) & Domain("promised_on", ">=", now)

    @api.model
    def _recheck_answers(self):
        """An answer whose mail failed afterwards was none.

        :return: whether there is time for more
        """
        owed = Domain("closing", "=", False) | Domain("kept_on", ">=", fields.Datetime.now() - DOUBT)
        of_returns = Domain("kind", "=", "complaint_answer") & Domain("rma_id", "!=", False)
        rmas = self.search(of_returns & Domain("kept_by", "=", False) & owed).rma_id
        cron = self.env["ir.cron"]
        left = cron._commit_progress(remaining=len(rmas))
        for start in range(0, len(rmas), BATCH):
            batch = rmas[start : start + BATCH]
            self._sync(batch)
            left = cron._commit_progress(len(batch))
            if not left:
                break
        return left

    @api.model
    def _tell(self, domain, marker, method):
        """Tell people of commitments, in batches, and mark those they were told of.

        :param str marker: field that keeps the due time that people were told of
        :param str method: what tells them
        """
        unmarked = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IS DISTINCT FROM %s", SQL.identifier(alias, marker), SQL.identifier(alias, "promised_on")
            )
        )
        found = self.search(domain & unmarked)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(found))
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            due = batch.try_lock_for_update().filtered_domain(domain)._with_system()
            for commitment in due:
                commitment[marker] = commitment.promised_on
            getattr(due, method)()
            if not cron._commit_progress(len(batch)):
                break

    # === Who hears of it === #

    def _warn(self):
        """Whoever has to keep it is reminded; where nobody has taken it, the lead."""
        per_user = {}
        for commitment in self:
            for user in commitment.user_id or commitment._leads() or commitment._managers():
                per_user.setdefault(user, []).append(commitment.id)
        self._notify(per_user, late=False)

    def _escalate(self):
        """Note since when they are broken, and tell those whom their rules name."""
        per_user = {}
        for commitment in self:
            commitment.breached_at = commitment.breached_at or commitment.promised_on
            for user in commitment._escalates_to():
                per_user.setdefault(user, []).append(commitment.id)
        self._notify(per_user, late=True)

    def _escalates_to(self):
        """Hook: who hears that a promise is broken (`res.users`); never nobody."""
        self.ensure_one()
        rule = self.rule_id
        people = self._leads() if not rule or rule.escalate_lead else self.env["res.users"]
        if rule.escalate_manager:
            people |= self._managers()
        people |= rule.escalate_user_id
        return people.filtered("active") or self.user_id or self._managers()

    def _leads(self):
        return self.team_id.leader_id

    def _managers(self):
        users = self.env.ref(MANAGERS).all_user_ids
        return users.filtered(
            lambda user: (
                user.active and not user.share and user.id != SUPERUSER_ID and self.company_id in user.company_ids
            )
        )

    # === How they hear of it === #

    def _notify(self, per_user, late):
        """Tell each person: by an activity on each document, or by one message where there are many."""
        for user, ids in per_user.items():
            commitments = self.browse(ids)
            own = commitments.with_user(user)._filtered_access("read").with_user(self.env.user)
            if own and len(own) <= FEW:
                own._schedule_activities(user, late)
            else:
                commitments._send_summary(user, late)
            user._bus_send(
                "simple_notification",
                {"type": "danger" if late else "warning", "message": self._headline(user, ids, late)},
            )

    @api.model
    def _headline(self, user, ids, late):
        env = self.with_context(lang=user.lang).env
        if late:
            return env._("Promises that were broken: %(count)s", count=len(ids))
        return env._("Promises that are due soon: %(count)s", count=len(ids))

    def _schedule_activities(self, user, late):
        for commitment in self.with_context(lang=user.lang, mail_activity_quick_update=True):
            words = {"what": commitment._words(), "when": format_datetime(commitment.env, commitment.promised_on)}
            if late:
                summary = commitment.env._("Broken: %(what)s, promised for %(when)s", **words)
            else:
                summary = commitment.env._("Due soon: %(what)s, promised for %(when)s", **words)
            commitment._document().activity_schedule(ACTIVITY, summary=summary, user_id=user.id)

    def _send_summary(self, user, late):
        """One message to a person about many promises."""
        commitments = self.with_context(lang=user.lang)
        headline = commitments._headline(user, self.ids, late)
        rows = [
            Markup("<li>%s, %s</li>")
            % (commitment.display_name, format_datetime(commitments.env, commitment.promised_on))
            for commitment in commitments[:20]
        ]
        link = Markup('<a href="/odoo/aftersales-promises">%s</a>') % commitments.env._("All of them")
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=headline,
            body=Markup("<p>%s</p><ul>%s</ul><p>%s</p>") % (headline, Markup("").join(rows), link),
        )

    # === Forgetting === #

    def _end_kept(self, at=None, by=None):
        result = super()._end_kept(at, by)
        for commitment in self.filtered(lambda one: one.warned_for or one.escalated_for):
            document = commitment._document()
            if not self._of(document, more=Domain("closing", "=", False) & Domain("warned_for", "!=", False)):
                document.activity_unlink([ACTIVITY])
        return result
