from odoo.tests import HttpCase, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestHistoryTour(AftersalesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_bundles()

    def test_an_agent_reads_the_whole_customer_and_logs_a_call(self):
        order = self._sold((self.kettle, 1))
        self.env["aftersales.case"].create({"subject": "It whistles", "partner_id": self.customer.id})
        self.env.cr.flush()
        self.env.cr.execute(
            """INSERT INTO aftersales_event (source_key, res_model, res_id, kind, date, partner_id,
                                             commercial_partner_id, title, company_id)
               SELECT 'tour,' || n, 'sale.order', %s, 'message', NOW() AT TIME ZONE 'UTC' + n * interval '1 minute',
                      %s, %s, 'Message ' || n, %s
                 FROM generate_series(1, 60) n""",
            [order.id, self.customer.id, self.customer.id, self.company.id],
        )
        self.start_tour(f"/odoo/res.partner/{self.customer.id}", "aftersales_crm_history", login=self.agent.login)
        call = self.env["mail.activity"].with_context(active_test=False).search([("feedback", "=", "It sings now")])
        self.assertEqual((call.res_model, call.res_id, call.active), ("res.partner", self.customer.id, False))
