from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError

from .common import LoyaltyCommon


class TestLedger(LoyaltyCommon):
    def _kinds(self, card=None):
        found = self.entries.search([("card_id", "=", (card or self.card).id), ("state", "=", "posted")], order="id")
        return [(entry.kind, entry.points) for entry in found]

    def test_switching_on_opens_each_card_and_changes_no_balance(self):
        program = self._program(aftersales_ledger=False)
        cards = self.env["loyalty.card"].create(
            [{"program_id": program.id, "points": points} for points in (0, 12.345, -3, 0.1 + 0.2)]
        )
        program.aftersales_ledger = True
        self.assertEqual(cards.mapped("points"), [0, 12.345, -3, 0.1 + 0.2])
        self.assertEqual(
            [self._kinds(card) for card in cards], [[], [("opening", 12.35)], [("opening", -3)], [("opening", 0.3)]]
        )
        self.assertFalse(self.entries._audit())
        program.aftersales_ledger = False
        cards[0].points = 7
        program.aftersales_ledger = True
        self.assertEqual(self._kinds(cards[0]), [("opening", 7)])
        self.assertFalse(self.entries._audit())

    def test_only_programs_with_cards_of_customers_keep_a_ledger(self):
        for program_type in ("promotion", "coupons", "gift_card", "promo_code"):
            with self.subTest(program_type=program_type), self.assertRaises(ValidationError):
                self.env["loyalty.program"].create(
                    {"name": "Other", "program_type": program_type, "aftersales_ledger": True}
                )

    def test_whatever_writes_a_balance_is_noted(self):
        self.card.points = 40
        self.card.write({"points": 25.5})
        self.env["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": 30, "description": "Birthday cake"}
        ).action_update_card_point()
        self.assertEqual(self._kinds(), [("adjust", 40), ("adjust", -14.5), ("adjust", 4.5)])
        self.assertEqual(self.card.aftersales_entry_ids[0].reason, "Birthday cake")
        self.assertLedger(30)

    def test_cards_made_in_bulk_and_imported_are_noted(self):
        wizard = self.env["loyalty.generate.wizard"].create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": self.customer.copy().ids,
                "points_granted": 15,
                "description": "Opening of the shop",
            }
        )
        card = wizard.generate_coupons()
        self.assertEqual(
            (self._kinds(card), card.aftersales_entry_ids.reason), ([("grant", 15)], "Opening of the shop")
        )
        rows = [[self.card.code, "33", self.program.name], ["044-imported", "7.5", self.program.name]]
        self.env["ir.model.data"].create(
            {"name": "card_ada", "module": "__import__", "model": "loyalty.card", "res_id": self.card.id}
        )
        rows = [["__import__.card_ada", *rows[0]], ["__import__.card_new", *rows[1]]]
        result = self.env["loyalty.card"].load(["id", "code", "points", "program_id"], rows)
        self.assertFalse(result["messages"])
        self.assertEqual(self._kinds(), [("adjust", 33)])
        self.assertLedger(33)
        bad = self.env["loyalty.card"].load(["id", "points"], [["__import__.card_ada", "nan"]])
        self.assertTrue(bad["messages"])
        self.assertLedger(33)

    def test_spending_draws_the_lot_that_ends_first(self):
        self._grant(50)
        self._grant(30, expires_on=date(2099, 1, 31))
        self._grant(20, expires_on=date(2098, 1, 31))
        self.entries._post([{"card": self.card, "kind": "spend", "points": -60}])
        self.assertEqual(self._kinds()[3:], [("spend", -20), ("spend", -30), ("spend", -10)])
        lots = self.entries.search([("card_id", "=", self.card.id), ("kind", "=", "grant")], order="id")
        self.assertEqual(lots.mapped("remaining"), [40, 0, 0])
        self.assertLedger(40)

    def test_points_that_come_in_pay_what_is_owed_first(self):
        self._grant(10)
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -25}])
        self.assertLedger(-15)
        self._grant(40)
        self.assertLedger(25)
        self.assertEqual(self.card.aftersales_entry_ids[0].remaining, 25)

    def test_a_program_that_stays_at_zero_takes_the_rest_from_what_comes_next(self):
        self.program.aftersales_below_zero = "block"
        self._grant(10)
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -25}])
        self.assertLedger(0, 0)
        self._grant(5)
        self.assertLedger(0)
        self._grant(50)
        self.assertLedger(40)
        with self.assertRaises(UserError):
            self.card.points = -1

    def test_nobody_edits_the_ledger(self):
        entry = self._grant(10)
        for user in (self.agent, self.manager):
            with self.subTest(user=user.login):
                own = entry.with_user(user)
                self.assertEqual(own.points, 10)
                for refused in (
                    lambda own=own: own.write({"points": 99}),
                    lambda own=own: own.unlink(),
                    lambda own=own: own.create({"card_id": self.card.id, "kind": "grant", "points": 5}),
                ):
                    with self.assertRaises(UserError):
                        refused()
        with self.assertRaises(UserError):
            entry.points = 99
        with self.assertRaises(AccessError):
            entry.with_user(self.stranger).read(["points"])

    def test_what_is_no_number_of_points_is_refused(self):
        for points in (float("nan"), float("inf"), 1e15, -1e15):
            with self.subTest(points=points):
                with self.assertRaises(UserError):
                    self._grant(points)
                with self.assertRaises(UserError):
                    self.card.points = points
        self.assertFalse(self._grant(0.001))
        self.assertLedger(0)

    def test_what_has_ended_takes_no_gifts(self):
        self.program.date_to = "2020-01-01"
        with self.assertRaises(UserError):
            self._grant(5)
        self.program.date_to = False
        self.card.active = False
        with self.assertRaises(UserError):
            self._grant(5)
        with self.assertRaises(UserError):
            self.entries._post([{"card": self.card, "kind": "grant", "points": 5}])
        self.assertLedger(0)

    def test_merged_customers_keep_their_lots_and_their_ends(self):
        other = self.customer.copy({"name": "Ada K."})
        theirs = self.program._aftersales_card(other)
        self._grant(30, card=theirs, expires_on=date(2099, 5, 31))
        self._grant(12, card=theirs, pending=True)
        self._grant(5)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | other).ids, self.customer)
        self.assertLedger(35, 12)
        self.assertEqual((theirs.points, theirs.active, theirs.aftersales_merged_into_id), (0, False, self.card))
        self.assertIn(date(2099, 5, 31), self.card.aftersales_entry_ids.filtered("remaining").mapped("expires_on"))
        self.entries._post([{"card": theirs, "kind": "spend", "points": -4}])
        self.assertLedger(31)

    def test_the_point_of_sale_names_its_order_afterwards(self):
        self.card.points += 8
        self.env["loyalty.history"].create(
            {"card_id": self.card.id, "order_model": "pos.order", "order_id": 77, "description": "Onsite", "issued": 8}
        )
        entry = self.card.aftersales_entry_ids
        self.assertEqual((entry.kind, entry.origin_model, entry.origin_id), ("earn", "pos.order", 77))
        with self.assertRaises(UserError):
            entry.action_open_origin()
        self.assertLedger(8)
