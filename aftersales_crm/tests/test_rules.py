from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestRules(AftersalesCommon):
    def _read(self, user=None, **params):
        return self.env["aftersales.rules"].with_user(user or self.agent).read_rules(**params)

    def test_the_rules_of_a_country_on_a_day_in_words(self):
        cases = (
            (
                "PL",
                "2026-07-30",
                ["within 14 days", "12 months more", "sends the goods back", "accepted"],
                ["adds 12 months"],
            ),
            ("PL", "2026-07-31", ["The first repair under the guarantee adds 12 months"], []),
            ("HU", "2026-11-22", ["A repair stops the clock", "more than 30 days is replaced"], ["accepted"]),
            (
                "US",
                "2026-11-22",
                ["The law gives no right to withdraw", "names no period of guarantee"],
                ["Complaints"],
            ),
            ("AT", "2026-09-01", ["From 10/01/2026 a shop has to offer a function"], ["offers a function"]),
            ("AT", "2026-10-01", ["A shop offers a function"], ["From 10/01/2026 a shop"]),
            ("PL", "2026-09-26", ["From 09/27/2026 a shop has to show"], ["A shop shows the harmonised"]),
        )
        for country, on, told, not_told in cases:
            with self.subTest(country=country, on=on):
                page = self._read(country=country, on=on)
                for text in told:
                    self.assertIn(text, page["html"])
                for text in not_told:
                    self.assertNotIn(text, page["html"])
                self.assertIn("no legal advice", page["html"])

    def test_a_business_has_no_rights_of_a_consumer(self):
        html = self._read(country="PL", buyer="business")["html"]
        self.assertIn("do not apply", html)
        self.assertNotIn("<section", html)

    def test_values_that_nobody_confirmed_say_so(self):
        law = self.env["aftersales.jurisdiction"]._for_country(self.poland, date(2026, 11, 22))
        law.unconfirmed = "burden_months, answer_days"
        html = self._read(country="PL", on="2026-11-22")["html"]
        marked = [part for part in html.split("<li") if "(not confirmed)" in part]
        self.assertEqual(len(marked), 2)
        self.assertIn("presumed", marked[0])
        self.assertIn("A complaint is answered", marked[1])

    def test_without_being_told_it_is_the_company_s_country_today(self):
        self.company.country_id = self.poland
        page = self._read()
        self.assertEqual((page["country"], page["on"]), ("PL", str(self.company._aftersales_today())))

    def test_bad_parameters_are_refused_in_words(self):
        cases = (
            {"country": "XX"},
            {"country": ["PL"]},
            {"country": 3},
            {"on": "yesterday"},
            {"on": ["2026-01-01"]},
            {"on": "0000-00-00"},
            {"buyer": "cat"},
            {"buyer": ["consumer"]},
        )
        for params in cases:
            with self.subTest(params=params), self.assertRaises(UserError):
                self._read(**params)

    def test_only_staff_of_after_sales_read_it(self):
        portal = new_test_user(self.env, "rules_portal", groups="base.group_portal")
        for user in (self.stranger, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._read(user)

    def test_it_costs_the_same_for_every_country(self):
        counts = set()
        for country in ("PL", "HU", "US", "FR"):
            self._read(country=country)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._read(country=country)
            counts.add(self.cr.sql_log_count - before)
        self.assertLess(max(counts), 12)
