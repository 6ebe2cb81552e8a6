from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..ledger import apportion
from .aftersales_remedy_type import CREDITING
from .loyalty_program_credit import PAYING


class AftersalesRemedy(models.Model):
    """Store credit and vouchers: the price of the units as something to spend.

    The invoices are credited as for a refund. What the credit notes owe is then not paid out but moved to the
    account of outstanding credit of a program, by an entry that is reconciled with them, and the customer's
    card gets as much. A bonus is no refund: it comes off an account of its own.
    """

    _inherit = "aftersales.remedy"

    card_id = fields.Many2one(
        "loyalty.card", readonly=True, copy=False, index="btree_not_null", ondelete="set null", groups="base.group_user"
    )
    credit_points = fields.Float(
        "Given", readonly=True, copy=False, digits=(16, 2), help="Credit or points on the card, bonus included."
    )
    bonus_percent = fields.Float("Bonus (%)", readonly=True, help="As it was promised to the customer.")
    credit_until = fields.Date("To be spent by", readonly=True, copy=False, help="Empty: for good.")
    credit_move_id = fields.Many2one(
        "account.move",
        "Entry of the credit",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    credit_partner_id = fields.Many2one(
        "res.partner", "Gets the credit", compute="_compute_credit_partner_id", compute_sudo=True
    )

    # === Computes === #

    @api.depends("rma_id", "case_id")
    def _compute_credit_partner_id(self):
        for remedy in self:
            remedy.credit_partner_id = remedy.rma_id._payout_partner() if remedy.rma_id else remedy.case_id.partner_id

    # === CRUD === #

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {
            "card_id",
            "credit_points",
            "bonus_percent",
            "credit_until",
            "credit_move_id",
        }

    # === Applying === #

    def _apply_store_credit(self):
        """Credit the units on their invoices, and the customer's eWallet with what the credit notes owe.

        :raise UserError: when the invoices are not paid, no eWallet program is in use or its accounts are
            missing, or Odoo refuses the posting
        """
        self._apply_crediting()

    def _apply_voucher(self):
        """As `_apply_store_credit`, on a card of its own with a code."""
        self._apply_crediting()

    def _apply_crediting(self):
        remedies_sudo = self.sudo()  # see _apply_refund
        returns_sudo = remedies_sudo.filtered("rma_line_id")
        for remedy_sudo in remedies_sudo - returns_sudo:
            remedy_sudo._give_goodwill_credit()
        if returns_sudo:
            returns_sudo._ensure_nothing_in_draft()
            returns_sudo._credit_units()
        for group_sudo in returns_sudo.grouped("rma_id").values():
            group_sudo._turn_into_credit()
        self._finish()
        remedies_sudo._tell_credit()

    def _is_refund(self):
        return self.code in CREDITING or super()._is_refund()

    # === Returns === #

    def _turn_into_credit(self):
        """Move what the credit notes of these remedies of one return owe to the customer's card."""
        notes = self._posted_credit_lines().move_id
        parts = self._owed_by(notes)
        if not parts:
            return self._ensure_owed(notes)
        kinds = ("gift_card",) if self.type_id.code == "voucher" else None
        program = (
            self.env["loyalty.program"]
            ._aftersales_ensure_crediting(self.type_id.code, self.company_id, self.currency_id, kinds)
            .with_company(self.company_id)
        )
        balance = sum(part["balance"] for part in parts)
        credit = self._credit_worth(program, parts, balance)
        bonus = program.currency_id.round(credit * self[:1].bonus_percent / 100)
        entry = self._create_credit_entry(program, [*parts, *self._bonus_parts(program, bonus)], credit + bonus)
        self._reconcile_credit(entry, notes)
        self._put_on_card(program, credit + bonus, entry)

    def _owed_by(self, notes):
        """What credit notes still owe for these remedies: values of the debit lines, with the ``line`` they settle."""
        parts = []
        for line in notes.line_ids.filtered(lambda line: line.display_type == "payment_term" and not line.reconciled):
            share = self._share_of(line.move_id)
            currency = line.currency_id
            amount = currency.round(-line.amount_residual_currency * share)
            if currency.compare_amounts(amount, 0.0) > 0:
                parts.append(
                    {
                        "account_id": line.account_id.id,
                        "partner_id": line.partner_id.id,
                        "currency_id": currency.id,
                        "amount_currency": amount,
                        "balance": line.company_currency_id.round(-line.amount_residual * share),
                    }
                )
        return parts

    def _share_of(self, note):
        """Part of a credit note that belongs to these remedies, 0 to 1: they may have been told apart since."""
        lines = note.invoice_line_ids.filtered("aftersales_remedy_id")
        if lines.aftersales_remedy_id <= self:
            return 1.0
        own = lines.filtered(lambda line: line.aftersales_remedy_id in self)
        return sum(own.mapped("price_total")) / sum(lines.mapped("price_total"))

    def _ensure_owed(self, notes):
        """Nobody gets credit for what they never paid: Odoo sets credit notes off against open invoices."""
        invoices = notes.reversed_entry_id
        # What was paid with credit alone is credited with nothing: its credit comes back to the card.
        if invoices and any(notes.mapped("amount_total")):
            raise UserError(
                self.env._(
                    "%(invoices)s was not paid: register the payment first, or refund instead, so that less is owed.",
                    invoices=", ".join(invoices.mapped("name")),
                )
            )

    def _credit_worth(self, program, parts, balance):
        """What is owed, in the currency of a program.

        :param float balance: the same in the company's currency
        """
        currency, company = program.currency_id, self.company_id
        if all(part["currency_id"] == currency.id for part in parts):
            return currency.round(sum(part["amount_currency"] for part in parts))
        return company.currency_id._convert(balance, currency, company, company._aftersales_today())

    # === Goodwill === #

    def _give_goodwill_credit(self):
        """Credit for which the customer gave nothing back: it is an expense, or with coupons a later discount."""
        self.ensure_one()
        program = (
            self.env["loyalty.program"]
            ._aftersales_ensure_crediting(self.code, self.company_id, self.currency_id)
            .with_company(self.company_id)
        )
        self._write_guarded({"amount": self.agreed_amount})
        credit = self.currency_id._convert(
            self.agreed_amount, program.currency_id, self.company_id, self.company_id._aftersales_today()
        )
        entry = self.env["account.move"]
        if program.program_type not in PAYING:
            program._aftersales_ensure_whole(credit)
        else:
            entry = self._create_credit_entry(program, self._bonus_parts(program, credit), credit)
        self._put_on_card(program, credit, entry)

    # === The entry === #

    def _bonus_parts(self, program, bonus):
        """Values of the debit line of credit that is no refund."""
        if program.currency_id.is_zero(bonus):
            return []
        company = self.company_id
        return [
            {
                "name": self.env._("Bonus or goodwill"),
                "account_id": program._aftersales_expense().id,
                "partner_id": self[:1].credit_partner_id.commercial_partner_id.id,
                "currency_id": program.currency_id.id,
                "amount_currency": bonus,
                "balance": program.currency_id._convert(
                    bonus, company.currency_id, company, company._aftersales_today()
                ),
            }
        ]

    def _create_credit_entry(self, program, debits, credit):
        """Post the entry by which a program owes what these remedies give.

        :param list debits: values of the other lines
        :param float credit: in the program's currency
        """
        owed = {
            "name": program.name,
            "account_id": program._aftersales_liability().id,
            "partner_id": self[:1].credit_partner_id.commercial_partner_id.id,
            "currency_id": program.currency_id.id,
            "amount_currency": -credit,
            "balance": -sum(values["balance"] for values in debits),
        }
        entry = self.env["account.move"].create(self._prepare_credit_entry_vals([*debits, owed]))
        entry._post(soft=False)
        return entry

    def _prepare_credit_entry_vals(self, lines):
        """Hook: values of the entry that books the credit of these remedies."""
        document = self._document()
        return {
            "move_type": "entry",
            "journal_id": self._credit_journal().id,
            "company_id": self.company_id.id,
            "date": self.company_id._aftersales_today(),
            "ref": f"{self.type_id.name} {document.name}",
            "line_ids": [Command.create(values) for values in lines],
        }

    def _credit_journal(self):
        """Hook: the journal of entries of credit."""
        journal = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self.company_id), ("type", "=", "general")], limit=1
        )
        if not journal:
            raise UserError(
                self.env._("%(company)s has no journal for miscellaneous entries.", company=self.company_id.name)
            )
        return journal

    def _reconcile_credit(self, entry, notes):
        lines = (entry | notes).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        for group in lines.grouped("account_id").values():
            group.reconcile()

    # === The card === #

    def _put_on_card(self, program, points, entry):
        """Put credit on the customer's card, and note on each remedy what it gave."""
        if self.type_id.code == "voucher":
            card = self._create_voucher(program, points)
        else:
            card = self._top_up(program, points)
        weights = self.mapped("amount") if self.rma_id else [1]
        for remedy, share in zip(self, apportion(points, weights), strict=True):
            remedy._write_guarded(
                {
                    "card_id": card.id,
                    "credit_points": float(share),
                    "credit_until": card.expiration_date,
                    "credit_move_id": entry.id,
                }
            )

    def _top_up(self, program, points, **vals):
        """Add points to the customer's card of a program.

        :raise UserError: when that card has expired
        """
        card = program._aftersales_card(self[:1].credit_partner_id)
        if card.expiration_date and card.expiration_date < self.company_id._aftersales_today():
            raise UserError(self.env._("The card %(card)s has expired: prolong it first.", card=card.display_name))
        self._move_points(card, points, "grant", **vals)
        return card

    def _move_points(self, card, points, kind, **vals):
        """Add points to a card or take them off, by the ledger of its program where it keeps one."""
        document = self._document()
        reason = f"{self.type_id.name} {document.name}"
        if card.program_id.aftersales_ledger:
            entry = {"card": card, "kind": kind, "points": points, "reason": reason, "origin": document}
            self.env["aftersales.loyalty.entry"]._post([{**entry, **vals}])
            return
        card.points = card.points + points
        self._note_on_card(card, points, reason)

    def _note_on_card(self, card, points, reason):
        change = {"issued": points} if points > 0 else {"used": -points}
        self.env["loyalty.history"].create({"card_id": card.id, "description": reason, **change})

    def _create_voucher(self, program, points):
        quiet = {"loyalty_no_mail": True, "action_no_send_mail": True}  # our own mail tells what it is for
        card = self.env["loyalty.card"].with_context(**quiet).create(self._prepare_voucher_vals(program, points))
        self._note_on_card(card, points, f"{self.type_id.name} {self._document().name}")
        return card.with_env(self.env)

    def _prepare_voucher_vals(self, program, points):
        """Hook: values of the card that a voucher is."""
        return {
            "program_id": program.id,
            "partner_id": self[:1].credit_partner_id.id,
            "points": points,
            "expiration_date": self._voucher_until(),
        }

    def _voucher_until(self):
        """Hook: last day of a voucher that is given today; False: for good."""
        months = self.company_id.aftersales_voucher_months
        return months and fields.Date.add(self.company_id._aftersales_today(), months=months)
