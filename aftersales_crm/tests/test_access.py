from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import AftersalesCommon

DOCUMENTS = ("aftersales.rma", "aftersales.rma.line", "aftersales.remedy", "aftersales.inspection")


class TestAccess(AftersalesCommon):
    def test_a_new_user_has_no_right_by_default(self):
        user = self.env["res.users"].create({"name": "New", "login": "brand_new"})
        self.assertFalse(user.has_group("aftersales_crm.aftersales_crm_group_agent"))
        for model in (*DOCUMENTS, "aftersales.warranty", "aftersales.event"):
            self.assertFalse(self.env[model].with_user(user).has_access("read"), model)

    def test_an_agent_sees_own_and_free_returns_only(self):
        order = self._sold((self.kettle, 4))
        own = self._rma(order, vals={"user_id": self.agent.id})
        free = self._rma(order)
        others = self._rma(order, user=self.agent_all, vals={"user_id": self.agent_all.id})
        seen = self.env["aftersales.rma"].with_user(self.agent).search([("partner_id", "=", self.customer.id)])
        self.assertEqual(seen, own | free)
        with self.assertRaises(AccessError):
            others.with_user(self.agent).action_approve()
        with self.assertRaises(AccessError):
            others.line_ids.with_user(self.agent).read(["quantity"])
        self.assertIn(others, self.env["aftersales.rma"].with_user(self.agent_all).search([]))

    def test_an_agent_sees_customer_invoices_and_no_other_entries(self):
        self._sold((self.kettle, 1))
        bill = self.env["account.move"].create({"move_type": "in_invoice", "partner_id": self.customer.id})
        visible = self.env["account.move"].with_user(self.agent).search([])
        self.assertTrue(visible)
        self.assertEqual(set(visible.mapped("move_type")), {"out_invoice"})
        with self.assertRaises(AccessError):
            bill.with_user(self.agent).read(["name"])

    def test_an_agent_changes_no_order_delivery_or_invoice(self):
        order = self._sold((self.kettle, 1)).with_user(self.agent)
        for record in (order, order.picking_ids, order.sudo().invoice_ids.with_user(self.agent)):
            with self.assertRaises(AccessError):
                record.write({"name": "X"})

    def test_an_agent_configures_nothing(self):
        for xmlid in ("return_policy_standard", "reason_defective", "jurisdiction_pl"):
            with self.assertRaises(AccessError):
                self.env.ref(f"aftersales_crm.{xmlid}").with_user(self.agent).name = "X"
        with self.assertRaises(AccessError):
            self.env["aftersales.setup"].with_user(self.agent).create({})

    def test_goodwill_is_for_managers(self):
        order = self._sold((self.kettle, 2))
        rma = self._rma(order)
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            rma.line_ids.basis = "goodwill"
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self._rma(order, submit=False).line_ids.basis = "goodwill"
        rma.with_user(self.manager).line_ids.write({"basis": "goodwill", "decision_reason": "Late by a day"})

    def test_goodwill_cannot_be_smuggled_in_at_creation(self):
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self._rma(self._sold((self.kettle, 1)), basis="goodwill")

    def test_a_warehouse_user_receives_without_any_right_of_ours(self):
        rma = self._rma(self._sold((self.kettle, 2)), 2)
        rma.action_approve()
        dock = new_test_user(self.env, "dock", groups="stock.group_stock_user")
        picking = rma.sudo().picking_ids.with_user(dock)
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(rma.reception_status, "partial")
        self.assertTrue(rma.is_to_inspect)
        self.assertEqual(len(rma.picking_ids), 2, "the rest waits in a backorder of the same return")

    def test_an_accountant_posts_and_undoes_without_any_right_of_ours(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        accountant = new_test_user(self.env, "accountant", groups="account.group_account_manager")
        credit = rma.sudo().refund_ids.with_user(accountant)
        credit.button_draft()
        self.assertEqual(rma.state, "approved")
        credit.action_post()
        self.assertEqual(rma.state, "done")

    def test_a_seller_confirms_and_delivers_without_any_right_of_ours(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman,stock.group_stock_user")
        order = self._order((self.kettle, 1), confirm=False, user_id=seller.id).with_user(seller)
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.button_validate()
        self.assertTrue(order.order_line.aftersales_return_until)
        self.assertTrue(order.aftersales_warranty_count)

    def test_customers_see_their_own_and_nothing_else(self):
        portal = new_test_user(self.env, "ada", groups="base.group_portal")
        portal.partner_id.country_id = self.poland
        own = self._rma(self._sold((self.kettle, 1), partner=portal.partner_id))
        others = self._rma(self._sold((self.kettle, 1)))
        rmas = self.env["aftersales.rma"].with_user(portal)
        self.assertEqual(rmas.search([]), own)
        with self.assertRaises(AccessError):
            others.with_user(portal).read(["name"])
        for model in ("aftersales.inspection", "aftersales.event", "aftersales.return.policy", "stock.move"):
            self.assertFalse(self.env[model].with_user(portal).has_access("read"), model)
        for action in ("action_approve", "action_cancel", "action_settle", "action_mark_sent"):
            with self.assertRaises(AccessError, msg=action):
                getattr(own.with_user(portal), action)()
        with self.assertRaises(AccessError):
            own.with_user(portal).action_reject("No.")
        with self.assertRaises(AccessError):
            rmas.create({"partner_id": portal.partner_id.id})

    def test_who_brings_a_gift_back_reads_no_price_over_rpc(self):
        portal = new_test_user(self.env, "eve", groups="base.group_portal")
        line = self._sold((self.kettle, 2)).order_line
        item = {"sale_line": line, "quantity": 1, "reason": self._reason("wrong_choice")}
        gift = self.env["aftersales.rma"]._request(portal.partner_id, [item], {"is_gift": True})
        gift.with_user(self.manager).action_approve()
        self.assertEqual(gift.with_user(portal).read(["name"])[0]["name"], gift.name)
        for name in ("paid_total", "refunded_total"):
            with self.assertRaises(AccessError, msg=name):
                gift.with_user(portal).read([name])
        for records in (gift.line_ids, gift.sudo().remedy_ids):
            self.assertTrue(records)
            with self.assertRaises(AccessError, msg=records._name):
                records.with_user(portal).read(["quantity"])

    def test_customers_learn_nothing_of_how_they_are_judged(self):
        portal = new_test_user(self.env, "ada", groups="base.group_portal")
        order = self._sold((self.kettle, 1), partner=portal.partner_id).with_user(portal)
        for records, names in (
            (order.order_line, ["aftersales_policy_terms"]),
            (self.company.with_user(portal), ["aftersales_flags", "aftersales_flag_rate", "aftersales_flag_value"]),
        ):
            for name in names:
                self.assertTrue(records.read(["display_name"]))
                with self.assertRaises(AccessError, msg=name):
                    records.read([name])

    def test_another_company_is_another_world(self):
        other = self.env["res.company"].create({"name": "Other shop"})
        rma = self._rma(self._sold((self.kettle, 1)))
        outsider = new_test_user(
            self.env,
            "outsider",
            groups="aftersales_crm.aftersales_crm_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in (*DOCUMENTS, "aftersales.warranty", "aftersales.event"):
            self.assertFalse(self.env[model].with_user(outsider).search([]), model)
        with self.assertRaises(AccessError):
            rma.with_user(outsider).action_approve()
