from odoo.tests import tagged

from .common import PortalCommon

ROWS = 80
SPARE = 10
BYTES = 60_000


@tagged("post_install", "-at_install")
class TestPortalBudget(PortalCommon):
    """What long lists and pages cost: never much more than those of Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle.product_tmpl_id.aftersales_term_ids = cls.env["aftersales.warranty.term"].create(
            {"name": "Two years", "duration": 24}
        )
        products = cls.env["product.product"].create(
            [{"name": f"Cup {number}", "type": "consu", "is_storable": True} for number in range(ROWS - 1)]
        )
        cls.order = cls._sold((cls.kettle, ROWS), *((product, 1) for product in products))
        # As Odoo's list shows them, without the time to deliver them all.
        cls.env["sale.order"].create([{"partner_id": cls.customer.id, "state": "sale"} for _ in range(ROWS - 1)])
        for _ in range(ROWS):
            cls._rma(cls.order)
        cls.rma = cls.env["aftersales.rma"].search([("partner_id", "=", cls.customer.id)], limit=1)
        cls.warranty = cls.env["aftersales.warranty"].search([("sale_order_id", "=", cls.order.id)], limit=1)
        about = {"type": "problem", "sale_order_id": cls.order.id, "product_id": cls.kettle.id}
        cls.case = cls.env["aftersales.case"]._portal_open(cls.customer, cls.company, "It leaks", about=about)
        cls.env["aftersales.case"]._open(
            [{"subject": f"Case {number}", "partner_id": cls.customer.id} for number in range(ROWS)]
        )
        cls.env["aftersales.event"]._rebuild()

    def _measure(self, url):
        cost = self._warm_count(url)
        page = self._get(url)
        self.assertEqual(page.status_code, 200, url)
        return cost, len(page.content)

    def _assert_within(self, most, urls):
        for url in urls:
            cost, size = self._measure(url)
            with self.subTest(url=url):
                self.assertLessEqual(cost, most + SPARE)
                self.assertLess(size, BYTES)

    def test_lists_of_eighty_cost_as_much_as_a_list_of_orders(self):
        self._login(self.customer_user)
        most, _size = self._measure("/my/orders")
        self._assert_within(most, ("/my/returns", "/my/products", "/my/history", "/my/cases"))

    def test_a_page_costs_as_much_as_the_page_of_an_order(self):
        order = self._sold((self.kettle, 1))
        self._login(self.customer_user)
        most, _size = self._measure(f"/my/orders/{order.id}")
        door = f"/my/returns/new?order_id={order.id}"
        urls = (f"/my/returns/{self.rma.id}", f"/my/warranties/{self.warranty.id}", f"/track?order_id={order.id}", door)
        urls += (f"/my/cases/{self.case.id}", "/my/cases/new", f"/my/cases/new?order_id={order.id}", "/my/preferences")
        feedback = self.env["aftersales.feedback"]._ask(order, notify=False)
        urls += (f"/feedback/{feedback._get_token()}", f"/followup/stop/{self.customer._aftersales_stop_token()}")
        self._assert_within(most, urls)
