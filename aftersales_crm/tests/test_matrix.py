"""Every remedy in two companies and in currencies foreign to them, settled by who has the fewest rights."""

import os
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import AftersalesCommon

PRICE = 100.0
# ``back``: what the customer gets, in the currency of the order; the tax of 23 % comes on top of the price.
CASES = {
    "one of three": {"units": 3, "back": 123},
    "all that was bought": {"units": 3, "returned": 3, "back": 369},
    "a discount on the whole order": {"discount": 0.1, "back": 110.70},
    "taxes in the price": {"tax": "included", "back": 100},
    "a down payment before the invoice": {"down": 30, "back": 123},
    "money that an accountant gave back before": {"rebate": 10, "back": 110.70},
    "a fee": {"fee": 10, "back": 110.70},
    "the delivery": {"delivery": 10, "back": 135.30},
    "another product that costs more": {"remedy": "replacement", "sent": "cup", "back": 123, "due": 49.20},
    "another product that costs less": {"remedy": "replacement", "sent": "towel", "back": 123, "owed": 86.10},
    "the same product again": {"remedy": "replacement", "back": 0},
    "a part of the price for who keeps the goods": {"remedy": "keep", "agreed": 50, "back": 50},
    "a gift": {"remedy": "gift", "sent": "towel", "back": 0},
    "a repair that the customer pays": {"remedy": "repair", "charged": True, "back": 0},
}

# A case takes two seconds: all cells of the table run when somebody asks for them.
EVERYWHERE = os.environ.get("AFTERSALES_MATRIX") == "all"


