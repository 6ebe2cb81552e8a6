from odoo import models
from odoo.exceptions import AccessError, UserError


class AftersalesRma(models.Model):
    """The customer names the account that money goes to which cannot go back the way it came."""

    _inherit = "aftersales.rma"

    def _portal_asks_for_account(self):
        """Whether the visitor is asked for an account: who is owed and has logged in, nobody else."""
        self.ensure_one()
        return self.asks_for_account and self._gets_the_money() and self._portal_is_customer()

    def _portal_is_customer(self):
        """Whether the visitor has logged in as the customer; a signed link travels too far for accounts."""
        user = self.env.user
        return not user._is_public() and user.partner_id.commercial_partner_id == self.commercial_partner_id

    def _portal_account(self, author, post):
        """Note the account for the refund; the same one again changes nothing.

        :param author: `res.partner` who names it
        :param dict post: ``account``, an IBAN, or the number of an account in a country without
        :raise AccessError: for who has not logged in as the customer
        :raise UserError: when it is none, or no account is asked for
        """
        if not self._portal_is_customer():
            raise AccessError(self.env._("Log in to name a bank account."))
        number = post.get("account", "")
        if not number:
            raise UserError(self.env._("Enter the account that the refund goes to."))
        if self.payout_bank_id and self.payout_bank_id.acc_number == self._check_account(number):
            return
        if not self._portal_asks_for_account():
            raise UserError(self.env._("No account is asked for. Write to us if yours has changed."))
        self.payout_account = number
        self._portal_say(author, self.env._("The refund goes to %(account)s.", account=self._portal_masked_account()))

    def _portal_masked_account(self):
        """The account for the refund, all but its ends hidden; "" for none."""
        self.ensure_one()
        number = "".join((self.payout_bank_id.acc_number or "").split())
        if not number:
            return ""
        ends = (number[:4], number[-4:]) if len(number) > 10 else ("", number[-2:])
        return f"{ends[0]} •••• {ends[1]}".strip()
