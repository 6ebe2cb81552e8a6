from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from .common import AftersalesCommon


class TestDeliveryMails(AftersalesCommon):
    """What customers are told about a delivery, and when it arrives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["aftersales.delivery.mail"]
        steps = cls.env["aftersales.mail.step"].search([("template_id.model", "=", "stock.picking")])
        steps.is_on = True
        cls._stock(cls.kettle, 20)

    def _codes(self, picking):
        self.env.cr.flush()
        return self.mails.search([("picking_id", "=", picking.id)]).mapped("step_id.code")

    def _send(self, picking):
        self.env.cr.flush()
        before = self.env["mail.mail"].search([])
        waiting = self.mails.search([("picking_id", "=", picking.id), ("state", "=", "waiting")])
        if waiting:
            waiting._send_last()
        return self.env["mail.mail"].search([]) - before

    def _window(self, picking, hours=0):
        start = fields.Datetime.to_datetime("2026-11-26 11:00:00") + timedelta(hours=hours)
        picking.write({"aftersales_window_start": start, "aftersales_window_end": start + timedelta(hours=2)})

    # === Once, at each step === #

    def test_each_step_is_told_once(self):
        order = self._order((self.kettle, 2))
        picking = order.picking_ids
        self.assertEqual(self._codes(picking), ["packing"])
        picking.do_unreserve()
        picking.action_assign()
        self._window(picking)
        self._deliver(order)
        picking.aftersales_arrived_at = fields.Datetime.now()
        self.assertEqual(sorted(self._codes(picking)), ["arrived", "packing", "shipped", "window"])
        mail = self._send(picking)
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.customer))
        self.assertIn("has arrived", mail.subject)
        self.assertFalse(self._send(picking))
        picking.aftersales_arrived_at = fields.Datetime.now() + timedelta(hours=1)
        self.assertFalse(self._send(picking))

    def test_the_mail_names_the_goods_the_parcel_and_the_time(self):
        order = self._order((self.kettle, 2))
        picking = order.picking_ids
        picking.carrier_id = self.env["delivery.carrier"].create(
            {
                "name": "Post",
                "product_id": self._product("Delivery", type="service").id,
                "tracking_url": "https://post.example/<shipmenttrackingnumber>",
            }
        )
        picking.carrier_tracking_ref = "P1"
        self._window(picking)
        self._deliver(order)
        body = self._send(picking).body_html
        for words in ("2 × Kettle", "https://post.example/P1", "Thursday, November 26, 12–14"):
            self.assertIn(words, body)

    def test_another_window_is_news_and_the_same_is_not(self):
        picking = self._order((self.kettle, 1)).picking_ids
        self._window(picking)
        self.assertIn("12–14", self._send(picking).body_html)
        self._window(picking)
        self.assertFalse(self._send(picking))
        self._window(picking, 3)
        self.assertIn("15–17", self._send(picking).body_html)

    def test_an_sms_goes_where_the_step_has_one(self):
        self.customer.write({"phone": "+48 512 345 678", "email": False})
        step = self.env.ref("aftersales_crm.mail_step_delivery_shipped")
        step.sms_template_id = self.env.ref("aftersales_crm.sms_template_delivery_shipped")
        order = self._order((self.kettle, 1))
        self._deliver(order)
        self.assertFalse(self._send(order.picking_ids))
        sms = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(len(sms), 1)
        self.assertIn(order.name, sms.body)

    # === To whom not === #

    def test_a_delivery_older_than_the_switch_is_not_told(self):
        order = self._order((self.kettle, 1))
        self.env.cr.flush()
        self.mails.search([]).unlink()
        self.env.cr.execute("UPDATE stock_picking SET create_date = NOW() - INTERVAL '3 days'")
        self._deliver(order)
        self.assertFalse(self._codes(order.picking_ids))

    def test_switched_off_nothing_is_noted(self):
        self.env["aftersales.mail.step"].search([]).is_on = False
        order = self._order((self.kettle, 1))
        self._deliver(order)
        self.assertFalse(self._codes(order.picking_ids))

    def test_returns_and_other_transfers_are_not_told(self):
        order = self._order((self.kettle, 1))
        self._deliver(order)
        self.env.cr.flush()
        told = self.mails.search([])
        rma = self._rma(order)
        rma.action_approve()
        self._receive(rma)
        self.env.cr.flush()
        self.assertEqual(self.mails.search([]), told)

    def test_a_customer_without_any_address_is_left_alone(self):
        self.customer.email = False
        order = self._order((self.kettle, 1))
        self._deliver(order)
        self.assertFalse(self._send(order.picking_ids))
        self.assertEqual(set(self.mails.search([]).mapped("state")), {"skipped"})

    @mute_logger("odoo.addons.aftersales_crm.models.aftersales_step_mail")
    def test_a_mail_that_cannot_be_made_stops_no_other(self):
        template = self.env.ref("aftersales_crm.mail_template_delivery_shipped")
        template.body_html = '<t t-out="object.nonsense"/>'
        order = self._order((self.kettle, 1))
        self._deliver(order)
        self.assertFalse(self._send(order.picking_ids))
        failed = self.mails.search([("state", "=", "failed")])
        self.assertEqual(len(failed), 1)
        with self.assertRaises(AccessError):
            failed.with_user(self.agent).action_retry()
        failed.with_user(self.manager).action_retry()
        self.assertEqual(failed.state, "waiting")

    # === The window === #

    def test_a_window_has_two_ends_in_their_order(self):
        picking = self._order((self.kettle, 1)).picking_ids
        for start, end in (("2026-11-26 11:00:00", False), ("2026-11-26 11:00:00", "2026-11-26 11:00:00")):
            with self.assertRaises(ValidationError):
                picking.write({"aftersales_window_start": start, "aftersales_window_end": end})

    def test_a_window_is_told_in_the_language_of_who_asks(self):
        for code, words in (
            ("de_DE", "Donnerstag, 26. November, 12–14 Uhr"),
            ("hu_HU", "november 26., csütörtök, 12–14 óra között"),
            ("pl_PL", "czwartek, 26 listopada, godz. 12–14"),
        ):
            self.env["res.lang"]._activate_lang(code)
            picking = self._order((self.kettle, 1)).picking_ids.with_context(lang=code)
            self._window(picking)
            self.assertEqual(picking._aftersales_window_words(), words)
        picking.aftersales_window_end = "2026-11-28 22:30:00"
        self.assertIn(" to ", picking.with_context(lang="en_US")._aftersales_window_words())

    def test_only_an_address_becomes_a_link(self):
        picking = self._order((self.kettle, 1)).picking_ids
        carrier = self.env["delivery.carrier"].create(
            {"name": "Post", "product_id": self._product("Delivery", type="service").id}
        )
        picking.write({"carrier_id": carrier.id, "carrier_tracking_ref": "P1"})
        for url, link in (("javascript:alert(1)", ""), ("https://post.example", "https://post.example"), (False, "")):
            carrier.tracking_url = url
            picking.invalidate_recordset(["carrier_tracking_url"])
            self.assertEqual(picking._aftersales_parcels(), [("P1", link)])
