from odoo.tests import tagged

from .common import PortalCommon

URL = "/my/returns/new"


@tagged("post_install", "-at_install")
class TestPortalExtension(PortalCommon):
    """Customers give extensions of their warranties back, alone or with what they extend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        term = cls.env["aftersales.warranty.term"].create(
            {"name": "A year more", "duration": 12, "start": "end", "visit_months": 6}
        )
        cls.extension = cls._product("Calm", type="service", is_storable=False, aftersales_sold_term_id=term.id)
        cls.order = cls._sold((cls.kettle, 1), (cls.extension, 1))
        cls.goods, cls.line = cls.order.order_line

    def test_the_page_tells_what_comes_back_with_a_product(self):
        self._login(self.customer_user)
        page = " ".join(self._get(f"{URL}?order_id={self.order.id}").text.split())
        self.assertIn("With the product comes back: Calm.", page)
        self.assertIn(f'name="quantity-{self.line.id}"', page)
        self.assertNotIn("Have you opened or used it?", page)

    def test_it_is_given_back_alone(self):
        self._login(self.customer_user)
        key = self.line.id
        form = {"order_id": self.order.id, f"quantity-{key}": "1", f"reason-{key}": self._reason("changed_mind").id}
        self.assertEqual(self._post(URL, form).status_code, 303)
        rma = self.env["aftersales.rma"].search([("line_ids.sale_line_id", "=", key)])
        self.assertEqual((rma.line_ids.product_id, rma.line_ids.basis), (self.extension, "withdrawal"))

    def test_the_warranty_tells_when_we_come(self):
        self._login(self.customer_user)
        warranty = self.line.aftersales_extension_ids
        self.assertIn("We come for maintenance on", self._get(f"/my/warranties/{warranty.id}").text)
        self._login(self.other_user)
        self.assertNotIn("We come for maintenance on", self._get(f"/my/warranties/{warranty.id}").text)
