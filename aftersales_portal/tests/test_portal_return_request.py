from unittest.mock import patch

from odoo.tests import tagged

from .common import PortalCommon

URL = "/my/returns/new"


@tagged("post_install", "-at_install")
class TestPortalReturnRequest(PortalCommon):
    """The form in which a customer says what comes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._lots(cls.washer, "W1", "W2")
        cls.order = cls._sold((cls.kettle, 2), (cls.washer, 2), lots={cls.washer: cls.lots})
        cls.kettle_line, cls.washer_line = cls.order.order_line

    def _form(self, line=None, quantity="1", reason="changed_mind", order=None, **more):
        key = (line or self.kettle_line).id
        return {
            "order_id": (order or self.order).id,
            f"quantity-{key}": quantity,
            f"reason-{key}": self._reason(reason).id,
            **more,
        }

    def _returns(self, order=None):
        return self.env["aftersales.rma"].search([("line_ids.sale_order_id", "=", (order or self.order).id)])

    # === Asking === #

    def test_the_order_leads_to_the_form(self):
        self._login(self.customer_user)
        address = f"{URL}?order_id={self.order.id}"
        self.assertIn(address, self._get(f"/my/orders/{self.order.id}").text)
        page = self._get(address).text
        for text in ("Kettle", "W1", "W2", "2 of", "we pay the way back", f'name="quantity-{self.kettle_line.id}"'):
            self.assertIn(text, " ".join(page.split()))

    def test_a_customer_asks_with_reason_words_and_photos(self):
        self._login(self.customer_user)
        key = self.kettle_line.id
        form = self._form(reason="damaged_in_transit", **{f"note-{key}": " The lid is broken. "})
        photos = [(f"photos-{key}", (f"{n}.jpg", self._photo(), "image/jpeg")) for n in range(2)]
        response = self._post(URL, form, photos)
        rma = self._returns()
        self.assertEqual(response.status_code, 303)
        self.assertIn(f"/my/returns/{rma.id}?message=asked", response.headers["Location"])
        self.assertEqual((rma.state, rma.partner_id, rma.create_uid), ("submitted", self.customer, self.customer_user))
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("delivery", "pass"))
        self.assertEqual(rma.line_ids.description, "The lid is broken.")
        self.assertEqual(rma.line_ids.photo_ids.sorted("id").mapped("name"), ["0.jpg", "1.jpg"])
        self.assertIn(self.customer, rma.message_partner_ids)
        self.assertIn("Thank you", self._get(f"/my/returns/{rma.id}?message=asked").text)

    def test_a_colleague_asks_in_their_own_name(self):
        self._login(self.colleague_user)
        self._post(URL, self._form())
        self.assertEqual(self._returns().partner_id, self.colleague_user.partner_id)

    def test_each_serial_is_chosen_by_its_number(self):
        self._login(self.customer_user)
        key = f"{self.washer_line.id}-{self.lots[1].id}"
        form = {
            "order_id": self.order.id,
            f"quantity-{key}": "1",
            f"reason-{key}": self._reason("defective").id,
            f"remedy-{key}": self._remedy("refund").id,
        }
        self._post(URL, form)
        line = self._returns().line_ids
        self.assertEqual((line.lot_id, line.requested_remedy_id), (self.lots[1], self._remedy("refund")))
        self.assertNotIn("W2", self._get(f"{URL}?order_id={self.order.id}").text)
        self.assertIn("part of another return by now", self._post(URL, form).text)

    def test_whether_it_was_opened_is_asked_where_it_matters(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_hygiene")
        self._login(self.customer_user)
        self.assertNotIn("Have you opened or used it?", self._get(f"{URL}?order_id={self.order.id}").text)
        for answer, eligibility in ((False, "unknown"), ("no", "pass")):
            order = self._sold((self.kettle, 1))
            line = order.order_line
            self.assertIn("Have you opened or used it?", self._get(f"{URL}?order_id={order.id}").text)
            self._post(URL, self._form(line, order=order, **({f"opened-{line.id}": answer} if answer else {})))
            self.assertEqual(self._returns(order).eligibility, eligibility)

    def test_a_part_of_a_set_comes_back_at_its_share(self):
        pot, lid = self._product("Pot", list_price=60), self._product("Lid", list_price=40)
        order = self._order((self._product("Set", list_price=100), 1))
        whole = order.order_line.move_ids
        for product in (pot, lid):
            whole.copy({"product_id": product.id})._action_confirm(merge=False)
        whole._action_cancel()
        whole.unlink()
        self._deliver(order)
        self._login(self.customer_user)
        key = f"{order.order_line.id}-p{lid.id}"
        self.assertIn(f"quantity-{key}", self._get(f"{URL}?order_id={order.id}").text)
        reason = self._reason("changed_mind").id
        self._post(URL, {"order_id": order.id, f"quantity-{key}": "1", f"reason-{key}": reason})
        line = self._returns(order).line_ids
        self.assertEqual((line.product_id, line.paid_total), (lid, 40))

    def test_the_signed_link_of_an_order_is_enough(self):
        self.authenticate(None, None)
        token = self.order._portal_ensure_token()
        page = self._get(f"/my/orders/{self.order.id}?access_token={token}").text
        self.assertIn(f"{URL}?", page)
        self.assertIn("Kettle", self._get(f"{URL}?order_id={self.order.id}&access_token={token}").text)
        response = self._post(URL, self._form(access_token=token))
        rma = self._returns()
        self.assertEqual(rma.partner_id, self.customer)
        self.assertEqual(self._get(response.headers["Location"]).status_code, 200)
        refused = self._post(URL, self._form(quantity="9", access_token=token)).text
        self.assertIn(f'href="/my/orders/{self.order.id}?access_token={token}', refused)
        stranger = self._sold((self.kettle, 1), partner=self.other_user.partner_id)
        self._assert_sent_to_start(self._post(URL, self._form(stranger.order_line, order=stranger, access_token=token)))
        self.assertFalse(self._returns(stranger))

    def test_a_form_sent_twice_asks_once(self):
        self._login(self.customer_user)
        serial = f"{self.washer_line.id}-{self.lots[0].id}"
        form = {
            # All there is: nothing is left that the second could claim.
            **self._form(quantity="2", form_ref="0123456789abcdef"),
            f"quantity-{serial}": "1",
            f"reason-{serial}": self._reason("defective").id,
        }
        first, second = self._post(URL, form), self._post(URL, form)
        self.assertEqual((first.status_code, second.status_code), (303, 303))
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._returns()), 1)

    def test_what_the_policy_lets_pass_is_approved_at_once(self):
        order = self._order((self.kettle, 1), confirm=False)
        self.env["aftersales.return.policy"].search([]).auto_approve_limit = 500
        order.action_confirm()
        self._deliver(order)
        self._login(self.customer_user)
        self._post(URL, self._form(order.order_line, order=order))
        self.assertEqual(self._returns(order).state, "approved")

    # === Refusals === #

    def test_quantities_that_are_none_are_refused_with_the_reason(self):
        self._login(self.customer_user)
        cases = {
            "3": "Only 2 can still be returned",
            "1e300": "Only 2 can still be returned",
            "99999999999999999999": "Only 2 can still be returned",
            "0.5": "Only whole units",
            "-1": "as a number",
            "nan": "as a number",
            "inf": "as a number",
            "two": "as a number",
            "0x1": "as a number",
            "0": "no product was chosen",
            "": "no product was chosen",
        }
        for quantity, message in cases.items():
            response = self._post(URL, self._form(quantity=quantity))
            self.assertEqual((quantity, response.status_code), (quantity, 200))
            self.assertIn(message, response.text)
        self.assertFalse(self._returns())

    def test_a_refused_form_keeps_what_was_typed(self):
        self._login(self.customer_user)
        key = self.kettle_line.id
        page = self._post(URL, self._form(quantity="3", **{f"note-{key}": "Words <of> mine"})).text
        self.assertIn("Words &lt;of&gt; mine", page)
        self.assertIn('value="3"', page)
        self.assertRegex(page, rf'value="{self._reason("changed_mind").id}" selected="selected"')

    def test_a_reason_has_to_be_one_of_the_shop(self):
        self._login(self.customer_user)
        for reason in ("", "999999", "zzz"):
            page = self._post(URL, {**self._form(), f"reason-{self.kettle_line.id}": reason})
            self.assertIn("Tell us what is the matter", page.text)
        self.assertFalse(self._returns())

    def test_a_solution_that_is_not_offered_is_refused(self):
        self._login(self.customer_user)
        for remedy in (self._remedy("repair").id, "999999", "zzz"):
            page = self._post(URL, self._form(**{f"remedy-{self.kettle_line.id}": remedy}))
            self.assertIn("we offer: My money back", page.text)
        self.assertFalse(self._returns())

    def test_a_line_of_another_order_is_refused(self):
        foreign = self._sold((self.kettle, 5), partner=self.other_user.partner_id)
        own = self._sold((self.kettle, 5))
        self._login(self.customer_user)
        for line in (foreign.order_line, own.order_line):
            page = self._post(URL, self._form(line))
            self.assertIn("not part of this order", page.text)
        self._assert_sent_to_start(self._post(URL, self._form(foreign.order_line, order=foreign)))
        self._assert_sent_to_start(self._get(f"{URL}?order_id={foreign.id}"))
        self.assertFalse(self._returns() | self._returns(foreign) | self._returns(own))

    def test_posted_fields_beyond_the_form_are_ignored(self):
        self._login(self.customer_user)
        more = {
            "partner_id": self.other_user.partner_id.id,
            "state": "approved",
            "requested_on": "2020-01-01",
            f"basis-{self.kettle_line.id}": "goodwill",
        }
        self._post(URL, self._form(**more))
        rma = self._returns()
        self.assertEqual((rma.partner_id, rma.state, rma.line_ids.basis), (self.customer, "submitted", "withdrawal"))
        self.assertEqual(rma.requested_on, self.company._aftersales_today())

    def test_a_file_is_never_taken_for_words(self):
        self._login(self.customer_user)
        form = self._form()
        for name in form:
            page = self._post(URL, {**form, name: ""}, [(name, ("1", b"1"))])
            self.assertEqual((name, page.status_code), (name, 404 if name == "order_id" else 200))
        self.assertFalse(self._returns())
        others = [(name, ("1", b"1")) for name in ("access_token", "form_ref", f"note-{self.kettle_line.id}")]
        self._post(URL, form, others)
        self.assertFalse(self._returns().line_ids.description)

    def test_words_that_no_database_takes_are_cleaned(self):
        self._login(self.customer_user)
        self._post(URL, self._form(**{f"note-{self.kettle_line.id}": "No\0 light\r\nat all"}))
        self.assertEqual(self._returns().line_ids.description, "No light\nat all")

    def test_one_bad_photo_leaves_nothing_behind(self):
        self._login(self.customer_user)
        attachments = self.env["ir.attachment"].search_count([("res_model", "=", "aftersales.rma")])
        key = f"photos-{self.kettle_line.id}"
        whole = self._photo()
        for files, message in (
            ([("a.jpg", whole), ("b.jpg", b"<script>alert(1)</script>")], "b.jpg is not a photo"),
            ([("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg")], "is not a photo"),
            ([("a.jpg", b"")], "a.jpg is empty"),
            ([("a.jpg", b"\xff\xd8\xff\xe0<script>alert(1)</script>")], "cannot be opened"),
            ([("a.png", self._photo((20000, 20000), "PNG"))], "cannot be opened"),
            ([(f"{n}.jpg", whole) for n in range(11)], "At most 10 photos"),
            ([("a.jpg", whole + b"\0" * 30 * 1024 * 1024)], "larger than 10 MB"),
        ):
            page = self._post(URL, self._form(), [(key, file) for file in files])
            self.assertIn(message, page.text)
            self.assertIn("add your photos again", page.text)
        self.assertFalse(self._returns())
        self.assertEqual(self.env["ir.attachment"].search_count([("res_model", "=", "aftersales.rma")]), attachments)

    def test_what_is_too_late_is_not_offered_and_says_why(self):
        order = self._order((self.kettle, 1), aftersales_is_consumer=False)
        self._deliver(order)
        order.order_line.aftersales_return_until = "2020-01-31"
        self._login(self.customer_user)
        page = " ".join(self._get(f"{URL}?order_id={order.id}").text.split())
        self.assertIn("Return policy: ended on 01/31/2020.", page)
        self.assertNotIn("quantity-", page)
        self.assertIn("no longer possible", self._post(URL, self._form(order.order_line, order=order)).text)
        self.assertFalse(self._returns(order))

    def test_what_came_back_is_not_offered_again(self):
        self._rma(self.order, 2)
        self._login(self.customer_user)
        page = self._get(f"{URL}?order_id={self.order.id}").text
        self.assertIn("part of another return", page)
        self.assertIn("Only 0 can still be returned", self._post(URL, self._form()).text)

    def test_before_the_delivery_there_is_no_button(self):
        order = self._order((self.kettle, 1))
        self._login(self.customer_user)
        self.assertNotIn("return_products", self._get(f"/my/orders/{order.id}").text)
        self.assertIn("has been delivered yet", self._get(f"{URL}?order_id={order.id}").text)

    def test_a_request_needs_its_token(self):
        self._login(self.customer_user)
        self.assertEqual(self._post(URL, self._form(), csrf=False).status_code, 400)
        self.url_open(URL, self._form(), method="OPTIONS")
        self.assertFalse(self._returns())

    # === Speed === #

    def test_more_lines_cost_few_more_queries(self):
        small = self._sold((self.kettle, 1))
        large = self._sold(*((self._product(f"Cup {n}"), 1) for n in range(10)))
        self._login(self.customer_user)
        costs = []
        for order in (small, large):
            self.env.flush_all()
            self.env.invalidate_all()
            self._get(f"{URL}?order_id={order.id}")
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._get(f"{URL}?order_id={order.id}")
            costs.append(self.cr.sql_log_count - before)
        self.assertLessEqual(costs[1] - costs[0], 10)

    def test_what_holds_for_the_whole_order_is_found_once(self):
        order = self._sold(*((self._product(f"Cup {n}"), 1) for n in range(3)))
        eligibility = self.env.registry["aftersales.eligibility"]
        spy = {"autospec": True, "side_effect": eligibility._last_delivery}
        with patch.object(eligibility, "_last_delivery", **spy) as found:
            order._portal_return_rows()
        self.assertEqual(found.call_count, 1)
