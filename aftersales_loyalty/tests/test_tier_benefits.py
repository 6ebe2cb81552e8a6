from datetime import timedelta

from odoo.fields import Command

from .test_tier import TierCommon


class TestTierBenefits(TierCommon):
    """What a tier gives acts, on orders from its day on, and stays with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["aftersales.return.policy"].create(
            {
                "name": "Thirty days",
                "sequence": 0,
                "window_days": 30,
                "window_start": "order",
                "return_shipping": "deducted",
                "way_back_fee": 7,
            }
        )

    def _terms(self, order):
        return order.order_line.filtered("product_id")[0].aftersales_policy_terms

    def test_an_order_of_a_gold_member_earns_more_and_can_come_back_longer_and_freely(self):
        self._earn(1000)
        order = self._buy(price=33.33)
        self._sync()
        earned = self.card.aftersales_entry_ids.filtered(lambda entry: entry.origin_id == order.id)
        self.assertEqual(sum(earned.mapped("points")), 50.0, "33.33 × 1.5, half up to two places")
        self.assertEqual(order.aftersales_tier_id, self.gold)
        terms = self._terms(order)
        self.assertEqual((terms["window_days"], terms["return_shipping"], terms["way_back_fee"]), (44, "shop", 0))
        today = self.company._aftersales_today()
        self.assertEqual(order.order_line[:1].aftersales_return_until, today + timedelta(days=44))
        self._deliver(order)
        service = self.env["aftersales.eligibility"]
        line = order.order_line[:1]
        unit = service._prepare_unit(line, move=line._aftersales_deliveries())
        (verdict,) = service._evaluate([unit], today + timedelta(days=40))
        self.assertEqual(verdict["best"], "policy")
        self.assertEqual(verdict["bases"]["policy"]["return_shipping"], "shop")
        self.assertEqual(verdict["bases"]["policy"]["way_back_fee"], 0)

    def test_an_order_without_a_tier_gets_what_the_policy_says(self):
        order = self._buy()
        terms = self._terms(order)
        self.assertEqual((terms["window_days"], terms["return_shipping"], terms["way_back_fee"]), (30, "deducted", 7))
        self.assertFalse(order.aftersales_tier_id)

    def test_the_order_that_lifts_a_member_is_under_the_old_terms_and_the_next_under_the_new(self):
        first = self._buy(price=1000)
        self.assertEqual(self._terms(first)["window_days"], 30)
        self.assertEqual(self.card.aftersales_tier_id, self.gold)
        self.assertEqual(self._terms(self._buy())["window_days"], 44)

    def test_a_later_drop_or_another_tier_changes_no_order(self):
        self._earn(1000)
        order = self._buy()
        self.gold.write({"window_days": 0, "warranty_months": 0, "multiplier": 1})
        self.card.sudo().aftersales_tier_id = False
        self.assertEqual(self._terms(order)["window_days"], 44)
        order.order_line[:1].product_uom_qty = 2
        order._update_programs_and_rewards()
        self.assertEqual(order.coupon_point_ids.points, 300, "the multiplier of its day")
        order.order_line = [Command.create({"product_id": self.washer.id})]
        self.assertEqual(order.order_line[-1:].aftersales_policy_terms["window_days"], 44)

    def test_what_the_shop_does_not_take_back_is_not_taken_back_from_members_either(self):
        self._earn(1000)
        self.policy.returnable = False
        self.assertFalse(self._terms(self._buy())["returnable"])
        self.assertNotIn("tier", self._terms(self._buy()))

    def test_the_shops_warranty_lasts_longer_and_the_laws_does_not(self):
        self._earn(1000)
        term = self.env["aftersales.warranty.term"].create({"name": "Shop", "duration": 12, "start": "delivery"})
        days = self.env["aftersales.warranty.term"].create(
            {"name": "Days", "duration": 10, "duration_unit": "days", "start": "delivery"}
        )
        self.kettle.product_tmpl_id.aftersales_term_ids = term | days
        order = self._buy()
        words = order.order_line[:1]._aftersales_guarantee_words({}, self.env["aftersales.jurisdiction"])
        self.assertEqual(words, "18 months from the delivery")
        self._deliver(order)
        warranties = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])
        durations = {warranty.term_id: warranty.coverage["duration"] for warranty in warranties if warranty.term_id}
        self.assertEqual(durations, {term: 18, days: 10 + 6 * 31})
        statutory = warranties.filtered(lambda warranty: warranty.source == "statutory")
        self.assertEqual(statutory.mapped("coverage")[0]["duration"], 24)

    def test_promises_to_members_are_due_sooner(self):
        rule = self.env["aftersales.commitment.rule"].create(
            {
                "name": "Answer",
                "document": "aftersales.case",
                "kind": "first_answer",
                "unit": "days",
                "duration": 3,
                "sequence": 0,
                "is_on": True,
            }
        )
        cases, promises = self.env["aftersales.case"], self.env["aftersales.commitment"]
        usual = cases.create({"subject": "Early", "partner_id": self.customer.id})
        promises._sync_pending()
        self._earn(1000)
        quick = cases.create({"subject": "Later", "partner_id": self.customer.id})
        promises._sync_pending()
        made = promises.search([("rule_id", "=", rule.id)]).grouped("case_id")
        self.assertEqual([made[case].terms["duration"] for case in (usual, quick)], [3, 2], "half of three, whole days")
        rule.write({"unit": "hours", "duration": 8})
        self.assertEqual(rule._terms_for(quick)["duration"], 4)

    def test_a_promise_on_an_order_goes_by_the_tier_of_its_day(self):
        rule = self.env["aftersales.commitment.rule"].create(
            {"name": "Delivery", "document": "sale.order", "kind": "delivery", "unit": "days", "duration": 10}
        )
        before = self._buy()
        self._earn(1000)
        after = self._buy()
        self.card.sudo().aftersales_tier_id = False
        self.assertEqual([rule._terms_for(order)["duration"] for order in (before, after)], [10, 5])

    def test_a_second_program_multiplies_by_its_own_tier(self):
        second = self._program(name="Second")
        self._tier("Base", 0, program=second, multiplier=3)
        card = second._aftersales_card(self.customer)
        self._update(second)
        self._earn(1000)
        order = self._buy(price=10)
        points = {entry.coupon_id: entry.points for entry in order.coupon_point_ids}
        self.assertEqual(points, {self.card: 15, card: 30})
