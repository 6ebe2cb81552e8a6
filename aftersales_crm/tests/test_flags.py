from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import AftersalesCommon

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class TestFlags(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_flags = True
        cls.env["aftersales.return.policy"].search([]).auto_approve_limit = 10000
        cls.order = cls._sold((cls.kettle, 10))

    def _codes(self, rma):
        return rma.flag_ids.mapped("code")

    def _photo(self):
        return [{"name": "door.png", "data": PNG}]

    # === Rate and value === #

    def test_an_ordinary_return_approves_itself(self):
        rma = self._rma(self.order)
        self.assertEqual((rma.state, rma.flag_ids), ("approved", self.env["aftersales.flag"]))

    def test_who_brings_back_most_of_it_waits_for_a_person(self):
        self._rma(self.order, 4)
        rma = self._rma(self.order, 2)
        self.assertEqual((rma.state, rma.eligibility), ("submitted", "pass"))
        self.assertEqual(self._codes(rma), ["return_rate"])
        self.assertEqual(rma.flag_ids.message, "6 of 10 units delivered in twelve months come back (60 %).")
        self.assertTrue(rma.with_user(self.agent).is_flagged)
        rma.with_user(self.agent).action_approve()
        self.assertEqual(rma.state, "approved")

    def test_cancelled_returns_do_not_count(self):
        self._rma(self.order, 4).action_cancel()
        self.assertFalse(self._rma(self.order, 2).flag_ids)

    def test_other_customers_and_other_companies_do_not_count(self):
        other = self.env["res.partner"].create({"name": "Eve", "country_id": self.poland.id})
        self._rma(self._sold((self.kettle, 6), partner=other), 6)
        self.assertFalse(self._rma(self.order, 3).flag_ids)

    def test_the_worth_of_returns_is_counted_in_the_money_of_the_company(self):
        self.company.aftersales_flag_value = 300.0
        self.assertFalse(self._rma(self.order, 2).flag_ids)
        rma = self._rma(self.order, 1)
        self.assertEqual(self._codes(rma), ["return_value"])
        self.assertIn("300.00", rma.flag_ids.message)
        money = self.env["res.currency"].create({"name": "XTS", "symbol": "x", "rounding": 0.01})
        money.rate_ids = [(0, 0, {"name": "2020-01-01", "company_rate": 10.0, "company_id": self.company.id})]
        pricelist = self.env["product.pricelist"].create({"name": "X", "currency_id": money.id})
        eve = self.env["res.partner"].create({"name": "Eve", "country_id": self.poland.id})
        order = self._sold((self.kettle, 5, {"price_unit": 1000}), partner=eve, pricelist_id=pricelist.id)
        self.assertFalse(self._rma(order, 2).flag_ids)
        self.assertEqual(self._codes(self._rma(order, 1)), ["return_value"])

    def test_switched_off_nothing_is_looked_at(self):
        self.company.aftersales_flags = False
        self._rma(self.order, 5)
        self.assertFalse(self._rma(self.order, 5).flag_ids)

    # === Goods that never came, photos, serials === #

    def test_refunds_without_goods_add_up(self):
        self.company.aftersales_flag_no_goods = 2
        for _number in range(2):
            rma = self._rma(self.order, reason=self._reason("missing_item"), remedy=self._remedy("refund"))
            rma.with_user(self.manager).action_approve()
            rma.action_settle()
            self.assertEqual(rma.state, "done")
        rma = self._rma(self.order)
        self.assertEqual(self._codes(rma), ["no_goods"])
        self.assertIn("2 refunds", rma.flag_ids.message)

    def test_the_same_photo_again_is_noticed(self):
        damaged = {"reason": self._reason("damaged_in_transit"), "photos": self._photo()}
        first = self._rma(self.order, **damaged)
        self.assertFalse(first.flag_ids)
        first.action_cancel()
        again = self._rma(self.order, **damaged)
        self.assertEqual((self._codes(again), again.flag_ids.severity), (["same_photo"], "notice"))
        self.assertFalse(again.is_flagged)
        eve = self.env["res.partner"].create({"name": "Eve", "country_id": self.poland.id})
        other = self._rma(self._sold((self.kettle, 1), partner=eve), **damaged)
        self.assertEqual(other.flag_ids.severity, "review")
        self.assertIn("another customer", other.flag_ids.message)
        self.assertEqual(other.state, "submitted")

    def test_another_serial_than_the_delivered_one_is_flagged_when_it_arrives(self):
        lots = self._lots(self.washer, "W1", "W2")
        order = self._sold((self.washer, 1), lots={self.washer: lots[0]})
        rma = self._rma(order, lot=lots[0], reason=self._reason("wrong_choice"))
        if rma.state == "submitted":
            rma.action_approve()
        self._receive(rma, lot=lots[1])
        self.assertEqual(self._codes(rma), ["other_serial"])
        self.assertEqual(rma.flag_ids.message, "W2 arrived, delivered were W1.")

    # === Who sees them === #

    def test_an_appeal_is_looked_at_anew(self):
        self._rma(self.order, 4)
        rma = self._rma(self.order, 2)
        rma.action_reject("No.")
        self.company.aftersales_flag_rate = 90
        rma.action_appeal()
        self.assertFalse(rma.flag_ids)

    def test_agents_read_flags_and_nobody_writes_them(self):
        self._rma(self.order, 4)
        flag = self._rma(self.order, 2).flag_ids
        self.assertTrue(flag.with_user(self.agent).message)
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                flag.with_user(user).unlink()

    def test_customers_never_see_flags(self):
        customer = new_test_user(self.env, "flagged", groups="base.group_portal", partner_id=self.customer.id)
        self._rma(self.order, 4)
        rma = self._rma(self.order, 2)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.env["aftersales.flag"].with_user(customer).search([])
        with self.assertRaises(AccessError):
            rma.with_user(customer).read(["flag_ids"])
        with self.assertRaises(AccessError):
            rma.with_user(customer).search([("is_flagged", "=", True)])
        self.assertNotIn("twelve months", str(rma.message_ids.mapped("body")))

    def test_flagged_returns_are_found(self):
        self._rma(self.order, 4)
        rma = self._rma(self.order, 2)
        found = self.env["aftersales.rma"].with_user(self.agent).search([("is_flagged", "=", True)])
        self.assertEqual(found, rma)

    def test_what_is_unusual_is_not_approved_among_many(self):
        plain = self._rma(self.order, 1, vals={"requested_on": "2020-01-01"})
        self._rma(self.order, 4)
        rma = self._rma(self.order, 2).with_user(self.agent)
        self.assertIn("units delivered", rma.decide_why)
        answer = rma.decide_each("approve")[0]
        self.assertEqual((answer["outcome"], rma.state), ("failed", "submitted"))
        self.assertIn("open it and look", answer["message"])
        self.assertFalse(plain.is_flagged)
        rma.action_approve()
        self.assertEqual(rma.state, "approved")

    def test_many_requests_cost_as_many_questions_as_one(self):
        one = self._rma(self.order, submit=False, photos=self._photo())
        many = one.browse()
        for _number in range(5):
            many |= self._rma(self.order, submit=False, photos=self._photo())

        def queries(rmas):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rmas._raise_flags()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(one)
        self.assertEqual(queries(many), queries(one))
