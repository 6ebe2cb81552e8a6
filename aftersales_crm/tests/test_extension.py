from datetime import date, timedelta

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, new_test_user

from ..models.proration import days_used, worth_used
from .common import AftersalesCommon

TODAY = "2026-03-10 12:00:00"


@freeze_time(TODAY)
class TestExtension(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["aftersales.warranty.term"].create({"name": "A year more", "duration": 12, "start": "end"})
        cls.extension = cls._extension("A year more", cls.term)

    @classmethod
    def _extension(cls, name, term, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": 365.0,
                "invoice_policy": "order",
                "taxes_id": False,
                "aftersales_sold_term_id": term.id,
                **vals,
            }
        )

    def _extensions(self, order):
        return order.order_line.aftersales_extension_ids

    def _rows(self, order):
        rows = self._extensions(order).mapped(
            lambda w: (w.lot_id.name, w.quantity, w.state, str(w.start_date), str(w.end_date))
        )
        return sorted(rows, key=str)

    # === Sold with the goods === #

    def test_each_unit_that_is_extended_has_its_own_from_the_end_of_the_guarantee(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._order((self.washer, 2), (self.extension, 1))
        self.assertEqual(order.order_line[1].aftersales_extends_line_id, order.order_line[0])
        self.assertFalse(self._extensions(order))
        self._deliver(order, lots={self.washer: lots})
        self.assertEqual(self._rows(order), [("A", 1, "pending", "2028-03-11", "2029-03-10")])

    def test_units_alike_share_one_and_are_extended_as_they_are_delivered(self):
        order = self._order((self.kettle, 5), (self.extension, 3))
        self._deliver(order, {self.kettle: 2})
        self.assertEqual(self._rows(order), [(False, 2, "pending", "2028-03-11", "2029-03-10")])
        order.order_line[1]._aftersales_sync_extensions()
        order.picking_ids[0].copy({"sale_id": order.id})
        self.assertEqual(sum(self._extensions(order).mapped("quantity")), 2)

    def test_it_counts_from_what_its_term_says(self):
        business = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        cases = (
            ("end", self.customer, "2028-03-11", "2029-03-10"),
            ("order", self.customer, "2026-03-10", "2027-03-10"),
            ("delivery", self.customer, "2026-03-20", "2027-03-20"),
            ("end", business, "2026-03-20", "2027-03-20"),
        )
        for start, partner, first, last in cases:
            with self.subTest(start=start, partner=partner.name), freeze_time(TODAY) as clock:
                self.term.start = start
                order = self._order((self.kettle, 1), (self.extension, 1), partner=partner)
                clock.move_to("2026-03-20 12:00:00")
                self._deliver(order)
                last_end = "2028-03-20" if start == "end" and partner == self.customer else False
                if last_end:
                    first, last = "2028-03-21", "2029-03-20"
                self.assertEqual(self._rows(order)[0][3:], (first, last))

    def test_what_is_unclear_is_not_confirmed(self):
        cases = (
            ("several fit", [(self.kettle, 1), (self.washer, 1), (self.extension, 1)]),
            ("nothing on this order fits it. For goods", [(self.extension, 1)]),
            ("only 1 are ordered", [(self.kettle, 1), (self.extension, 2)]),
            ("only 1 are ordered", [(self.kettle, 1), (self.extension, 1), (self.extension, 1)]),
        )
        for message, items in cases:
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                self._order(*items)

    def test_an_extension_that_a_product_offers_is_sold_for_that_product(self):
        self.kettle.product_tmpl_id.optional_product_ids = self.extension.product_tmpl_id
        order = self._order((self.kettle, 1), (self.washer, 1), (self.extension, 1))
        self.assertEqual(order.order_line[2].aftersales_extends_line_id.product_id, self.kettle)
        with self.assertRaisesRegex(UserError, "nothing on this order fits"):
            self._order((self.washer, 1), (self.extension, 1))

    def test_a_term_edited_after_the_order_takes_nothing_away(self):
        order = self._order((self.kettle, 1), (self.extension, 1))
        self.term.write({"duration": 1, "parts_percent": 0})
        self._deliver(order)
        self.assertEqual(self._rows(order)[0][4], "2029-03-10")
        self.assertEqual(self._extensions(order).coverage["parts"], 100)

    def test_a_cancelled_order_ends_it_and_confirming_again_makes_it_again(self):
        order = self._order((self.kettle, 1), (self.extension, 1))
        self._deliver(order)
        order._action_cancel()
        self.assertEqual(self._extensions(order).mapped("state"), ["cancelled"])
        order.action_draft()
        order.action_confirm()
        self.assertEqual(sorted(self._extensions(order).mapped("state")), ["cancelled", "pending"])

    def test_added_to_a_confirmed_order_it_extends_what_was_delivered(self):
        order = self._order((self.kettle, 1))
        self._deliver(order)
        order.order_line.create({"order_id": order.id, "product_id": self.extension.id, "product_uom_qty": 1})
        self.assertEqual(len(self._extensions(order)), 1)
        with self.assertRaisesRegex(UserError, "only 1 are ordered"):
            order.order_line[1].product_uom_qty = 2

    # === Brought back, replaced, given another date === #

    def test_goods_that_come_back_take_their_extension_along(self):
        order = self._sold((self.kettle, 3), (self.extension, 2))
        rma = self._rma(order, 2, reason=self._reason("defective"), remedy=self._remedy("refund"))
        rma._approve()
        self._receive(rma)
        live = self._extensions(order).filtered(lambda w: not w.closing)
        self.assertEqual(live.quantity, 1)

    def test_a_replacement_takes_the_extension_over(self):
        order = self._sold((self.kettle, 1), (self.extension, 1))
        with freeze_time("2026-06-01 12:00:00"):
            rma = self._rma(order, reason=self._reason("defective"), remedy=self._remedy("replacement"))
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
            self._deliver(order)
        live = self._extensions(order).filtered(lambda w: not w.closing)
        self.assertEqual((live.start_date, live.end_date), (date(2028, 3, 11), date(2029, 3, 10)))
        self.assertEqual(live.origin_move_id.aftersales_remedy_id, rma.remedy_ids)

    def test_a_delivery_with_another_date_moves_it(self):
        order = self._sold((self.kettle, 1), (self.extension, 1))
        order.picking_ids.date_done = "2026-03-01 12:00:00"
        self.assertEqual(self._rows(order)[0][3:], ("2028-03-02", "2029-03-01"))

    # === Sold later === #

    def _sell(self, warranty, **vals):
        wizard = self.env["aftersales.extension.sell"].create({"warranty_id": warranty.id, **vals})
        return self.env["sale.order"].browse(wizard.action_sell()["res_id"])

    def test_bought_later_it_is_made_once_at_confirmation(self):
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", self._sold((self.kettle, 2)).id)])
        order = self._sell(warranty)
        self.assertEqual(order.partner_id, self.customer)
        self.assertFalse(self._extensions(order))
        order.action_confirm()
        order.order_line._aftersales_sync_extensions()
        self.assertEqual(self._rows(order), [(False, 2, "pending", "2028-03-11", "2029-03-10")])
        self.assertEqual(self._extensions(order).extends_id, warranty)
        order._action_cancel()
        self.assertEqual(self._extensions(order).state, "cancelled")

    def test_it_is_void_when_the_goods_come_back(self):
        sold = self._sold((self.kettle, 1))
        order = self._sell(self.env["aftersales.warranty"].search([("sale_order_id", "=", sold.id)]))
        order.action_confirm()
        rma = self._rma(sold)
        rma.action_approve()
        self._receive(rma)
        self.assertEqual(self._extensions(order).state, "void")

    def test_what_has_ended_is_extended_only_where_the_term_begins_anew(self):
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", self._sold((self.kettle, 1)).id)])
        with freeze_time("2029-01-01 12:00:00"):
            warranty.invalidate_recordset()
            for start, possible in (("end", False), ("delivery", False), ("order", True)):
                with self.subTest(start=start):
                    self.term.start = start
                    wizard = Form(self.env["aftersales.extension.sell"].with_context(default_warranty_id=warranty.id))
                    self.assertEqual(bool(wizard.product_id), possible)
            order = self._sell(warranty)
            order.action_confirm()
            self.assertEqual(self._rows(order)[0][3:], ("2029-01-01", "2030-01-01"))
        warranty._close("void", "Opened")
        with self.assertRaises(UserError):
            self._sell(warranty)

    def test_a_warranty_of_somebody_else_is_not_extended(self):
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", self._sold((self.kettle, 1)).id)])
        other = self.env["res.partner"].create({"name": "Somebody else"})
        order = self._sell(warranty)
        order.partner_id = other
        with self.assertRaisesRegex(UserError, "not a warranty of this customer"):
            order.action_confirm()

    def test_a_seller_without_rights_on_warranties_sells_it_and_a_stock_user_delivers_it(self):
        seller = new_test_user(self.env, "extension_seller", groups="sales_team.group_sale_salesman")
        order = self._order((self.kettle, 1), (self.extension, 1), confirm=False, user_id=seller.id)
        order.with_user(seller).action_confirm()
        self.env.invalidate_all()
        self._deliver(order)
        self.assertEqual(len(self._extensions(order)), 1)
        with self.assertRaises(AccessError):
            order.with_user(seller).order_line[1].aftersales_extension_terms = {}

    def test_other_companies_sell_nothing_for_our_warranties(self):
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", self._sold((self.kettle, 1)).id)])
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.env.ref("base.EUR").id})
        self.extension.product_tmpl_id.company_id = other
        with self.assertRaisesRegex(UserError, "Choose an extension"):
            self._sell(warranty, product_id=self.extension.id)
        self.extension.product_tmpl_id.company_id = False
        self.env.user.company_ids += other
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": other.id,
                    "order_line": [
                        Command.create({"product_id": self.extension.id, "aftersales_warranty_id": warranty.id})
                    ],
                }
            )
        )
        with self.assertRaisesRegex(UserError, "not a warranty of this customer"):
            order.action_confirm()

    def test_twenty_serials_cost_as_many_queries_as_two(self):
        counts = []
        for number in (2, 2, 20):
            lots = self._lots(self.washer, *(f"S{number}{len(counts)}{n}" for n in range(number)))
            order = self._order((self.washer, number))
            self._deliver(order, lots={self.washer: lots})
            self.env.flush_all()
            line = order.order_line.create(
                {"order_id": order.id, "product_id": self.extension.id, "product_uom_qty": number, "state": "draft"}
            )
            line.aftersales_extension_ids._close("cancelled", "Again")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            line._aftersales_sync_extensions()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(line.aftersales_extension_ids.filtered(lambda w: not w.closing)), number)
        self.assertEqual(counts[1], counts[2])

    # === Given back === #

    def test_a_statement_of_withdrawal_brings_the_extension_back_too(self):
        order = self._sold((self.kettle, 1), (self.extension, 1))
        rma = self.env["aftersales.rma"]._request(
            self.customer,
            [
                {
                    "sale_line": order.order_line[0],
                    "quantity": 1,
                    "basis": "withdrawal",
                    "remedy": self._remedy("refund"),
                }
            ],
        )
        self.assertEqual(set(rma.line_ids.mapped("basis")), {"withdrawal"})
        self.assertEqual(rma.line_ids.product_id, self.kettle | self.extension)
        self.assertEqual(sum(rma.line_ids.mapped("fee")), 0.0)

    def _judge(self, order, on, user=None, **facts):
        line = order.order_line.filtered("aftersales_is_extension").with_user(user or self.agent)
        eligibility = self.env["aftersales.eligibility"].with_user(user or self.agent)
        unit = eligibility._prepare_unit(line, reason=self._reason("changed_mind"), **facts)
        return eligibility._evaluate([unit], date.fromisoformat(on))[0]

    def test_by_the_policy_the_days_used_are_paid(self):
        self.term.start = "order"
        self.env["aftersales.return.policy"].search([]).write({"window_days": 400, "window_start": "order"})
        self.customer.country_id = self.env.ref("base.us")
        order = self._sold((self.kettle, 1), (self.extension, 1))
        cases = (("2026-03-10", 0.0), ("2026-03-11", 1.0), ("2026-06-18", 99.73), ("2027-03-11", 365.0))
        for on, fee in cases:
            with self.subTest(on=on):
                judged = self._judge(order, on)
                self.assertEqual((judged["best"], judged["bases"]["policy"]["fee"]), ("policy", fee))
        self.assertIn("100 of 366 days", " ".join(self._judge(order, "2026-06-18")["why"]))
        self.assertIn("No day of the extension", " ".join(self._judge(order, "2026-03-10")["why"]))

    def test_a_withdrawal_in_time_costs_nothing_however_much_was_used(self):
        self.term.start = "order"
        order = self._order((self.kettle, 1), (self.extension, 1))
        with freeze_time("2026-03-20 12:00:00"):
            self._deliver(order)
        order.order_line[1].qty_delivered = 1  # typed by somebody: it is not performed before its last day
        for on, best in (("2026-04-03", "withdrawal"), ("2026-04-04", "policy")):
            with self.subTest(on=on):
                judged = self._judge(order, on)
                self.assertEqual(judged["bases"]["withdrawal"]["fee"], 0.0)
                self.assertEqual(judged["best"] == "withdrawal", best == "withdrawal")

    def test_goods_that_are_withdrawn_from_bring_their_extension_back(self):
        cases = (
            (2, 1, "changed_mind", None, 0),
            (2, 2, "changed_mind", None, 1),
            (2, 2, "defective", None, 0),
            (2, 2, "changed_mind", "replacement", 0),
        )
        for sold, back, reason, remedy, along in cases:
            with self.subTest(back=back, reason=reason, remedy=remedy):
                order = self._sold((self.kettle, sold), (self.extension, 1))
                rma = self._rma(order, back, reason=self._reason(reason), remedy=remedy and self._remedy(remedy))
                lines = rma.line_ids.filtered(lambda line: line.product_id == self.extension)
                self.assertEqual(sum(lines.mapped("quantity")), along)
        self.assertFalse(lines)

    def test_the_extension_of_a_withdrawn_unit_is_paid_back_in_full_and_void(self):
        lots = self._lots(self.washer, "A", "B")
        order = self._sold((self.washer, 2), (self.extension, 2), lots={self.washer: lots})
        rma = self._rma(order, lot=lots[0])
        line = rma.line_ids.filtered(lambda line: line.product_id == self.extension)
        self.assertEqual((line.quantity, line.basis, line.fee), (1, "withdrawal", 0.0))
        self.assertIn("Washer", line.description)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.state, "done")
        self.assertEqual(line.refunded_total, 365.0)
        self.assertEqual({w.lot_id.name: w.state for w in self._extensions(order)}, {"A": "void", "B": "pending"})

    def test_an_extension_given_back_alone_ends_and_goes_on_when_the_refund_is_undone(self):
        order = self._sold((self.kettle, 1), (self.extension, 1))
        rma = (
            self.env["aftersales.rma"]
            .with_user(self.agent)
            ._request(
                self.customer,
                [{"sale_line": order.order_line[1], "quantity": 1, "reason": self._reason("changed_mind")}],
            )
        )
        rma.action_approve()
        rma.action_settle()
        self.assertEqual(self._extensions(order).mapped("state"), ["cancelled"])
        self.assertEqual(order.order_line[0].aftersales_rma_line_ids.ids, [])
        rma.sudo().refund_ids.button_draft()
        rma.sudo().refund_ids.button_cancel()
        self.assertEqual(sorted(self._extensions(order).mapped("state")), ["cancelled", "pending"])


