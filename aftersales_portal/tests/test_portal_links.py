from datetime import timedelta
from urllib.parse import quote

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.portal.utils import get_portal_partner

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalLinks(PortalCommon):
    """Links that open a document without login, for a while."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))
        cls.rma = cls._rma(cls.order).sudo()

    def _url(self, document, token):
        return f"{document.access_url}?access_token={quote(token)}"

    def test_a_link_opens_its_document_for_who_has_no_login(self):
        for document in (self.order, self.rma):
            with self.subTest(document=document.name):
                page = self._get(self._url(document, document._aftersales_signed_token()))
                self.assertEqual(page.status_code, 200)
                self.assertIn(document.name, page.text)

    def test_a_link_ends(self):
        token = self.rma._aftersales_signed_token(days=30)
        with freeze_time(fields.Datetime.now() + timedelta(days=29)):
            self.assertTrue(self.rma._aftersales_check_token(token))
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.assertFalse(self.rma._aftersales_check_token(token))

    def test_links_can_be_revoked(self):
        token = self.rma._aftersales_signed_token()
        self.rma.with_user(self.agent).action_aftersales_revoke_links()
        self._assert_sent_to_start(self._get(self._url(self.rma, token)))
        self.assertTrue(self.rma._aftersales_check_token(self.rma._aftersales_signed_token()))

    def test_a_link_opens_no_other_document(self):
        token = self.order._aftersales_signed_token()
        other = self._sold((self.kettle, 1))
        other._portal_ensure_token()
        self._assert_sent_to_start(self._get(self._url(other, token)))
        self._assert_sent_to_start(self._get(self._url(self.rma, token)))

    def test_what_is_no_link_opens_nothing(self):
        token = self.order._aftersales_signed_token()
        flipped = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]  # the last one may hold no bits
        for guess in ("", "x", "AQ", "é", token[:40], flipped, "A" * 5000, "%00"):
            with self.subTest(guess=guess[:20]):
                self._assert_sent_to_start(self._get(self._url(self.order, guess)))

    def test_who_came_by_a_link_writes_as_the_customer_for_a_day(self):
        customer = self.rma.partner_id
        signed = self.rma._aftersales_day_hash(customer.id)
        self.assertEqual(get_portal_partner(self.rma.sudo(), signed, customer.id, None), customer)
        self.assertFalse(get_portal_partner(self.rma.sudo(), signed, self.other_user.partner_id.id, None))
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self.assertFalse(get_portal_partner(self.rma.sudo(), signed, customer.id, None))

    def test_the_page_behind_a_link_shows_no_secret_of_the_document(self):
        page = self._get(self._url(self.rma, self.rma._aftersales_signed_token())).text
        self.assertNotIn(self.rma.access_token, page)
