from urllib.parse import urlencode

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from .aftersales_rma import TEXT_LENGTH

SUBJECT_LENGTH = 80


class AftersalesCase(models.Model):
    """A case as its customer sees it: in plain words, with what they can do."""

    _name = "aftersales.case"
    _inherit = ["aftersales.case", "aftersales.link.mixin"]

    # === Asking === #

    @api.model
    def _portal_open(self, author, company, words, photos=(), about=None):
        """Open a case for what a customer writes on a page.

        :param author: `res.partner` who asks
        :param company: `res.company` that is asked
        :param str words: in their words; may be empty where ``about`` says it all
        :param list photos: dicts with ``name`` and ``data`` (base64)
        :param dict about: further values, of records that the customer may see
        :return: the case
        :raise UserError: when a photo is none
        """
        files = [(vals["name"], vals["raw"]) for vals in self._prepare_photos(photos)]
        case = self._open([self._prepare_portal_vals(author, company, words, about or {})])
        case._track_set_author(author)
        case.message_subscribe(author.ids)
        case.message_post(
            body=plaintext2html(words or case.subject),
            author_id=author.id,
            attachments=files,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        return case

    def _prepare_portal_vals(self, author, company, words, about):
        return {
            "subject": self._portal_subject(words, about),
            "description": plaintext2html(words),
            "partner_id": author.id,
            "company_id": company.id,
            "channel": "portal",
            **about,
        }

    def _portal_subject(self, words, about):
        """What stands in lists: the product, else how the question begins."""
        product = self.env["product.product"].browse(about.get("product_id"))
        name = product.with_context(display_default_code=False).display_name
        if about.get("type") == "visit":
            return self.env._("Repair at home: %(product)s", product=name)
        line = next(iter(words.splitlines()), "")
        begin = line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rstrip()}…"
        return f"{name}: {begin}" if product else begin

    # === What the customer can do === #

    def _portal_can_close(self):
        """Whether the customer may say that all is well."""
        self.ensure_one()
        return self.state not in ("closed", "cancelled")

    def _portal_can_reopen(self):
        """Whether the customer may say that it is not solved after all; what ended long ago is asked anew."""
        self.ensure_one()
        return self.state in ("solved", "closed") and self._may_go_on()

    def _portal_close(self, author, post):
        """Close the case for its customer, whose matter is settled; repeated, it changes nothing.

        :param author: `res.partner` who says so
        :param dict post: the form's values; none is used
        :raise UserError: when it was called off
        """
        if self.state == "closed":
            return
        if not self._portal_can_close():
            raise UserError(self.env._("%(case)s has been called off.", case=self.name))
        if self.is_open:
            self._transition("solved")
        self._transition("closed")
        # What a customer says otherwise takes a case up again.
        self._portal_say(author, self.env._("Solved, thank you."), "auto_comment")

    def _portal_reopen(self, author, post):
        """Take a solved case up again.

        :param author: `res.partner` who asks for it
        :param dict post: ``reason``, what is still wrong
        :raise UserError: without a reason, or when nothing was solved
        """
        if self.is_open:
            return
        if not self._portal_can_reopen():
            raise UserError(self.env._("%(case)s is closed for good: please ask us anew.", case=self.name))
        reason = post.get("reason", "")[:TEXT_LENGTH]
        if not reason:
            raise UserError(self.env._("Tell us what is still wrong."))
        self._transition("in_progress")
        self._portal_say(author, reason)

    def _portal_feedback(self):
        """What the customer thinks of how the case went; empty until they were asked."""
        self.ensure_one()
        return self.env["aftersales.feedback"].search([("case_id", "=", self.id), ("occasion", "=", "")], limit=1)

    def _portal_can_rate(self):
        """Whether the customer may say, or still change, how we did."""
        self.ensure_one()
        return self.state in ("solved", "closed") and self._portal_feedback()._portal_is_open()

    def _portal_rate(self):
        """Address of the page where the customer says how we did.

        :raise UserError: when it is too early, or too late
        """
        if not self._portal_can_rate():
            raise UserError(self.env._("%(case)s cannot be rated.", case=self.name))
        asked = self.env["aftersales.feedback"]._ask(self, notify=False) or self._portal_feedback()
        return f"/feedback/{asked._get_token()}"

    def _portal_say(self, author, words, message_type="comment"):
        self._track_set_author(author)
        body = plaintext2html(words)
        self.message_post(body=body, author_id=author.id, message_type=message_type, subtype_xmlid="mail.mt_comment")

    # === What the customer reads === #

    def _portal_status(self):
        """Where the case stands.

        :return: ``(words, Bootstrap colour)``
        """
        self.ensure_one()
        if self.is_open and self.visit_window:
            return self.env._("A day is fixed"), "primary"
        if self.state == "new":
            return self.env._("We have it"), "info"
        if self.state in ("in_progress", "waiting_internal"):
            return self.env._("We are on it"), "primary"
        if self.state == "waiting_customer":
            return self.env._("Waiting for your answer"), "warning"
        if self.state == "solved":
            return self.env._("Solved"), "success"
        return self.env._("Closed"), "secondary"

    def _portal_timeline(self):
        """What happened, oldest first.

        :return: list of ``(label, datetime)``
        """
        self.ensure_one()
        steps = [
            (self.env._("You asked"), self.create_date),
            (self.env._("Our first answer"), self.first_answer_at),
            (self.env._("Solved"), self.solved_at),
            (self.env._("Closed"), self.closed_at),
        ]
        return [(label, moment) for label, moment in steps if moment]

    def _portal_goes_on(self):
        """The case in which this one goes on after it was merged, as far as it is the same customer's."""
        self.ensure_one()
        target = self.merged_into_id
        return target if target.commercial_partner_id == self.commercial_partner_id else target.browse()

    def _portal_visits(self):
        """Visits that came of the case, and were not called off."""
        self.ensure_one()
        return self.visit_ids.filtered(lambda visit: visit.state != "cancelled")

    def _portal_rmas(self):
        """The returns that came of the case, as far as the portal shows returns."""
        self.ensure_one()
        if not self.company_id.aftersales_portal_returns:
            return self.rma_ids.browse()
        return self.rma_ids.filtered(lambda rma: rma.state != "draft")

    # === Addresses === #

    def _customer_url(self):
        """The signed address of the case's page; "" where its company shows customers no cases."""
        self.ensure_one()
        return self.get_base_url() + self._portal_link() if self.company_id.aftersales_portal_cases else ""

    def _portal_link(self):
        """Address of the case's page for who has no login, good for `LINK_DAYS`."""
        return f"{self.access_url}?{urlencode({'access_token': self._aftersales_signed_token()})}"
