from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# Kinds of programs that carry out a remedy, the best first.
KINDS = {"store_credit": ("ewallet",), "points": ("loyalty",), "voucher": ("gift_card", "coupons")}
# Those whose rewards pay an order instead of making it cheaper: what they owe is in the books.
PAYING = ("ewallet", "gift_card")
READERS = "account.group_account_readonly,aftersales_crm.aftersales_crm_group_manager"


class LoyaltyProgram(models.Model):
    # Programs as places where credit for returns and goodwill goes, and the accounts that it is booked on.

    _inherit = "loyalty.program"

    aftersales_credit_account_id = fields.Many2one(
        "account.account",
        "Outstanding credit",
        compute="_compute_aftersales_credit_account_id",
        inverse="_inverse_aftersales_credit_account_id",
        groups=READERS,
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
        help="What customers have still to spend. Credit given or sold adds to it, orders paid with it take off: "
        "it is the income account of the products that sell and spend the credit.",
    )
    aftersales_bonus_account_id = fields.Many2one(
        "account.account",
        "Bonus and goodwill",
        company_dependent=True,
        groups=READERS,
        domain="[('internal_group', 'in', ('expense', 'income'))]",
        help="What credit costs for which the customer gave nothing back.",
    )

    # === Computes === #

    @api.depends("reward_ids.discount_line_product_id.property_account_income_id")
    @api.depends_context("company")
    def _compute_aftersales_credit_account_id(self):
        for program in self:
            # Who sets programs up need not see the accounts of products.
            program.aftersales_credit_account_id = program._aftersales_spender().sudo().property_account_income_id

    def _inverse_aftersales_credit_account_id(self):
        for program in self:
            account = program.aftersales_credit_account_id
            if account and account.internal_group != "liability":
                raise ValidationError(
                    self.env._("%(account)s is no account of what is owed.", account=account.display_name)
                )
            # Who may change a program decides about the products that are its own.
            products_sudo = (program._aftersales_spender() | program.rule_ids.product_ids).sudo()
            products_sudo.property_account_income_id = account

    # === Business === #

    def _aftersales_spender(self):
        """The product by which credit is spent."""
        self.ensure_one()
        return self.reward_ids[:1].discount_line_product_id

    @api.model
    def _aftersales_crediting(self, code, company, currency, kinds=None):
        """The program that carries out a remedy of a company today, in the wanted currency if there is one.

        :param str code: of the remedy type
        :param tuple kinds: program types, the best first; every one of the remedy unless said otherwise
        :return: one `loyalty.program` in sudo mode, or none
        """
        kinds, today = kinds or KINDS[code], company._aftersales_today()
        domain = Domain(self._check_company_domain([company.id, company.parent_id.id]))
        domain &= Domain([("program_type", "in", kinds), ("sale_ok", "=", True), ("pricelist_ids", "=", False)])
        domain &= Domain("date_from", "=", False) | Domain("date_from", "<=", today)
        domain &= Domain("date_to", "=", False) | Domain("date_to", ">=", today)
        # Whoever grants a remedy needs no rights on programs.
        programs_sudo = self.sudo().search(domain).filtered(lambda program: program._aftersales_carries(code))
        return programs_sudo.sorted(
            lambda program: (program.currency_id != currency, kinds.index(program.program_type))
        )[:1]

    def _aftersales_carries(self, code):
        """Whether any amount can be given by the program: its points are money, or points for rewards."""
        self.ensure_one()
        reward = self.reward_ids[:1]
        if code == "points":
            return self.applies_on == "both"
        return bool(reward) and reward.discount_mode == "per_point" and reward.discount == 1

    @api.model
    def _aftersales_ensure_crediting(self, code, company, currency, kinds=None):
        """As `_aftersales_crediting`.

        :raise UserError: when the company has no such program in use
        """
        program_sudo = self._aftersales_crediting(code, company, currency, kinds)
        if not program_sudo:
            labels = dict(self._fields["program_type"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(company)s has no program of the kind “%(kind)s” in use today that could carry it out.",
                    company=company.name,
                    kind=labels[(kinds or KINDS[code])[0]],
                )
            )
        return program_sudo

    def _aftersales_liability(self):
        """The account of outstanding credit in the company of the environment.

        :raise UserError: when it was not set, or is none of debts
        """
        self.ensure_one()
        account = self.aftersales_credit_account_id
        if account.internal_group != "liability":
            raise UserError(
                self.env._(
                    "Choose the account of the outstanding credit on the program “%(program)s” first.",
                    program=self.name,
                )
            )
        return account

    def _aftersales_expense(self):
        """The account of bonus and goodwill in the company of the environment.

        :raise UserError: when it was not set
        """
        self.ensure_one()
        if not self.aftersales_bonus_account_id:
            raise UserError(
                self.env._(
                    "Choose the account of bonus and goodwill on the program “%(program)s” first.", program=self.name
                )
            )
        return self.aftersales_bonus_account_id

    def _aftersales_ensure_whole(self, points):
        """A reward that makes an order cheaper takes whole steps only: the rest would be lost.

        :raise UserError: when points are no multiple of what its reward asks for
        """
        self.ensure_one()
        step = self.reward_ids[:1].required_points
        if not self.currency_id.is_zero(points - step * round(points / step)):
            raise UserError(
                self.env._(
                    "Vouchers of “%(program)s” are worth multiples of %(step)s.",
                    program=self.name,
                    step=self.currency_id.format(step),
                )
            )

    def _aftersales_worth(self, points, company):
        """What points are worth to a company that grants them, in its currency."""
        self.ensure_one()
        return self.currency_id._convert(
            points * self.aftersales_point_value, company.currency_id, company, company._aftersales_today()
        )
