from urllib.parse import urlencode

from odoo import models
from odoo.exceptions import UserError

TEXT_LENGTH = 2000
REFERENCE_LENGTH = 100


class AftersalesRma(models.Model):
    """A return as its customer sees it: in plain words, with what they can do."""

    _name = "aftersales.rma"
    _inherit = ["aftersales.rma", "aftersales.link.mixin"]

    # === What the customer can do === #

    def _portal_can_cancel(self):
        """Whether the customer may still call the return off: nothing is on its way."""
        self.ensure_one()
        return (
            self.state in ("draft", "submitted", "approved")
            and not self.sent_at
            and not any(line.received_quantity or line.settled_quantity for line in self.line_ids)
        )

    def _portal_can_send(self):
        """Whether goods are expected whose sending the customer has not proven yet."""
        self.ensure_one()
        return (
            self.state in ("submitted", "approved")
            and not (self.sent_at and self.tracking_ref)
            and self.reception_status in ("waiting", "partial")
        )

    def _portal_can_appeal(self):
        """Whether the customer may ask again: after a refusal, or when it was closed for want of a parcel."""
        self.ensure_one()
        return self.state == "rejected" or (self.state == "cancelled" and self.expired)

    def _portal_cancel(self, author, post):
        """Call the return off for its customer; repeated, it changes nothing.

        :param author: `res.partner` who does it
        :param dict post: the form's values; none is used
        :raise UserError: when it is too late
        """
        if self.state == "cancelled":
            return
        if not self._portal_can_cancel():
            raise UserError(self.env._("%(rma)s can no longer be cancelled. Write to us instead.", rma=self.name))
        self._portal_say(author, self.env._("Cancelled by the customer."))
        self.action_cancel()

    def _portal_sent(self, author, post):
        """Note that the customer has handed the goods over; repeated, it changes nothing.

        :param author: `res.partner` who says so
        :param dict post: ``tracking`` and ``carrier``, both optional texts
        :raise UserError: when no goods are expected
        """
        tracking, carrier = (post.get(name, "")[:REFERENCE_LENGTH] for name in ("tracking", "carrier"))
        if self.sent_at and tracking in ("", self.tracking_ref) and carrier in ("", self.tracking_carrier):
            return
        if not self._portal_can_send():
            raise UserError(self.env._("%(rma)s does not wait for a parcel.", rma=self.name))
        self.action_mark_sent(tracking=tracking, carrier=carrier)
        parcel = self._portal_parcel()
        self._portal_say(
            author,
            self.env._("The goods are on their way: %(parcel)s.", parcel=parcel)
            if parcel
            else self.env._("The goods are on their way."),
        )

    def _portal_appeal(self, author, post):
        """Ask again after a refusal.

        :param author: `res.partner` who asks
        :param dict post: ``reason``, why the refusal is wrong
        :raise UserError: without a reason, or when nothing was refused
        """
        if not self._portal_can_appeal():
            raise UserError(self.env._("%(rma)s has not been refused or closed.", rma=self.name))
        reason = post.get("reason", "")[:TEXT_LENGTH]
        if not reason:
            raise UserError(self.env._("Tell us why we should look at it again."))
        self._portal_say(author, reason)
        self.action_appeal()

    def _portal_say(self, author, body):
        self._track_set_author(author)
        self.message_post(body=body, author_id=author.id, message_type="comment", subtype_xmlid="mail.mt_comment")

    # === What the customer reads === #

    def _portal_status(self):
        """Where the return stands.

        :return: ``(words, Bootstrap colour)``
        """
        self.ensure_one()
        if self.state == "approved":
            return self._portal_status_approved()
        if self.state == "done" and self.payout_status in ("to_pay", "partial"):
            return self.env._("Refund on its way"), "info"
        if self.state == "done" and self.refund_ids and not self._gave_no_money():
            return self.env._("Refunded"), "success"
        return {
            "draft": (self.env._("Not sent yet"), "secondary"),
            "submitted": (self.env._("Waiting for our decision"), "warning"),
            "rejected": (self.env._("Refused"), "danger"),
            "cancelled": (self.env._("Cancelled"), "secondary"),
            "done": (self.env._("Done"), "success"),
        }[self.state]

    def _portal_status_approved(self):
        if self.reception_status == "partial":
            return self.env._("Partly arrived"), "info"
        if self.reception_status == "received":
            return self.env._("Arrived"), "info"
        if self.reception_status == "waiting" and self.sent_at:
            return self.env._("On its way to us"), "info"
        if self.reception_status == "waiting":
            return self.env._("Send it to us"), "primary"
        return self.env._("Approved"), "primary"

    def _portal_facts(self):
        """Goods, remedies and money, each in a few words.

        :return: list of ``(label, words)``
        """
        self.ensure_one()
        if self.state not in ("approved", "done"):
            return []
        goods = {
            "not_required": self.env._("Nothing to send back"),
            "waiting": self.env._("On their way to us") if self.sent_at else self.env._("Waiting for your parcel"),
            "partial": self.env._("Partly arrived"),
            "received": self.env._("Arrived"),
        }
        remedies = {
            "pending": self.env._("To come"),
            "partial": self.env._("Partly done"),
            "settled": self.env._("Done"),
        }
        money = {
            "to_pay": self.env._("Booked, to be paid"),
            "partial": self.env._("Partly paid"),
            "paid": self.env._("Paid"),
        }
        facts = [
            (self.env._("Goods"), goods[self.reception_status]),
            (self.env._("Solution"), remedies[self.settlement_status]),
        ]
        if self.payout_status in money and not self._gave_no_money():
            facts.append((self.env._("Money"), money[self.payout_status]))
        return facts

    def _portal_parcel(self):
        """Carrier and tracking number, as far as they are known."""
        self.ensure_one()
        return " ".join(part for part in (self.tracking_carrier, self.tracking_ref) if part)

    def _portal_refunds_on_proof(self):
        """Whether a tracking number is all that the refund waits for."""
        self.ensure_one()
        terms = self.line_ids.sale_line_id.mapped("aftersales_policy_terms")
        return any(policy and policy["refund_timing"] == "sent" for policy in terms)

    def _customer_url(self):
        """The signed address of the return's page, where its company takes returns online."""
        self.ensure_one()
        if not self.company_id.aftersales_portal_returns:
            return super()._customer_url()
        return self.get_base_url() + self._portal_link()

    def _portal_link(self):
        """Address of the return's page for who has no login, good for `LINK_DAYS`."""
        return f"{self.access_url}?{urlencode({'access_token': self._aftersales_signed_token()})}"
