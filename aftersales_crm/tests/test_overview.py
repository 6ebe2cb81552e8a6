from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestOverview(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 8))

    def _counts(self, user, **arguments):
        overview = self.env["aftersales.rma"].with_user(user).overview(**arguments)
        return {queue["key"]: queue["count"] for queue in overview["queues"]}

    def test_what_waits_is_counted_where_it_waits(self):
        before = self._counts(self.agent_all)
        late = self._rma(self.order, vals={"requested_on": "2020-01-01"})
        approved = self._rma(self.order)
        approved.action_approve()
        arrived = self._rma(self.order)
        arrived.action_approve()
        arrived.sudo().picking_ids.move_ids.picked = True
        arrived.sudo().picking_ids._action_done()
        counts = self._counts(self.agent_all)
        grown = {key: counts[key] - before[key] for key in counts if counts[key] != before[key]}
        for key in ("decide", "receive", "inspect"):
            self.assertEqual(grown.get(key), 1, key)
        self.assertEqual(grown["overdue"], 1)
        self.assertEqual(late.state, "submitted")

    def test_each_number_opens_a_list_of_as_many(self):
        self._rma(self.order)
        for queue in self.env["aftersales.rma"].with_user(self.agent_all).overview()["queues"]:
            action = self.env["ir.actions.act_window"]._for_xml_id(queue["action"])
            model = action["res_model"].replace(".", "_")
            search = self.env.ref(f"aftersales_crm.{model}_view_search").arch
            self.assertIn("search_default_", action["context"])
            self.assertIn('name="mine"', search)
            name = action["context"].split("search_default_")[1].split("'")[0]
            self.assertIn(f'name="{name}"', search)
            if queue["key"] == "overdue":
                late = self._rma(self.order, vals={"requested_on": "2020-01-01"})
                found = self.env["aftersales.rma"].search([("is_overdue", "=", True)])
                self.assertIn(late, found)
                self.assertTrue(late.is_overdue)

    def test_mine_are_those_assigned_to_me(self):
        rma = self._rma(self.order)
        self.assertEqual(self._counts(self.agent, mine=True)["decide"], 0)
        rma.user_id = self.agent
        self.assertEqual(self._counts(self.agent, mine=True)["decide"], 1)

    def test_plots_are_for_who_sees_all_returns(self):
        rmas = self.env["aftersales.rma"]
        self.assertFalse(rmas.with_user(self.agent).overview()["plots"])
        plots = rmas.with_user(self.agent_all).overview()["plots"]
        for plot in plots:
            report = self.env[plot["model"]].with_user(self.agent_all)
            report.get_views([(plot["view_id"], "graph")])
            report.search_count(plot["domain"])
        self.assertTrue(plots)

    def test_customers_have_no_overview(self):
        customer = new_test_user(self.env, "overlooked", groups="base.group_portal", partner_id=self.customer.id)
        with self.assertRaises(AccessError):
            self.env["aftersales.rma"].with_user(customer).overview()

    def test_each_count_is_one_query(self):
        self._counts(self.agent_all)
        self.env.flush_all()
        with self.assertQueryCount(22):
            self.env["aftersales.rma"].with_user(self.agent_all).overview()
