from odoo.tests import HttpCase, new_test_user, tagged

from .common import PIXEL, AftersalesCommon


@tagged("post_install", "-at_install")
class TestDockTours(AftersalesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_bundles()
        cls.kettle.barcode = "5901234123457"
        cls.toaster = cls._product("Toaster", barcode="5909876543210")
        cls.lots = cls._lots(cls.washer, "TOUR-W1")

    def _announced(self, name, *items, lots=None):
        order = self._sold(*items, lots=lots)
        lines = [{"sale_line": line, "quantity": line.product_uom_qty} for line in order.order_line]
        rma = self.env["aftersales.rma"]._request(order.partner_id, lines, {"name": name})
        rma._approve()
        return rma

    def test_parcels_are_taken_in_by_scanner_alone(self):
        plain = self._announced("RMA/TOUR/1", (self.kettle, 1))
        mixed = self._announced("RMA/TOUR/2", (self.kettle, 2), (self.washer, 1), lots={self.washer: self.lots})
        docker = new_test_user(self.env, "dock_tour", groups="aftersales_crm.aftersales_crm_group_dock")
        self.start_tour("/odoo/aftersales-dock", "aftersales_crm_dock", login=docker.login)
        self.assertEqual(plain.line_ids.accepted_quantity, 1)
        self.assertEqual(mixed.reception_status, "received")
        kettle, washer = mixed.line_ids
        self.assertEqual(kettle.inspection_ids.mapped("quantity"), [1, 1])
        damaged = washer.inspection_ids
        self.assertEqual((damaged.condition, damaged.disposition_id.code), ("damaged", "quarantine"))
        self.assertEqual(damaged.lot_id, self.lots)
        self.assertEqual(mixed.unannounced_ids.product_id, self.toaster)

    def test_a_reloaded_page_goes_on_with_what_was_counted(self):
        rma = self._announced("RMA/TOUR/3", (self.kettle, 2))
        docker = new_test_user(self.env, "dock_tour", groups="aftersales_crm.aftersales_crm_group_dock")
        self.start_tour("/odoo/aftersales-dock", "aftersales_crm_dock_reload", login=docker.login)
        self.assertEqual((rma.reception_status, rma.line_ids.accepted_quantity), ("received", 2))
        self.assertEqual(rma.unannounced_ids.product_id, self.toaster)

    def test_the_same_parcel_costs_more_on_odoos_own_screens(self):
        rma = self._announced("RMA/TOUR/1", (self.kettle, 1))
        stock_user = new_test_user(self.env, "stock_tour", groups="stock.group_stock_manager")
        self.start_tour("/odoo/receipts", "aftersales_crm_dock_odoo", login=stock_user.login)
        self.assertEqual(rma.reception_status, "received")

    def test_a_clerk_decides_from_the_list(self):
        order = self._sold((self.kettle, 4))
        photos = [{"name": "dent.png", "data": PIXEL}]
        rmas = [self._rma(order, photos=photos, vals={"user_id": self.agent.id}) for _number in range(3)]
        late = self._rma(order, vals={"requested_on": "2099-01-01", "user_id": self.agent.id})
        self.env["aftersales.rma"].search([("state", "=", "submitted")]).filtered(
            lambda rma: rma not in rmas and rma != late
        ).action_cancel()
        self.start_tour("/odoo/aftersales-to-decide", "aftersales_crm_decide", login=self.agent.login)
        self.assertEqual({rma.state for rma in rmas}, {"approved"})
        self.assertEqual((late.state, late.reject_reason), ("rejected", "Too late"))
