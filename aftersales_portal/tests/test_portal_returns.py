import re
from base64 import b64encode

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalReturns(PortalCommon):
    """The list of returns and the page of one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 3))
        cls.rma = cls._rma(cls.order, 1, note="It does not boil")
        cls.url = f"/my/returns/{cls.rma.id}"

    # === Who sees what === #

    def test_a_customer_sees_the_returns_of_their_company(self):
        for user in (self.customer_user, self.colleague_user):
            self._login(user)
            self.assertRegex(self._get("/my/returns").text, rf"{self.rma.name}</a>\s*<div[^>]*>Kettle</div>")
            page = self._get(self.url)
            self.assertEqual(page.status_code, 200)
            self.assertIn("It does not boil", page.text)
            self.assertIn("Waiting for our decision", page.text)

    def test_another_customer_learns_nothing(self):
        self._login(self.other_user)
        page = self._get("/my/returns")
        self.assertNotIn(self.rma.name, page.text)
        self.assertIn("You have not returned anything", page.text)
        self._assert_sent_to_start(self._get(self.url))
        self._assert_sent_to_start(self._get(f"{self.url}?access_token=x%C3%A9"))
        for action in ("cancel", "sent", "appeal"):
            self._assert_sent_to_start(self._post(f"{self.url}/{action}"))
        self.assertEqual(self.rma.state, "submitted")

    def test_a_visitor_needs_the_signed_link(self):
        self.authenticate(None, None)
        self._assert_sent_to_start(self._get(self.url))
        self.assertIn("/web/login", self._get("/my/returns").headers["Location"])
        signed = self.rma.get_portal_url()
        self.assertIn(self.rma.name, self._get(signed).text)
        other = self._rma(self.order, 1)
        token = signed.partition("?")[2]
        self._assert_sent_to_start(self._get(f"/my/returns/{other.id}?{token}"))

    def test_what_is_for_staff_is_not_readable_for_customers(self):
        rma = self.rma.with_user(self.customer_user)
        for name in ("decided_by", "external_ref"):
            with self.assertRaises(AccessError):
                rma.read([name])
        self.rma.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            rma.remedy_ids.read(["error"])
        with self.assertRaises(AccessError):
            rma.line_ids.read(["basis_checks"])
        with self.assertRaises(AccessError):
            rma.write({"note": "mine"})

    def test_nobody_acts_on_a_return_but_through_its_page(self):
        for user in (self.customer_user, self.colleague_user, self.other_user):
            rma = self.rma.with_user(user)
            for act in ("action_approve", "action_cancel", "action_mark_sent", "action_close_short"):
                with self.assertRaises(AccessError):
                    getattr(rma, act)()
            with self.assertRaises(AccessError):
                rma.action_reject("No.")
        self.rma.action_reject("No.")
        for user in (self.customer_user, self.colleague_user, self.other_user):
            with self.assertRaises(AccessError):
                self.rma.with_user(user).action_appeal()
        self.assertFalse(self.env["aftersales.rma"].with_user(self.other_user).search_count([]))
        self.assertEqual(self.rma.state, "rejected")

    def test_only_who_sees_a_return_writes_in_its_messages(self):
        for user, allowed in ((self.colleague_user, True), (self.other_user, False)):
            self._login(user)
            words = f"Words of {user.name}"
            values = {
                "thread_model": "aftersales.rma",
                "thread_id": self.rma.id,
                "post_data": {"body": words, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
            }
            answer = self.url_open("/mail/message/post", json={"params": values}).json()
            self.assertEqual("result" in answer, allowed, answer)
            self.assertEqual(words in self._words_of(user.partner_id), allowed)

    def test_photos_open_with_the_page_and_not_without(self):
        photo = {"name": "kettle.jpg", "data": b64encode(self._photo()).decode()}
        rma = self._rma(self.order, 1, photos=[photo])
        attachment = rma.line_ids.photo_ids
        self.authenticate(None, None)
        page = self._get(rma.get_portal_url()).text
        address = re.search(rf'src="(/web/image/{attachment.id}/[^"]+)"', page)[1].replace("&amp;", "&")
        image = self._get(address)
        self.assertEqual(image.headers["Content-Type"], "image/jpeg")
        self.assertNotEqual(self._get(f"/web/image/{attachment.id}").headers["Content-Type"], "image/jpeg")
        self._login(self.other_user)
        self.assertNotEqual(self._get(f"/web/image/{attachment.id}").headers["Content-Type"], "image/jpeg")

    # === Odd addresses === #

    def test_odd_parameters_give_the_default_list(self):
        self._login(self.customer_user)
        for query in ("sortby=zzz", "filterby=zzz", "page=abc", "page=²", "page=-1", "sortby=date&sortby=zzz"):
            page = self._get(f"/my/returns?{query}")
            self.assertEqual((query, page.status_code), (query, 200))
            self.assertIn(self.rma.name, page.text)
        for path in ("page/0", "page/99999999999999999999"):
            self.assertEqual(self._get(f"/my/returns/{path}").status_code, 200)

    def test_an_address_puts_no_words_on_the_page(self):
        self._login(self.customer_user)
        page = self._get(f"{self.url}?problem=Call+666&typed=x&rma_sudo=1&values=2&token=3&pid=x&hash=y&signed=z")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Call 666", page.text)
        for message in ("cancel", "sent", "zzz"):
            self.assertNotIn("alert-success", self._get(f"{self.url}?message={message}").text)

    def test_ids_that_are_none_are_not_found(self):
        self._login(self.customer_user)
        for path in ("abc", "1.5", "page/abc", "1/explode", "new", "new?order_id=abc", "new?order_id=-1"):
            self.assertEqual((path, self._get(f"/my/returns/{path}").status_code), (path, 404))
        for path in ("0", "-1", "999999999", "99999999999999999999", "new?order_id=999999999"):
            self._assert_sent_to_start(self._get(f"/my/returns/{path}"))

    def test_the_list_is_filtered_and_sorted(self):
        self._rma(self.order, 1).action_reject("No.")
        self._login(self.customer_user)
        self.assertNotIn("bg-danger-subtle", self._get("/my/returns?filterby=open&sortby=name").text)
        page = self._get("/my/returns?filterby=rejected&sortby=state").text
        self.assertIn("bg-danger-subtle", page)
        self.assertNotIn(self.rma.name, page)
        self.assertIn("No return matches this filter", self._get("/my/returns?filterby=done").text)

    def test_a_draft_of_the_staff_is_not_listed(self):
        draft = self._rma(self.order, 1, submit=False)
        self._login(self.customer_user)
        self.assertNotIn(draft.name, self._get("/my/returns").text)

    # === Home === #

    def test_the_home_card_counts_only_what_is_asked(self):
        self._login(self.customer_user)
        self.assertIn('href="/my/returns"', self._get("/my").text)
        counters = self.url_open("/my/counters", json={"params": {"counters": ["aftersales_rma_count"]}}).json()
        self.assertEqual(counters["result"], {"aftersales_rma_count": 1})
        self._login(self.other_user)
        counters = self.url_open("/my/counters", json={"params": {"counters": ["aftersales_rma_count"]}}).json()
        self.assertEqual(counters["result"], {"aftersales_rma_count": 0})

    def test_switched_off_it_is_gone(self):
        self.company.aftersales_portal_returns = False
        self._login(self.customer_user)
        self.assertNotIn('href="/my/returns"', self._get("/my").text)
        self.assertNotIn("return_products", self._get(f"/my/orders/{self.order.id}").text)
        for url in ("/my/returns", self.url, f"/my/returns/new?order_id={self.order.id}"):
            self.assertEqual((url, self._get(url).status_code), (url, 404))
        for url in (f"{self.url}/cancel", "/my/returns/new"):
            self.assertEqual(self._post(url, {"order_id": self.order.id}).status_code, 404)

    # === The story === #

    @freeze_time("2026-05-04 10:00:00")
    def test_the_story_goes_from_the_request_to_the_money(self):
        rma = self._rma(self.order, 1)
        steps = self._timeline(rma)
        self.assertEqual(steps[0], ("You asked for it", "done"))
        self.assertEqual(steps[1], ("Our decision", "next"))
        rma.action_approve()
        self.assertEqual(rma._portal_status()[0], "Send it to us")
        self.assertEqual(
            self._timeline(rma)[1:],
            [
                ("We approved it", "done"),
                ("You send it to us", "next"),
                ("It arrives", "later"),
                ("Refund", "later"),
                ("Paid", "later"),
            ],
        )
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.sudo()._portal_status()[0], "Refunded")
        self._login(self.customer_user)
        page = self._get(f"/my/returns/{rma.id}").text
        self.assertIn(rma.sudo().refund_ids.name, page)
        self.assertIn("100.00", page)

    def test_what_is_to_come_stands_below_what_was(self):
        rma = self._rma(self.order, 2).sudo()
        rma.action_approve()
        self._receive(rma, 1)
        rma.inspection_ids._write_guarded({"inspected_at": "2026-02-03 10:00:00"})
        rma.action_settle()
        steps = self._timeline(rma)
        self.assertLess(steps.index(("We looked at it", "done")), steps.index(("It arrives", "next")))
        self.assertEqual([state for _label, state in steps], 5 * ["done"] + ["next", "later"])
        looked_at = next(step for step in rma._portal_timeline() if step["label"] == "We looked at it")
        self.assertEqual(str(looked_at["date"]), "2026-02-03")

    def test_the_expected_refund_follows_what_was_decided(self):
        rma = self._rma(self.order, 2).sudo()
        self.assertEqual(rma._portal_expected_refund(), 200)
        rma.action_approve()
        self._receive(rma, 1, accepted=False)
        self.assertEqual(rma._portal_expected_refund(), 100)
        rma.remedy_ids.type_id = self._remedy("replacement")
        self.assertEqual(rma._portal_expected_refund(), 0)

    def _timeline(self, rma):
        return [(step["label"], step["state"]) for step in rma.sudo()._portal_timeline()]

    # === What the customer does === #

    def test_a_customer_cancels_until_the_parcel_is_on_its_way(self):
        self._login(self.colleague_user)
        other = self._rma(self.order, 1)
        response = self._post(f"{self.url}/cancel")
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self._post(f"{self.url}/cancel").status_code, 303)
        self.assertEqual(self.rma.state, "cancelled")
        self.assertEqual(self.order.order_line.move_ids.aftersales_claimed_qty, 1)
        self.assertIn("Cancelled by the customer.", self._words_of(self.colleague_user.partner_id))
        self._post(f"/my/returns/{other.id}/sent")
        self.assertIn("no longer be cancelled", self._post(f"/my/returns/{other.id}/cancel").text)
        self.assertEqual(other.state, "submitted")

    def test_a_customer_says_that_it_was_sent(self):
        self.rma.action_approve()
        self.authenticate(None, None)
        signed = self.rma._portal_ensure_token()
        data = {"access_token": signed, "tracking": " 1Z999 ", "carrier": "UPS"}
        response = self._post(f"{self.url}/sent", data)
        self.assertIn("access_token=", response.headers["Location"])
        self.assertEqual(self._get(response.headers["Location"]).status_code, 200)
        self.assertEqual((self.rma.tracking_ref, self.rma.tracking_carrier), ("1Z999", "UPS"))
        self.assertTrue(self.rma.sent_at)
        self.assertIn("UPS 1Z999", self._words_of(self.customer))
        self.assertEqual(self._post(f"{self.url}/sent", data).status_code, 303)
        self.assertEqual(self._words_of(self.customer).count("on their way"), 1)
        self.assertIn("does not wait for a parcel", self._post(f"{self.url}/sent", {**data, "tracking": "2"}).text)
        self.assertIn("On its way to us", self._get(self.rma.get_portal_url()).text)

    def test_the_tracking_number_may_follow_later(self):
        self.rma.action_approve()
        self._login(self.customer_user)
        self._post(f"{self.url}/sent")
        sent_at = self.rma.sent_at
        self.assertTrue(sent_at)
        self.assertIn("Add the tracking number", self._get(self.url).text)
        self._post(f"{self.url}/sent", {"tracking": "1Z999"})
        self.assertEqual((self.rma.tracking_ref, self.rma.sent_at), ("1Z999", sent_at))
        self.assertNotIn("Add the tracking number", self._get(self.url).text)

    def test_a_refusal_is_explained_and_can_be_appealed(self):
        self.rma.action_reject("Used and scratched.")
        self._login(self.customer_user)
        self.assertIn("Used and scratched.", self._get(self.url).text)
        self.assertIn("Tell us why", self._post(f"{self.url}/appeal", {"reason": "  "}).text)
        self.assertEqual(self.rma.state, "rejected")
        self._post(f"{self.url}/appeal", {"reason": "It <b>came</b> scratched."})
        self.assertEqual(self.rma.state, "submitted")
        self.assertIn("It &lt;b&gt;came&lt;/b&gt; scratched.", self._words_of(self.customer))
        self.assertIn("has not been refused", self._post(f"{self.url}/appeal", {"reason": "again"}).text)

    def test_a_file_is_never_taken_for_words(self):
        self._login(self.customer_user)
        file = ("1", b"1")
        self.rma.action_reject("No.")
        self.assertIn("Tell us why", self._post(f"{self.url}/appeal", {}, [("reason", file)]).text)
        self._post(f"{self.url}/appeal", {"reason": "It\0 leaks."}, [("access_token", file)])
        self.assertIn("It leaks.", self._words_of(self.customer))
        self._post(f"{self.url}/sent", {"tracking": "1Z\0999"}, [("carrier", file)])
        self.assertEqual((self.rma.tracking_ref, self.rma.tracking_carrier), ("1Z999", False))

    def test_an_action_needs_a_post_with_its_token(self):
        self._login(self.customer_user)
        self.assertEqual(self._get(f"{self.url}/cancel").status_code, 405)
        self.assertEqual(self.url_open(f"{self.url}/cancel", method="OPTIONS").status_code, 405)
        self.assertEqual(self._post(f"{self.url}/cancel", csrf=False).status_code, 400)
        self.assertEqual(self.rma.state, "submitted")

    def _words_of(self, partner):
        """What somebody is on record to have said about the return."""
        messages = self.rma.message_ids.filtered(lambda message: message.author_id == partner)
        return "".join(messages.mapped("body"))

    # === Speed === #

    def test_a_longer_list_costs_no_more_queries(self):
        big = self._sold((self.kettle, 30))
        self._rma(big, 1)
        self._login(self.customer_user)
        self._get("/my/returns")
        few = self._count_queries("/my/returns")
        for _ in range(18):
            self._rma(big, 1)
        self._get("/my/returns")
        self.assertEqual(self._count_queries("/my/returns"), few)
