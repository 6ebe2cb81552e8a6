from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .common import AftersalesCommon


class TestDisposition(AftersalesCommon):
    """What becomes of goods that came back, each done by stock as soon as somebody says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.shelf = cls.warehouse.lot_stock_id
        cls.returns = cls.env["stock.location"].create(
            {"name": "Returns", "usage": "internal", "location_id": cls.warehouse.view_location_id.id}
        )
        cls.company.aftersales_return_location_id = cls.returns
        cls.vendor = cls.env["res.partner"].create({"name": "Kettles Ltd"})
        cls.kettle.seller_ids = [Command.create({"partner_id": cls.vendor.id, "price": 40.0})]

    @classmethod
    def _disposition(cls, code):
        return cls.env.ref(f"aftersales_crm.disposition_{code}")

    def _come_back(self, code=None, quantity=1, product=None, lots=None, **entry):
        """A return that was received and looked at."""
        order = self._sold((product or self.kettle, quantity), lots=lots)
        rma = self._rma(order, quantity)
        rma.action_approve()
        self._receive(rma, disposition=code and self._disposition(code).with_user(self.agent), **entry)
        return rma

    def _on_hand(self, location, product=None):
        quants = self.env["stock.quant"].search(
            [("location_id", "=", location.id), ("product_id", "=", (product or self.kettle).id)]
        )
        return sum(quants.mapped("quantity"))

    # === Each operation === #

    def test_goods_for_sale_leave_the_returns_location(self):
        before = self._on_hand(self.shelf)
        self._come_back("restock", 2)
        self.assertEqual((self._on_hand(self.returns), self._on_hand(self.shelf) - before), (0, 2))

    def test_goods_for_sale_stay_where_they_are_sold_from(self):
        self.company.aftersales_return_location_id = False
        moves = self.env["stock.move"].search_count([("product_id", "=", self.kettle.id)])
        self._come_back("restock")
        # delivered and returned, and no third move
        self.assertEqual(self.env["stock.move"].search_count([("product_id", "=", self.kettle.id)]) - moves, 2)

    def test_quarantine_is_a_location_that_nothing_is_sold_from(self):
        available = self.kettle.with_context(warehouse_id=self.warehouse.id)
        before = available.free_qty
        self._come_back("quarantine", 2)
        location = self._disposition("quarantine").location_id
        self.assertEqual((location.usage, location.company_id), ("internal", self.company))
        self.assertEqual((self._on_hand(location), self._on_hand(self.returns)), (2, 0))
        available.invalidate_recordset()
        self.assertEqual(available.free_qty, before)
        self._come_back("quarantine")
        self.assertEqual(self._on_hand(location), 3)

    def test_goods_to_repair_get_a_repair_order_and_come_back_on_sale(self):
        rma = self._come_back("repair")
        repair = rma.sudo().repair_ids
        self.assertEqual((repair.state, repair.partner_id.id, repair.product_qty), ("confirmed", False, 1))
        self.assertEqual(self._on_hand(self._disposition("repair").location_id), 1)
        before = self._on_hand(self.shelf)
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual(self._on_hand(self._disposition("repair").location_id), 0)
        self.assertEqual(self._on_hand(self.shelf) - before, 1)

    def test_goods_that_stay_the_customers_are_repaired_by_their_remedy_alone(self):
        lots = self._lots(self.washer, "D1")
        order = self._sold((self.washer, 1), lots={self.washer: lots})
        rma = self._rma(order, lot=lots, reason=self._reason("defective"))
        rma.action_approve()
        self._receive(rma, disposition=self._disposition("repair").with_user(self.agent))
        self.assertFalse(rma.sudo().repair_ids)
        rma.action_settle()
        self.assertEqual(rma.sudo().repair_ids.product_location_src_id, self.returns)

    def test_scrap_is_scrapped(self):
        rma = self._come_back("scrap", 2)
        scrap = self.env["stock.scrap"].search([("origin", "=", rma.name)])
        self.assertEqual((scrap.state, scrap.scrap_qty, self._on_hand(self.returns)), ("done", 2, 0))

    def test_goods_for_the_vendor_wait_on_a_transfer_to_them(self):
        rma = self._come_back("return_to_vendor", 2)
        picking = rma.sudo().picking_ids.filtered(lambda p: p.location_dest_id.usage == "supplier")
        self.assertEqual((picking.partner_id, picking.state), (self.vendor, "assigned"))
        self.assertEqual((picking.location_id, picking.move_ids.quantity), (self.returns, 2))
        picking.button_validate()
        self.assertEqual((picking.state, self._on_hand(self.returns)), ("done", 0))

    def test_a_serial_for_the_vendor_is_that_serial(self):
        lots = self._lots(self.washer, "V1", "V2")
        order = self._sold((self.washer, 2), lots={self.washer: lots})
        rma = self._rma(order, 2)
        rma.action_approve()
        vendor, restock = (self._disposition(code).with_user(self.agent) for code in ("return_to_vendor", "restock"))
        first, second = rma.line_ids
        rma._receive(
            [
                {"line": first, "quantity": 1, "disposition": restock},
                {"line": second, "quantity": 1, "disposition": vendor},
            ]
        )
        picking = rma.sudo().picking_ids.filtered(lambda p: p.location_dest_id.usage == "supplier")
        self.assertEqual((picking.state, picking.move_line_ids.lot_id), ("assigned", second.lot_id))

    def test_gifts_leave_stock_for_good(self):
        self._come_back("donate")
        location = self._disposition("donate").location_id
        self.assertEqual((location.usage, self._on_hand(self.returns)), ("inventory", 0))
        self.assertEqual(self._on_hand(location), 1)

    # === Rules === #

    def test_each_company_has_its_own_quarantine(self):
        self._come_back("quarantine")
        other = self.env["res.company"].create({"name": "Second shop"})
        disposition = self._disposition("quarantine")
        self.assertFalse(disposition.with_company(other).location_id)
        location = disposition.with_company(other)._ensure_location()
        self.assertEqual(location.company_id, other)
        self.assertNotEqual(location, disposition.location_id)

    def test_a_location_has_to_suit_its_operation(self):
        with self.assertRaisesRegex(ValidationError, "needs a location of the type"):
            self._disposition("donate").location_id = self.shelf
        with self.assertRaisesRegex(ValidationError, "no location of its own"):
            self._disposition("scrap").location_id = self.shelf

    def test_goods_set_aside_do_not_travel_on_with_the_others(self):
        self.company.aftersales_return_location_id = False
        self.warehouse.reception_steps = "two_steps"
        order = self._sold((self.kettle, 3))
        rma = self._rma(order, 3)
        rma.action_approve()
        line = rma.line_ids
        quarantine = self._disposition("quarantine").with_user(self.agent)
        entries = [{"line": line, "quantity": 1, "disposition": quarantine}, {"line": line, "quantity": 2}]
        rma._receive(entries)
        inwards = (
            self.env["stock.move"]
            .search(
                [("location_id", "=", self.warehouse.wh_input_stock_loc_id.id), ("product_id", "=", self.kettle.id)]
            )
            .filtered(lambda move: move.location_dest_id == self.shelf)
        )
        self.assertEqual((inwards.state, inwards.product_uom_qty), ("assigned", 2))
        self.assertEqual(self._on_hand(quarantine.sudo().location_id), 1)

    def test_accepted_goods_always_have_a_disposition(self):
        rma = self._come_back()
        self.assertEqual(rma.inspection_ids.disposition_id, self._disposition("restock"))
        self.assertEqual(self._on_hand(self.returns), 0)

    # === Nothing stays in limbo === #

    def test_once_done_nothing_lies_in_the_returns_location(self):
        codes = ("restock", "quarantine", "repair", "scrap", "return_to_vendor", "donate")
        for code in codes:
            with self.subTest(disposition=code):
                rma = self._come_back(code)
                rma.action_settle()
                self.assertEqual(rma.state, "done")
                for picking in rma.sudo().picking_ids.filtered(lambda p: p.state == "assigned"):
                    picking.button_validate()
                self.assertEqual(self._on_hand(self.returns), 0)

    def test_a_return_is_not_done_while_goods_lie_aside_unseen(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        picking = rma.sudo().picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking._action_done()
        rma.action_settle()
        self.assertEqual((rma.settlement_status, rma.state, rma.next_step), ("settled", "approved", "inspect"))
        rma._inspect([{"line": rma.line_ids, "quantity": 1}])
        self.assertEqual((rma.state, self._on_hand(self.returns)), ("done", 0))

    def test_refused_goods_are_found_until_they_are_back_with_the_customer(self):
        rma = self._come_back(accepted=False)
        refused = self.env["aftersales.rma"].with_user(self.agent).search([("has_refused_goods", "=", True)])
        self.assertIn(rma, refused)
        self.assertTrue(rma.has_refused_goods)
        self.assertEqual(self._on_hand(self.returns), 1)
        arrived = rma.sudo().picking_ids
        wizard = self.env["stock.return.picking"].create({"picking_id": arrived.id})
        wizard.product_return_moves.quantity = 1
        back = wizard._create_return()
        back.move_ids.write({"quantity": 1, "picked": True})
        back._action_done()
        rma.invalidate_recordset()
        self.assertFalse(rma.has_refused_goods)
        self.assertNotIn(rma, self.env["aftersales.rma"].search([("has_refused_goods", "=", True)]))

    def test_an_inspection_that_stock_refuses_leaves_nothing_behind(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._receive(rma, quantity=float("nan"))
        self.assertFalse(rma.inspection_ids)
        self.assertEqual(rma.reception_status, "waiting")
