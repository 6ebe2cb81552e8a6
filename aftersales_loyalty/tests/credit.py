from odoo.fields import Command

from odoo.addons.aftersales_crm.tests.common import AftersalesCommon


class CreditCommon(AftersalesCommon):
    """A shop that gives store credit and vouchers, with its accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.liability = cls._account("Outstanding credit", "liability_current", "229001")
        cls.expense = cls._account("Bonus and goodwill", "expense", "629001")
        cls.wallet = cls._credit_program("ewallet", "eWallet")
        cls.vouchers = cls._credit_program("gift_card", "Vouchers")
        cls.order = cls._paid((cls.kettle, 2))

    @classmethod
    def _account(cls, name, kind, code, company=None):
        company = company or cls.company
        accounts = cls.env["account.account"].with_company(company)
        return accounts.create(
            {"name": name, "code": code, "account_type": kind, "company_ids": [Command.set(company.ids)]}
        )

    @classmethod
    def _credit_program(cls, kind, name, company=None, liability=None, expense=None, **vals):
        company = company or cls.company
        programs = cls.env["loyalty.program"].with_company(company).with_context(default_program_type=kind)
        program = programs.create({"name": name, "company_id": company.id, **vals}).with_context({})
        program.aftersales_credit_account_id = liability or cls.liability
        program.aftersales_bonus_account_id = expense or cls.expense
        return program

    @classmethod
    def _pay(cls, moves):
        wizards = cls.env["account.payment.register"]
        for move in moves:
            wizards.with_context(active_model="account.move", active_ids=move.ids).create({})._create_payments()

    @classmethod
    def _paid(cls, *items, **vals):
        order = cls._sold(*items, **vals)
        cls._pay(order.invoice_ids)
        return order

    @classmethod
    def _type(cls, code):
        return cls.env.ref(f"aftersales_loyalty.remedy_type_{code}")

    def _approved(self, order=None, quantity=1, code="store_credit", chosen="By telephone", **item):
        rma = self._rma(order or self.order, quantity, remedy=self._type(code), chosen=chosen, **item)
        rma.with_user(self.manager).action_approve()
        return rma

    def _settled(self, *args, **kwargs):
        rma = self._approved(*args, **kwargs)
        self._receive(rma)
        rma.with_user(self.agent).action_settle()
        return rma

    def _cards(self, program=None, partner=None):
        program = program or self.wallet
        return self.env["loyalty.card"].search(
            [("program_id", "=", program.id), ("partner_id", "=", (partner or self.customer).id)]
        )

    def _owed(self, account=None):
        """What the books say that customers have still to spend."""
        lines = self.env["account.move.line"].search(
            [("account_id", "=", (account or self.liability).id), ("parent_state", "=", "posted")]
        )
        return -round(sum(lines.mapped("balance")), 2)

    def _outstanding(self, *programs):
        """What the cards say."""
        programs = programs or (self.wallet, self.vouchers)
        cards = self.env["loyalty.card"].search([("program_id", "in", [program.id for program in programs])])
        return round(sum(cards.mapped("points")), 2)
