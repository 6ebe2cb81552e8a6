from odoo.tests import tagged

from .common import PortalCommon

URL = "/my/preferences"


@tagged("post_install", "-at_install")
class TestPortalPreferences(PortalCommon):
    """Customers choose their language, and how they hear from the shop."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("pl_PL")

    def test_a_customer_saves_their_own_and_nothing_else(self):
        self._login(self.customer_user)
        self.assertIn('href="/my/preferences"', self._get("/my").text)
        self.assertIn('name="sms"', self._get(URL).text)
        eve = self.other_user.partner_id
        form = {"lang": "pl_PL", "partner_id": eve.id, "name": "Queen", "credit_limit": "9"}
        answer = self._post(URL, form)
        self.assertIn("/pl/my/preferences?saved=1", answer.headers["Location"])
        self.assertEqual((self.customer.lang, self.customer.aftersales_sms_optout), ("pl_PL", True))
        self.assertTrue(self.customer.aftersales_followup_optout)
        self.assertEqual((self.customer.name, eve.lang), ("Ada Kowalska", "en_US"))
        self._post(URL, {"lang": "xx", "sms": "1", "followup": "1"})
        self.assertFalse(self.customer.aftersales_followup_optout)
        self.assertEqual((self.customer.lang, self.customer.aftersales_sms_optout), ("pl_PL", False))
        self.assertIn("/my/preferences?saved=1", self._post(URL, {"lang": "en_US"}).headers["Location"])
        self.assertEqual(self.customer.lang, "en_US")

    def test_nobody_saves_without_login_or_token(self):
        self._login(self.customer_user)
        self.assertEqual(self._post(URL, {"lang": "pl_PL"}, csrf=False).status_code, 400)
        self.authenticate(None, None)
        self.assertIn("/web/login", self._get(URL).headers["Location"])
        self._post(URL, {"lang": "pl_PL"})
        self.assertEqual(self.customer.lang, "en_US")
