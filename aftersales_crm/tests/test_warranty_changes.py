from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .common import AftersalesCommon


@freeze_time("2026-03-10 12:00:00")
class TestWarrantyChanges(AftersalesCommon):
    """A warranty follows what happens to its unit, whoever records it and whenever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hungarian = cls.env["res.partner"].create(
            {"name": "Eszter", "email": "eszter@example.com", "country_id": cls.env.ref("base.hu").id}
        )
        with freeze_time("2026-03-10 12:00:00"):
            cls.lots = cls._lots(cls.washer, "A", "B")
            cls.order = cls._sold((cls.washer, 2), (cls.kettle, 3), lots={cls.washer: cls.lots}, partner=cls.hungarian)

    def _of(self, lot=None, product=None):
        domain = [("sale_order_id", "=", self.order.id)]
        domain += [("lot_id", "=", lot.id)] if lot else [("product_id", "=", (product or self.kettle).id)]
        return self.env["aftersales.warranty"].search(domain)

    def _repaired(self, lot, refused=False):
        """A return for repair that came in on 1 May and went home on 21 May."""
        line = self.order.order_line[:1]
        rmas = self.env["aftersales.rma"].with_user(self.agent)
        with freeze_time("2026-05-01 12:00:00"):
            item = {
                "sale_line": line.with_user(self.agent),
                "quantity": 1,
                "lot": lot,
                "reason": self._reason("defective"),
            }
            rma = rmas._request(self.hungarian, [{**item, "remedy": self._remedy("repair")}], None, True)
            rma.action_approve()
            self._receive(rma)
            rma.action_settle()
        return rma

    def _send_home(self, rma):
        with freeze_time("2026-05-21 12:00:00"):
            rma.sudo().repair_ids.action_repair_start()
            rma.sudo().repair_ids.action_repair_end()
            picking = rma.sudo().remedy_ids.move_ids.picking_id.filtered(lambda p: p.state != "done")
            picking.move_ids.picked = True
            picking._action_done()

    # === Repairs === #

    def test_a_repair_stops_the_clock_until_the_goods_are_home(self):
        warranty, other = self._of(self.lots[0]), self._of(self.lots[1])
        rma = self._repaired(self.lots[0])
        self.assertEqual((str(warranty.suspended_since), warranty.end_date), ("2026-05-01", date(2028, 3, 10)))
        with freeze_time("2029-01-01 12:00:00"):
            warranty.invalidate_recordset()
            self.assertEqual(warranty.state, "active")
            active = self.env["aftersales.warranty"].search(
                [("state", "=", "active"), ("id", "in", (warranty | other).ids)]
            )
            self.assertEqual(active, warranty)
        self._send_home(rma)
        self.assertEqual((warranty.suspended_since, warranty.suspended_days), (False, 20))
        self.assertEqual((warranty.end_date, other.end_date), (date(2028, 3, 30), date(2028, 3, 10)))
        self.assertTrue(warranty.change_ids.is_done)

    def test_the_clock_follows_when_the_day_of_a_receipt_is_corrected(self):
        warranty = self._of(self.lots[0])
        rma = self._repaired(self.lots[0])
        self._send_home(rma)
        with freeze_time("2026-05-22 12:00:00"):
            receipt, home = rma.sudo().line_ids.receipt_move_ids.picking_id, rma.sudo().remedy_ids.move_ids.picking_id
            receipt.date_done = "2026-04-21 12:00:00"
            self.assertEqual((warranty.suspended_days, warranty.end_date), (30, date(2028, 4, 9)))
            (home - receipt).date_done = "2026-05-01 12:00:00"
            self.assertEqual((warranty.suspended_days, warranty.end_date), (10, date(2028, 3, 20)))

    def test_giving_up_a_repair_leaves_no_trace_on_the_clock(self):
        rma = self._repaired(self.lots[0])
        rma.sudo().repair_ids.action_repair_cancel()
        rma.remedy_ids.with_user(self.manager).filtered(lambda r: r.state != "done").type_id = self._remedy("refund")
        warranty = self._of(self.lots[0])
        self.assertEqual((warranty.closing, warranty.suspended_since), ("void", False))

    def test_a_repair_without_a_return_counts_too(self):
        warranty = self._of(self.lots[0])
        with freeze_time("2026-06-01 12:00:00"):
            repair = self.env["repair.order"].create(
                {
                    "product_id": self.washer.id,
                    "lot_id": self.lots[0].id,
                    "partner_id": self.hungarian.id,
                    "under_warranty": True,
                }
            )
            repair._action_repair_confirm()
            repair.action_repair_start()
        self.assertEqual(str(warranty.suspended_since), "2026-06-01")
        with freeze_time("2026-06-11 12:00:00"):
            repair.action_repair_end()
        self.assertEqual((warranty.suspended_days, warranty.end_date), (10, date(2028, 3, 20)))

    def test_a_manager_records_a_repair_late_and_corrects_it(self):
        warranty = self._of(self.lots[0])
        with freeze_time("2027-01-01 12:00:00"):
            changes = self.env["aftersales.warranty.change"]
            vals = {"warranty_id": warranty.id, "date_from": "2026-06-01", "date_to": "2026-06-11"}
            with self.assertRaises(AccessError):
                changes.with_user(self.agent).create(vals)
            change = changes.with_user(self.manager).create(vals)
            self.assertEqual(warranty.end_date, date(2028, 3, 20))
            change.date_to = "2026-06-21"
            self.assertEqual(warranty.end_date, date(2028, 3, 30))
            change.unlink()
            self.assertEqual(warranty.end_date, date(2028, 3, 10))
            for wrong, error in (
                ({"date_from": "2028-01-01", "date_to": False}, "lies in the past"),
                ({"kind": "void"}, "only repairs"),
                ({"kind": "transfer"}, "only repairs"),
                ({"partner_id": self.customer.id}, "cannot be set directly"),
            ):
                refused = self.assertRaisesRegex((UserError, ValidationError), error)
                with self.subTest(wrong=wrong), refused, self.env.cr.savepoint():
                    changes.with_user(self.manager).create({**vals, **wrong})

    # === Returns === #

    def test_what_was_refused_and_sent_back_is_covered_again(self):
        line = self.order.order_line.filtered(lambda line: line.product_id == self.kettle)
        rma = (
            self.env["aftersales.rma"]
            .with_user(self.agent)
            ._request(
                self.hungarian,
                [{"sale_line": line.with_user(self.agent), "quantity": 2, "reason": self._reason("changed_mind")}],
                None,
                True,
            )
        )
        rma.action_approve()
        self._receive(rma, 2, accepted=False)
        self.assertEqual(sorted(self._of().mapped(lambda w: (w.state, w.quantity))), [("active", 1), ("void", 2)])
        rma.line_ids._send_back()
        picking = rma.sudo().remedy_ids.move_ids.picking_id.filtered(lambda p: p.state != "done")
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(sorted(self._of().mapped(lambda w: (w.state, w.quantity))), [("active", 1), ("active", 2)])

    def test_a_serial_that_comes_back_by_another_way_is_void(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_customers").id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.washer.id,
                            "product_uom_qty": 1,
                            "location_id": self.env.ref("stock.stock_location_customers").id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                            "move_line_ids": [
                                Command.create({"product_id": self.washer.id, "lot_id": self.lots[1].id, "quantity": 1})
                            ],
                        }
                    )
                ],
            }
        )
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual((self._of(self.lots[0]).state, self._of(self.lots[1]).state), ("active", "void"))

    # === New owners === #

    def test_a_new_owner_takes_it_over_and_the_record_says_so(self):
        warranty = self._of(self.lots[0])
        friend = self.env["res.partner"].create({"name": "Zoe"})
        third = self.env["res.partner"].create({"name": "Mia"})
        with freeze_time("2026-09-01 12:00:00"):
            warranty._transfer(third, date(2026, 8, 1))
            warranty._transfer(friend, date(2026, 5, 1), "Moved abroad")  # recorded late
            self.assertEqual(warranty.partner_id, third)
            self.assertEqual(warranty.change_ids.partner_id, friend | third)
            for partner, day, error in (
                (third, date(2026, 9, 1), "has it already"),
                (friend, date(2026, 9, 2), "lies between"),
                (friend, date(2026, 3, 9), "lies between"),
            ):
                with self.subTest(day=day), self.assertRaisesRegex(UserError, error):
                    warranty._transfer(partner, day)

    def test_terms_may_forbid_a_new_owner(self):
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "For you alone", "duration": 60, "transferable": False}
        )
        warranty = self.env["aftersales.warranty"].search(
            [("sale_order_id", "=", self._sold((self.kettle, 1)).id), ("source", "=", "commercial")]
        )
        with self.assertRaisesRegex(UserError, "do not let a new owner"):
            warranty._transfer(self.hungarian, date(2026, 3, 10))

    # === Other days === #

    def test_a_term_from_the_invoice_begins_with_it(self):
        term = self.env["aftersales.warranty.term"].create(
            {"name": "From the invoice", "duration": 12, "start": "invoice"}
        )
        self.kettle.product_tmpl_id.aftersales_term_ids = term
        order = self._order((self.kettle, 1))
        self._deliver(order)
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id), ("term_id", "=", term.id)])
        with freeze_time("2026-04-02 12:00:00"):
            self._invoice(order)
        self.assertEqual((warranty.start_date, warranty.end_date), (date(2026, 4, 2), date(2027, 4, 2)))

    def test_terms_that_wait_for_a_person_begin_nothing_by_themselves(self):
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            [{"name": start, "duration": 12, "start": start} for start in ("registration", "manual", "end")]
        )
        order = self._sold((self.kettle, 1))
        self.assertEqual(
            self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)]).mapped("source"), ["statutory"]
        )

    # === Promises === #

    def test_what_was_promised_cannot_be_rewritten(self):
        warranty = self._of(self.lots[0])
        for vals in (
            {"end_date": "2090-01-01"},
            {"coverage": {}},
            {"start_date": "2020-01-01"},
            {"partner_id": self.customer.id},
            {"closing": "void"},
            {"is_verified": False},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                warranty.with_user(self.manager).write(vals)

    def test_a_manager_gives_one_by_hand_by_its_terms(self):
        term = self.env["aftersales.warranty.term"].create({"name": "By hand", "duration": 6, "start": "manual"})
        vals = {
            "product_id": self.kettle.id,
            "partner_id": self.customer.id,
            "start_date": "2026-01-31",
            "term_id": term.id,
        }
        warranties = self.env["aftersales.warranty"]
        with self.assertRaises(AccessError):
            warranties.with_user(self.agent).create(vals)
        warranty = warranties.with_user(self.manager).with_context(default_closing="void").create(vals)
        self.assertEqual(
            (warranty.end_date, warranty.term_name, warranty.state), (date(2026, 7, 31), "By hand", "active")
        )
        with self.assertRaisesRegex(ValidationError, "Choose the terms"):
            warranties.with_user(self.manager).create({**vals, "term_id": False})
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            warranties.with_user(self.manager).create({**vals, "end_date": "2090-01-01"})
