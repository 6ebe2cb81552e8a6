from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError

from .common import AftersalesCommon

ORDER_LAYOUT = "mail.mail_notification_layout_with_responsible_signature"


class TestOrderTerms(AftersalesCommon):
    """What the shop tells with an order, where, and that it is on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_tells = True
        cls.company.email = "shop@example.com"
        cls.order = cls._order((cls.kettle, 2))

    def _sections(self, order=None):
        return {
            section["name"]: " ".join(section["sentences"])
            for section in (order or self.order)._aftersales_terms()["sections"]
        }

    def _post(self, order, layout=ORDER_LAYOUT, partner=None):
        before = self.env["mail.mail"].search([])
        order.message_post(
            body="Your order",
            partner_ids=(partner or order.partner_id).ids,
            email_layout_xmlid=layout,
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )
        return "".join((self.env["mail.mail"].search([]) - before).mapped("body_html"))

    # === What is told === #

    def test_a_consumer_is_told_everything(self):
        sections = self._sections()
        self.assertEqual(list(sections), ["payment", "delivery", "returns", "withdrawal", "complaints"])
        self.assertIn("200.00", sections["payment"])
        self.assertIn("within 30 days", sections["delivery"])
        self.assertIn("within 14 days", sections["returns"])
        self.assertIn("within 14 days without giving a reason", sections["withdrawal"])
        self.assertIn("shop@example.com", sections["withdrawal"])
        self.assertIn("shop@example.com", sections["complaints"])

    def test_a_business_is_told_of_no_law(self):
        order = self._order((self.kettle, 1), aftersales_is_consumer=False)
        self.assertEqual(list(self._sections(order)), ["payment", "returns", "complaints"])
        self.assertNotIn("By law", self._sections(order)["complaints"])

    def test_goods_come_with_the_notice_of_the_guarantee_from_its_day_on(self):
        law = self.order._aftersales_jurisdiction()
        day = self.company._aftersales_date(self.order.date_order)
        service = self._order((self._product("Work", type="service"), 1))
        business = self._order((self.kettle, 1), aftersales_is_consumer=False)
        for since, told in ((day, True), (day + timedelta(days=1), False), (False, False)):
            law.notice_from = since
            with self.subTest(since=since):
                self.assertEqual(bool(self.order._aftersales_terms()["notice"]), told)
                self.assertEqual("legal guarantee" in self._post(self.order), told)
                self.assertFalse(service._aftersales_terms()["notice"] or business._aftersales_terms()["notice"])
        law.write({"notice_from": day, "notice": "<p>Zwei Jahre</p>"})
        self.assertIn("Zwei Jahre", self._post(self.order))
        paper = self.env["ir.qweb"]._render(
            "sale.report_saleorder_document", {"doc": self.order, "docs": self.order, "is_html_empty": bool}
        )
        self.assertIn("Zwei Jahre", str(paper))

    def test_a_promised_day_is_told(self):
        self.order.commitment_date = "2026-12-24 12:00:00"
        self.assertIn("12/24/2026", self._sections()["delivery"])

    def test_dates_follow_the_delivery(self):
        row = self.order._aftersales_terms()["lines"][0]
        self.assertEqual((row["returns"], row["guarantee"]), ("30 days from the delivery", "2 years from the delivery"))
        self._deliver(self.order)
        row = self.order._aftersales_terms()["lines"][0]
        today = self.company._aftersales_today()
        self.assertIn(str((today + timedelta(days=30)).year), row["returns"])
        self.assertIn(str(today.year + 2), row["guarantee"])

    def test_the_longer_promise_is_told(self):
        self.kettle.aftersales_term_ids = self.env["aftersales.warranty.term"].create({"name": "Five", "duration": 60})
        self.assertEqual(
            self._order((self.kettle, 1))._aftersales_terms()["lines"][0]["guarantee"], "5 years from the delivery"
        )

    def test_what_cannot_be_withdrawn_from_is_named(self):
        made = self._product("Engraved cup", aftersales_kind_id=self.env.ref("aftersales_crm.product_kind_custom").id)
        self.assertIn(
            "You cannot withdraw from: Engraved cup.",
            self._sections(self._order((made, 1), (self.kettle, 1)))["withdrawal"],
        )
        self.assertIn("no right to withdraw", self._sections(self._order((made, 1)))["withdrawal"])

    def test_paid_is_said_when_it_is_paid(self):
        invoice = self._invoice(self.order)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {}
        ).action_create_payments()
        self.assertEqual(self._sections()["payment"], "It is paid.")

    # === Where === #

    def test_the_mail_and_the_pdf_tell_it(self):
        body = self._post(self.order)
        pdf = (
            self.env["ir.actions.report"]._render_qweb_html("sale.action_report_saleorder", self.order.ids)[0].decode()
        )
        for paper in (body, pdf):
            self.assertIn("aftersales_terms", paper)
            self.assertIn("without giving a reason", paper)
            self.assertIn("30 days from the delivery", paper)

    def test_only_the_customer_gets_links_that_open_the_order(self):
        others = self.env["res.partner"].create({"name": "Forwarder", "email": "forwarder@example.com"})
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "email": "colleague@example.com", "parent_id": self.customer.id}
        )
        asked = []

        def links(order, law, signed):
            asked.append(signed)
            return []

        with patch.object(type(self.order), "_aftersales_terms_links", links):
            for readers, signed in (
                (self.customer, {True}),
                (colleague, {True}),
                (others, {False}),
                (self.customer | others | self.agent.partner_id, {True, False}),
            ):
                asked.clear()
                self.assertIn("aftersales_terms", self._post(self.order, partner=readers))
                self.assertEqual(set(asked), signed, readers.mapped("name"))

    def test_a_chat_and_a_quotation_tell_nothing(self):
        self.assertNotIn("aftersales_terms", self._post(self.order, layout="mail.mail_notification_layout"))
        self.assertFalse(self.order.aftersales_informed_at)
        quotation = self._order((self.kettle, 1), confirm=False)
        self.assertNotIn("aftersales_terms", self._post(quotation))
        self.assertFalse(quotation.aftersales_informed_at)

    def test_nothing_changes_for_older_orders_and_without_the_switch(self):
        for since in (self.company._aftersales_today() + timedelta(days=1), False):
            self.company.aftersales_tells_since = since
            self.assertNotIn("aftersales_terms", self._post(self.order))
            pdf = self.env["ir.actions.report"]._render_qweb_html("sale.action_report_saleorder", self.order.ids)[0]
            self.assertNotIn(b"aftersales_terms", pdf)
            self.assertFalse(self.order.aftersales_informed_at)

    # === On record === #

    def test_it_is_on_record_since_when_the_customer_knows(self):
        self._post(self.order)
        told = self.order.aftersales_informed_at
        self.assertTrue(told)
        self.order.sudo().aftersales_informed_at = told - timedelta(days=1)
        self._post(self.order)
        self.assertEqual(self.order.aftersales_informed_at, told - timedelta(days=1))
        with self.assertRaises(AccessError):
            self.order.with_user(self.manager).write({"aftersales_informed_at": fields.Datetime.now()})

    def test_who_got_no_mail_was_not_told(self):
        self.customer.email = False
        self._post(self.order)
        self.assertFalse(self.order.aftersales_informed_at)
        self.customer.email = "ada@example.com"
        self._post(self.order, partner=self.agent.partner_id)
        self.assertFalse(self.order.aftersales_informed_at)

    def test_odoos_own_confirmation_puts_it_on_record(self):
        self.order._send_order_confirmation_mail()
        self.assertTrue(self.order.aftersales_informed_at)

    def test_the_switch_keeps_its_day(self):
        self.company.aftersales_tells_since = "2026-01-01"
        self.company.aftersales_tells = True
        self.assertEqual(str(self.company.aftersales_tells_since), "2026-01-01")
        self.company.aftersales_tells = False
        self.assertFalse(self.company.aftersales_tells_since)
