from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestUndo(AftersalesCommon):
    """What Odoo refuses, and what people take back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})

    def _approved(self, code="changed_mind", order=None):
        rma = self._rma(order or self._sold((self.kettle, 1)), reason=self._reason(code))
        rma.with_user(self.manager).action_approve()
        return rma

    def _settled(self, code="changed_mind", order=None):
        rma = self._approved(code, order)
        self._receive(rma)
        rma.action_settle()
        return rma

    def _last_words(self, rma):
        return rma.sudo().message_ids.sorted("id")[-1:].body or ""

    # === Refused by Odoo === #

    def test_in_a_closed_period_the_refund_waits_until_it_is_open(self):
        rma = self._approved()
        self._receive(rma)
        self.company.fiscalyear_lock_date = self.company._aftersales_today()
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.refund_ids.ids), ("approved", "failed", []))
        self.assertTrue(rma.remedy_ids.error)
        self.company.fiscalyear_lock_date = False
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.error), ("done", False))

    def test_what_odoo_refuses_fails_with_its_words_and_may_be_settled_again(self):
        rma = self._approved()
        self._receive(rma)
        account = rma.sale_order_ids.sudo().invoice_ids.invoice_line_ids.account_id
        account.active = False
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.state, rma.refund_ids.ids), ("approved", "failed", []))
        self.assertIn(account.code, rma.remedy_ids.error)
        account.active = True
        rma.action_settle()
        self.assertEqual((rma.state, rma.remedy_ids.error), ("done", False))

    def test_without_a_receivable_account_the_exchange_fails_as_a_whole(self):
        cup = self._product("Cup", list_price=140.0)
        rma = self._approved("wrong_item")
        rma.remedy_ids.with_user(self.manager)._change(self._remedy("replacement"), terms={"sent_product_id": cup.id})
        self._receive(rma)
        journal = self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", self.company.id)])
        journal.active = False
        rma.action_settle()
        remedy = rma.remedy_ids
        self.assertEqual((remedy.state, remedy.sudo().exchange_order_id.ids, rma.refund_ids.ids), ("failed", [], []))
        journal.active = True
        rma.action_settle()
        self.assertEqual((remedy.state, remedy.error), ("pending", False))

    def test_a_locked_order_is_refunded_all_the_same(self):
        order = self._sold((self.kettle, 1))
        order.action_lock()
        self.assertEqual(self._settled(order=order).state, "done")

    # === Undone === #

    def test_a_credit_note_set_to_draft_opens_the_return_with_a_reason(self):
        rma = self._settled()
        credit = rma.sudo().refund_ids
        credit.button_draft()
        self.assertEqual((rma.state, rma.remedy_ids.state), ("approved", "draft"))
        bodies = " ".join(rma.sudo().message_ids.mapped("body"))
        self.assertIn(credit.name, bodies)
        with self.assertRaises(UserError):
            credit.unlink()

    def test_a_cancelled_delivery_opens_the_replacement_again(self):
        rma = self._settled("wrong_item")
        picking = rma.remedy_ids.sudo().move_ids.picking_id
        stock_user = new_test_user(self.env, "aftersales_stock", groups="stock.group_stock_user")
        picking.with_user(stock_user).action_cancel()
        self.assertEqual(rma.remedy_ids.state, "draft")
        self.assertIn(picking.name, self._last_words(rma))
        with self.assertRaises(UserError):
            picking.unlink()
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.state, "pending")

    def test_a_cancelled_repair_opens_the_return_again(self):
        rma = self._settled("defective")
        repair = rma.sudo().repair_ids
        repair.action_repair_cancel()
        self.assertEqual(rma.remedy_ids.state, "draft")
        self.assertIn(repair.name, self._last_words(rma))
        with self.assertRaises(UserError):
            repair.unlink()

    def test_undoing_an_exchange_credits_and_sells_nothing_twice(self):
        cup = self._product("Cup", list_price=140.0)
        rma = self._approved("wrong_item")
        rma.remedy_ids.with_user(self.manager)._change(self._remedy("replacement"), terms={"sent_product_id": cup.id})
        self._receive(rma)
        rma.action_settle()
        exchange = rma.remedy_ids.sudo().exchange_order_id
        rma.sudo().refund_ids.button_draft()
        self.assertEqual(rma.remedy_ids.state, "draft")
        rma.sudo().refund_ids.button_cancel()
        rma.action_settle()
        posted = rma.sudo().refund_ids.filtered(lambda move: move.state == "posted")
        self.assertEqual((len(posted), rma.remedy_ids.sudo().exchange_order_id), (1, exchange))

    # === Two companies === #

    def test_a_return_of_another_company_is_settled_with_its_accounts(self):
        other = self.env["res.company"].create({"name": "Sister", "country_id": self.company.country_id.id})
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        self.agent_all.company_ids += other
        self.manager.company_ids += other
        home = self.company
        self.addCleanup(setattr, type(self), "company", home)
        self.env.user.company_ids += other
        env = self.env(context={**self.env.context, "allowed_company_ids": [other.id, home.id]})
        type(self).company = other
        towel = env["product.product"].create({"name": "Towel", "type": "consu", "list_price": 50, "is_storable": True})
        towel.invoice_policy = "order"
        order = env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": other.id,
                "order_line": [(0, 0, {"product_id": towel.id, "product_uom_qty": 2, "tax_ids": False})],
            }
        )
        order.action_confirm()
        self._deliver(order)
        order._create_invoices().action_post()
        agent = self.agent_all.with_context(allowed_company_ids=[home.id, other.id])
        rma = self._rma(order.with_env(agent.env), 2, user=self.agent_all)
        rma = rma.with_user(self.manager).with_context(allowed_company_ids=[home.id, other.id])
        rma.action_approve()
        rma.remedy_ids._change(self._remedy("gift"), 1, {"sent_product_id": towel.id})
        self._receive(rma, 1)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.filtered("error").mapped("error"), [])
        credit = rma.sudo().refund_ids
        self.assertEqual((credit.company_id, credit.amount_total), (other, 50))
        self.assertEqual(rma.sudo().picking_ids.company_id, other)
