import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, consteq
from odoo.tools.misc import format_date

from .score import Figure, Score

# What is asked: the lowest and the highest number.
QUESTIONS = {"nps": (0, 10), "csat": (1, 5), "effort": (1, 7)}
LINK_DAYS = 90
EDIT_DAYS = timedelta(days=7)
COMMENT_LENGTH = 2000
MANAGER = "aftersales_crm.aftersales_crm_group_manager"


class AftersalesFeedback(models.Model):
    """What a customer thinks of an order, a return or a case: asked once, answered by a link.

    Only the customer answers, through `_answer`; nobody edits what was said.
    """

    _name = "aftersales.feedback"
    _description = "Feedback"
    _inherit = ["aftersales.event.source"]
    _order = "answered_at desc nulls last, id desc"
    _log_access = False
    _check_company_auto = True

    case_id = fields.Many2one("aftersales.case", readonly=True, index="btree_not_null", ondelete="cascade")
    rma_id = fields.Many2one("aftersales.rma", "Return", readonly=True, index="btree_not_null", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", "Order", readonly=True, index="btree_not_null", ondelete="cascade")
    occasion = fields.Char(
        default="", required=True, readonly=True, help="Tells apart when one document is asked about."
    )
    document_name = fields.Char("About", compute="_compute_document_name")
    partner_id = fields.Many2one("res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    team_id = fields.Many2one("aftersales.team", readonly=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", "Agent", readonly=True, index="btree_not_null")
    product_id = fields.Many2one("product.product", readonly=True, help="Where it is about one product only.")
    reason_id = fields.Many2one("aftersales.reason", readonly=True, help="Why the goods came back.")

    nps = Score("Recommends us (0–10)", readonly=True, aggregator="avg")
    csat = Score("Satisfied (1–5)", readonly=True, aggregator="avg")
    effort = Score("Effort (1–7)", readonly=True, aggregator="avg", help="How easy we made it; 7: very easy.")
    comment = fields.Text(readonly=True)
    consent = fields.Boolean("May be published", readonly=True)
    nps_score = Figure(
        "NPS",
        digits=(4, 1),
        compute="_compute_scores",
        store=True,
        aggregator="avg",
        help="Net promoter score: the share of 9 and 10 less the share of 0 to 6.",
    )
    csat_score = Figure(
        "CSAT (%)",
        digits=(4, 1),
        compute="_compute_scores",
        store=True,
        aggregator="avg",
        help="The share of answers 4 and 5.",
    )
    effort_score = Figure(
        "CES",
        digits=(4, 1),
        compute="_compute_scores",
        store=True,
        aggregator="avg",
        help="Customer effort score: the mean of 1 (very hard) to 7 (very easy).",
    )
    mood = fields.Selection(
        [("promoter", "Promoter"), ("passive", "Neutral"), ("detractor", "Unhappy")],
        compute="_compute_scores",
        store=True,
        help="Unhappy: recommends us 0 to 6, or is satisfied 1 or 2.",
    )

    asked_at = fields.Datetime("Asked", required=True, readonly=True)
    answered_at = fields.Datetime("Answered", readonly=True)
    clicked_at = fields.Datetime(readonly=True, help="The last click in the mail; a button has not been pressed yet.")
    is_machine = fields.Boolean(
        readonly=True, help="A mail scanner follows every link: clicks in the mail do not count."
    )
    react_at = fields.Datetime(readonly=True, help="When we see to what was said.")
    invited_at = fields.Datetime("Invited to review", readonly=True)
    complaint_id = fields.Many2one("aftersales.case", readonly=True, index="btree_not_null")
    is_published = fields.Boolean("Published", readonly=True)
    link_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    link_until = fields.Datetime("Link ends", readonly=True, copy=False)

    _one_document = models.Constraint(
        "CHECK(num_nonnulls(case_id, rma_id, sale_order_id) = 1)", "Feedback is about one document."
    )
    _case_once = models.UniqueIndex("(case_id, occasion) WHERE case_id IS NOT NULL")
    _rma_once = models.UniqueIndex("(rma_id, occasion) WHERE rma_id IS NOT NULL")
    _order_once = models.UniqueIndex("(sale_order_id, occasion) WHERE sale_order_id IS NOT NULL")
    _to_react = models.Index("(react_at) WHERE react_at IS NOT NULL")
    _newest = models.Index("(company_id, answered_at)")
    _scores_in_range = models.Constraint(
        "CHECK(nps BETWEEN 0 AND 10 AND csat BETWEEN 1 AND 5 AND effort BETWEEN 1 AND 7)",
        "Recommending goes from 0 to 10, satisfaction from 1 to 5, effort from 1 to 7.",
    )
    _published_with_consent = models.Constraint(
        "CHECK(consent OR NOT is_published)", "Only what a customer allows is published."
    )

    _aftersales_event_fields = frozenset({"answered_at", "nps", "csat", "effort", "partner_id", "user_id"})

    # === Computes === #

    @api.depends(lambda self: tuple(self._document_fields().values()))
    def _compute_document_name(self):
        for feedback in self:
            # The name of what it is about is no secret to who may read the feedback.
            feedback.document_name = feedback._document().sudo().display_name

    @api.depends("document_name", "nps", "csat")
    def _compute_display_name(self):
        for feedback in self:
            feedback.display_name = " · ".join(filter(None, (feedback.document_name, feedback._scores_text())))

    @api.depends("nps", "csat", "effort")
    def _compute_scores(self):
        for feedback in self:
            nps, csat = feedback.nps, feedback.csat
            feedback.nps_score = nps is not False and 100 * ((nps >= 9) - (nps <= 6))
            feedback.csat_score = csat is not False and 100 * (csat >= 4)
            feedback.effort_score = feedback.effort
            feedback.mood = feedback._mood()

    def _mood(self):
        nps, csat = self.nps, self.csat
        if nps is False and csat is False:
            return False
        if (nps is not False and nps <= 6) or (csat is not False and csat <= 2):
            return "detractor"
        return "promoter" if nps is not False and nps >= 9 else "passive"

    # === Asking === #

    @api.model
    def _document_fields(self):
        """Hook: model that feedback may be about → field of the link to it."""
        return {"sale.order": "sale_order_id", "aftersales.rma": "rma_id", "aftersales.case": "case_id"}

    def _document(self):
        """What the feedback is about."""
        links = self._document_fields().values()
        return next((self[name] for name in links if self[name]), self.env["sale.order"])

    @api.model
    def _ask(self, documents, occasion="", notify=True):
        """Ask the customers of documents what they think: each document and occasion once, for two at once too.

        :param documents: records of one model of `_document_fields`
        :param str occasion: tells apart what one document is asked about
        :param bool notify: mail the question; False where somebody else does
        :return: the new `aftersales.feedback`, none for documents that were asked about before
        """
        # Whoever works on a document may have its customer asked.
        feedback_sudo = self.sudo()
        rows = [feedback_sudo._prepare_ask_vals(document, occasion) for document in documents.sudo()]
        asked_sudo = feedback_sudo._insert([row for row in rows if row["partner_id"]])
        if notify:
            asked_sudo._send_request()
        return asked_sudo.sudo(self.env.su)

    def _prepare_ask_vals(self, document, occasion):
        """Hook: values of the feedback on a document."""
        partner, now = document.partner_id, fields.Datetime.now()
        vals = {
            self._document_fields()[document._name]: document.id,
            "occasion": occasion,
            "partner_id": partner.id,
            "commercial_partner_id": partner.commercial_partner_id.id,
            "company_id": document.company_id.id,
            "asked_at": now,
            "link_token": secrets.token_urlsafe(24),
            "link_until": now + timedelta(days=LINK_DAYS),
        }
        return {**vals, **getattr(self, f"_prepare_{document._table}_vals")(document)}

    def _prepare_sale_order_vals(self, order):
        # The salesperson is not who is judged: an order is anybody's until it becomes a case.
        return {"product_id": self._only(order.order_line.product_id.filtered(lambda p: p.type != "service"))}

    def _prepare_aftersales_rma_vals(self, rma):
        lines = rma.line_ids
        vals = {"product_id": self._only(lines.product_id), "reason_id": self._only(lines.reason_id)}
        return {**vals, "user_id": rma.user_id.id or None, "team_id": rma.team_id.id or None}

    def _prepare_aftersales_case_vals(self, case):
        vals = {"user_id": case.user_id.id or None, "team_id": case.team_id.id}
        return {**vals, "product_id": case.product_id.id or None}

    def _only(self, records):
        """The id where there is one only, so that no figure is about the wrong one."""
        return records.id if len(records) == 1 else None

    def _insert(self, rows):
        """Insert rows of values, as far as nobody has before."""
        inserted = []
        for row in rows:
            columns = SQL(", ").join(SQL.identifier(name) for name in row)
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                    SQL.identifier(self._table),
                    columns,
                    tuple(row.values()),
                )
            )
            inserted += self.env.cr.fetchall()
        return self.browse(identifier for (identifier,) in inserted)

    def _send_request(self):
        """Put the question into the mail queue, for who has an address and where there is a page to answer on."""
        template = self.env.ref("aftersales_crm.mail_template_feedback", raise_if_not_found=False)
        for feedback in self:
            if template and feedback.partner_id.email and feedback._get_link():
                template.with_company(feedback.company_id).send_mail(feedback.id)

    # === The link === #

    def _get_link(self):
        """Hook: address of the page where the customer answers; "" without the portal add-on."""
        return ""

    def _get_token(self):
        """What of the link opens the page; a link that was revoked gets a new one."""
        self.ensure_one()
        feedback_sudo = self.sudo()  # whoever may have a customer asked may have the link sent
        if not feedback_sudo.link_token:
            until = fields.Datetime.now() + timedelta(days=LINK_DAYS)
            feedback_sudo.write({"link_token": secrets.token_urlsafe(24), "link_until": until})
        return f"{self.id}-{feedback_sudo.link_token}"

    @api.model
    def _by_token(self, token):
        """The feedback that a link opens today, in sudo mode; none for a token that is wrong, has ended or was revoked.

        :param token: as it came in
        """
        none_sudo = self.browse().sudo()  # visitors have no rights on feedback: their token is their right
        if not isinstance(token, str) or not token.isascii():
            return none_sudo
        number, _dash, secret = token.partition("-")
        if not number.isdecimal() or len(number) > 9:
            return none_sudo
        feedback_sudo = none_sudo.browse(int(number)).exists()
        right = consteq(feedback_sudo.link_token or "", secret) and bool(secret)
        return feedback_sudo if right and feedback_sudo.link_until >= fields.Datetime.now() else none_sudo

    def action_revoke_link(self):
        """End the links that were sent; for managers."""
        self._ensure_manager()
        self.sudo().write({"link_token": False, "link_until": False})  # feedback belongs to the system
        return True

    # === Answering === #

    def _is_editable(self):
        """Whether the customer may still change the answer."""
        self.ensure_one()
        return not self.answered_at or fields.Datetime.now() < self.answered_at + EDIT_DAYS

    def _edit_until(self):
        """The day until which the answer may be changed, in words of the customer's language."""
        self.ensure_one()
        until = (self.answered_at or fields.Datetime.now()) + EDIT_DAYS
        return format_date(self.env, self.company_id._aftersales_date(until))

    def _answer(self, vals):
        """Record what the customer says; keys that are left out stay as they are. The same again changes nothing.

        :param dict vals: of ``nps``, ``csat``, ``effort`` (numbers), ``comment`` (str), ``consent`` (bool)
        :return: whether anything changed
        :raise UserError: for a number out of its range, and after `EDIT_DAYS`
        """
        self.ensure_one()
        vals = self._clean_answer(vals)
        changed = {name: value for name, value in vals.items() if (self[name] or value) and self[name] != value}
        changed.update({name: vals[name] for name in QUESTIONS.keys() & vals if self[name] is False})
        if changed and not self._is_editable():
            raise UserError(self.env._("Thank you, we have your answer. After a week it stays as it is."))
        if changed:
            self._record(changed)
            self._see_to()
        elif self.clicked_at:
            self.write({"clicked_at": False})
        return bool(changed)

    def _clean_answer(self, vals):
        for name, (lowest, highest) in QUESTIONS.items():
            value = vals.get(name, lowest)
            if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
                label = self._fields[name]._description_string(self.env)
                raise UserError(
                    self.env._(
                        "%(question)s: choose a number from %(lowest)s to %(highest)s.",
                        question=label,
                        lowest=lowest,
                        highest=highest,
                    )
                )
        if "comment" in vals:
            vals = {**vals, "comment": (vals["comment"] or "").strip()[:COMMENT_LENGTH] or False}
        return vals

    def _record(self, vals, clicked_at=False):
        vals = {**vals, "clicked_at": clicked_at, "answered_at": self.answered_at or fields.Datetime.now()}
        if vals.get("consent") is False:
            vals["is_published"] = False
        self.write(vals)

    # === Publishing, for managers === #

    def action_publish(self):
        """Mark what may be shown in public.

        :raise UserError: for feedback whose customer has not allowed it
        """
        self._ensure_manager()
        for feedback in self:
            if not feedback.consent:
                message = self.env._("%(feedback)s: the customer has not allowed it.", feedback=feedback.display_name)
                raise UserError(message)
        self.sudo().write({"is_published": True})  # feedback belongs to the system
        return True

    def action_unpublish(self):
        self._ensure_manager()
        self.sudo().write({"is_published": False})  # feedback belongs to the system
        return True

    def _ensure_manager(self):
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Only a manager publishes feedback or ends its links."))

    # === Words === #

    def _first_question(self):
        """The question that the mail asks, of `QUESTIONS`: about help, or about us."""
        return "csat" if self.case_id else "nps"

    @api.model
    def _numbers(self, question):
        """The numbers to choose from (list of int)."""
        lowest, highest = QUESTIONS[question]
        return list(range(lowest, highest + 1))

    def _scores_text(self):
        """The numbers in short, "" for none."""
        parts = (("NPS", self.nps), ("CSAT", self.csat), ("CES", self.effort))
        return ", ".join(f"{name} {value}" for name, value in parts if value is not False)
