import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PortalCommon

PROCESS = "odoo.addons.aftersales_crm.models.aftersales_withdrawal_process"
PDF = b"%PDF-1.4 nothing in it"


@tagged("post_install", "-at_install")
class TestPortalWithdrawal(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2), (cls.washer, 1), lots={cls.washer: cls._lots(cls.washer, "W1")})
        cls.kettle_line = cls.order.order_line[0]

    def _statements(self):
        return self.env["aftersales.withdrawal"].search([])

    def _form(self, **more):
        return {
            "person_name": "Ada Kowalska",
            "email": "ada@example.com",
            "contract": self.order.name,
            "scope": "whole",
            "form_ref": "form-1",
            **more,
        }

    def _state(self, **more):
        """Post a statement.

        :return: ``(response, statement)``
        """
        response = self._post("/withdraw", self._form(**more))
        return response, self._statements()[:1]

    def _age(self, days):
        then = fields.Datetime.now() - timedelta(days=days)
        self.order.date_order = then
        self.order.picking_ids.move_ids.date = then

    # === Ways to it === #

    def test_order_home_and_every_page_lead_to_it(self):
        self._login(self.customer_user)
        page = self._get(f"/my/orders/{self.order.id}").text
        self.assertRegex(page, rf'href="/withdraw\?order_id={self.order.id}"[^>]*>Withdraw from contract here<')
        self.assertIn('href="/withdraw"', self._get("/my").text)
        self.assertIn('name="withdraw"', self._get("/my/returns").text)

    def test_a_signed_link_of_the_order_leads_to_it_without_login(self):
        self.authenticate(None, None)
        token = self.order._aftersales_signed_token()
        page = self._get(f"/my/orders/{self.order.id}?access_token={token}").text
        link = re.search(r'href="(/withdraw\?[^"]*order_id[^"]*)"', page)[1].replace("&amp;", "&")
        self.assertIn("access_token", link)
        form = self._get(link).text
        self.assertIn(f'name="quantity-d{self.kettle_line.id}-{self.kettle.id}"', form)
        self.assertIn('value="Ada Kowalska"', form)

    def test_after_the_period_the_order_no_longer_offers_it(self):
        self._age(16)
        self._login(self.customer_user)
        self.assertNotIn('name="withdraw_order"', self._get(f"/my/orders/{self.order.id}").text)
        self.assertNotIn(self.order.name, self._get("/withdraw").text)

    def test_a_business_order_does_not_offer_it(self):
        self.order.aftersales_is_consumer = False
        self._login(self.customer_user)
        self.assertNotIn('name="withdraw_order"', self._get(f"/my/orders/{self.order.id}").text)

    def test_switched_off_it_is_gone(self):
        self.company.aftersales_portal_withdrawal = False
        self._login(self.customer_user)
        self.assertEqual(self._get("/withdraw").status_code, 404)
        self.assertEqual(self._post("/withdraw", self._form()).status_code, 404)
        for url in (f"/my/orders/{self.order.id}", "/my"):
            self.assertNotIn('href="/withdraw', self._get(url).text)

    def test_a_customer_is_offered_the_orders_of_their_period(self):
        self._login(self.customer_user)
        page = self._get("/withdraw").text
        self.assertIn(f'href="/withdraw?order_id={self.order.id}"', page)
        self.assertIn(f'value="{self.customer.email}"', page)
        self._login(self.other_user)
        self.assertNotIn(self.order.name, self._get("/withdraw").text)

    def test_more_orders_cost_no_more_queries(self):
        self._login(self.customer_user)
        self._sold((self.kettle, 1))
        self._sold((self.kettle, 1))
        few = self._warm_count("/withdraw")
        for _number in range(6):
            self._sold((self.kettle, 1))
        self.assertLessEqual(self._warm_count("/withdraw"), few)

    def test_the_button_costs_the_page_of_the_order_little(self):
        self._login(self.customer_user)
        page = f"/my/orders/{self.order.id}"
        cost = self._warm_count(page)
        with patch.object(self.registry["sale.order"], "_portal_can_withdraw", return_value=False):
            without = self._warm_count(page)
        self.assertLessEqual(cost - without, 3)

    # === In two steps === #

    def test_a_customer_withdraws_from_the_whole_order(self):
        self._login(self.customer_user)
        response, statement = self._state(order_id=self.order.id)
        self.assertEqual(response.status_code, 303)
        self.assertEqual((statement.state, statement.identified), ("accepted", True))
        self.assertEqual((statement.partner_id, statement.rma_ids.state), (self.customer, "approved"))
        self.assertEqual(statement.rma_ids.create_uid, self.customer_user)
        page = self._get(response.headers["Location"]).text
        for text in ("We have your withdrawal", statement.name, statement.rma_ids.name, "You have withdrawn in time"):
            self.assertIn(text, page)

    def test_single_products_by_quantity(self):
        self._login(self.customer_user)
        key = f"quantity-d{self.kettle_line.id}-{self.kettle.id}"
        _response, statement = self._state(order_id=self.order.id, scope="parts", **{key: "1"})
        self.assertEqual(statement.rma_ids.line_ids.mapped("quantity"), [1])
        self.assertIn("1 × Kettle", self._get(f"/withdraw/{statement.id}?access_token={statement.access_token}").text)

    def test_what_is_missing_is_said_and_nothing_recorded(self):
        self._login(self.customer_user)
        key = f"quantity-d{self.kettle_line.id}-{self.kettle.id}"
        for form, text in (
            ({"person_name": " "}, "Enter your name"),
            ({"email": "nobody"}, "Enter the e-mail address"),
            ({"email": "ada@example.com, eve@example.com"}, "Enter the e-mail address"),
            ({"contract": ""}, "Say which order it is"),
            ({"scope": "parts"}, "Say which products"),
            ({"order_id": self.order.id, "scope": "parts"}, "how many of which product"),
            ({"order_id": self.order.id, "scope": "parts", key: "3"}, "There are only 2"),
            ({"order_id": self.order.id, "scope": "parts", key: "1.5"}, "Only whole units"),
            ({"order_id": self.order.id, "scope": "parts", key: "x\0"}, "as a number"),
        ):
            with self.subTest(form=form):
                response = self._post("/withdraw", self._form(**form))
                self.assertEqual(response.status_code, 200)
                self.assertIn(text, response.text)
        self.assertFalse(self._statements())

    def test_a_form_sent_twice_is_one_statement(self):
        self._login(self.customer_user)
        first, _statement = self._state(order_id=self.order.id)
        second, statement = self._state(order_id=self.order.id)
        self.assertEqual(len(self._statements()), 1)
        self.assertEqual(len(statement.rma_ids), 1)
        self.assertIn(f"/withdraw/{statement.id}?", second.headers["Location"])
        self.assertIn(f"/withdraw/{statement.id}?", first.headers["Location"])

    @mute_logger(PROCESS)
    def test_the_statement_stays_whatever_fails_behind_it(self):
        self._login(self.customer_user)
        with patch.object(self.registry["aftersales.rma"], "_request", side_effect=ZeroDivisionError("boom")):
            response, statement = self._state(order_id=self.order.id)
        self.assertEqual(response.status_code, 303)
        self.assertEqual((statement.state, statement.error), ("received", "boom"))
        self.assertIn("We have your withdrawal", self._get(response.headers["Location"]).text)

    def test_a_late_one_is_recorded_and_answered(self):
        self._age(30)
        self._login(self.customer_user)
        response, statement = self._state(order_id=self.order.id)
        self.assertEqual((statement.timeliness, statement.state), ("late", "to_decide"))
        self.assertIn("The period to withdraw ended on", self._get(response.headers["Location"]).text)

    # === Without a login === #

    def test_anybody_states_and_learns_nothing(self):
        self.authenticate(None, None)
        pages = []
        for contract, email in (
            (self.order.name, self.customer.email),
            (self.order.name, "eve@example.com"),
            ("S99999", self.customer.email),
        ):
            response, statement = self._state(contract=contract, email=email)
            self.assertEqual((statement.state, statement.sale_order_id.id), ("received", False))
            statement.sudo()._process()
            page = self._get(response.headers["Location"]).text
            page = page[page.index("<main>") : page.index("</main>")]
            for typed in (response.headers["Location"].partition("=")[2], statement.name, contract, email):
                page = page.replace(typed, "…")
            page = page.replace(f"/withdraw/{statement.id}/", "…").replace(statement._submitted_text(), "…")
            pages.append(page)
        self.assertEqual(self._statements().mapped("state").count("accepted"), 1)
        self.assertEqual(pages[0], pages[1])
        self.assertEqual(pages[0], pages[2])

    def test_another_customers_order_is_a_free_statement(self):
        self._login(self.other_user)
        page = self._get(f"/withdraw?order_id={self.order.id}").text
        self.assertNotIn(self.order.name, page)
        self.assertNotIn("Kettle", page)
        self.assertEqual(page.count("order_id"), self._get("/withdraw?order_id=999999999").text.count("order_id"))
        _response, statement = self._state(order_id=self.order.id, email="eve@example.com")
        statement.sudo()._process()
        self.assertEqual((statement.state, statement.identified), ("to_match", False))

    def test_the_confirmation_is_for_who_holds_its_link(self):
        self._login(self.customer_user)
        response, statement = self._state(order_id=self.order.id)
        path = response.headers["Location"]
        reports = self.registry["ir.actions.report"]
        for user in (None, self.other_user):
            self.authenticate(user and user.login, user and user.login)
            self.assertEqual(self._get(f"/withdraw/{statement.id}").status_code, 303)
            self.assertEqual(self._get(f"/withdraw/{statement.id}?access_token=x").status_code, 303)
            self.assertEqual(self._get(f"/withdraw/{statement.id}/receipt").status_code, 303)
            self.assertEqual(self._get(path).status_code, 200)
        with patch.object(reports, "_render_qweb_pdf", return_value=(PDF, "pdf")):
            receipt = self._get(path.replace("?", "/receipt?"))
        self.assertEqual((receipt.status_code, receipt.content), (200, PDF))
        self.assertIn("attachment", receipt.headers["Content-Disposition"])

    def test_the_model_form_is_a_pdf_for_everybody(self):
        self.authenticate(None, None)
        with patch.object(self.registry["ir.actions.report"], "_render_qweb_pdf", return_value=(PDF, "pdf")):
            form = self._get("/withdraw/form")
        self.assertEqual((form.status_code, form.headers["Content-Type"]), (200, "application/pdf"))

    def test_broken_requests_get_a_clean_page(self):
        self.authenticate(None, None)
        for url in (
            "/withdraw?order_id=abc",
            "/withdraw?order_id=99999999999999999999",
            "/withdraw?order_id=1&access_token=ü",
            "/withdraw?order_id=1&order_id=2",
            "/withdraw/1?access_token=%00",
        ):
            with self.subTest(url=url):
                self.assertIn(self._get(url).status_code, (200, 303))
        self.assertEqual(self._post("/withdraw", self._form(), csrf=False).status_code, 400)
        response, statement = self._state(person_name="A\0da" * 100, contract="x" * 5000, parts="y" * 9000)
        self.assertEqual(response.status_code, 303)
        self.assertEqual((len(statement.person_name), len(statement.contract)), (100, 200))
        _response, statement = self._state(email="Ada <ADA@example.com>", contract="a\nb")
        self.assertEqual((statement.email, statement.contract), ("ada@example.com", "a b"))


@tagged("post_install", "-at_install")
class TestPortalWithdrawalTours(PortalCommon):
    """On the phone, by touch."""

    browser_size = "360x740"
    touch_enabled = True

    def test_a_customer_withdraws_in_two_steps(self):
        order = self._sold((self.kettle, 2))
        self.start_tour(f"/my/orders/{order.id}", "aftersales_portal_withdraw", login=self.customer_user.login)
        statement = self.env["aftersales.withdrawal"].search([("sale_order_id", "=", order.id)])
        self.assertEqual((statement.state, statement.rma_ids.line_ids.quantity), ("accepted", 1))

    def test_anybody_withdraws_without_a_login(self):
        self.start_tour("/withdraw", "aftersales_portal_withdraw_guest", login=None)
        statement = self.env["aftersales.withdrawal"].search([("email", "=", "greta@example.com")])
        self.assertEqual((statement.person_name, statement.contract), ("Greta Guest", "the kettle of last week"))


@tagged("post_install", "-at_install")
class TestPortalWithdrawalToursDesktop(TestPortalWithdrawalTours):
    """On a desk, by mouse."""

    browser_size = "1280x800"
    touch_enabled = False
