from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import AftersalesCommon


class TestReturnReport(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle.standard_price = 40.0

    def _delivered(self, quantity, moment, **vals):
        """An order of kettles that was delivered and invoiced at a moment."""
        order = self._sold((self.kettle, quantity), **vals)
        order.picking_ids.move_ids.date = moment
        return order

    def _returned(self, order, quantity, receive=True, **item):
        rma = self._rma(order, quantity, **item)
        rma.with_user(self.manager).action_approve()
        if receive:
            self._receive(rma, disposition=item.pop("disposition", None))
        return rma

    def _sums(self, groupby, *measures, domain=()):
        """Figures of the kettle as somebody who sees all returns reads them."""
        report = self.env["aftersales.return.report"].with_user(self.agent_all)
        rows = report._read_group([("product_id", "=", self.kettle.id), *domain], [groupby], measures)
        return {row[0]: row[1:] for row in rows}

    def test_the_return_rate_of_a_month_is_what_one_counts_by_hand(self):
        may, june = datetime(2026, 5, 10, 12), datetime(2026, 6, 10, 12)
        first = self._delivered(8, may)
        self._delivered(2, may)
        third = self._delivered(5, june)
        self._returned(first, 2)
        self._returned(first, 1)
        self._returned(first, 1, receive=False)
        self._returned(third, 1)
        # One more of June comes back without a return of ours.
        move = third.picking_ids.move_ids.filtered(lambda m: m.location_dest_id.usage == "customer")
        wizard = self.env["stock.return.picking"].create({"picking_id": move.picking_id.id})
        wizard.product_return_moves.quantity = 1
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()
        rates = self._sums("delivered_on:month", "units_delivered:sum", "units_returned:sum", "return_rate:avg")
        months = {month.month: row for month, row in rates.items()}
        # May: 3 of 10 came back, one more was announced only. June: 2 of 5.
        self.assertEqual(months[5], (10.0, 3.0, 30.0))
        self.assertEqual(months[6], (5.0, 2.0, 40.0))
        total = self._sums("product_id", "return_rate:avg")
        self.assertAlmostEqual(total[self.kettle][0], 100 * 5 / 15)

    def test_every_figure_is_counted_once(self):
        self.kettle.seller_ids = [
            (0, 0, {"partner_id": self.env["res.partner"].create({"name": "Potter"}).id, "sequence": 2}),
            (0, 0, {"partner_id": self.env["res.partner"].create({"name": "Mug"}).id, "sequence": 1}),
        ]
        order = self._delivered(4, datetime(2026, 6, 10, 12))
        rma = self._rma(order, 3)
        rma.action_approve()
        scrap = self.env.ref("aftersales_crm.disposition_scrap")
        line = rma.line_ids
        rma._receive([{"line": line, "quantity": 2}, {"line": line, "quantity": 1, "disposition": scrap}])
        rma.action_settle()
        self.assertEqual(rma.state, "done")
        by_reason = self._sums("reason_id", "units_asked:sum", "units_returned:sum", "value:sum", "refunded:sum")
        self.assertEqual(by_reason[self._reason("changed_mind")], (3.0, 3.0, 300.0, 300.0))
        fates = self._sums("disposition_id", "units_inspected:sum", "cost:sum")
        self.assertEqual(fates[scrap], (1.0, 40.0))
        self.assertEqual(fates[self.env.ref("aftersales_crm.disposition_restock")][0], 2.0)
        remedies = self._sums("remedy_type_id", "units_settled:sum", "refunded:sum")
        self.assertEqual(remedies[self._remedy("refund")], (3.0, 300.0))
        vendors = self._sums("vendor_id", "units_returned:sum")
        self.assertEqual({vendor.name: row[0] for vendor, row in vendors.items()}, {"Mug": 3.0})
        countries = self._sums("country_id", "units_delivered:sum", "units_returned:sum")
        self.assertEqual(countries[self.poland], (4.0, 3.0))

    def test_turnaround_counts_from_the_first_arrival(self):
        rma = self._returned(self._delivered(1, datetime(2026, 6, 10, 12)), 1)
        rma.action_settle()
        rma.line_ids.receipt_move_ids.sudo().date = datetime(2026, 6, 20, 12)
        rma.remedy_ids._write_guarded({"done_at": datetime(2026, 6, 23, 12)})
        self.assertEqual(self._sums("product_id", "days:avg")[self.kettle], (3.0,))

    def test_money_of_orders_in_another_currency_is_converted(self):
        money = self.env["res.currency"].create({"name": "XTS", "symbol": "x", "rounding": 0.01})
        money.rate_ids = [(0, 0, {"name": "2020-01-01", "company_rate": 10.0, "company_id": self.company.id})]
        pricelist = self.env["product.pricelist"].create({"name": "X", "currency_id": money.id})
        order = self._sold((self.kettle, 1, {"price_unit": 1000}), pricelist_id=pricelist.id)
        rma = self._rma(order)
        self.assertEqual(rma.paid_total, 1000)
        self.assertEqual(self._sums("product_id", "value:sum")[self.kettle], (100.0,))

    def test_what_carriers_cost_is_shared_out_over_the_products(self):
        other = self._product("Pan")
        order = self._sold((self.kettle, 1), (other, 3))
        items = [{"sale_line": line, "quantity": line.product_uom_qty} for line in order.order_line]
        reason = self._reason("changed_mind")
        rma = self.env["aftersales.rma"]._request(self.customer, [{**item, "reason": reason} for item in items])
        rma.action_approve()
        rma.picking_ids.carrier_price = 8.0
        rma._receive([{"line": line, "quantity": line.quantity} for line in rma.line_ids])
        self.assertEqual(self._sums("product_id", "cost:sum")[self.kettle], (2.0,))

    def test_only_who_sees_all_returns_reads_figures_and_those_of_other_companies_nobody(self):
        self._delivered(1, datetime(2026, 6, 10, 12))
        report = self.env["aftersales.return.report"]
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            report.with_user(self.agent).search([])
        other = self.env["res.company"].create({"name": "Other"})
        self.agent_all.company_ids = [(4, other.id)]
        outsider = report.with_user(self.agent_all).with_context(allowed_company_ids=other.ids)
        self.assertFalse(outsider.search([("product_id", "=", self.kettle.id)]))
        insider = report.with_user(self.agent_all).with_context(allowed_company_ids=self.company.ids)
        self.assertTrue(insider.search([("product_id", "=", self.kettle.id)]))

    def test_a_row_opens_what_is_behind_it(self):
        order = self._delivered(2, datetime(2026, 6, 10, 12))
        rma = self._returned(order, 1)
        report = self.env["aftersales.return.report"].with_user(self.agent_all)
        rows = report.search([("product_id", "=", self.kettle.id)])
        opened = {row.kind: row.action_open() for row in rows}
        self.assertEqual(opened["return"]["res_id"], rma.id)
        self.assertEqual(opened["delivery"]["res_id"], order.id)
        views = report.get_views([(False, "pivot"), (False, "graph"), (False, "list"), (False, "search")])
        self.assertTrue(rows.web_read({name: {} for name in views["models"][report._name]["fields"]}))
