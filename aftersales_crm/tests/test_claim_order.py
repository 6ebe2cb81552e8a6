from freezegun import freeze_time

from .common import AftersalesCommon

# order of remedies in law, reason, remedy asked for, day → basis, outcome; delivered on 10 March 2026
ASKED = [
    ("repair_first", "defective", None, "2026-09-01", "guarantee", "pass"),
    ("repair_first", "defective", "repair", "2026-09-01", "guarantee", "pass"),
    ("repair_first", "defective", "replacement", "2026-09-01", "guarantee", "pass"),
    ("repair_first", "defective", "refund", "2026-09-01", "guarantee", "review"),
    # A consumer in the days of withdrawal, and under the shop's policy, has the money by another door.
    ("repair_first", "defective", "refund", "2026-03-20", "withdrawal", "pass"),
    ("repair_first", "defective", "refund", "2026-04-05", "policy", "pass"),
    ("repair_first", "defective", "repair", "2026-03-20", "guarantee", "pass"),
    # What the shop itself proposes for a reason is more than the law asks.
    ("repair_first", "not_as_described", None, "2026-09-01", "guarantee", "pass"),
    ("repair_first", "not_as_described", "refund", "2026-09-01", "guarantee", "pass"),
    ("free", "defective", "refund", "2026-09-01", "guarantee", "pass"),
    ("free", "defective", "repair", "2026-09-01", "guarantee", "pass"),
]


