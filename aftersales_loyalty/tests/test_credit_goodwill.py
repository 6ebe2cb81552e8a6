from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import LoyaltyCommon
from .credit import CreditCommon


class TestCreditGoodwill(CreditCommon):
    """Credit, points and vouchers as a goodwill: within limit and budget, and in the books as an expense."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.club = LoyaltyCommon._program.__func__(cls, aftersales_point_value=0.05)
        cls.company.write({"aftersales_goodwill_limit": 20.0, "aftersales_goodwill_budget": 200.0})
        cls.case = cls.env["aftersales.case"].create(
            {"subject": "Late", "partner_id": cls.customer.id, "sale_order_id": cls.order.id}
        )

    def _give(self, code, user=None, **vals):
        case = self.case.with_user(user or self.agent)
        return case._give({"type": self._type(code), "reason": "Late", **vals})

    def _spent(self):
        budget = self.env["aftersales.goodwill.budget"]._of(self.company, self.company._aftersales_today())
        budget.invalidate_recordset()
        return budget.spent

    def _points(self):
        return self._cards(self.club).points

    # === Given === #

    def test_store_credit_is_an_expense(self):
        remedy = self._give("store_credit", amount=10.0)
        self.assertEqual((remedy.state, self._cards().points, self._spent()), ("done", 10.0, 10.0))
        self.assertEqual((self._owed(), self._owed(self.expense)), (10.0, -10.0))
        self.assertFalse(remedy.sudo().refund_line_ids)

    def test_points_are_worth_what_the_program_says(self):
        remedy = self._give("points", points=100)
        self.assertEqual((remedy.state, self._points(), self._spent()), ("done", 100.0, 5.0))
        self.assertFalse(self.env["aftersales.loyalty.entry"]._audit())
        entry = self._cards(self.club).aftersales_entry_ids
        self.assertEqual((entry.kind, entry.origin_model, entry.origin_id), ("grant", "aftersales.case", self.case.id))
        self.assertEqual(self._owed(), 0.0)

    def test_a_voucher_of_coupons_makes_a_later_order_cheaper(self):
        self.vouchers.active = False
        coupons = self._coupons()
        remedy = self._give("voucher", amount=10.0)
        card = self._cards(coupons)
        self.assertEqual((remedy.state, card.points, self._owed()), ("done", 10.0, 0.0))
        order = self._order((self.kettle, 1), confirm=False)
        status = order._try_apply_code(card.code)
        (coupon, rewards), *_ = status.items()
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_total, 90.0)
        with self.assertRaisesRegex(UserError, "multiples of"):
            self._give("voucher", amount=5.5)

    def _coupons(self):
        return self.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "trigger": "with_code",
                "applies_on": "current",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"mode": "auto"})],
                "reward_ids": [Command.create({"discount_mode": "per_point", "discount": 1, "required_points": 1})],
            }
        )

    # === Limits === #

    def test_above_the_limit_a_manager_decides(self):
        for code, given in (("store_credit", {"amount": 20.01}), ("points", {"points": 401})):
            remedy = self._give(code, **given)
            self.assertEqual((remedy.sudo().approval, remedy.state), ("waiting", "draft"))
            remedy.with_user(self.manager).action_refuse_goodwill("No")
        remedy = self._give("points", points=401)
        with self.assertRaises(AccessError):
            remedy.with_user(self.agent).action_approve_goodwill("Yes")
        remedy.with_user(self.manager).action_approve_goodwill("Yes")
        self.assertEqual((remedy.state, self._points(), self._spent()), ("done", 401.0, 20.05))

    def test_the_budget_is_the_end_for_all(self):
        with self.assertRaisesRegex(UserError, "budget"):
            self._give("points", self.manager, points=4001)
        self.assertEqual((self._points(), self._spent()), (0.0, 0.0))

    def test_the_wizard_offers_points_and_tells_who_decides(self):
        wizards = self.env["aftersales.goodwill"].with_user(self.agent).with_context(default_case_id=self.case.id)
        wizard = Form(wizards)
        wizard.type_id = self._type("points")
        wizard.reason = "Late"
        wizard.points = 401
        self.assertTrue(wizard.needs_manager)
        wizard.points = 200
        self.assertFalse(wizard.needs_manager)
        wizard.save().action_give()
        self.assertEqual(self._points(), 200.0)

    # === Bad input === #

    def test_what_is_no_amount_gives_nothing(self):
        for code, name in (("store_credit", "amount"), ("points", "points"), ("voucher", "amount")):
            for wrong in (0, -1, float("nan"), float("inf")):
                with self.subTest(code, wrong=wrong), self.assertRaises(UserError), self.env.cr.savepoint():
                    self._give(code, self.manager, **{name: wrong})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._give("points", self.manager, points=10.0**13)
        self.assertEqual((self._outstanding(self.wallet, self.vouchers, self.club), self._spent()), (0.0, 0.0))

    def test_without_a_program_nothing_is_given(self):
        for program, code, given in (
            (self.wallet, "store_credit", {"amount": 5}),
            (self.club, "points", {"points": 5}),
            (self.vouchers, "voucher", {"amount": 5}),
        ):
            program.active = False
            with self.subTest(code), self.assertRaisesRegex(UserError, "has no program"), self.env.cr.savepoint():
                self._give(code, **given)

    def test_who_is_no_agent_gives_nothing(self):
        with self.assertRaises(AccessError):
            self._give("points", self.stranger, points=5)

    # === Undone === #

    def test_what_was_given_by_mistake_is_taken_back(self):
        for code, given in (("store_credit", {"amount": 5}), ("points", {"points": 5}), ("voucher", {"amount": 5})):
            remedy = self._give(code, **given)
            remedy.with_user(self.manager).action_take_credit_back()
            remedy.with_user(self.agent).action_cancel_goodwill()
            self.assertEqual((remedy.state, self._spent()), ("cancelled", 0.0), code)
        self.assertEqual((self._outstanding(self.wallet, self.vouchers, self.club), self._owed()), (0.0, 0.0))
        self.assertFalse(self.env["aftersales.loyalty.entry"]._audit())

    def test_spent_points_stay_with_who_spent_them(self):
        remedy = self._give("points", points=100)
        self._cards(self.club).points = 99
        with self.assertRaisesRegex(UserError, "only .*99.* is left"):
            remedy.with_user(self.manager).action_take_credit_back()

    # === Points for the trouble of a return === #

    def test_points_leave_price_and_goods_with_the_customer(self):
        rma = self._rma(self.order, reason=self._reason("defective"))
        rma.with_user(self.manager).action_approve()
        remedy = rma.remedy_ids.with_user(self.manager)
        remedy._change(self._type("points"), terms={"choice_note": "By mail"})
        rma.action_settle()
        self.assertIn("agree on points", remedy.error)
        remedy._change(self._type("points"), terms={"choice_note": "By mail", "agreed_points": 50})
        rma.action_settle()
        self.assertEqual((rma.state, self._points(), rma.sudo().refund_ids.ids), ("done", 50.0, []))
        self.assertEqual((rma.refunded_total, rma.reception_status), (0.0, "not_required"))
