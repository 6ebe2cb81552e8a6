from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .aftersales_eligibility import FAULT_BASES

ANSWERS = [
    ("due", "Answer due"),
    ("overdue", "Answer overdue"),
    ("accepted", "Silence: counts as accepted"),
    ("late", "Answered late"),
    ("answered", "Answered"),
]
# The customer still waits for a word, or the law has given it.
OPEN_ANSWERS = ("due", "overdue", "accepted")
MISSED_ANSWERS = ("overdue", "accepted")
# Notifications that never reached the customer.
FAILED = ("bounce", "exception", "canceled")


class AftersalesRma(models.Model):
    """Complaints that the law wants answered: by when, whether an answer was sent, what silence means."""

    _inherit = "aftersales.rma"

    answer_due_on = fields.Date(
        "Answer by",
        readonly=True,
        copy=False,
        help="The day by which the law of the order wants the complaint answered.",
    )
    answer_law_id = fields.Many2one(
        "aftersales.jurisdiction",
        "Law of the answer",
        readonly=True,
        copy=False,
        ondelete="restrict",
        groups="base.group_user",
    )
    answer_noted_at = fields.Datetime("Answered by phone or letter", readonly=True, copy=False)
    answered_at = fields.Datetime(
        "Answered",
        compute="_compute_answer",
        help="When the decision was first sent to the customer, by a mail that did not fail or as somebody noted.",
    )
    answer_status = fields.Selection(ANSWERS, "Answer", compute="_compute_answer", search="_search_answer_status")
    answer_words = fields.Text("What the law says", compute="_compute_answer_words", groups="base.group_user")

    _answer_due = models.Index("(company_id, answer_due_on) WHERE answer_due_on IS NOT NULL")

    # === Computes === #

    @api.depends("state", "decided_at", "answer_due_on", "answer_noted_at")
    def _compute_answer(self):
        asked = self.filtered("answer_due_on")
        found = {}
        for company, rmas in asked.grouped("company_id").items():
            rmas._flush_answers()
            self.env.cr.execute(
                SQL(
                    "SELECT rma.id, %s, %s FROM aftersales_rma rma WHERE rma.id IN %s",
                    self._answered_sql("rma"),
                    self._answer_status_sql("rma", company),
                    tuple(rmas.ids) or (0,),
                )
            )
            found.update({row[0]: row[1:] for row in self.env.cr.fetchall()})
        for rma in self:
            rma.answered_at, rma.answer_status = found.get(rma._origin.id, (False, False))

    def _search_answer_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_answers()
        company = self.env.company
        asked = Domain("answer_due_on", "!=", False)
        wanted = tuple(status or "" for status in value)
        found = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE(%s, '') IN %s", self._answer_status_sql(alias, company), wanted
            )
        )
        return asked & found | ~asked if False in value else asked & found

    @api.depends("answer_status", "answer_due_on", "answer_law_id", "state")
    def _compute_answer_words(self):
        for rma in self:
            rma.answer_words = rma._answer_words()

    # === Facts === #

    def _flush_answers(self):
        self.env["aftersales.rma"].flush_model(["state", "decided_at", "answer_due_on", "answer_noted_at"])
        self.env["aftersales.jurisdiction"].flush_model(["silence"])
        self.env["mail.message"].flush_model(["model", "res_id", "date", "message_type", "author_id"])
        self.env["mail.notification"].flush_model(["mail_message_id", "notification_type", "notification_status"])
        self.env["mail.mail"].flush_model(["mail_message_id", "state"])

    @api.model
    def _answered_sql(self, alias):
        """When a return was first answered: as noted, or by a message of the shop after the decision.

        A message counts when its mail went into the queue and has not failed since. Who only decides
        tells the customer nothing.
        """
        rma = SQL.identifier(alias)
        told = SQL(
            """SELECT MIN(message.date)
                 FROM mail_message message
                WHERE message.model = 'aftersales.rma' AND message.res_id = %(rma)s.id
                  AND message.date >= DATE_TRUNC('second', %(rma)s.decided_at)
                  AND (message.message_type = 'email_outgoing'
                       AND NOT EXISTS (SELECT 1 FROM mail_mail mail
                                        WHERE mail.mail_message_id = message.id
                                          AND mail.state IN ('exception', 'cancel'))
                    OR message.message_type = 'comment'
                       AND EXISTS (SELECT 1
                                     FROM mail_notification told
                                     JOIN res_partner customer ON customer.id = told.res_partner_id
                                LEFT JOIN res_partner author ON author.id = message.author_id
                                    WHERE told.mail_message_id = message.id
                                      AND told.notification_type <> 'inbox'
                                      AND told.notification_status NOT IN %(failed)s
                                      AND customer.commercial_partner_id = %(rma)s.commercial_partner_id
                                      AND author.commercial_partner_id IS DISTINCT FROM
                                          %(rma)s.commercial_partner_id))""",
            rma=rma,
            failed=FAILED,
        )
        return SQL("LEAST(%s.answer_noted_at, (%s))", rma, told)

    @api.model
    def _answer_status_sql(self, alias, company):
        """One of `ANSWERS`, or NULL, as of today where the company is."""
        return SQL(
            """(SELECT CASE WHEN %(rma)s.state IN ('draft', 'cancelled') THEN NULL
                            WHEN answer.day <= %(rma)s.answer_due_on THEN 'answered'
                            WHEN answer.day IS NULL AND %(rma)s.state = 'done' THEN NULL
                            WHEN answer.day IS NULL AND %(rma)s.answer_due_on >= %(today)s THEN 'due'
                            WHEN answer.day IS NOT NULL
                             AND (law.silence <> 'accepted' OR %(rma)s.state IN ('approved', 'done')) THEN 'late'
                            WHEN law.silence = 'accepted' THEN 'accepted'
                            ELSE 'overdue'
                        END
                  FROM (SELECT (%(answered)s AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day) answer
             LEFT JOIN aftersales_jurisdiction law ON law.id = %(rma)s.answer_law_id)""",
            rma=SQL.identifier(alias),
            answered=self._answered_sql(alias),
            today=company._aftersales_today(),
            zone=company._aftersales_zone(),
        )

    def _answer_words(self):
        """Where the answer stands and what follows, as a sentence; False where nothing is to be said."""
        self.ensure_one()
        if self.answer_status not in (*OPEN_ANSWERS, "late"):
            return False
        words = {"day": format_date(self.env, self.answer_due_on), "law": self.answer_law_id.name}
        if self.answer_status == "due":
            if self.decided_at and self.state != "submitted":
                return self.env._("Decided, but not told: the customer needs an answer by %(day)s.", **words)
            return self.env._("The customer needs an answer by %(day)s. Deciding alone is none: send it.", **words)
        if self.answer_status == "late":
            return self.env._("The answer was due by %(day)s and was sent later.", **words)
        if self.answer_status == "accepted":
            return self.env._(
                "No answer was sent by %(day)s. By law (%(law)s) the complaint counts as accepted.", **words
            )
        return self.env._("No answer was sent by %(day)s, the day that the law sets (%(law)s).", **words)

    # === Business === #

    def _set_answer_due(self):
        """Fix the day of the answer: that of the law of the order's day, the earliest of all lines."""
        for rma in self:
            due = [line._answer_law() for line in rma.line_ids]
            law = min((law for law in due if law), key=lambda law: law.answer_days, default=False)
            if law:
                day = rma.requested_on + timedelta(days=law.answer_days)
                rma._write_guarded({"answer_due_on": day, "answer_law_id": law.id})

    def _note_answer(self, moment, channel, note=False):
        """Note an answer that was given outside of Odoo.

        :param datetime.datetime moment: when it was given, UTC
        :param str channel: how, in words
        :param str note: what was said
        :raise UserError: for a day that cannot be, or while nothing is decided
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("approved", "rejected", "done"):
            raise UserError(self.env._("Decide %(rma)s first: the answer tells what was decided.", rma=self.name))
        if moment > fields.Datetime.now():
            raise UserError(self.env._("An answer is noted once it was given: not in the future."))
        day = self.company_id._aftersales_date(moment)
        if day < self.requested_on:
            raise UserError(self.env._("%(rma)s cannot be answered before it was asked for.", rma=self.name))
        self._write_guarded({"answer_noted_at": moment})
        words = self.env._("Answered on %(day)s: %(channel)s.", day=format_date(self.env, day), channel=channel)
        self.message_post(body="\n".join(filter(None, [words, note])))

    def _ensure_not_accepted_by_silence(self):
        """Whoever refuses what the law counts as accepted does so with open eyes, one by one.

        :raise UserError: when silence has accepted the complaint
        """
        for rma in self:
            if rma.answer_status == "accepted":
                raise UserError(
                    self.env._("%(words)s Open it to refuse it all the same.", words=rma.answer_words),
                )

    # === Actions === #

    def action_open_answer(self):
        """Ask when and how the customer was answered."""
        self.ensure_one()
        return self._open_wizard("aftersales.rma.answer", self.env._("Answered"))

    # === Hooks === #

    @api.model
    def _queues(self):
        waiting, missed = (Domain("answer_status", "in", statuses) for statuses in (OPEN_ANSWERS, MISSED_ANSWERS))
        queue = self._queue("answer", self.env._("To answer"), "fa-reply", waiting)
        return [*super()._queues(), {**queue, "late": missed, "late_words": self._late_answers}]

    @api.model
    def _late_answers(self, count):
        return self.env._("%(count)s overdue: silence may count as accepted.", count=count)


class AftersalesRmaLine(models.Model):
    """Which lines are complaints that the law wants answered."""

    _inherit = "aftersales.rma.line"

    def _judge(self):
        result = super()._judge()
        self.filtered(lambda line: line.basis in FAULT_BASES).rma_id._set_answer_due()
        return result

    def _answer_law(self):
        """The law that wants the line answered; none for a business, or for what is no complaint."""
        self.ensure_one()
        if self.basis not in FAULT_BASES or not self.sale_order_id:
            return self.env["aftersales.jurisdiction"]
        order_sudo = self.sudo().sale_order_id  # whoever decides need not be a salesperson
        law = order_sudo._aftersales_jurisdiction()
        return law if law.answer_days else law.browse()
