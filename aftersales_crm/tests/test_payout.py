from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import AftersalesCommon

# What Odoo's providers raise when nobody answers.
TIMEOUT = "Could not establish the connection to the API."


class ProviderDown(Exception):
    """The worker dies while it waits for the provider."""


@tagged("-at_install", "post_install")
class TestPayout(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env, "aftersales_billing", groups="account.group_account_invoice,base.group_user"
        )
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        method = cls.env.ref("payment.payment_method_unknown")
        method.support_refund = "partial"
        provider = cls.env["payment.provider"]
        cls.startClassPatcher(
            patch.object(
                type(provider),
                "_compute_feature_support_fields",
                lambda self: self.update({"support_refund": "partial"}),
            )
        )
        cls.provider = provider.create(
            {
                "name": "Card",
                "code": "none",
                "state": "test",
                "company_id": cls.company.id,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )
        method.active = True
        cls.method = method
        line = journal.inbound_payment_method_line_ids[:1]
        line.payment_provider_id = cls.provider
        cls.provider.invalidate_recordset()

    def setUp(self):
        super().setUp()
        self.asked = []
        self.answer = "done"
        self.startPatcher(
            patch.object(type(self.env["payment.transaction"]), "_send_refund_request", self._make_provider())
        )

    def _make_provider(self):
        test = self

        def send_refund_request(transaction):
            test.asked.append((transaction.reference, -transaction.amount))
            if test.answer == "done":
                transaction._set_done()
            elif test.answer == "error":
                transaction._set_error("Card expired")
            elif test.answer == "timeout":
                raise ValidationError(TIMEOUT)
            elif test.answer == "crash":
                raise ProviderDown

        return send_refund_request

    # === Helpers === #

    def _paid_online(self, *items, share=1.0):
        order = self._sold(*items)
        self._pay_online(order, share)
        return order

    def _pay_online(self, order, share=1.0):
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": f"{order.name}-{share}",
                "amount": order.amount_total * share,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.link(order.id)],
                "invoice_ids": [Command.set(order.invoice_ids.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()

    def _refunded(self, order, quantity=1):
        rma = self._rma(order, quantity)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.mapped("error"), [False])
        return rma.sudo()

    def _run(self):
        with self._worker() as env:
            env["aftersales.payout"]._cron_process()
            env["payment.transaction"].search([("is_post_processed", "=", False)])._post_process()

    def _crash(self):
        """A worker asks the provider and dies; assertRaises would take back what it has committed."""
        self.answer = "crash"
        died = False
        try:
            with self._worker() as env:
                env["aftersales.payout"]._cron_process()
        except ProviderDown:
            died = True
        self.assertTrue(died)
        self.answer = "done"

    # === Companies and currencies === #

    def _second_shop(self):
        """Another company with a provider of its own, for which the agent works from the first."""
        company = self.env["res.company"].create({"name": "Second shop", "country_id": self.poland.id})
        self.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        company.currency_id = self.env.ref("base.EUR")
        (self.env.user | self.agent).company_ids += company
        journals = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)])
        provider = self.provider.copy({"company_id": company.id, "state": "test", "name": "Card of the second"})
        provider.payment_method_ids = self.method
        journals[:1].inbound_payment_method_line_ids[:1].payment_provider_id = provider
        provider.invalidate_recordset()
        return company, provider

    def test_a_second_company_pays_back_in_the_currency_of_the_order_by_its_own_provider(self):
        company, self.provider = self._second_shop()
        pounds = self.env.ref("base.GBP")
        pounds.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": pounds.id, "company_id": company.id, "rate": 0.8, "name": "2020-01-01"}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "GB", "currency_id": pounds.id, "company_id": company.id}
        )
        line = {"price_unit": 33.33, "tax_ids": False}
        both = self.env(context={**self.env.context, "allowed_company_ids": (self.company | company).ids})
        order = self._order((self.kettle, 2, line), company_id=company.id, pricelist_id=pricelist.id).with_env(both)
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        self._invoice(order)
        self._pay_online(order)
        rma = self._rma(order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        payout = rma.sudo().payout_ids
        self.assertEqual((payout.company_id, payout.currency_id, payout.amount), (company, pounds, 33.33))
        self._run()
        self.assertEqual((payout.state, rma.payout_status), ("done", "paid"))
        payment = payout.refund_transaction_id.payment_id
        self.assertEqual((payment.company_id, payment.currency_id, payment.amount), (company, pounds, 33.33))
        self.assertEqual(rma.sudo().refund_ids.amount_residual, 0)

    # === Queue === #

    def test_money_goes_back_the_way_it_came_and_never_within_the_decision(self):
        rma = self._refunded(self._paid_online((self.kettle, 2)))
        self.assertEqual((rma.payout_ids.state, rma.payout_ids.amount), ("queued", 100))
        self.assertEqual(self.asked, [])
        self.assertEqual(rma.payout_status, "to_pay")
        self._run()
        self.assertEqual([amount for _reference, amount in self.asked], [100])
        self.assertEqual((rma.payout_ids.state, rma.payout_status), ("done", "paid"))
        self.assertTrue(rma.paid_at)
        self._run()
        self.assertEqual(len(self.asked), 1)

    def test_what_was_paid_online_and_never_invoiced_is_invoiced_and_goes_back(self):
        for policy in ("order", "delivery"):
            with self.subTest(policy=policy):
                self.kettle.invoice_policy = policy
                order = self._order((self.kettle, 2))
                self._pay_online(order)
                self._deliver(order)
                rma = self._refunded(order)
                charged = order.invoice_ids.filtered(lambda move: move.move_type == "out_invoice")
                self.assertEqual((charged.amount_total, charged.payment_state), (200, "paid"))
                self.assertEqual((rma.state, rma.refunded_total, rma.payout_ids.amount), ("done", 100, 100))
                self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))
                self._run()
                self.assertEqual((rma.payout_ids.state, rma.payout_status), ("done", "paid"))

    def test_a_part_that_was_paid_online_and_never_invoiced_is_not_settled_with_nothing(self):
        order = self._order((self.kettle, 2))
        self._pay_online(order, share=0.5)
        rma = self._rma(order, 2)
        rma.action_approve()
        rma.action_settle()
        self.assertEqual((rma.remedy_ids.state, order.invoice_ids.ids), ("failed", []))
        self.assertIn("was paid online before it was invoiced", rma.remedy_ids.error)
        self._invoice(order)
        rma.action_settle()
        self.assertEqual((rma.remedy_ids.state, rma.remedy_ids.amount), ("done", 200))

    def test_a_connection_that_broke_is_no_refusal(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        self.answer = "timeout"
        self._run()
        self.assertEqual(rma.payout_ids.state, "unclear")
        self.assertIn("Look at the provider", rma.payout_ids.activity_ids.note)
        self._run()
        self.assertEqual(len(self.asked), 1, "it is not sent again by itself")

    def test_a_crash_before_the_answer_pays_nothing_twice(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        self._crash()
        payout = rma.payout_ids
        self.assertEqual((payout.state, payout.answered_at), ("sent", False))
        self.assertEqual(payout.refund_transaction_id.state, "draft")
        self._run()
        self.assertEqual(payout.state, "unclear")
        self.assertTrue(payout.activity_ids)
        self._run()
        self.assertEqual(len(self.asked), 1, "never sent again by itself")
        with self.assertRaisesRegex(UserError, "being paid back by Card"):
            rma.refund_ids.button_draft()
        # What Odoo hears later settles it.
        payout.refund_transaction_id._set_done()
        self._run()
        self.assertEqual((payout.state, rma.payout_status), ("done", "paid"))
        self.assertFalse(payout.activity_ids)

    def test_a_person_who_looked_at_the_provider_settles_what_is_unclear(self):
        for paid, method in ((True, "action_confirm_paid"), (False, "action_confirm_not_paid")):
            with self.subTest(paid=paid):
                rma = self._refunded(self._paid_online((self.kettle, 1)))
                self._crash()
                self._run()
                with self.assertRaises(UserError):
                    getattr(rma.payout_ids.with_user(self.agent), method)()
                payout = rma.payout_ids.with_user(self.accountant)
                getattr(payout, method)()
                self.assertEqual(payout.state, "done" if paid else "failed")
                if not paid:
                    payout.action_retry()
                self._run()
                self.assertEqual(rma.payout_status, "paid")

    def test_what_the_provider_refuses_fails_with_its_words(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        self.answer = "error"
        self._run()
        payout = rma.payout_ids.with_user(self.accountant)
        self.assertEqual((payout.state, payout.error), ("failed", "Card expired"))
        self.assertEqual(rma.payout_status, "to_pay")
        self._run()
        self.assertEqual(len(self.asked), 1)
        payout.action_cancel()
        self.assertEqual(payout.state, "cancelled")

    def test_never_more_goes_back_than_came(self):
        order = self._paid_online((self.kettle, 2), share=0.75)
        first, second = self._refunded(order), self._refunded(order)
        self.assertEqual(sum((first | second).payout_ids.mapped("amount")), 150)
        self._run()
        self.assertEqual(sum(amount for _reference, amount in self.asked), 150)

    def test_a_provider_that_cannot_refund_leaves_it_to_the_bookkeeper(self):
        self.method.support_refund = "none"
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        self.assertFalse(rma.payout_ids)
        self.method.support_refund = "full_only"
        self.assertFalse(self._refunded(self._paid_online((self.kettle, 2))).payout_ids)
        self.assertTrue(self._refunded(self._paid_online((self.kettle, 1))).payout_ids)
        self.company.aftersales_refund_online = False
        self.assertFalse(self._refunded(self._paid_online((self.kettle, 1))).payout_ids)

    def test_undoing_the_credit_note_calls_the_payout_off(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        rma.refund_ids.button_draft()
        self.assertEqual(rma.payout_ids.state, "cancelled")
        rma.refund_ids.action_post()
        self.assertEqual(rma.payout_ids.mapped("state").count("queued"), 1)
        self._run()
        self.assertEqual(len(self.asked), 1)

    def test_paying_by_hand_calls_what_waits_off_and_refuses_what_is_under_way(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=rma.refund_ids.ids
        )
        self.answer = "pending"
        self._run()
        self.assertEqual(rma.payout_ids.state, "sent")
        with self.assertRaisesRegex(UserError, "being paid back"):
            register.create({})._create_payments()
        rma.payout_ids.refund_transaction_id._set_error("No")
        self._run()
        register.create({})._create_payments()
        self.assertEqual((rma.payout_ids.state, rma.payout_status), ("cancelled", "paid"))
        self.assertEqual(len(self.asked), 1)

    def test_two_workers_send_it_once(self):
        rma = self._refunded(self._paid_online((self.kettle, 1)))
        payout = rma.payout_ids
        with self._worker() as env:
            mine = env["aftersales.payout"].browse(payout.id)
            self.assertTrue(mine._announce())
            env.cr.commit()
            env["aftersales.payout"]._cron_process()
        self.assertEqual((payout.state, self.asked), ("unclear", []))

    # === Bank accounts === #

    def _paid_by_transfer(self):
        order = self._sold((self.kettle, 1))
        register = self.env["account.payment.register"]
        register.with_context(active_model="account.move", active_ids=order.invoice_ids.ids).create(
            {}
        )._create_payments()
        return order

    def test_the_account_is_asked_for_where_money_came_by_transfer(self):
        shop = self.env["res.partner.bank"].create({"acc_number": "7777", "partner_id": self.company.partner_id.id})
        rma = self._refunded(self._paid_by_transfer()).with_user(self.agent)
        self.assertNotEqual(rma.sudo().refund_ids.partner_bank_id, shop)
        self.assertTrue(rma.asks_for_account)
        for wrong in ("PL61109010140000071219812875", "IBAN", "12", "1234-ABCD"):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                rma.payout_account = wrong
        rma.payout_account = "pl61 1090 1014 0000 0712 1981 2874"
        bank = rma.sudo().payout_bank_id
        self.assertEqual((bank.acc_number, bank.partner_id), ("PL61 1090 1014 0000 0712 1981 2874", self.customer))
        self.assertEqual(rma.sudo().refund_ids.partner_bank_id, bank)
        self.assertFalse(rma.asks_for_account)

    def test_nothing_is_asked_for_where_nothing_was_paid_or_the_provider_pays(self):
        self.assertFalse(self._refunded(self._sold((self.kettle, 1))).asks_for_account)
        self.assertFalse(self._refunded(self._paid_online((self.kettle, 1))).asks_for_account)

    def test_the_money_goes_to_no_account_of_somebody_else(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        strangers = self.env["res.partner.bank"].create(
            {"acc_number": "PL61109010140000071219812874", "partner_id": self.agent.partner_id.id}
        )
        with self.assertRaisesRegex(ValidationError, "this account is somebody else's"):
            rma.payout_bank_id = strangers

    def test_the_account_noted_early_is_on_the_credit_note(self):
        rma = self._rma(self._paid_by_transfer())
        rma.action_approve()
        rma.payout_account = "PL61109010140000071219812874"
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.sudo().refund_ids.partner_bank_id.acc_number, "PL61 1090 1014 0000 0712 1981 2874")

    def test_an_account_that_was_put_away_is_taken_up_again_when_it_is_named(self):
        rma = self._rma(self._paid_by_transfer())
        rma.payout_account = "PL61109010140000071219812874"
        bank = rma.payout_bank_id
        rma.payout_bank_id = False
        bank.sudo().active = False
        rma.payout_account = "PL61 1090 1014 0000 0712 1981 2874"
        self.assertEqual((rma.payout_bank_id, bank.active), (bank, True))

    def test_only_digits_that_a_bank_reads_are_an_account(self):
        for number in ("²²²²²²", "٤٤٤٤٤٤"):
            with self.assertRaisesRegex(ValidationError, "no number of a bank account"):
                self.env["aftersales.rma"]._check_account(number)

    # === Who sees it === #

    def test_agents_see_payouts_of_their_returns_and_bookkeepers_all(self):
        order = self._paid_online((self.kettle, 2))
        mine, others = self._refunded(order), self._refunded(order)
        mine.user_id, others.user_id = self.agent, self.agent_all
        payouts = mine.payout_ids | others.payout_ids
        self.assertEqual(len(payouts), 2)
        bookkeeping_agent = new_test_user(
            self.env, "both", groups="account.group_account_invoice,aftersales_crm.aftersales_crm_group_agent"
        )
        for user, seen in (
            (self.agent, mine.payout_ids),
            (self.agent_all, payouts),
            (self.manager, payouts),
            (self.accountant, payouts),
            (bookkeeping_agent, payouts),
        ):
            found = self.env["aftersales.payout"].with_user(user).search([("id", "in", payouts.ids)])
            self.assertEqual(found.sudo(), seen, user.login)

    # === Refund by === #

    def test_the_day_to_refund_by_comes_from_the_law_then_from_the_company(self):
        self.company.aftersales_refund_days = 20
        rma = self._rma(self._sold((self.kettle, 2)), vals={"requested_on": "2030-01-01"})
        self.assertFalse(rma.refund_by)
        rma.with_user(self.manager).action_approve("Asked for in good time")
        self.assertEqual(str(rma.refund_by), "2030-01-21")
        order = self._sold((self.kettle, 1))
        rma = self._rma(order)
        rma.action_approve()
        self.assertEqual(rma.line_ids.basis, "withdrawal")
        self.assertEqual((rma.refund_by - rma.requested_on).days, 14)
        rma = self._rma(self._sold((self.kettle, 1)), reason=self._reason("wrong_item"))
        rma.action_approve()
        self.assertFalse(rma.refund_by, "a replacement pays nothing")

    def test_the_bookkeeper_pays_the_list_in_one_batch(self):
        rmas = self._refunded(self._paid_by_transfer()) | self._refunded(self._paid_by_transfer())
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.account_move_action_to_pay")
        moves = self.env["account.move"].with_user(self.accountant)
        waiting = moves.search(safe_eval(action["domain"]))
        self.assertLessEqual(rmas.refund_ids, waiting.sudo())
        online = self._refunded(self._paid_online((self.kettle, 1)))
        self.assertNotIn(online.refund_ids, moves.search(safe_eval(action["domain"])))
        register = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=rmas.refund_ids.ids)
        )
        register.create({"group_payment": False})._create_payments()
        self.assertEqual(rmas.mapped("payout_status"), ["paid", "paid"])
        self.assertTrue(all(rmas.mapped("paid_at")))

    def test_from_a_phone_number_to_the_day(self):
        self.customer.phone = "+48 601 222 333"
        rma = self._refunded(self._paid_by_transfer())
        found = (
            self.env["aftersales.rma"]
            .with_user(self.agent_all)
            .search([("partner_id.phone_mobile_search", "ilike", "601222333")])
        )
        self.assertEqual(found, rma)
        self.assertTrue(found.refund_by)