@tagged("-at_install", "post_install", "aftersales_money")
class TestMatrix(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._second_company()
        cls.companies = cls.company | cls.second
        both = {"company_ids": [Command.set(cls.companies.ids)]}
        (cls.env.user | cls.agent | cls.manager).write(both)
        cls.accountant = new_test_user(cls.env, "aftersales_books", groups="account.group_account_invoice", **both)
        # Everybody works in the first company, also on what belongs to the second.
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.companies.ids))
        cls.foreign = cls.env.ref("base.GBP")
        cls.foreign.active = True
        cls.today = cls.company._aftersales_today()
        cls.taxes = {company: cls._taxes(company) for company in cls.companies}
        cls.delivery_product = cls._product("Way to the customer", type="service", is_storable=False)
        cls.carrier = cls.env["delivery.carrier"].create({"name": "Van", "product_id": cls.delivery_product.id})
        cls.goods = {
            "kettle": cls._product("Hot kettle", list_price=PRICE),
            "cup": cls._product("Big cup", list_price=140.0),
            "towel": cls._product("Small towel", list_price=30.0),
        }
        cls.customers = {
            "person": cls.customer,
            "firm": cls.env["res.partner"].create({"name": "Hotel", "is_company": True, "country_id": cls.poland.id}),
        }
        for company in cls.companies:
            cls._put_on_stock(company)

    @classmethod
    def _second_company(cls):
        currency = cls.env.ref("base.EUR")
        if currency == cls.company.currency_id:
            currency = cls.env.ref("base.USD")
        currency.active = True
        company = cls.env["res.company"].create({"name": "Second shop", "country_id": cls.env.ref("base.de").id})
        cls.env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        company.currency_id = currency
        company.aftersales_tz = "Europe/Berlin"
        return company

    @classmethod
    def _taxes(cls, company):
        group = cls.env["account.tax.group"].create({"name": "VAT", "company_id": company.id})
        vals = {"amount": 23, "type_tax_use": "sale", "company_id": company.id, "tax_group_id": group.id}
        create = cls.env["account.tax"].with_company(company).create
        return {
            "excluded": create({**vals, "name": "23 % on top"}),
            "included": create({**vals, "name": "23 % inside", "price_include_override": "tax_included"}),
        }

    @classmethod
    def _put_on_stock(cls, company):
        warehouse = cls.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        category = cls.goods["kettle"].categ_id.with_company(company)
        category.property_cost_method = "average"
        for product in cls.goods.values():
            product.with_company(company).standard_price = 7.77
            product.taxes_id += cls.taxes[company]["excluded"]
            cls.env["stock.quant"].with_context(inventory_mode=True).with_company(company).create(
                {"product_id": product.id, "location_id": warehouse.lot_stock_id.id, "inventory_quantity": 500}
            ).action_apply_inventory()

    # === One cell === #

    def _pricelist(self, company, currency):
        """Prices are the same figures in every currency; what was sold earlier had another rate."""
        if currency != company.currency_id:
            self.env["res.currency.rate"].create(
                [
                    {"currency_id": currency.id, "company_id": company.id, "rate": 2.0, "name": "2020-01-01"},
                    {"currency_id": currency.id, "company_id": company.id, "rate": 2.5, "name": self.today},
                ]
            )
        return self.env["product.pricelist"].create(
            {
                "name": currency.name,
                "currency_id": currency.id,
                "company_id": company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": product.id,
                            "compute_price": "fixed",
                            "fixed_price": product.list_price,
                        }
                    )
                    for product in self.goods.values()
                ],
            }
        )

    def _sell(self, case, company, pricelist):
        """An order of the past: confirmed, shipped and invoiced."""
        policy = self.env.ref("aftersales_crm.return_policy_standard")
        policy.write({"fee_type": "percent" if "fee" in case else "none", "fee_amount": case.get("fee", 0)})
        tax = self.taxes[company][case.get("tax", "excluded")]
        line = {"price_unit": PRICE, "tax_ids": [Command.set(tax.ids)]}
        order = self._order(
            (self.goods["kettle"], case.get("units", 1), line),
            partner=self.customers["firm" if "fee" in case else "person"],
            confirm=False,
            company_id=company.id,
            pricelist_id=pricelist.id,
        )
        if "discount" in case:
            wizard = self.env["sale.order.discount"].with_company(company)
            wizard.create(
                {
                    "sale_order_id": order.id,
                    "discount_type": "so_discount",
                    "discount_percentage": case["discount"],
                }
            ).action_apply_discount()
        if "delivery" in case:
            order.set_delivery_line(self.carrier, case["delivery"])
            order.order_line.filtered("is_delivery").tax_ids = tax
        order.action_confirm()
        if "down" in case:
            self._pay(self._bill(order, down=case["down"]))
        self._ship(order.picking_ids)
        self._bill(order)
        if "rebate" in case:
            self._give_rebate(order, case["rebate"])
        return order

    def _bill(self, order, down=None):
        if down:
            wizard = self.env["sale.advance.payment.inv"].create(
                {"advance_payment_method": "percentage", "amount": down, "sale_order_ids": [Command.set(order.ids)]}
            )
            invoice = wizard._create_invoices(order)
        else:
            invoice = order._create_invoices(final=True)
        invoice.invoice_date = self.today - timedelta(days=5)
        invoice.action_post()
        return invoice

    def _give_rebate(self, order, price):
        line = order.invoice_ids.invoice_line_ids.filtered("product_id")
        vals = {
            "name": "Sorry for the delay",
            "quantity": 1,
            "price_unit": price,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "account_id": line.account_id.id,
            "sale_line_ids": [Command.set(line.sale_line_ids.ids)],
        }
        note = order.invoice_ids._reverse_moves([{"line_ids": [Command.create(vals)]}])
        note.action_post()

    def _pay(self, moves):
        """Whoever may register payments does, for all of one kind together, and nothing stays open."""
        open_moves = moves.filtered(lambda move: move.state == "posted" and move.amount_residual)
        for group in open_moves.grouped(lambda move: (move.company_id, move.currency_id, move.move_type)).values():
            register = self.env["account.payment.register"].with_user(self.accountant)
            register = register.with_context(active_model="account.move", active_ids=group.ids)
            register.create({"group_payment": True})._create_payments()

    def _ship(self, pickings):
        for picking in pickings.filtered(lambda picking: picking.state not in ("done", "cancel")):
            picking.action_assign()
            for move in picking.move_ids:
                move.quantity = move.product_uom_qty
            picking.move_ids.picked = True
            picking._action_done()

    def _return(self, case, order):
        """Asked for and settled by an agent; a manager approves and chooses what agents may not."""
        code = case.get("remedy", "refund")
        reason = "changed_mind" if code == "refund" else "defective"
        rma = self._rma(order, case.get("returned", 1), reason=self._reason(reason), remedy=self._remedy("refund"))
        rma.with_user(self.manager).action_approve()
        if code != "refund":
            terms = {
                "agreed_amount": case.get("agreed", 0.0),
                "sent_product_id": self.goods[case["sent"]].id if "sent" in case else False,
                "is_charged": case.get("charged", False),
            }
            rma.remedy_ids.with_user(self.manager)._change(self._remedy(code), None, terms)
        if rma.reception_status == "waiting":
            self._receive(rma)
        rma.action_settle()
        return rma

    # === What is left === #

    def _owed(self, company):
        """What customers and company owe each other: ``{currency: (there, here)}``."""
        rows = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("partner_id", "in", [partner.id for partner in self.customers.values()]),
            ],
            ["currency_id"],
            ["amount_currency:sum", "balance:sum"],
        )
        owed = {currency.name: (currency.round(there), currency.round(here)) for currency, there, here in rows}
        return {name: sums for name, sums in owed.items() if any(sums)}

    def _goods(self, company):
        """Units in the warehouse and their value, by product."""
        products = self.env["product.product"].concat(*self.goods.values()).with_company(company)
        products = products.with_context(allowed_company_ids=company.ids)
        products.invalidate_recordset(["qty_available", "total_value"])
        return {product.name: (product.qty_available, round(product.total_value, 2)) for product in products}

    def _cells(self):
        """Where each case runs: the first company in its own currency is what all other tests are about."""
        own = self.second.currency_id
        pricelists = {
            (company, currency): self._pricelist(company, currency)
            for company in self.companies
            for currency in (company.currency_id, self.foreign)
        }
        for number, name in enumerate(CASES):
            places = [(self.second, self.foreign)]
            if number % 3 == 0:
                places.append((self.second, own) if number % 2 else (self.company, self.foreign))
            for company, currency in pricelists if EVERYWHERE else places:
                yield name, company, pricelists[company, currency]

    def test_every_remedy_in_two_companies_and_in_foreign_currency(self):
        sold = [(name, self._sell(CASES[name], *place)) for name, *place in self._cells()]
        orders = self.env["sale.order"].concat(*(order for _name, order in sold))
        self._pay(orders.invoice_ids)
        # Nothing is committed: without figures about its tables PostgreSQL plans Odoo's own look-ups badly.
        self.env.flush_all()
        self.cr.execute("ANALYZE account_move, account_move_line, account_partial_reconcile, stock_move")
        returns = [(CASES[name], order, self._check(name, order)) for name, order in sold]
        # What is given back and what is sent instead is paid: then nobody owes anybody anything.
        rmas_sudo = self.env["aftersales.rma"].sudo().concat(*(rma.sudo() for _case, _order, rma in returns))
        self._pay(rmas_sudo.refund_ids | rmas_sudo.remedy_ids.exchange_order_id.invoice_ids)
        for case, order, rma in returns:
            paid = ("paid", True) if case["back"] else ("not_due", False)
            self.assertEqual((rma.payout_status, bool(rma.paid_at)), paid, order.name)
        self.assertEqual([self._owed(company) for company in self.companies], [{}, {}])

    def _check(self, name, order):
        case = CASES[name]
        with self.subTest(name, company=order.company_id.name, currency=order.currency_id.name):
            before = self._goods(order.company_id)
            rma = self._return(case, order)
            self.assertEqual(rma.remedy_ids.filtered("error").mapped("error"), [])
            self._check_documents(case, rma, order)
            self._check_money(case, rma, order)
            self._check_goods(case, before, self._goods(order.company_id))
        return rma

    def _check_documents(self, case, rma, order):
        rma_sudo = rma.sudo()
        for documents in (rma_sudo, rma_sudo.refund_ids, rma_sudo.picking_ids, rma_sudo.repair_ids):
            self.assertLessEqual(documents.company_id, order.company_id)
        notes = rma_sudo.refund_ids
        self.assertLessEqual(notes.currency_id | rma_sudo.remedy_ids.exchange_order_id.currency_id, order.currency_id)
        self.assertAlmostEqual(sum(notes.mapped("amount_total")), case["back"], 2)
        self.assertAlmostEqual(sum(rma.remedy_ids.mapped("amount")), case["back"], 2)
        self.assertEqual({line.account_id.company_ids for line in notes.line_ids} - {order.company_id}, set())

    def _check_money(self, case, rma, order):
        notes = rma.sudo().refund_ids
        exchange = rma.sudo().remedy_ids.exchange_order_id
        owed = case.get("owed", 0 if exchange else case["back"])
        self.assertAlmostEqual(sum(notes.mapped("amount_residual")), owed, 2)
        self.assertAlmostEqual(sum(exchange.invoice_ids.mapped("amount_residual")), case.get("due", 0), 2)
        status = {0: "paid", case["back"]: "to_pay"}.get(owed, "partial") if case["back"] else "not_due"
        self.assertEqual(rma.payout_status, status)
        if "rebate" not in case:  # Odoo takes an accountant's line by hand for a unit
            self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))

    def _check_goods(self, case, before, after):
        remedy = case.get("remedy", "refund")
        back = 0 if remedy in ("keep", "gift") else case.get("returned", 1)
        for name, (units, value) in before.items():
            came = back if name == "Hot kettle" else 0
            self.assertEqual(after[name][0] - units, came)
            self.assertAlmostEqual(after[name][1] - value, came * 7.77, 2)
