from odoo.tests import HttpCase, new_test_user, tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestTours(AftersalesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_bundles()

    def _take_a_kettle_back(self, path, user):
        order = self._sold((self.kettle, 2))
        self.start_tour(f"/odoo/{path}/{order.id}", "aftersales_crm_return", login=user.login)
        rma = order.aftersales_rma_line_ids.rma_id
        self.assertEqual(rma.state, "done")
        self.assertEqual(rma.user_id, user)
        self.assertEqual(rma.refund_ids.amount_total, 100.0)

    def test_an_agent_takes_a_kettle_back_from_order_to_credit_note(self):
        self._take_a_kettle_back("aftersales-orders", self.agent)

    def test_who_also_sells_and_invoices_does_it_from_the_order_of_sales(self):
        groups = (
            "sales_team.group_sale_salesman_all_leads,account.group_account_invoice,"
            "aftersales_crm.aftersales_crm_group_agent_all"
        )
        seller = new_test_user(self.env, "aftersales_seller", groups=groups)
        self._take_a_kettle_back("action-sale.action_orders", seller)

    def test_an_agent_answers_a_case_with_what_has_helped_others_and_solves_it(self):
        cases = self.env["aftersales.case"]
        old = cases.create({"subject": "Washer leaks at the door", "partner_id": self.stranger.partner_id.id})
        old.action_solve("<p>Replace the door seal</p>")
        case = cases.create({"subject": "My washer leaks", "partner_id": self.customer.id})
        self.start_tour("/odoo/aftersales-cases", "aftersales_crm_case", login=self.agent.login)
        self.assertEqual((case.state, case.user_id), ("solved", self.agent))
        self.assertTrue(case.first_answer_at)
        self.assertIn("Replace the door seal", case.solution)
