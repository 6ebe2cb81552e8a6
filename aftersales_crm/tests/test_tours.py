from odoo.tests import HttpCase, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestTours(AftersalesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Bundles made now, not by a request of the browser that all others would wait for.
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def test_an_agent_takes_a_kettle_back_from_order_to_credit_note(self):
        order = self._sold((self.kettle, 2))
        url = f"/odoo/action-sale.action_orders/{order.id}"
        self.start_tour(url, "aftersales_crm_return", login=self.agent_all.login)
        rma = order.aftersales_rma_line_ids.rma_id
        self.assertEqual(rma.state, "done")
        self.assertEqual(rma.user_id, self.agent_all)
        self.assertEqual(rma.refund_ids.amount_total, 100.0)
