from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

REFUNDING = ("refund", "keep")


class AftersalesRma(models.Model):
    """When the customer has the money, and where it goes."""

    _inherit = "aftersales.rma"

    payout_bank_id = fields.Many2one(
        "res.partner.bank",
        "Bank account",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="Where the refund is paid to, when it does not go back the way it came.",
    )
    payout_account = fields.Char(
        "Account for the refund",
        compute="_compute_payout_account",
        inverse="_inverse_payout_account",
        groups="base.group_user",
        help="IBAN, or the number of an account in a country without.",
    )
    asks_for_account = fields.Boolean(compute="_compute_asks_for_account", compute_sudo=True)
    payout_ids = fields.One2many("aftersales.payout", "rma_id", "Payouts by a provider", groups="base.group_user")
    refund_by = fields.Date(
        "Refund by",
        compute="_compute_refund_by",
        store=True,
        help="By law after a withdrawal, else as the shop promises: the money is on its way by this day.",
    )

    # === Computes === #

    @api.depends("payout_bank_id")
    def _compute_payout_account(self):
        for rma in self:
            rma.payout_account = rma.payout_bank_id.acc_number

    def _inverse_payout_account(self):
        for rma in self:
            rma.payout_bank_id = rma._find_bank_account(rma.payout_account)

    @api.depends("state", "payout_status", "payout_bank_id", "refund_by")
    def _compute_asks_for_account(self):
        for rma in self:
            rma.asks_for_account = (
                bool(rma.refund_by)
                and not rma.payout_bank_id
                and rma.payout_status != "paid"
                and rma._was_paid()
                and not rma._goes_back_online()
            )

    @api.depends("state", "requested_on", "remedy_ids.type_id")
    def _compute_refund_by(self):
        for rma in self:
            remedies = rma.remedy_ids.filtered(lambda remedy: remedy.code in REFUNDING and remedy.state != "cancelled")
            day = rma.refund_by  # once promised, it stays
            if rma.state not in ("approved", "done") or not remedies:
                day = False
            elif not day:
                day = rma.requested_on + timedelta(days=rma._refund_days(remedies.rma_line_id))
            rma.refund_by = day

    # === Constrains === #

    @api.constrains("payout_bank_id")
    def _check_payout_bank_id(self):
        for rma in self.filtered("payout_bank_id"):
            # An agent names an account without the right to see contacts' accounts.
            holder = rma.payout_bank_id.sudo().partner_id.commercial_partner_id
            partner = rma._payout_partner()
            if holder != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(rma)s: the money is for %(partner)s, and this account is somebody else's.",
                        rma=rma.name,
                        partner=partner.display_name,
                    )
                )

    # === CRUD === #

    def write(self, vals):
        result = super().write(vals)
        if "payout_bank_id" in vals:
            # An agent notes where the money goes without any right on accounting.
            self.sudo()._pass_bank_account_on()
        return result

    # === Business === #

    @api.model
    def _overdue_domain(self):
        today = self.env.company._aftersales_today()
        promised = Domain("refund_by", "<", today)
        to_settle = Domain("state", "=", "approved") & Domain("payout_status", "=", "not_due")
        owed = Domain("payout_status", "in", ("to_pay", "partial")) | to_settle
        return super()._overdue_domain() | (promised & owed)

    def _refund_days(self, lines):
        """Days in which the money of some lines has to go out: the shortest that applies."""
        return min(
            line.sale_line_id._aftersales_refund_days(line.basis)
            if line.sale_line_id
            else self.company_id.aftersales_refund_days
            for line in lines
        )

    def _was_paid(self):
        """Whether the customer has paid anything that could go back."""
        self.ensure_one()
        invoices = self.sale_order_ids.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        elsewhere = any(not line.sale_line_id and line.declared_value for line in self.line_ids)
        return elsewhere or any(move.payment_state in ("paid", "in_payment", "partial") for move in invoices)

    def _goes_back_online(self):
        """Whether the provider that the customer paid by can refund."""
        self.ensure_one()
        Payout = self.env["aftersales.payout"]
        orders = self.sale_order_ids
        paid = (orders.transaction_ids | orders.invoice_ids.transaction_ids).filtered(
            lambda transaction: transaction.state == "done" and transaction.operation not in ("refund", "validation")
        )
        return self.company_id.aftersales_refund_online and any(Payout._takes(tx, tx.amount) for tx in paid)

    @api.model
    def _check_account(self, number):
        """The account in the form in which it is kept.

        :param str number: as typed
        :raise ValidationError: when it cannot be an account
        """
        compact = "".join(number.split()).replace("-", "").upper()
        if compact[:2].isalpha():
            if not self._is_iban(compact):
                raise ValidationError(
                    self.env._("%(account)s is no valid IBAN: check it digit by digit.", account=number)
                )
            return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
        if not (compact.isascii() and compact.isdigit()) or not 4 <= len(compact) <= 34:
            raise ValidationError(self.env._("%(account)s is no number of a bank account.", account=number))
        return compact

    @api.model
    def _is_iban(self, number):
        """Whether the check digits of an IBAN fit (ISO 13616: as a number, its rest by 97 is 1)."""
        if not number.isascii() or not number.isalnum() or not number[2:4].isdigit() or not 15 <= len(number) <= 34:
            return False
        return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1

    def _find_bank_account(self, number):
        """The customer's bank account with a number, made when it is new."""
        self.ensure_one()
        if not number:
            return self.env["res.partner.bank"]
        number = self._check_account(number)
        partner = self._payout_partner()
        # An agent notes an account without the right to edit contacts.
        banks_sudo = self.env["res.partner.bank"].sudo().with_context(active_test=False)
        known = banks_sudo.search([("acc_number", "=", number), ("partner_id", "=", partner.id)], limit=1)
        known.filtered(lambda bank: not bank.active).action_unarchive()  # named again, it is in use again
        return (known or banks_sudo.create({"acc_number": number, "partner_id": partner.id})).sudo(self.env.su)

    def _pass_bank_account_on(self):
        for rma in self.filtered("payout_bank_id"):
            open_notes = rma.refund_ids.filtered(lambda move: move.state != "cancel" and move.amount_residual)
            open_notes.partner_bank_id = rma.payout_bank_id
