from odoo.tests import tagged

from odoo.addons.aftersales_crm.tests.accessibility import AccessibilityMixin

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestAccessibility(AccessibilityMixin, PortalCommon):
    """The customer's pages for who cannot see, and on the smallest of phones."""

    def test_pages_of_returns_have_no_barrier(self):
        order = self._sold((self.kettle, 3), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        asked, approved = self._rma(order), self._rma(order)
        approved.action_approve()
        urls = ["/my/returns", f"/my/returns/new?order_id={order.id}"]
        urls += [f"/my/returns/{rma.id}" for rma in (asked, approved)]
        self._check(urls, self.customer_user.login)

    def test_pages_where_customers_decide_have_no_barrier(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_hygiene")
        order = self._sold((self.kettle, 3), *((self._product(f"Cup {n}"), 1) for n in range(5)))
        self._pay_invoice(order)
        door = f"/my/returns/new?order_id={order.id}"
        offered = self._rma(order, reason=self._reason("defective"))
        self.env["aftersales.offer"].with_user(self.manager).create(
            {"rma_line_id": offered.line_ids.id, "type_id": self._remedy("refund").id, "note": "As you like."}
        )
        owed = self._rma(order, opened=False)
        owed.action_approve()
        self.assertTrue(owed.asks_for_account)
        urls = [door, f"{door}&line={order.order_line[0].id}", f"{door}&message=question"]
        self._check([*urls, *(f"/my/returns/{rma.id}" for rma in (offered, owed))], self.customer_user.login)

    def _pay_invoice(self, order):
        wizards = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        )
        wizards.create({})._create_payments()

    def test_pages_of_withdrawals_and_guests_have_no_barrier(self):
        order = self._sold((self.kettle, 3))
        statement = self.env["aftersales.withdrawal"]._record_once(
            {"person_name": "Ada", "email": "ada@example.com", "contract": order.name, "sale_order_id": order.id}
        )
        statement._process()
        urls = ["/withdraw", f"/withdraw?order_id={order.id}", statement._customer_path()]
        self._check(urls, self.customer_user.login)
        path = self._feedback_path(order)
        self._check(["/withdraw", "/find-order", "/find-order?sent=1", f"{path}?said=1", "/feedback/wrong"])
        self._check([f"/followup/stop/{order.partner_id._aftersales_stop_token()}?done=1", "/followup/stop/wrong"])

    def _feedback_path(self, order):
        self.company.aftersales_review_url = "https://reviews.example.com"
        feedback = self.env["aftersales.feedback"]._ask(order, notify=False)
        feedback._answer({"nps": 10, "comment": "Lovely"})
        return f"/feedback/{feedback._get_token()}"

    def test_pages_of_registrations_and_new_owners_have_no_barrier(self):
        self.washer.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "Two years", "duration": 24}
        )
        order = self._sold((self.kettle, 3))
        kettles = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)], limit=1)
        unproved = self.env["aftersales.warranty"]._register_unit(
            {
                "product": self.washer,
                "partner": self.customer,
                "purchase_date": self.company._aftersales_today(),
                "serial": "W-1",
                "verified": False,
            }
        )
        form = "/my/products/register"
        urls = [form, f"{form}?search=wash", f"{form}?search=nothing", f"{form}?product={self.washer.id}"]
        urls += [f"/my/warranties/{unproved.id}", f"/my/warranties/{kettles.id}/transfer"]
        urls.append("/my/products?message=handed_over")
        self._check(urls, self.customer_user.login)

    def test_pages_of_products_orders_and_the_history_have_no_barrier(self):
        self.company.aftersales_tells = True
        order = self._sold((self.kettle, 3), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        self.env["aftersales.event"]._rebuild()
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)], limit=1)
        urls = ["/my/products", f"/my/warranties/{warranty.id}", "/my/history", f"/track?order_id={order.id}"]
        self._check(urls, self.customer_user.login)
        self._check(["/track", f"/warranty/{warranty._public_token()}"])

    def test_pages_of_cases_and_preferences_have_no_barrier(self):
        self.washer.product_tmpl_id.aftersales_home_repair = True
        order = self._sold((self.kettle, 1), (self.washer, 1), lots={self.washer: self._lots(self.washer, "W1")})
        about = {"sale_order_id": order.id, "product_id": self.washer.id}
        cases = self.env["aftersales.case"]
        case, solved = (cases._portal_open(self.customer, self.company, "It leaks", about=about) for _ in range(2))
        solved.action_solve()
        urls = ["/my", "/my/cases", "/my/cases/new", f"/my/cases/new?order_id={order.id}", "/my/preferences?saved=1"]
        urls += [f"/my/cases/{case.id}?message=asked", f"/my/cases/{solved.id}", f"/my/returns/new?order_id={order.id}"]
        self._check(urls, self.customer_user.login)
