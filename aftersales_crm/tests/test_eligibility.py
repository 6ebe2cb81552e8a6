from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import Form

from .common import AftersalesCommon

# who, reason, day asked → basis found, outcome, last day; delivered on 10 March 2026
CASES = [
    ("consumer", "changed_mind", "2026-03-24", "withdrawal", "pass"),
    ("consumer", "changed_mind", "2026-03-25", "policy", "pass"),
    ("consumer", "changed_mind", "2026-04-09", "policy", "pass"),
    ("consumer", "changed_mind", "2026-04-10", "withdrawal", "fail"),
    ("consumer", "defective", "2026-03-11", "guarantee", "pass"),
    ("consumer", "defective", "2028-03-10", "guarantee", "pass"),
    ("consumer", "defective", "2028-03-11", "guarantee", "fail"),
    ("consumer", "wrong_item", "2027-01-01", "delivery", "pass"),
    ("consumer", "damaged_in_transit", "2026-03-11", "delivery", "review"),
    ("business", "changed_mind", "2026-03-11", "policy", "pass"),
    ("business", "changed_mind", "2026-04-10", "withdrawal", "fail"),
    ("business", "defective", "2026-03-11", "policy", "pass"),
    ("business", "defective", "2026-06-01", "guarantee", "fail"),
    ("rest", "changed_mind", "2026-03-11", "policy", "pass"),
    ("rest", "defective", "2027-03-11", "guarantee", "fail"),
]


