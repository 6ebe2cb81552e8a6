import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalTrack(PortalCommon):
    """Where an order is: on its page, and by a link from a mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Post",
                "product_id": cls._product("Delivery", type="service").id,
                "tracking_url": "https://post.example/<shipmenttrackingnumber>",
            }
        )
        cls.order = cls._order((cls.kettle, 3))
        cls.picking = cls.order.picking_ids
        cls.picking.carrier_id = cls.carrier
        cls.url = f"/track?order_id={cls.order.id}"

    def _steps(self, index=0, order=None):
        return [
            (step["label"], step["state"])
            for step in (order or self.order)._portal_track()["deliveries"][index]["steps"]
        ]

    # === The story === #

    def test_a_delivery_goes_from_the_shelf_to_the_door(self):
        self.assertEqual(self._steps(), [("Packed", "next"), ("Shipped", "later"), ("Arrives", "later")])
        self._stock(self.kettle, 3)
        self.picking.action_assign()
        self.assertEqual(self._steps()[0], ("Being packed", "next"))
        self.picking.carrier_tracking_ref = "P1"
        start = fields.Datetime.to_datetime("2026-11-26 11:00:00")
        self.picking.write({"aftersales_window_start": start, "aftersales_window_end": start + timedelta(hours=2)})
        self._deliver(self.order)
        self.assertEqual(self._steps(), [("Packed", "done"), ("Shipped", "done"), ("Arrives", "next")])
        self._login(self.customer_user)
        for url in (self.url, f"/my/orders/{self.order.id}"):
            page = self._get(url).text
            self.assertIn('href="https://post.example/P1"', page)
            self.assertIn("Thursday, November 26, 12–14", page)
            self.assertIn("3 × Kettle", page)
        self.picking.aftersales_arrived_at = fields.Datetime.now()
        self.assertEqual(self._steps()[-1], ("Delivered", "done"))
        self.assertNotIn("12–14", self._get(self.url).text)

    def test_what_is_handed_over_without_a_carrier_is_delivered(self):
        self.picking.carrier_id = False
        self._deliver(self.order)
        self.assertEqual(self._steps(), [("Packed", "done"), ("Delivered", "done")])

    def test_nobody_waits_for_a_carrier_for_ever(self):
        self._deliver(self.order)
        self.picking.date_done = fields.Datetime.now() - timedelta(days=40)
        self.assertEqual(self._steps()[-1], ("Shipped", "done"))

    def test_several_deliveries_have_their_own_story(self):
        self._stock(self.kettle, 3)
        self.picking.move_ids.write({"quantity": 1, "picked": True})
        self.picking._action_done()
        track = self.order._portal_track()["deliveries"]
        self.assertEqual([delivery["title"] for delivery in track], ["Delivery 1 of 2", "Delivery 2 of 2"])
        self.assertEqual([delivery["goods"] for delivery in track], [["1 × Kettle"], ["2 × Kettle"]])
        self.assertEqual((self._steps(0)[1][1], self._steps(1)[0][1]), ("done", "next"))

    def test_what_comes_back_is_no_delivery(self):
        self._deliver(self.order)
        rma = self._rma(self.order, 1)
        rma.action_approve()
        self._receive(rma)
        self.assertEqual(len(self.order._portal_track()["deliveries"]), 1)

    def test_services_have_nothing_to_deliver(self):
        order = self._order((self._product("Advice", type="service"), 1))
        self.assertEqual(order._portal_track()["deliveries"], [])
        self._login(self.customer_user)
        self.assertIn("Ordered", self._get(f"/track?order_id={order.id}").text)

    def test_paid_is_said_when_it_is_paid(self):
        def payment():
            return [(step["label"], step["state"]) for step in self.order._portal_track()["steps"]][-1]

        self.assertEqual(payment(), ("Payment", "later"))
        invoice = self._invoice(self.order)
        invoice.invoice_date_due = "2099-01-31"
        self.assertIn("2099", self.order._portal_track()["steps"][-1]["detail"])
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {}
        ).action_create_payments()
        self.assertEqual(payment(), ("Payment received", "done"))
        self.assertTrue(self.order._portal_track()["steps"][-1]["date"])

    def test_the_mail_leads_to_the_story_and_to_the_door(self):
        self.env.ref("aftersales_crm.mail_step_delivery_shipped").is_on = True
        self._deliver(self.order)
        self.env.cr.flush()
        waiting = self.env["aftersales.delivery.mail"].search([("picking_id", "=", self.picking.id)])
        before = self.env["mail.mail"].search([])
        waiting._send_last()
        mail = self.env["mail.mail"].search([]) - before
        self.authenticate(None, None)
        for path in ("/track", "/my/returns/new"):
            link = re.search(rf'href="[^"]*({path}\?[^"]+)"', mail.body_html)[1].replace("&amp;", "&")
            self.assertIn(self.order.name, self._get(link).text)

    def test_a_cancelled_order_says_so(self):
        self.order.action_cancel()
        self._login(self.customer_user)
        self.assertIn("This order was cancelled", self._get(self.url).text)
        self.assertNotIn("aftersales_track", self._get(f"/my/orders/{self.order.id}").text)

    # === Who sees what === #

    def test_a_link_opens_its_order_and_no_other(self):
        self.authenticate(None, None)
        link = self.order._aftersales_track_url()
        self.assertIn(self.order.name, self._get(link).text)
        other = self._order((self.kettle, 1))
        page = self._get(link.replace(f"order_id={self.order.id}", f"order_id={other.id}")).text
        self.assertNotIn(other.name, page)
        self.assertIn("does not open an order", page)
        self.order.action_aftersales_revoke_links()
        self.assertIn("does not open an order", self._get(link).text)

    def test_without_a_link_the_page_helps(self):
        self.authenticate(None, None)
        page = self._get("/track")
        self.assertIn('href="/find-order"', page.text)
        self.assertNotIn("does not open", page.text)

    def test_others_see_nothing(self):
        self.authenticate(None, None)
        self.assertNotIn(self.order.name, self._get(self.url).text)
        self._login(self.other_user)
        self.assertNotIn(self.order.name, self._get(self.url).text)
        self._login(self.colleague_user)
        self.assertIn(self.order.name, self._get(self.url).text)

    def test_a_quotation_is_not_followed(self):
        order = self._order((self.kettle, 1), confirm=False)
        self._login(self.customer_user)
        self.assertNotIn(order.name, self._get(f"/track?order_id={order.id}").text)

    def test_odd_parameters_give_a_clean_page(self):
        self._login(self.customer_user)
        for query in (
            "order_id=abc",
            "order_id=-1",
            f"order_id={'9' * 30}",
            "order_id=1&access_token=%C3%A9",
            "order_id=²",
            "access_token=%00",
        ):
            self.assertEqual((query, self._get(f"/track?{query}").status_code), (query, 200))

    def test_switched_off_it_is_gone(self):
        self.company.aftersales_portal_track = False
        self._login(self.customer_user)
        self.assertNotIn(self.order.name, self._get(self.url).text)
        self.assertNotIn("aftersales_track", self._get(f"/my/orders/{self.order.id}").text)
        self.assertEqual(self.order._aftersales_track_url(), "")

    # === Speed === #

    def test_more_products_cost_no_more_queries(self):
        big = self._order(*((self._product(f"Part {number}"), 1) for number in range(30)))
        self._deliver(self.order)
        self._deliver(big)
        self._login(self.customer_user)
        few = self._warm_count(self.url)
        self.assertLessEqual(self._warm_count(f"/track?order_id={big.id}"), few)
        self.company.aftersales_portal_track = False
        without = self._warm_count(f"/my/orders/{big.id}")
        self.company.aftersales_portal_track = True
        self.assertLessEqual(self._warm_count(f"/my/orders/{big.id}"), without + 10)
