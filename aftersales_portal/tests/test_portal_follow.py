from freezegun import freeze_time

from odoo.tests import tagged

from .common import PortalCommon

IBAN = "PL61109010140000071219812874"


@tagged("post_install", "-at_install")
@freeze_time("2026-05-04 10:00:00")
class TestPortalFollow(PortalCommon):
    """What a customer decides on the page of a return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-05-04 10:00:00"):
            cls.order = cls._sold((cls.kettle, 3))
            cls.rma = cls._rma(cls.order, 1, reason=cls._reason("defective"), remedy=cls._remedy("refund"))
        cls.url = f"/my/returns/{cls.rma.id}"

    def _text(self, url=None):
        return " ".join(self._get(url or self.url).text.split())

    def _pay(self):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.order.invoice_ids.ids
        )
        wizard.create({})._create_payments()

    def _choose(self, code, line=None):
        line = line or self.rma.line_ids
        return self._post(f"{self.url}/remedy", {"choice": f"{line.id}-{self._remedy(code).id}"})

    # === Money === #

    def test_who_has_not_paid_gets_nothing_but_a_smaller_bill(self):
        self._login(self.customer_user)
        self.assertIn("$ 100.00 comes off your unpaid invoice, if we approve it.", self._text().replace("\xa0", " "))
        self.rma.action_approve()
        self.assertIn("$ 100.00 comes off your unpaid invoice.", self._text().replace("\xa0", " "))

    def test_amount_and_day_are_in_sight_all_the_way(self):
        self._pay()
        self._login(self.customer_user)
        self.assertIn("You get $ 100.00 by 05/18/2026, if we approve it.", self._text().replace("\xa0", " "))
        self.rma.action_approve()
        self.assertIn("You get $ 100.00 by 05/18/2026.", self._text().replace("\xa0", " "))
        with freeze_time("2026-06-04 10:00:00"):
            self.assertIn("You get $ 100.00 as soon as you have sent it back", self._text().replace("\xa0", " "))
        self._post(f"{self.url}/sent", {"tracking": "1Z999"})
        with freeze_time("2026-06-04 10:00:00"):
            self.assertIn("You should have had $ 100.00 by 05/18/2026", self._text().replace("\xa0", " "))
        self._receive(self.rma)
        self.rma.action_settle()
        rma = self.rma.sudo()
        labels = [step["label"] for step in rma._portal_timeline()]
        self.assertEqual(
            labels,
            ["You asked for it", "We approved it", "You sent it", "It arrived", "We looked at it", "Refund", "Paid"],
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=rma.refund_ids.ids
        ).create({})._create_payments()
        self.assertIn("We paid you $ 100.00 on 05/04/2026.", self._text().replace("\xa0", " "))

    def test_a_replacement_promises_no_money(self):
        rma = self._rma(self.order, 1, reason=self._reason("defective"), remedy=self._remedy("replacement"))
        self.assertFalse(rma.sudo()._portal_headline())

    # === The law === #

    def test_a_customer_reads_what_the_law_gives_later_and_by_when_they_are_answered(self):
        self._login(self.customer_user)
        rma = self._rma(self.order, 1, reason=self._reason("defective"))
        url = f"/my/returns/{rma.id}"
        self.assertIn("We answer by 05/18/2026.", self._text(url))
        with freeze_time("2026-05-19 10:00:00"):
            self.assertIn("We should have answered by 05/18/2026.", self._text(url))
        door = f"/my/returns/new?order_id={self.order.id}"
        self.assertNotIn("First it is repaired or replaced", self._text(door), "withdrawal gives the money back")
        with freeze_time("2026-09-04 10:00:00"):
            self._login(self.customer_user)
            self.assertIn("First it is repaired or replaced", self._text(door))
            key = self.order.order_line.id
            form = {
                "order_id": self.order.id,
                f"quantity-{key}": "1",
                f"reason-{key}": self._reason("defective").id,
                f"remedy-{key}": self._remedy("refund").id,
            }
            self.assertIn("Money back follows", self._post("/my/returns/new", form).text)

    # === Another remedy === #

    def test_a_customer_chooses_another_remedy_before_and_after_the_approval(self):
        self._login(self.customer_user)
        self.assertIn("I would like something else", self._text())
        self.assertEqual(self._choose("repair").status_code, 303)
        self.assertEqual(self.rma.line_ids.requested_remedy_id, self._remedy("repair"))
        self.rma.action_approve()
        self.assertEqual(self.rma.remedy_ids.code, "repair")
        self.assertEqual(self._choose("replacement").status_code, 303)
        remedy = self.rma.remedy_ids
        self.assertEqual((remedy.code, remedy.choice_by), ("replacement", self.customer_user))
        self.assertTrue(remedy.choice_at)
        words = len(self.rma.message_ids)
        self.assertEqual(self._choose("replacement").status_code, 303)
        self.assertEqual(len(self.rma.message_ids), words)

    def test_only_what_the_basis_offers_can_be_chosen(self):
        self._login(self.customer_user)
        line = self.rma.line_ids.id
        for choice in ("", "x", f"{line}-", f"{line}-x", f"x-{self._remedy('repair').id}", f"{line}-{line}-1"):
            self.assertIn("can no longer be chosen", self._post(f"{self.url}/remedy", {"choice": choice}).text)
        for code in ("keep", "gift", "send_back"):
            self.assertIn("can no longer be chosen", self._choose(code).text)
        foreign = self._rma(self._sold((self.kettle, 1), partner=self.other_user.partner_id))
        self.assertIn("can no longer be chosen", self._choose("repair", foreign.line_ids).text)
        self.assertEqual(self.rma.line_ids.requested_remedy_id, self._remedy("refund"))

    def test_what_the_company_does_not_offer_is_not_chosen(self):
        self.company.aftersales_portal_remedy_type_ids = self._remedy("refund") | self._remedy("repair")
        self._login(self.customer_user)
        self.assertNotIn("A new one", self._text())
        self.assertIn("can no longer be chosen", self._choose("replacement").text)

    def test_what_has_begun_stays(self):
        self.rma.action_approve()
        self._receive(self.rma)
        self.rma.action_settle()
        self._login(self.customer_user)
        self.assertNotIn("I would like something else", self._text())
        self.assertIn("can no longer be chosen", self._choose("repair").text)

    def test_a_change_of_mind_is_no_defect(self):
        rma = self._rma(self.order, 1)
        self.assertFalse(rma.sudo().line_ids._portal_choices(rma.sudo()._portal_remedy_types()))

    # === Offers === #

    def _offer(self, rma=None):
        offers = self.env["aftersales.offer"].with_user(self.manager)
        line = (rma or self.rma).line_ids
        return offers.create({"rma_line_id": line.id, "type_id": self._remedy("keep").id, "amount": 25, "note": "OK?"})

    def test_an_offer_is_accepted_by_signed_link(self):
        offer = self._offer()
        self.authenticate(None, None)
        token = self.rma._aftersales_signed_token()
        page = self._text(f"{self.url}?access_token={token}")
        self.assertIn("We offer you", page)
        for _ in range(2):
            response = self._post(f"{self.url}/accept", {"access_token": token, "offer": offer.id})
            self.assertEqual(response.status_code, 303)
        self.assertEqual((offer.state, self.rma.state), ("accepted", "approved"))
        self.assertEqual((self.rma.remedy_ids.code, self.rma.remedy_ids.agreed_amount), ("keep", 25))
        said = self.rma.message_ids.filtered(lambda message: message.author_id == self.customer)
        self.assertEqual("".join(said.mapped("body")).count("Accepted:"), 1)
        self.assertNotIn("We offer you", self._text(f"{self.url}?access_token={token}"))
        self.assertIn("comes off your unpaid invoice", self._text(f"{self.url}?access_token={token}"))

    def test_an_offer_is_declined(self):
        offer = self._offer()
        self._login(self.customer_user)
        self.assertEqual(self._post(f"{self.url}/decline", {"offer": offer.id}).status_code, 303)
        self.assertEqual((offer.state, self.rma.state), ("declined", "submitted"))
        self.assertIn("cannot become", self._post(f"{self.url}/accept", {"offer": offer.id}).text)

    def test_nobody_answers_the_offers_of_others(self):
        foreign = self._rma(
            self._sold((self.kettle, 1), partner=self.other_user.partner_id), reason=self._reason("defective")
        )
        offer = self._offer(foreign)
        self._login(self.customer_user)
        for form in ({"offer": offer.id}, {"offer": "x"}, {}):
            self.assertIn("no such offer", self._post(f"{self.url}/accept", form).text)
        self._assert_sent_to_start(self._post(f"/my/returns/{foreign.id}/accept", {"offer": offer.id}))
        self.assertEqual(offer.state, "open")

    # === The account === #

    def _ask_for_account(self):
        self._pay()
        self.rma.action_approve()
        self.assertTrue(self.rma.asks_for_account)

    def test_who_has_logged_in_names_the_account_and_sees_it_masked(self):
        self._ask_for_account()
        self._login(self.customer_user)
        self.assertIn("Where should your money go?", self._text())
        for wrong in ("", "PL00109010140000071219812874", "abc"):
            self.assertIn("alert-danger", self._post(f"{self.url}/account", {"account": wrong}).text)
        self.assertFalse(self.rma.sudo().payout_bank_id)
        for _ in range(2):
            self.assertEqual(self._post(f"{self.url}/account", {"account": IBAN}).status_code, 303)
        bank = self.rma.sudo().payout_bank_id
        self.assertEqual((bank.sanitized_acc_number, bank.partner_id), (IBAN, self.customer))
        page = self._text()
        self.assertIn("PL61 •••• 2874", page)
        self.assertNotIn("10901014", page.replace(" ", ""))
        other = {"account": "DE89370400440532013000"}
        self.assertIn("No account is asked for", self._post(f"{self.url}/account", other).text)
        self.assertEqual(self.rma.sudo().payout_bank_id, bank)

    def test_a_signed_link_is_not_enough_for_an_account(self):
        self._ask_for_account()
        token = self.rma._aftersales_signed_token()
        form = {"account": IBAN, "access_token": token}
        for user in (None, self.other_user):
            self.authenticate(user and user.login, user and user.login)
            self.assertNotIn('name="account"', self._text(f"{self.url}?access_token={token}"))
            self.assertIn("Log in to name a bank account", self._post(f"{self.url}/account", form).text)
        self.assertFalse(self.rma.sudo().payout_bank_id)

    def test_no_account_is_asked_for_without_need(self):
        self._login(self.customer_user)
        self.assertNotIn("Where should your money go?", self._text())
        self.assertIn("No account is asked for", self._post(f"{self.url}/account", {"account": IBAN}).text)

    # === Who may === #

    def test_nobody_else_decides(self):
        offer = self._offer()
        forms = {
            "remedy": {"choice": f"{self.rma.line_ids.id}-{self._remedy('repair').id}"},
            "accept": {"offer": offer.id},
            "decline": {"offer": offer.id},
            "account": {"account": IBAN},
        }
        ended = self.rma._aftersales_signed_token(days=-1)
        revoked = self.rma._aftersales_signed_token()
        self.rma.with_user(self.manager).action_aftersales_revoke_links()
        for user in (None, self.other_user):
            self.authenticate(user and user.login, user and user.login)
            for action, form in forms.items():
                for token in ("", ended, revoked):
                    response = self._post(f"{self.url}/{action}", {**form, "access_token": token})
                    self._assert_sent_to_start(response)
                self.assertEqual(self._get(f"{self.url}/{action}").status_code, 405)
        self._login(self.customer_user)
        for action, form in forms.items():
            self.assertEqual(self._post(f"{self.url}/{action}", form, csrf=False).status_code, 400)
        self.assertEqual((offer.state, self.rma.line_ids.requested_remedy_id), ("open", self._remedy("refund")))

    def test_a_colleague_decides_as_with_orders(self):
        self._login(self.colleague_user)
        self.assertEqual(self._choose("repair").status_code, 303)
        self.assertEqual(self.rma.line_ids.requested_remedy_id, self._remedy("repair"))

    # === Speed === #

    def test_more_lines_cost_few_more_queries_and_little_more_page(self):
        pages = []
        for count in (3, 30):
            order = self._sold(*((self._product(f"Cup {n}"), 1) for n in range(count)))
            items = [
                {"sale_line": line, "quantity": 1, "reason": self._reason("defective")} for line in order.order_line
            ]
            rma = self.env["aftersales.rma"].with_user(self.agent)._request(self.customer, items)
            self._login(self.customer_user)
            url = f"/my/returns/{rma.id}"
            pages.append((self._warm_count(url), len(self._get(url).content)))
        (few, small), (many, large) = pages
        self.assertLess(large, 60_000)
        self.assertLessEqual(many - few, 3, f"{few} → {many} statements, {small} → {large} bytes")
