from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .credit import CreditCommon


class TestCreditDoor(CreditCommon):
    """Where credit is offered, by whom it is chosen, and that companies keep it apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.env["aftersales.api"]

    def _offer(self, *codes):
        for code in codes:
            self._type(code).offered = True

    def _remedies(self, order=None, reason="changed_mind"):
        line = (order or self.order).order_line[:1]
        service = self.env["aftersales.eligibility"]
        move = line._aftersales_deliveries()[:1]
        unit = service._prepare_unit(line, move=move, quantity=1, paid=100.0, reason=self._reason(reason))
        (result,) = service._evaluate([unit], self.company._aftersales_today())
        return {basis: judged["remedies"] for basis, judged in result["bases"].items()}

    # === What is offered === #

    def test_nothing_is_offered_until_the_shop_says_so(self):
        for remedies in self._remedies().values():
            self.assertFalse({"store_credit", "voucher", "points"} & set(remedies))

    def test_money_comes_first_and_credit_beside_it(self):
        self._offer("store_credit", "voucher", "points")
        self._type("store_credit").sequence = 1
        remedies = self._remedies()
        self.assertEqual(remedies["withdrawal"], ["refund", "store_credit", "voucher"])
        self.assertEqual(remedies["policy"][0], "refund")
        self.assertFalse({"store_credit", "voucher"} & set(remedies["warranty"]))

    def test_the_policy_says_where(self):
        self._offer("store_credit", "voucher")
        policy = self.env["aftersales.return.policy"].search([])
        policy.remedy_type_ids = self._remedy("refund") | self._type("voucher")
        remedies = self._remedies(self._paid((self.kettle, 1)))
        self.assertEqual(remedies["withdrawal"], ["refund", "voucher"])
        self.assertEqual(remedies["policy"], ["refund", "voucher"])
        policy.remedy_type_ids = self._type("store_credit")
        remedies = self._remedies(self._paid((self.kettle, 1)))
        self.assertEqual((remedies["withdrawal"], remedies["policy"]), (["refund", "store_credit"], ["store_credit"]))

    def test_what_no_program_carries_is_not_offered(self):
        self._offer("store_credit", "voucher")
        self.wallet.date_to = "2020-01-01"
        self.assertEqual(self._remedies()["withdrawal"], ["refund", "voucher"])
        self.vouchers.active = False
        self.assertEqual(self._remedies()["withdrawal"], ["refund"])

    def test_the_form_shows_the_bonus_and_proposes_money(self):
        if not hasattr(self.order, "_portal_return_rows"):
            self.skipTest("the customer's pages are not installed")
        self._offer("store_credit")
        self.company.aftersales_credit_bonus = 10
        reason = self._reason("changed_mind")
        reason.default_remedy_type_id = self._type("store_credit")
        (row,) = self.order._portal_return_rows()
        option = next(option for option in row["options"] if option["reason"] == reason)
        self.assertEqual(option["remedy"], self._remedy("refund"))
        self.assertEqual(option["remedies"][:1], self._remedy("refund"))
        words = row["words"][self._type("store_credit").id]
        self.assertIn("110.00", words)
        self.assertIn("100.00", words)

    # === Who chooses === #

    def _asked(self, **item):
        return self._rma(self.order, remedy=self._type("store_credit"), **item)

    def test_what_the_customer_names_is_their_choice(self):
        self._offer("store_credit")
        self.company.aftersales_credit_bonus = 10
        rma = self._asked(chosen=True, user=self.agent)
        self.company.aftersales_credit_bonus = 0
        self.assertEqual(rma.eligibility, "pass")
        rma.action_approve()
        remedy = rma.remedy_ids.sudo()
        self.assertEqual((remedy.choice_by, remedy.bonus_percent, remedy.choice_note), (self.agent, 10.0, False))
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, self._cards().points), ("done", 110.0))

    def test_what_is_chosen_on_the_page_of_the_return_counts(self):
        rma = self._rma(self.order)
        if not hasattr(rma.line_ids, "_portal_choose"):
            self.skipTest("the customer's pages are not installed")
        self._offer("store_credit")
        rma.action_approve()
        visitor = new_test_user(self.env, "credit_visitor", groups="base.group_portal")
        rma.line_ids.with_user(visitor).sudo()._portal_choose(self._type("store_credit"))
        remedy = rma.remedy_ids.sudo()
        self.assertEqual((remedy.code, remedy.choice_by, bool(remedy.choice_at)), ("store_credit", visitor, True))
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, self._cards().points), ("done", 100.0))
        self.assertEqual(rma.sudo()._portal_status()[0], "Done")
        self.assertIn("100.00", rma.sudo()._portal_headline()[0])

    def test_another_wish_is_another_choice(self):
        self._offer("store_credit", "voucher")
        rma = self._asked(chosen=True, submit=False)
        self.assertTrue(rma.sudo().line_ids.choice_at)
        rma.line_ids.requested_remedy_id = self._type("voucher")
        self.assertFalse(rma.sudo().line_ids.choice_at)

    def test_an_accepted_offer_is_a_choice(self):
        rma = self._rma(self.order)
        rma.with_user(self.manager).action_approve()
        offer = (
            self.env["aftersales.offer"]
            .with_user(self.manager)
            .create({"rma_line_id": rma.line_ids.id, "type_id": self._type("store_credit").id})
        )
        offer._accept()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, self._cards().points), ("done", 100.0))

    # === Scripts === #

    def _line(self, **vals):
        return {"sale_line_id": self.order.order_line.id, "quantity": 1, "reason": "changed_mind", **vals}

    def test_a_script_chooses_and_settles(self):
        api = self.api.with_user(self.manager)
        asked = api.request_return({"lines": [self._line(remedy="store_credit", remedy_choice="In the shop's app")]})
        rma = self.env["aftersales.rma"].browse(asked["id"])
        api.approve_return({"rma": asked["id"]})
        self._receive(rma)
        done = api.settle_return({"rma": asked["id"]})
        (remedy,) = done["remedies"]
        self.assertEqual(
            (done["state"], remedy["type"], remedy["state"], remedy["credit"]), ("done", "store_credit", "done", 100.0)
        )
        self.assertTrue(remedy["chosen_at"])

    def test_a_script_cannot_choose_for_the_customer(self):
        api = self.api.with_user(self.manager)
        rma = api.request_return({"lines": [self._line()]})
        api.approve_return({"rma": rma["id"]})
        call = {"rma": rma["id"], "line_id": rma["lines"][0]["id"], "remedy": "store_credit"}
        for reason in ({}, {"reason": " "}):
            with self.assertRaisesRegex(UserError, "say how they chose"), self.env.cr.savepoint():
                api.choose_remedy({**call, **reason})
        for _twice in range(2):
            answer = api.choose_remedy({**call, "reason": "By chat"})
        (remedy,) = answer["remedies"]
        self.assertEqual((remedy["type"], remedy["state"]), ("store_credit", "draft"))
        with self.assertRaises(UserError):
            api.choose_remedy({**call, "remedy": "unknown"})
        with self.assertRaises(AccessError):
            self.api.with_user(self.stranger).choose_remedy({**call, "reason": "By chat"})

    def test_asked_without_the_choice_it_is_not_settled(self):
        api = self.api.with_user(self.manager)
        asked = api.request_return({"lines": [self._line(remedy="store_credit")]})
        api.approve_return({"rma": asked["id"]})
        self._receive(self.env["aftersales.rma"].browse(asked["id"]))
        answer = api.settle_return({"rma": asked["id"]})
        self.assertEqual((answer["state"], answer["remedies"][0]["state"]), ("approved", "failed"))
        self.assertIn("money back", answer["remedies"][0]["error"])

    # === Two companies === #

    def _second_company(self):
        currency = self.env.ref("base.EUR")
        currency = self.env.ref("base.USD") if currency == self.company.currency_id else currency
        currency.active = True
        company = self.env["res.company"].create({"name": "Sister", "country_id": self.poland.id})
        self.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        company.write({"currency_id": currency.id, "aftersales_tz": "Europe/Warsaw", "aftersales_credit_bonus": 20})
        self.env.user.company_ids += company
        (self.agent_all | self.manager).company_ids += company
        return company

    def test_each_company_has_its_own_program_books_and_currency(self):
        home, other = self.company, self._second_company()
        self.addCleanup(setattr, type(self), "company", home)
        type(self).company = other
        env = self.env(context={**self.env.context, "allowed_company_ids": [other.id, home.id]})
        order = env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": other.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.kettle.id, "product_uom_qty": 2, "price_unit": 50, "tax_ids": False}
                    )
                ],
            }
        )
        order.action_confirm()
        self._deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        self._pay(invoice)
        staff = self.manager.with_context(allowed_company_ids=[home.id, other.id])
        rma = self._rma(
            order.with_env(staff.env), 1, user=self.manager, remedy=self._type("store_credit"), chosen="Chat"
        )
        rma = rma.with_user(self.manager).with_context(allowed_company_ids=[home.id, other.id])
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertIn("has no program", rma.remedy_ids.error)  # that of the other company is none
        liability = self._account("Owed", "liability_current", "229001", other)
        expense = self._account("Given", "expense", "629001", other)
        wallet = self._credit_program("ewallet", "Sister's eWallet", other, liability, expense)
        rma.action_settle()
        self.assertEqual((rma.state, rma.sudo().remedy_ids.card_id.program_id), ("done", wallet))
        self.assertEqual((self._cards(wallet).points, self._owed(liability), self._owed(expense)), (60.0, 60.0, -10.0))
        self.assertEqual((self._owed(), self._outstanding()), (0.0, 0.0))
        self.assertEqual(rma.sudo().remedy_ids.credit_move_id.company_id, other)
