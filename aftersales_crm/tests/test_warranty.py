from datetime import date

from freezegun import freeze_time

from odoo.fields import Command

from ..models.warranty_clock import last_day
from .common import AftersalesCommon

# first day, duration, unit → last covered day
LAST_DAYS = [
    ("2024-03-05", 24, "months", "2026-03-05"),
    ("2024-02-29", 12, "months", "2025-02-28"),
    ("2024-02-29", 48, "months", "2028-02-29"),
    ("2026-01-31", 1, "months", "2026-02-28"),
    ("2028-01-31", 1, "months", "2028-02-29"),
    ("2026-12-31", 6, "months", "2027-06-30"),
    ("2026-03-10", 14, "days", "2026-03-24"),
]


@freeze_time("2026-03-10 12:00:00")
class TestWarranty(AftersalesCommon):
    def _warranties(self, order):
        return self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])

    def _term(self, **vals):
        return self.env["aftersales.warranty.term"].create({"name": "Five years on the motor", "duration": 60, **vals})

    def test_the_last_day_is_covered(self):
        for start, duration, unit, last in LAST_DAYS:
            with self.subTest(start=start, duration=duration):
                end = last_day(date.fromisoformat(start), duration, unit)
                self.assertEqual(end, date.fromisoformat(last))

    def test_each_serial_has_its_own_by_law_and_by_term(self):
        self.washer.product_tmpl_id.aftersales_term_ids = self._term()
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), (self.kettle, 3), lots={self.washer: lots})
        rows = self._warranties(order).mapped(lambda w: (w.lot_id.name, w.source, w.quantity, str(w.end_date)))
        self.assertEqual(
            sorted(rows, key=str),
            sorted(
                [
                    ("A", "statutory", 1, "2028-03-10"),
                    ("A", "commercial", 1, "2031-03-10"),
                    ("B", "statutory", 1, "2028-03-10"),
                    ("B", "commercial", 1, "2031-03-10"),
                    (False, "statutory", 3, "2028-03-10"),
                ],
                key=str,
            ),
        )

    def test_a_category_hands_its_terms_down(self):
        parent = self.env["product.category"].create({"name": "Machines", "aftersales_term_ids": self._term().ids})
        self.kettle.categ_id = self.env["product.category"].create({"name": "Small", "parent_id": parent.id})
        self.assertIn("commercial", self._warranties(self._sold((self.kettle, 1))).mapped("source"))

    def test_a_business_has_what_was_agreed_only(self):
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        self.assertFalse(self._warranties(self._sold((self.kettle, 1), partner=company)))

    def test_days_begin_and_end_where_the_company_is(self):
        with freeze_time("2026-03-31 22:30:00"):  # half past midnight of 1 April in Warsaw
            order = self._sold((self.kettle, 1))
        self.assertEqual(self._warranties(order).start_date, date(2026, 4, 1))

    def test_expiry_is_a_fact_of_the_date(self):
        warranty = self._warranties(self._sold((self.kettle, 1)))
        for moment, state in (
            ("2028-03-10 22:30:00", "active"),
            ("2028-03-10 23:30:00", "expired"),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                warranty.invalidate_recordset()
                self.assertEqual(warranty.state, state)
                self.assertEqual(
                    self.env["aftersales.warranty"].search([("state", "=", state), ("id", "=", warranty.id)]),
                    warranty,
                )

    def test_a_term_edited_later_changes_no_promise(self):
        term = self._term()
        self.kettle.product_tmpl_id.aftersales_term_ids = term
        warranty = self._warranties(self._sold((self.kettle, 1))).filtered("term_id")
        term.write({"duration": 1, "name": "Worthless", "parts_percent": 0})
        self.assertEqual((warranty.end_date, warranty.term_name), (date(2031, 3, 10), "Five years on the motor"))

    def test_what_comes_back_is_not_covered_any_more(self):
        order = self._sold((self.kettle, 3))
        rma = self._rma(order, 1)
        rma.action_approve()
        self._receive(rma)
        warranties = self._warranties(order)
        self.assertEqual(sorted(warranties.mapped(lambda w: (w.state, w.quantity))), [("active", 2), ("void", 1)])

    def test_stocks_own_return_of_a_serial_voids_that_serial(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        picking = order.picking_ids
        wizard = self.env["stock.return.picking"].create(
            {
                "picking_id": picking.id,
                "product_return_moves": [
                    Command.create({"product_id": self.washer.id, "move_id": picking.move_ids.id, "quantity": 1})
                ],
            }
        )
        back = wizard._create_return()
        back.move_ids.move_line_ids.lot_id = lots[1]
        back.move_ids.picked = True
        back._action_done()
        states = {w.lot_id: w.state for w in self._warranties(order)}
        self.assertEqual(states, {lots[0]: "active", lots[1]: "void"})

    def test_a_replacement_keeps_the_end_of_what_it_replaces(self):
        order = self._sold((self.kettle, 1))
        with freeze_time("2027-06-01 12:00:00"):
            rma = self._rma(order, reason=self._reason("defective"), remedy=self._remedy("replacement"))
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
            self._deliver(order)
            new = self._warranties(order).filtered(lambda w: not w.closing)
            self.assertEqual((new.start_date, new.end_date), (date(2027, 6, 1), date(2028, 3, 10)))
            self.assertEqual(new.parent_id.closing, "void")

    def test_a_verdict_names_its_reasons(self):
        self.kettle.product_tmpl_id.aftersales_term_ids = self._term(
            excluded_reason_ids=self._reason("damaged_in_transit").ids, labour_percent=50
        )
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        order = self._sold((self.kettle, 1), partner=company)

        def judge(reason, on="2026-04-01"):
            unit = {
                "move": order.order_line.move_ids,
                "lot": self.env["stock.lot"],
                "product": self.kettle,
                "reason": self._reason(reason),
            }
            return self.env["aftersales.entitlement"]._judge([unit], date.fromisoformat(on))[0]

        covered = judge("defective")
        self.assertEqual(covered["verdict"], "covered")
        self.assertEqual(covered["coverage"], {"parts": 100, "labour": 50, "shipping": 0})
        excluded = judge("damaged_in_transit")
        self.assertEqual(excluded["verdict"], "not_covered")
        self.assertIn("does not cover “Arrived damaged”", excluded["reasons"][0])
        self.assertIn("ended on", judge("defective", "2040-01-01")["reasons"][0])

    def test_a_repair_leaves_the_warranty_until_another_remedy_is_chosen(self):
        lot = self._lots(self.washer, "A")
        order = self._sold((self.washer, 1), lots={self.washer: lot})
        rma = self._rma(order, lot=lot, reason=self._reason("defective"))
        rma.action_approve()
        self._receive(rma)
        warranty = self._warranties(order)
        self.assertEqual(warranty.state, "active")
        rma.remedy_ids.type_id = self._remedy("refund")
        self.assertEqual(warranty.state, "void")
