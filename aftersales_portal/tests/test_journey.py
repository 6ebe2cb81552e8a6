from io import BytesIO

from PIL import Image

from odoo.tests import tagged

from .test_tours import TourCommon


@tagged("post_install", "-at_install")
class TestPortalJourney(TourCommon):
    """From the delivery to the money, on the phone."""

    browser_size = "360x740"
    touch_enabled = True

    def _pay(self, moves):
        wizards = self.env["account.payment.register"].sudo()
        wizards.with_context(active_model="account.move", active_ids=moves.ids).create({})._create_payments()

    def test_one_of_two_comes_back_with_a_photo_until_it_is_paid(self):
        order = self._sold((self.kettle, 2))
        self._pay(order.invoice_ids)
        login = self.customer_user.login
        self._tour(f"/my/orders/{order.id}", "journey_ask", login=login)
        rma = self._asked()
        photo = Image.open(BytesIO(rma.line_ids.photo_ids.raw))
        self.assertEqual((photo.format, photo.size), ("JPEG", (1600, 900)))
        self.assertEqual((rma.line_ids.quantity, rma.line_ids.basis, rma.eligibility), (1, "delivery", "pass"))

        rma.with_user(self.agent).action_approve()
        self._tour(f"/my/returns/{rma.id}", "journey_send", login=login)
        self.assertEqual((rma.tracking_ref, rma.sudo().payout_bank_id.partner_id), ("1Z999", self.customer))

        self._receive(rma)
        rma.with_user(self.agent).action_settle()
        self.assertEqual(rma.sudo().refund_ids.partner_bank_id, rma.sudo().payout_bank_id)
        self._pay(rma.sudo().refund_ids)
        self._tour(f"/my/returns/{rma.id}", "journey_paid", login=login)
        self.assertEqual((rma.state, rma.payout_status), ("done", "paid"))

    def test_the_door_opens_by_keyboard_alone(self):
        order = self._sold((self.kettle, 2), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        self._tour(self._door(order), "keyboard")
        self.assertEqual(self._asked().line_ids.quantity, 2)


@tagged("post_install", "-at_install")
class TestPortalJourneyDesktop(TestPortalJourney):
    """The same on a desk."""

    browser_size = "1280x800"
    touch_enabled = False