@freeze_time("2026-03-10 12:00:00")
class TestClaimOrder(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.laws = cls.env["aftersales.jurisdiction"].search([("country_ids", "in", cls.poland.ids)])
        cls.laws.write({"remedy_order": "repair_first", "repair_days": 0})
        cls._stock(cls.kettle, 20)

    def _claim(self, order, remedy=None, asked="2026-09-01", **item):
        item.setdefault("reason", self._reason("defective"))
        if remedy:
            item["remedy"] = self._remedy(remedy)
        return self._rma(order, vals={"requested_on": asked}, **item)

    def _options(self, order, lot=None, on="2027-01-05"):
        """What the guarantee offers for a unit on a day, and every check in words."""
        line = order.order_line[:1]
        service = self.env["aftersales.eligibility"].with_user(self.agent)
        unit = service._prepare_unit(
            line,
            move=line.move_ids.filtered(lambda move: not move.origin_returned_move_id)[:1],
            lot=lot or self.env["stock.lot"],
            reason=self._reason("defective"),
        )
        judged = service._evaluate([unit], self.env["sale.order"]._fields["date_order"].to_datetime(on).date())[0]
        guarantee = judged["bases"]["guarantee"]
        words = next(check["message"] for check in guarantee["checks"] if check["code"] == "remedy_order")
        return set(guarantee["remedies"]), words

    def test_repair_and_replacement_come_first_and_no_door_is_the_wrong_one(self):
        order = self._sold((self.kettle, 20))
        for law, reason, remedy, asked, basis, outcome in ASKED:
            with self.subTest(law=law, reason=reason, remedy=remedy, asked=asked):
                self.laws.remedy_order = law
                line = self._claim(order, remedy, asked, reason=self._reason(reason)).line_ids
                self.assertEqual((line.basis, line.eligibility), (basis, outcome))

    def test_the_order_is_explained(self):
        order = self._sold((self.kettle, 2))
        line = self._claim(order, "refund").line_ids
        self.assertIn("First it is repaired or replaced", line.basis_reasons)
        self.assertIn("First it is repaired or replaced", line.basis_explanation)
        self.assertEqual(set(line.offered_remedies), {"repair", "replacement"})

    def test_an_agent_may_always_give_more(self):
        order = self._sold((self.kettle, 2))
        rma = self._claim(order, "refund")
        self.assertTrue(rma.can_approve)
        self.assertEqual(
            rma.with_user(self.agent).decide_each("approve")[0]["outcome"], "failed", "but not without looking at it"
        )
        rma.action_approve()
        self.assertEqual((rma.state, rma.remedy_ids.code, rma.line_ids.basis), ("approved", "refund", "guarantee"))
        planned = self._claim(order)
        planned.action_approve()
        self.assertEqual(planned.remedy_ids.code, "repair")
        planned.remedy_ids.with_user(self.agent)._change(self._remedy("refund"))
        self.assertEqual(planned.remedy_ids.code, "refund")

    def test_money_follows_what_was_repaired_and_failed_again(self):
        order = self._sold((self.kettle, 1))
        self.assertEqual(self._options(order)[0], {"repair", "replacement"})
        rma = self._repaired(order)
        self.assertEqual(rma.state, "done")
        remedies, words = self._options(order)
        self.assertEqual(remedies, {"repair", "replacement", "refund", "keep"})
        self.assertIn(rma.name, words)
        again = self._claim(order, "refund", "2027-01-05")
        self.assertEqual((again.line_ids.basis, again.eligibility), ("guarantee", "pass"))

    def test_another_serial_number_has_a_history_of_its_own(self):
        lots = self._lots(self.washer, "W1", "W2")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        self._repaired(order, lot=lots[0])
        self.assertIn("refund", self._options(order, lots[0])[0])
        self.assertNotIn("refund", self._options(order, lots[1])[0])

    def test_money_follows_a_replacement_that_is_faulty_too(self):
        order = self._sold((self.kettle, 1))
        rma = self._claim(order, "replacement")
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        picking = rma.remedy_ids.sudo().move_ids.picking_id
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(rma.state, "done")
        line = self._claim(order, "refund", "2027-01-05").line_ids
        self.assertEqual(line.origin_move_id, picking.move_ids)
        self.assertEqual((line.basis, line.eligibility), ("guarantee", "pass"))

    def test_money_follows_a_repair_that_is_called_off(self):
        order = self._sold((self.kettle, 1))
        rma = self._in_repair(order)
        line = rma.line_ids
        self.assertEqual(set(line._open_remedies()), {"repair", "replacement"})
        rma.sudo().repair_ids.action_repair_cancel()
        self.assertEqual(rma.remedy_ids.state, "draft")
        self.assertIn("refund", line._open_remedies())
        self.assertIn("keep", line._open_remedies(), "a lower price is a right as well")
        rma.remedy_ids.with_user(self.agent)._change(self._remedy("keep"), terms={"agreed_amount": 20.0})
        self.assertEqual(rma.remedy_ids.code, "keep")

    def test_money_follows_a_refusal_to_repair(self):
        order = self._sold((self.kettle, 1))
        rma = self._claim(order)
        rma.action_reject("We repair no kettles.")
        self.assertIn("refused", self._options(order)[1])
        self.assertEqual(self._claim(order, "refund", "2026-09-10").eligibility, "pass")

    def test_money_follows_a_repair_that_takes_too_long(self):
        self.laws.repair_days = 15
        with freeze_time("2026-09-01 12:00:00"):
            rma = self._in_repair(self._sold((self.kettle, 1)))
        line = rma.line_ids
        for day, is_open in (("2026-09-16", False), ("2026-09-17", True)):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self.assertEqual("refund" in line._open_remedies(), is_open)

    def test_what_was_cancelled_by_the_customer_opens_nothing(self):
        order = self._sold((self.kettle, 1))
        rma = self._claim(order)
        rma.action_approve()
        rma.action_cancel()
        self.assertNotIn("refund", self._options(order)[0])

    def _in_repair(self, order, **item):
        rma = self._claim(order, "repair", "2026-09-01", **item)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        return rma

    def _repaired(self, order, **item):
        rma = self._in_repair(order, **item)
        repair = rma.sudo().repair_ids
        repair.action_repair_start()
        repair.action_repair_end()
        home = rma.remedy_ids.sudo().move_ids.picking_id
        home.move_ids.picked = True
        home.button_validate()
        return rma