@freeze_time("2026-03-10 12:00:00")
class TestEligibility(AftersalesCommon):
    def _partner(self, who):
        if who == "consumer":
            return self.customer
        if who == "business":
            return self.env["res.partner"].create({"name": "B", "is_company": True, "country_id": self.poland.id})
        return self.env["res.partner"].create({"name": "R", "country_id": self.env.ref("base.br").id})

    def test_the_best_basis_is_found(self):
        orders = {
            who: self._sold((self.kettle, 20), partner=self._partner(who)) for who in ("consumer", "business", "rest")
        }
        for who, reason, asked, basis, outcome in CASES:
            with self.subTest(who=who, reason=reason, asked=asked):
                rma = self._rma(orders[who], reason=self._reason(reason), vals={"requested_on": asked})
                if outcome == "pass":
                    self.assertEqual(rma.line_ids.basis, basis)
                self.assertEqual(rma.eligibility, outcome)
                self.assertTrue(rma.line_ids.basis_reasons)

    def test_withdrawal_counts_from_the_last_delivery_of_the_order(self):
        order = self._order((self.kettle, 1), (self._product("Towel"), 1))
        self._deliver(order, {self.kettle: 1, order.order_line[1].product_id: 0})
        asked = {"requested_on": "2026-07-01"}
        self.assertEqual(self._rma(order, vals=asked).line_ids.basis, "withdrawal")

    def test_excluded_products_have_no_withdrawal_but_keep_the_guarantee(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_custom")
        self.env.ref("aftersales_crm.return_policy_standard").returnable = False
        order = self._sold((self.kettle, 2))
        self.assertEqual(self._rma(order).eligibility, "fail")
        self.assertEqual(self._rma(order, reason=self._reason("defective")).line_ids.basis, "guarantee")

    def test_the_nearest_basis_and_all_reasons_are_told_when_none_passes(self):
        order = self._sold((self.kettle, 1))
        units = [self._unit(order, self._reason(code)) for code in ("defective", "changed_mind")]
        defective, changed_mind = self.env["aftersales.eligibility"]._evaluate(units, date(2026, 3, 11))
        self.assertEqual((defective["best"], defective["nearest"]), ("guarantee", "guarantee"))
        self.assertEqual(defective["why"], defective["bases"]["guarantee"]["reasons"])
        late = self.env["aftersales.eligibility"]._evaluate(units, date(2030, 1, 1))[1]
        self.assertEqual((late["best"], late["nearest"]), (False, "policy"), "what lasted longest")
        for text in ("Withdrawal by law: ended", "Return policy: ended"):
            self.assertIn(text, " ".join(late["why"]))

    def test_a_unit_that_was_not_delivered_borrows_no_warranty(self):
        order = self._sold((self.kettle, 1))
        delivered = self._unit(order, self._reason("defective"))
        units = [delivered, dict(delivered, move=self.env["stock.move"])]
        verdicts = self.env["aftersales.entitlement"]._judge(units, date(2026, 3, 11))
        self.assertEqual([len(verdict["warranties"]) for verdict in verdicts], [1, 0])

    def _unit(self, order, reason):
        line = order.order_line
        return self.env["aftersales.eligibility"]._prepare_unit(line, move=line.move_ids, reason=reason)

    def test_a_photo_makes_the_damage_believable(self):
        order = self._sold((self.kettle, 1))
        pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        rma = self._rma(order, reason=self._reason("damaged_in_transit"), photos=[{"name": "p.png", "data": pixel}])
        self.assertEqual(rma.eligibility, "pass")
        self.assertEqual(rma.line_ids.photo_ids.res_id, rma.id)

    def test_policies_match_in_their_order(self):
        policies = self.env["aftersales.return.policy"]
        tag = self.env["res.partner.category"].create({"name": "Loyal"})
        loyal = policies.create(
            {"name": "Loyal", "window_days": 90, "sequence": 5, "partner_category_ids": [Command.set(tag.ids)]}
        )
        hygiene = policies.create(
            {
                "name": "Never",
                "returnable": False,
                "sequence": 1,
                "product_tmpl_ids": [Command.set(self.washer.product_tmpl_id.ids)],
            }
        )
        order = self._order((self.kettle, 1), (self.washer, 1))
        self.assertEqual(order.order_line.mapped("aftersales_policy_id.name"), ["Standard returns", "Never"])
        self.customer.category_id = tag
        order = self._order((self.kettle, 1), (self.washer, 1))
        self.assertEqual(order.order_line.aftersales_policy_id, loyal | hygiene)

    def test_a_policy_edited_later_does_not_change_what_was_promised(self):
        order = self._sold((self.kettle, 1))
        self.assertEqual(order.order_line.aftersales_return_until, date(2026, 4, 9))
        self.env.ref("aftersales_crm.return_policy_standard").write({"window_days": 1, "returnable": False})
        self.assertEqual(self._rma(order, vals={"requested_on": "2026-04-09"}).eligibility, "pass")

    def test_the_window_counts_from_what_the_policy_says(self):
        policy = self.env.ref("aftersales_crm.return_policy_standard")
        for start, steps in (("order", 0), ("delivery", 1), ("invoice", 2)):
            with self.subTest(start=start):
                policy.window_start = start
                order = self._order((self.kettle, 1))
                line = order.order_line
                for step, action in enumerate(
                    (lambda: None, lambda o=order: self._deliver(o), lambda o=order: self._invoice(o))
                ):
                    action()
                    expected = date(2026, 4, 9) if step >= steps else False
                    self.assertEqual(line.aftersales_return_until, expected)

    def test_a_redated_delivery_moves_window_and_warranty(self):
        order = self._sold((self.kettle, 1))
        order.picking_ids.date_done = "2026-02-01 10:00:00"
        self.assertEqual(order.order_line.aftersales_return_until, date(2026, 3, 3))
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])
        self.assertEqual((warranty.start_date, warranty.end_date), (date(2026, 2, 1), date(2028, 2, 1)))

    def test_a_line_added_to_a_confirmed_order_gets_its_policy(self):
        order = self._order((self.kettle, 1))
        order.order_line = [Command.create({"product_id": self.washer.id})]
        self.assertEqual(len(order.order_line.aftersales_policy_id), 1)
        self.assertTrue(all(order.order_line.mapped("aftersales_policy_terms")))

    def test_small_eligible_requests_approve_themselves(self):
        self.env.ref("aftersales_crm.return_policy_standard").auto_approve_limit = 150
        order = self._sold((self.kettle, 3))
        small = self._rma(order, 1)
        self.assertEqual((small.state, small.decided_by), ("approved", self.env.ref("base.user_root")))
        self.assertEqual(self._rma(order, 2).state, "submitted")

    def test_five_answers_leave_a_working_policy(self):
        setup = Form(self.env["aftersales.setup"].with_user(self.manager))
        self.assertEqual(setup.window_days, 30)
        setup.window_days = 45
        setup.return_shipping = "shop"
        setup.refund_timing = "inspection"
        for _twice in range(2):
            setup.save().action_apply()
        self.assertTrue(self.company.aftersales_ready)
        own = self.env["aftersales.return.policy"].search([("company_id", "=", self.company.id)])
        self.assertEqual((len(own), own.window_days, own.refund_timing), (1, 45, "inspection"))
        order = self._sold((self.kettle, 1))
        self.assertEqual(order.order_line.aftersales_policy_id, own)
