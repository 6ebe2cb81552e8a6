from odoo.tests import tagged

from .common import PortalCommon


class TourCommon(PortalCommon):
    def _asked(self):
        return self.env["aftersales.rma"].search([("partner_id", "=", self.customer.id)])

    def _door(self, order):
        return f"/my/returns/new?order_id={order.id}&access_token={order._aftersales_signed_token()}"

    def _tour(self, url, name, login=None):
        self.start_tour(url, f"aftersales_portal_{name}", login=login)


@tagged("post_install", "-at_install")
class TestPortalTours(TourCommon):
    """On the phone, by touch."""

    browser_size = "360x740"
    touch_enabled = True

    def test_a_customer_returns_two_products_for_two_reasons(self):
        order = self._sold((self.kettle, 2), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        self._tour(f"/my/orders/{order.id}", "return", login=self.customer_user.login)
        lines = self._asked().line_ids
        # Money back for a defect: by withdrawal, as the guarantee repairs or replaces first.
        self.assertEqual(lines.mapped("basis"), ["withdrawal", "delivery"])
        self.assertEqual(lines.mapped("quantity"), [1, 1])
        self.assertEqual(lines.requested_remedy_id, self._remedy("refund") | self._remedy("replacement"))

    def test_from_the_mail_a_return_takes_five_taps_and_no_words(self):
        self._tour(self._door(self._sold((self.kettle, 1))), "five_taps")
        self.assertEqual((self._asked().line_ids.basis, self._asked().line_ids.quantity), ("withdrawal", 1))

    def test_whether_it_is_sealed_is_one_tap_more(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_hygiene")
        self._tour(self._door(self._sold((self.kettle, 2))), "sealed")
        self.assertEqual((self._asked().line_ids.opened, self._asked().eligibility), ("no", "pass"))


@tagged("post_install", "-at_install")
class TestPortalToursDesktop(TestPortalTours):
    """On a desk, by mouse."""

    browser_size = "1280x800"
    touch_enabled = False
