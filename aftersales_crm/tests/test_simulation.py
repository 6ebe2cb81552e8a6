from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .test_policy import PolicyCommon


class TestSimulation(PolicyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 3), (cls._product("Toaster", list_price=40), 1))

    def _simulate(self, user=None, **vals):
        simulations = self.env["aftersales.simulation"].with_user(user or self.agent)
        return simulations.new({"sale_order_id": self.order.id, "quantity": 1, **vals})

    def _bases(self, simulation):
        return {basis["label"]: basis for basis in simulation._rows()[0]["bases"]}

    def test_an_agent_asks_what_if_from_the_order(self):
        rmas = self.env["aftersales.rma"].search_count([])
        action = self.order.with_user(self.agent).action_aftersales_simulate()
        form = Form(self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"]))
        form.reason_id = self._reason("changed_mind")
        for text in ("Kettle", "Toaster", "Withdrawal by law: until", "Only defects are covered.", "Refund"):
            self.assertIn(text, form.result)
        form.reason_id = self._reason("defective")
        self.assertIn("Repair", form.result)
        form.requested_on = "2099-01-01"
        self.assertIn("ended on", form.result)
        self.assertEqual(self.env["aftersales.rma"].search_count([]), rmas)

    def test_it_says_what_a_request_then_gets(self):
        self.policy.write({"fee_type": "fixed", "fee_amount": 7})
        order = self.order = self._sold((self.kettle, 9))
        for reason, day in (("changed_mind", 0), ("changed_mind", 20), ("changed_mind", 90), ("defective", 900)):
            vals = {"requested_on": self.company._aftersales_today() + timedelta(days=day)}
            row = self._simulate(reason_id=self._reason(reason).id, **vals)._rows()[0]
            line = self._rma(order, reason=self._reason(reason), vals=vals).line_ids
            self.assertEqual(row["bases"][0]["label"], dict(line._fields["basis"].selection)[line.basis])
            self.assertEqual((row["bases"][0]["fee"], row["bases"][0]["outcome"]), (line.fee, line.eligibility))
            self.assertEqual("\n".join(row["reasons"]), line.basis_reasons)

    def test_facts_can_be_other_than_the_order_says(self):
        bases = self._bases(self._simulate(customer_type="business"))
        self.assertEqual((bases["Withdrawal"]["outcome"], bases["Return policy"]["outcome"]), ("fail", "pass"))
        self.assertEqual(bases["Statutory guarantee"]["outcome"], "fail")
        self.kettle.product_tmpl_id.aftersales_kind_id = self._kind("hygiene")
        self.order = self._sold((self.kettle, 1))
        outcomes = [
            self._bases(self._simulate(opened=opened))["Withdrawal"]["outcome"] for opened in (False, "no", "yes")
        ]
        self.assertEqual(outcomes, ["unknown", "pass", "fail"])

    def test_a_policy_is_tried_before_it_is_in_force(self):
        strict = self.env["aftersales.return.policy"].create(
            {"name": "Strict", "window_days": 5, "sequence": 999, "fee_type": "percent", "fee_amount": 10}
        )
        today = self.company._aftersales_today()
        for days, fee, outcome in ((5, 10, "pass"), (6, 10, "fail")):
            vals = {"requested_on": today + timedelta(days=days)}
            policy = self._bases(self._simulate(policy_id=strict.id, **vals))["Return policy"]
            self.assertEqual((policy["fee"], policy["outcome"]), (fee, outcome))

    def test_it_is_for_agents_only(self):
        stranger = new_test_user(self.env, "sim_stranger", groups="base.group_user")
        self.assertFalse(self.env["aftersales.simulation"].with_user(stranger).has_access("create"))
        other = self.env["res.company"].create({"name": "Other"})
        outsider = new_test_user(
            self.env,
            "sim_outsider",
            groups="aftersales_crm.aftersales_crm_group_agent",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self._simulate(user=outsider)._rows()
