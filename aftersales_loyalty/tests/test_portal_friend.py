from odoo import fields, http
from odoo.tests import tagged

from .test_portal_loyalty import PortalLoyaltyCommon


@tagged("post_install", "-at_install")
class TestPortalFriend(PortalLoyaltyCommon):
    """A customer names the code of a friend on the page of the quotation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["aftersales.loyalty.bonus"].create(
            {"name": "Friends", "trigger": "referral", "program_id": cls.program.id, "since": fields.Datetime.now()}
        )
        cls.stranger_user.partner_id.email = "eve@example.com"
        cls.code = cls.card.aftersales_referral_code
        cls.quotation = cls._order((cls.kettle, 1), partner=cls.stranger_user.partner_id, confirm=False)
        cls.quotation.state = "sent"

    def _name(self, code, order=None, **data):
        order = order or self.quotation
        data = {"code": code, "csrf_token": http.Request.csrf_token(self), **data}
        return self.url_open(f"/my/orders/{order.id}/friend", data=data)

    def test_a_customer_names_a_code_and_is_told_what_does_not_fit(self):
        self._login(self.stranger_user)
        self.assertIn("Did a friend tell you", self.url_open(f"/my/orders/{self.quotation.id}").text)
        answer = self._name("<b>no\0such")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("We do not know this code", answer.text)
        self.assertFalse(self.quotation.aftersales_referral_card_id)
        self.assertIn(f"<strong>{self.code}</strong>", self._name(self.code.lower()).text)
        self.assertEqual(self.quotation.aftersales_referral_card_id, self.card)

    def test_nobody_names_a_code_on_the_order_of_somebody_else(self):
        self._login(self.colleague)
        self._name(self.code)
        self.assertFalse(self.quotation.aftersales_referral_card_id)
        self.authenticate(None, None)
        self._name(self.code, access_token="nonsense")
        self.assertFalse(self.quotation.aftersales_referral_card_id)
        self._name(self.code, access_token=self.quotation._portal_ensure_token())
        self.assertEqual(self.quotation.aftersales_referral_card_id, self.card)

    def test_a_confirmed_order_takes_no_code_and_the_page_asks_for_none(self):
        self.quotation.action_confirm()
        self._login(self.stranger_user)
        self._name(self.code)
        self.assertFalse(self.quotation.aftersales_referral_card_id)
        self.assertNotIn("Did a friend tell you", self.url_open(f"/my/orders/{self.quotation.id}").text)
