from odoo import fields
from odoo.tests import tagged

from .test_tours import TourCommon


@tagged("post_install", "-at_install")
class TestAccountTours(TourCommon):
    """Products, tracking and history on the phone, by touch."""

    browser_size = "360x740"
    touch_enabled = True

    def test_a_customer_finds_the_warranty_and_help(self):
        self._sold((self.kettle, 1), (self.washer, 1), lots={self.washer: self._lots(self.washer, "TOUR-1")})
        self._tour("/my", "products", login=self.customer_user.login)

    def test_a_visitor_follows_a_parcel_by_the_link_of_a_mail(self):
        self.company.aftersales_tells = True
        order = self._order((self.kettle, 1))
        order.picking_ids.write(
            {
                "carrier_id": self.env["delivery.carrier"]
                .create(
                    {
                        "name": "Post",
                        "product_id": self._product("Delivery", type="service").id,
                        "tracking_url": "https://post.example/<shipmenttrackingnumber>",
                    }
                )
                .id,
                "carrier_tracking_ref": "P1",
                "aftersales_window_start": fields.Datetime.to_datetime("2026-11-26 11:00:00"),
                "aftersales_window_end": fields.Datetime.to_datetime("2026-11-26 13:00:00"),
            }
        )
        self._deliver(order)
        self._tour(order._aftersales_track_url(), "track")

    def test_a_customer_pages_through_the_history(self):
        for _ in range(7):
            self._sold((self.kettle, 1))
        self.env["aftersales.event"]._rebuild()
        self._tour("/my", "history", login=self.customer_user.login)


@tagged("post_install", "-at_install")
class TestAccountToursDesktop(TestAccountTours):
    """The same on a desk, by mouse."""

    browser_size = "1280x800"
    touch_enabled = False