class TestProration(BaseCase):
    @given(
        paid=st.integers(0, 10_000_000).map(lambda cents: cents / 100),
        days=st.integers(1, 4000),
        steps=st.lists(st.integers(-400, 4400), min_size=2, max_size=6),
        units=st.integers(1, 5),
    )
    @settings(max_examples=200, deadline=None)
    def test_what_is_used_never_shrinks_and_never_exceeds_what_was_paid(self, paid, days, steps, units):
        start = date(2024, 2, 29)
        periods = [(1.0, start + timedelta(days=7 * n), start + timedelta(days=7 * n + days - 1)) for n in range(5)]
        worth = [round(worth_used(paid, units, periods, start + timedelta(days=step)), 2) for step in sorted(steps)]
        self.assertEqual(worth, sorted(worth))
        self.assertTrue(all(0 <= value <= paid for value in worth))
        self.assertEqual(worth_used(paid, units, periods, start), 0.0)
        self.assertAlmostEqual(worth_used(paid, units, periods, start + timedelta(days=5000)), paid)

    def test_days_used(self):
        first, last = date(2026, 3, 1), date(2026, 3, 10)
        for on, used in (
            ("2026-02-01", 0),
            ("2026-03-01", 0),
            ("2026-03-02", 1),
            ("2026-03-10", 9),
            ("2026-03-11", 10),
        ):
            with self.subTest(on=on):
                self.assertEqual(days_used(first, last, date.fromisoformat(on)), (used, 10))
