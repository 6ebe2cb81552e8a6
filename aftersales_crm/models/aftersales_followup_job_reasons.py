from datetime import timedelta

from odoo import fields, models

from odoo.addons.sms.tools.sms_api import SmsApi


class AftersalesFollowupJob(models.Model):
    """Why a step is left out: nobody is congratulated on what was returned."""

    _inherit = "aftersales.followup.job"

    def _skip_reason(self):
        """Why the step is not done now, of `reason`; False when it is."""
        return self._plan_reason() or self._foreseen_reason()

    def _foreseen_reason(self):
        """Why it would not be done, as things stand, whatever the plan's switch."""
        self.ensure_one()
        document = self.env[self.res_model].browse(self.res_id).exists()
        way = getattr(self, f"_{self.kind}_reason")
        return self._document_reason(document) or self._person_reason() or way()

    def _plan_reason(self):
        if not self.plan_id.since or not self.plan_id.active:
            return "off"
        late = self.due_at + timedelta(days=self.plan_id.max_delay_days)
        return "too_late" if late < fields.Datetime.now() else False

    def _document_reason(self, document):
        trigger = self.plan_id.trigger
        if not document or not getattr(self, f"_is_still_{trigger}")(document):
            return "cancelled"
        if trigger in ("delivered", "silence") and self._was_returned(document):
            return "returned"
        if trigger == "silence" and self._has_ordered_since(document):
            return "ordered"
        return "open_case" if trigger != "warranty_end" and self._has_open_matter() else False

    def _is_still_delivered(self, order):
        return order.state == "sale"

    _is_still_silence = _is_still_delivered

    def _is_still_warranty_end(self, warranty):
        return warranty.state == "active"

    def _is_still_refund_paid(self, rma):
        return rma.payout_status == "paid"

    def _is_still_case_closed(self, case):
        return case.state == "closed"

    def _was_returned(self, order):
        """Whether a return was asked for or anything came back, by whatever way."""
        asked = [("sale_order_id", "=", order.id), ("rma_id.state", "not in", ("draft", "cancelled"))]
        back = [
            ("origin_returned_move_id.sale_line_id.order_id", "=", order.id),
            ("state", "=", "done"),
            ("location_id.usage", "=", "customer"),
        ]
        return bool(
            self.env["aftersales.rma.line"].search_count(asked, limit=1)
            or self.env["stock.move"].search_count(back, limit=1)
        )

    def _has_ordered_since(self, order):
        newer = [
            ("partner_id.commercial_partner_id", "=", order.partner_id.commercial_partner_id.id),
            ("company_id", "=", order.company_id.id),
            ("state", "=", "sale"),
            ("date_order", ">", order.date_order),
        ]
        return bool(self.env["sale.order"].search_count(newer, limit=1))

    def _has_open_matter(self):
        """Whether the customer waits for something: a case or a return is open."""
        customer = [
            ("commercial_partner_id", "=", self.partner_id.commercial_partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        open_case = [*customer, ("is_open", "=", True)]
        open_return = [*customer, ("state", "in", ("submitted", "approved"))]
        return bool(
            self.env["aftersales.case"].search_count(open_case, limit=1)
            or self.env["aftersales.rma"].search_count(open_return, limit=1)
        )

    # === The person, and the way to them === #

    def _person_reason(self):
        return "opted_out" if self.partner_id._aftersales_has_opted_out() else False

    def _mail_reason(self):
        if not self.partner_id.email_normalized:
            return "no_address"
        return "blacklisted" if self.partner_id.is_blacklisted else False

    def _feedback_reason(self):
        return self._mail_reason()

    def _sms_reason(self):
        if not self.partner_id.phone:
            return "no_address"
        if self.partner_id.aftersales_sms_optout:
            return "opted_out"
        if self.partner_id.phone_sanitized_blacklisted:
            return "blacklisted"
        return False if self._has_sms_gateway() else "no_gateway"

    def _call_reason(self):
        return False if self.partner_id.phone else "no_address"

    def _has_sms_gateway(self):
        """Whether SMS can be sent: by a provider of the company's, or with an account at Odoo's service."""
        if self.company_id._get_sms_api_class() is not SmsApi:
            return True
        domain = [("service_name", "=", "sms"), ("company_ids", "in", [*self.company_id.ids, False])]
        return bool(self.env["iap.account"].search_count(domain, limit=1))
