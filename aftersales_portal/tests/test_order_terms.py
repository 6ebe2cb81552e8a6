import re

from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestOrderTerms(PortalCommon):
    """What the shop tells, on the order's page and by the addresses in its papers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_tells = True
        cls.order = cls._order((cls.kettle, 2), aftersales_is_consumer=True)

    def _law(self):
        return self.order._aftersales_jurisdiction()

    def _links(self, signed):
        return [link for _label, link in self.order._aftersales_terms(signed=signed)["links"]]

    def test_the_page_tells_the_customer(self):
        self._law().notice_from = "2020-01-01"
        self._login(self.customer_user)
        page = self._get(f"/my/orders/{self.order.id}").text
        self.assertIn("without giving a reason", page)
        self.assertIn("30 days from the delivery", page)
        self.assertIn(f"/withdraw/form?order_id={self.order.id}", page)
        self.assertIn('name="guarantee_notice"', page)
        self.company.aftersales_tells = False
        self.assertNotIn("without giving a reason", self._get(f"/my/orders/{self.order.id}").text)

    def test_the_page_gives_nobody_a_link_that_opens_it(self):
        self._login(self.customer_user)
        page = self._get(f"/my/orders/{self.order.id}").text
        terms = page[page.index('id="aftersales_terms"') :]
        self.assertFalse(re.search(r"access_token=\w", terms[: terms.index("</section>")]))

    def test_the_addresses_of_a_mail_open_the_order_and_those_on_paper_do_not(self):
        self.authenticate(None, None)
        signed = self._links(True)
        self.assertEqual(len(signed), 3)
        for link in signed:
            page = self._get(link.replace(self.order.get_base_url(), ""))
            self.assertEqual((link, page.status_code), (link, 200))
        self.assertIn(self.order.name, self._get(signed[0].replace(self.order.get_base_url(), "")).text)
        for link in self._links(False):
            self.assertNotIn("access_token", link)

    def test_what_is_switched_off_is_not_linked(self):
        self.company.write({"aftersales_portal_withdrawal": False, "aftersales_portal_returns": False})
        self.assertEqual(self._links(True), [])

    def test_telling_costs_few_statements_whatever_the_order_holds(self):
        big = self._order(*((self._product(f"Part {number}"), 1) for number in range(30)))
        self._login(self.customer_user)
        few = self._warm_count(f"/my/orders/{self.order.id}")
        self.assertLessEqual(self._warm_count(f"/my/orders/{big.id}"), few + 3)
        self.company.aftersales_tells = False
        without = self._warm_count(f"/my/orders/{self.order.id}")
        self.assertLessEqual(few, without + 10)
