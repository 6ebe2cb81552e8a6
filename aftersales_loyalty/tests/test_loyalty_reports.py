from odoo.exceptions import AccessError

from .common import LoyaltyCommon


class TestLoyaltyReports(LoyaltyCommon):
    """Figures for managers, against a calculation by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.aftersales_point_value = 0.1
        cls.entries = cls.env["aftersales.loyalty.entry"]

    def _overview(self, user=None):
        return self.env["aftersales.loyalty.overview"].with_user(user or self.manager).read_overview()

    def _row(self, page):
        return next(row for row in page["programs"] if row["id"] == self.program.id)

    def test_what_is_owed_is_what_stands_on_the_cards(self):
        self._post(300, "grant")
        self._post(-60, "spend")
        self._post(-20, "expire")
        row = self._row(self._overview())
        self.assertEqual((row["members"], row["points"]), ("1", "220"))
        self.assertIn("22.00", row["value"])
        self.assertIn("25", row["breakage"])  # 20 of 80

    def _post(self, points, kind):
        return self.entries._post([{"card": self.card, "kind": kind, "points": points}])

    def test_every_point_is_in_one_flow(self):
        for points, kind in ((300, "grant"), (-60, "spend"), (-20, "expire"), (-5, "takeback"), (-1, "adjust")):
            self._post(points, kind)
        report = self.env["aftersales.loyalty.report"].with_user(self.manager)
        sums = dict(report._read_group([("card_id", "=", self.card.id)], ["flow"], ["points:sum"]))
        self.assertEqual(sums, {"issued": 300, "used": -60, "expired": -20, "taken_back": -5, "corrected": -1})
        values = report._read_group([("card_id", "=", self.card.id)], [], ["value:sum"])[0][0]
        self.assertAlmostEqual(values, 21.4)

    def test_members_are_compared_with_others(self):
        other = self.env["res.partner"].create({"name": "Nobody's member"})
        overview = self.env["aftersales.loyalty.overview"].with_user(self.manager)
        before = overview._buyers()
        self._order((self.kettle, 2))
        self._order((self.kettle, 1))
        self.env["loyalty.card"].search([("partner_id", "=", other.id)]).active = False
        after = overview._buyers()
        self.assertEqual(after[True]["orders"] - before[True]["orders"], 2)
        self.assertAlmostEqual(after[True]["revenue"] - before[True]["revenue"], 300)
        self.assertEqual(after[False], before[False])
        page = self._overview()
        self.assertEqual(len(page["customers"]), 5)
        self.assertTrue(all(set(row) == {"name", "members", "others"} for row in page["customers"]))

    def test_another_company_counts_in_its_own_currency_and_for_its_own_people(self):
        pound = self.env.ref("base.GBP")
        pound.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": pound.id, "company_id": self.company.id, "rate": 0.5, "name": "2020-01-01"}
        )
        other = self.env["res.company"].create({"name": "Other shop", "currency_id": pound.id})
        program = self._program(company_id=other.id, currency_id=pound.id, aftersales_point_value=1.0)
        card = program._aftersales_card(self.customer)
        entry = self.entries._post([{"card": card, "kind": "grant", "points": 10}])
        self.assertNotIn(program.id, [row["id"] for row in self._overview()["programs"]])
        for user in (self.agent, self.manager):
            self.assertFalse(entry.with_user(user).has_access("read"))
            self.assertFalse(self.env["aftersales.loyalty.report"].with_user(user).search([("card_id", "=", card.id)]))
            with self.assertRaises(AccessError):
                self.entries.with_user(user)._grant(card, 1, "A gift")
        self.manager.company_ids |= other
        both = self.manager.with_context(allowed_company_ids=[self.company.id, other.id])
        overview = self.env["aftersales.loyalty.overview"].with_user(both).with_context(both.env.context)
        row = next(row for row in overview.read_overview()["programs"] if row["id"] == program.id)
        self.assertIn("20.00", row["value"])
        self.assertTrue(entry.with_user(both).with_context(both.env.context).has_access("read"))

    def test_only_managers_see_figures(self):
        for user in (self.agent, self.stranger):
            with self.assertRaises(AccessError):
                self._overview(user)

    def test_the_page_costs_the_same_whatever_it_counts(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._overview()
            return self.env.cr.sql_log_count - before

        cost()
        few = cost()
        for number in range(5):
            partner = self.env["res.partner"].create({"name": f"Member {number}"})
            card = self.program._aftersales_card(partner)
            self.entries._post([{"card": card, "kind": "grant", "points": 10}])
        self.assertLessEqual(cost(), few)
