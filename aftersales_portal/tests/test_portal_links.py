from datetime import timedelta
from urllib.parse import quote

from freezegun import freeze_time

from odoo import fields
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

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

    def _signed(self, token):
        """What the page behind a link sends along with every message."""
        customer = self.rma.partner_id.id
        return {"token": token, "pid": customer, "hash": self.rma._aftersales_link_hash(token, customer)}

    def _chat(self, path, **params):
        params = {"thread_model": self.rma._name, "thread_id": self.rma.id, **params}
        return self.make_jsonrpc_request(path, params)

    def _write(self, signed, words):
        return self._chat("/mail/message/post", post_data={"body": words, "message_type": "comment"}, **signed)

    def test_who_came_by_a_link_reads_and_writes_as_the_customer_while_it_opens(self):
        self.authenticate(None, None)
        self.rma.message_post(body="Which colour?", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.rma.message_post(body="A difficult one", subtype_xmlid="mail.mt_note")
        signed = self._signed(self.rma._aftersales_signed_token(days=30))
        with freeze_time(fields.Datetime.now() + timedelta(days=29)):  # long after the midnight of the page
            self._write(signed, "It is red")
            said = self._chat("/mail/chatter_fetch", **signed)["data"]["mail.message"]
        words = " ".join(str(message["body"]) for message in said)
        self.assertIn("Which colour?", words)
        self.assertNotIn("A difficult one", words)
        self.assertEqual(self.rma.message_ids[0].author_id, self.rma.partner_id)
        self.assertIn("It is red", self.rma.message_ids[0].body)

    def test_nobody_writes_by_a_link_that_ended_or_in_the_name_of_others(self):
        self.authenticate(None, None)
        token = self.rma._aftersales_signed_token(days=1)
        signed, before = self._signed(token), self.rma.message_ids
        for wrong in (
            {**signed, "token": self.order._aftersales_signed_token()},
            {**signed, "token": "é"},
            {**signed, "token": ["x"]},
            {"hash": signed["hash"], "pid": signed["pid"]},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self._write(wrong, "Hello")
        with freeze_time(fields.Datetime.now() + timedelta(days=2)), self.assertRaises(JsonRpcException):
            self._write(signed, "Hello")
        self.assertEqual(self.rma.message_ids, before)
        self._write({**signed, "pid": self.other_user.partner_id.id}, "It was me")
        self.assertNotEqual(self.rma.message_ids[0].author_id, self.other_user.partner_id)

    def test_the_page_behind_a_link_shows_no_secret_of_the_document(self):
        page = self._get(self._url(self.rma, self.rma._aftersales_signed_token())).text
        self.assertNotIn(self.rma.access_token, page)
