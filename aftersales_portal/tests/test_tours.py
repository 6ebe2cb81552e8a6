from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalTours(PortalCommon):
    browser_size = "360x740"
    touch_enabled = True

    def test_a_customer_returns_a_kettle_on_the_phone(self):
        order = self._sold((self.kettle, 2), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        self.start_tour(f"/my/orders/{order.id}", "aftersales_portal_return", login=self.customer_user.login)
        rma = self.env["aftersales.rma"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((rma.line_ids.quantity, rma.line_ids.basis), (1, "guarantee"))
