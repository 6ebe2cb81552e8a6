from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import AftersalesCommon


class TestFiscalRegister(AftersalesCommon):
    """Poland: refunds of sales on fiscal receipts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_fiscal_country_id = cls.poland
        group = cls.env["account.tax.group"].create({"name": "VAT", "country_id": cls.poland.id})
        cls.tax.write({"country_id": cls.poland.id, "tax_group_id": group.id})
        cls.books = new_test_user(
            cls.env, "fiscal_books", groups="account.group_account_invoice,base.group_allow_export"
        )

    def _refunded(self, receipt="", reason="changed_mind", quantity=1):
        order = self._sold(
            (self.kettle, 2, {"tax_ids": [Command.set(self.tax.ids)]}), aftersales_fiscal_receipt=receipt
        )
        rma = self._rma(order, quantity, reason=self._reason(reason), remedy=self._remedy("refund"))
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.state, "done")
        return rma

    def _entries(self, rma, user=None):
        return self.env["aftersales.fiscal.register"].with_user(user or self.books).search([("rma_id", "=", rma.id)])

    def test_a_return_of_a_receipt_is_entered_with_what_the_law_asks_for(self):
        rma = self._refunded("PAR 12/2026")
        entry = self._entries(rma)
        self.assertEqual((entry.kind, entry.document, entry.quantity), ("return", "PAR 12/2026", 1.0))
        self.assertEqual((entry.amount_total, entry.amount_tax), (123.0, 23.0))
        self.assertEqual((entry.product_id, entry.reason_id), (self.kettle, self._reason("changed_mind")))
        self.assertEqual(entry.refund_id, rma.sudo().refund_ids)
        sold = rma.sudo().refund_ids.reversed_entry_id
        self.assertEqual((entry.date, entry.sold_on), (self.company._aftersales_today(), sold.invoice_date))

    def test_an_accepted_complaint_is_entered_on_the_day_of_its_acceptance(self):
        rma = self._refunded("PAR 13/2026", "not_as_described")
        rma._write_guarded({"decided_at": "2026-03-31 22:30:00"})
        entry = self._entries(rma)
        self.assertEqual(entry.kind, "complaint")
        self.assertEqual(str(entry.date), "2026-04-01")

    def test_a_journal_of_receipts_enters_all_its_sales_with_the_invoice(self):
        journals = self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", self.company.id)])
        rma = self._refunded()
        self.assertFalse(self._entries(rma))
        journals.aftersales_fiscal_receipt = True
        self.assertEqual(self._entries(rma).document, rma.sudo().refund_ids.reversed_entry_id.name)

    def test_what_was_undone_is_not_in_the_register(self):
        rma = self._refunded("PAR 14/2026")
        rma.sudo().refund_ids.button_draft()
        self.assertFalse(self._entries(rma))

    def test_elsewhere_there_is_no_register_and_no_menu(self):
        rma = self._refunded("PAR 15/2026")
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self._entries(rma))
        menus = [self.env.ref(f"aftersales_crm.{app}_menu_fiscal_register").id for app in ("aftersales", "account")]
        user = new_test_user(
            self.env,
            "fiscal_manager",
            groups="aftersales_crm.aftersales_crm_group_manager,account.group_account_manager",
        )
        loaded = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        self.assertFalse(set(menus) & loaded.keys())
        self.company.account_fiscal_country_id = self.poland
        loaded = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        self.assertLessEqual(set(menus), loaded.keys())

    def test_the_register_is_printed_and_exported(self):
        rma = self._refunded("PAR 16/2026")
        entry = self._entries(rma)
        html = (
            self.env["ir.actions.report"]
            .with_user(self.books)
            ._render_qweb_html("aftersales_crm.fiscal_register_report", entry.ids)[0]
        )
        self.assertIn("PAR 16/2026", html.decode())
        self.assertIn(rma.name, html.decode())
        data = entry.export_data(["date", "document", "product_id", "amount_total", "amount_tax"])["datas"][0]
        self.assertEqual(data[1:], ["PAR 16/2026", "Kettle", 123.0, 23.0])

    def test_only_bookkeepers_and_managers_read_it(self):
        rma = self._refunded("PAR 17/2026")
        self.assertTrue(self._entries(rma, self.manager))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self._entries(rma, self.agent_all)
        action = self._entries(rma).action_open()
        self.assertEqual(action["res_model"], "account.move")
        self.assertEqual(self._entries(rma, self.manager).action_open()["res_model"], "aftersales.rma")
