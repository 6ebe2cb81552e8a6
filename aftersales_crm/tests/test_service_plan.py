from datetime import date, datetime, timedelta

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError
from odoo.tests import BaseCase

from ..models.visits import visit_days
from .common import AftersalesCommon


class TestVisitDays(BaseCase):
    def test_visits_come_at_their_interval_on_working_days(self):
        holidays = {date(2026, 5, 1), date(2026, 5, 4)}
        cases = (
            ("2026-03-10", "2027-03-10", 0, []),
            ("2026-03-10", "2027-03-10", 6, ["2026-09-10", "2027-03-10"]),
            ("2026-03-10", "2027-03-09", 6, ["2026-09-10"]),
            # 1 May 2026 is a Friday and a holiday, as is the Monday after
            ("2026-04-01", "2026-06-30", 1, ["2026-05-05", "2026-06-01"]),
            ("2026-01-31", "2026-04-30", 1, ["2026-03-02", "2026-03-31", "2026-04-30"]),
            ("2024-02-29", "2025-03-01", 12, ["2025-02-28"]),
            # the last one would move behind the end: it comes before
            ("2026-01-10", "2026-10-10", 9, ["2026-10-09"]),
        )
        for start, end, months, days in cases:
            with self.subTest(start=start, months=months):
                found = visit_days(
                    date.fromisoformat(start),
                    date.fromisoformat(end),
                    months,
                    lambda day: day.weekday() < 5 and day not in holidays,
                )
                self.assertEqual([str(day) for day in found], days)

    def test_where_nobody_ever_works_the_days_stay(self):
        found = visit_days(date(2026, 1, 1), date(2026, 3, 31), 1, lambda day: False)
        self.assertEqual(found, [date(2026, 2, 1), date(2026, 3, 1)])

    @given(st.integers(0, 3000), st.integers(1, 60), st.integers(0, 6))
    @settings(max_examples=100, deadline=None)
    def test_every_visit_lies_within_the_plan_on_a_working_day(self, days, months, day_off):
        start = date(2024, 2, 29)
        found = visit_days(start, start + timedelta(days=days), months, lambda day: day.weekday() != day_off)
        self.assertEqual(found, sorted(found))
        self.assertTrue(all(start < day <= start + timedelta(days=days) for day in found))
        self.assertTrue(all(day.weekday() != day_off for day in found))


@freeze_time("2026-03-10 12:00:00")
class TestServicePlan(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["aftersales.warranty.term"].create(
            {"name": "Plan", "duration": 12, "visit_months": 6, "maintenance_discount": 20.0}
        )
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term
        cls.lot = cls._lots(cls.washer, "A")
        cls.order = cls._sold((cls.washer, 1), lots={cls.washer: cls.lot})
        cls.warranty = cls.env["aftersales.warranty"].search([("lot_id", "=", cls.lot.id), ("term_id", "!=", False)])

    # === Visits === #

    def test_visits_avoid_the_company_s_holidays_and_weekends(self):
        self.assertEqual(self.warranty._visit_days(), [date(2026, 9, 10), date(2027, 3, 10)])
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "date_from": datetime(2026, 9, 9, 22),
                "date_to": datetime(2026, 9, 10, 22),
            }
        )
        self.assertEqual(self.warranty._visit_days()[0], date(2026, 9, 11))
        self.assertIn("09/11/2026", self.warranty.with_user(self.agent).visit_words)

    def test_a_void_plan_has_no_visits(self):
        self.warranty._close("void", "Sold")
        self.assertFalse(self.warranty.visit_words)

    # === Maintenance discount === #

    def _repair(self, **vals):
        repair = self.env["repair.order"].create(
            {
                "partner_id": self.customer.id,
                "product_id": self.washer.id,
                "lot_id": self.lot.id,
                "under_warranty": False,
                "move_ids": [(0, 0, {"product_id": self.kettle.id, "product_uom_qty": 1, "repair_line_type": "add"})],
                **vals,
            }
        )
        repair.action_create_sale_order()
        return repair

    def test_only_a_manager_says_who_is_authorised(self):
        for user in (self.agent, self.agent_all, self.stranger):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.customer.with_user(user).aftersales_is_authorised = True
        (self.agent | self.manager).write({"group_ids": [(4, self.env.ref("base.group_partner_manager").id)]})
        with self.assertRaises(AccessError):
            self.customer.with_user(self.agent).aftersales_is_authorised = True
        self.customer.with_user(self.manager).aftersales_is_authorised = True
        self.assertTrue(self.customer.aftersales_is_authorised)

    def test_an_authorised_partner_gets_the_discount_of_the_warranty_once(self):
        company = self.env["res.partner"].create(
            {"name": "Fixit", "is_company": True, "aftersales_is_authorised": True}
        )
        employee = self.env["res.partner"].create({"name": "Eve", "parent_id": company.id})
        other = self.env["res.partner"].create({"name": "Somebody"})
        cases = ((other, False, 0.0), (employee, False, 20.0), (company, True, 0.0))
        for partner, free, discount in cases:
            with self.subTest(partner=partner.name, free=free):
                repair = self._repair(partner_id=partner.id, under_warranty=free)
                line = repair.sale_order_id.order_line
                self.assertEqual((line.discount, line.price_unit), (discount, 0.0 if free else 100.0))
        repair.under_warranty = False
        self.assertEqual((line.discount, line.price_unit, line.price_subtotal), (20.0, 100.0, 80.0))
        repair.under_warranty = True
        self.assertEqual((line.discount, line.price_unit), (0.0, 0.0))

    def test_what_is_not_covered_any_more_has_no_discount(self):
        self.customer.aftersales_is_authorised = True
        with freeze_time("2027-03-11 12:00:00"):
            self.assertEqual(self._repair().sale_order_id.order_line.discount, 0.0)

    def test_a_confirmed_order_keeps_its_discount(self):
        self.customer.aftersales_is_authorised = True
        repair = self._repair()
        repair.sale_order_id.action_confirm()
        repair.lot_id = False
        self.assertEqual(repair.sale_order_id.order_line.discount, 20.0)

    def test_parts_added_later_get_it_too(self):
        self.customer.aftersales_is_authorised = True
        repair = self._repair()
        repair.move_ids = [(0, 0, {"product_id": self.kettle.id, "product_uom_qty": 2, "repair_line_type": "add"})]
        self.assertEqual(repair.sale_order_id.order_line.mapped("discount"), [20.0, 20.0])
