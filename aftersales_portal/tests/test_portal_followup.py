from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalFollowup(PortalCommon):
    """A customer wants no such mails any more."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.path = f"/followup/stop/{self.customer._aftersales_stop_token()}"

    def _optout(self):
        self.env.invalidate_all()
        return self.customer.aftersales_followup_optout

    def test_the_page_asks_and_its_button_ends_and_takes_up_again(self):
        for method in ("GET", "HEAD", "OPTIONS"):
            self.url_open(self.path, method=method, allow_redirects=False)
        self.assertFalse(self._optout())
        answer = self._post(self.path)
        self.assertTrue(self._optout())
        self.assertIn("no such mails", self._get(answer.headers["Location"]).text)
        self._post(self.path, {"again": "1"})
        self.assertFalse(self._optout())

    def test_the_button_of_a_mail_program_is_enough(self):
        answer = self._post(self.path, {"List-Unsubscribe": "One-Click"}, csrf=False)
        self.assertEqual((answer.status_code, self._optout()), (200, True))

    def test_a_wrong_link_ends_nothing(self):
        other = self.other_user.partner_id._aftersales_stop_token()
        for wrong in ("x", "é", "9" * 40, self.path.rpartition("/")[2][:-3], other[:40] + self.path[-20:]):
            with self.subTest(token=wrong):
                self.assertEqual(self._get(f"/followup/stop/{wrong}").status_code, 404)
                self.assertEqual(self._post(f"/followup/stop/{wrong}").status_code, 404)
        self.assertFalse(self._optout())
