from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from .refund_share import refund_share


class AftersalesRemedy(models.Model):
    """Goods bought elsewhere: what a manager says they are worth is given back.

    They were not sold here: no invoice is reversed, and no tax taken back that was never charged. The credit
    note is of the value as it was typed.
    """

    _inherit = "aftersales.remedy"

    def _from_elsewhere(self):
        return self.filtered(lambda remedy: not remedy.rma_line_id.sale_line_id)

    # === Applying === #

    def _credit_units(self):
        elsewhere = self._from_elsewhere()
        if elsewhere:
            elsewhere._credit_value()
        return super(AftersalesRemedy, self - elsewhere)._credit_units()

    def _apply_keep(self):
        elsewhere = self._from_elsewhere()
        if elsewhere:
            elsewhere_sudo = elsewhere.sudo()  # see _apply_refund
            elsewhere_sudo._ensure_nothing_in_draft()
            elsewhere_sudo._credit_value()
            elsewhere._finish()
            elsewhere.rma_line_id._sync_claims()
        return super(AftersalesRemedy, self - elsewhere)._apply_keep()

    def _credit_value(self):
        """Give back the value of these units, by a posted credit note per return."""
        for line, remedies in self.grouped("rma_line_id").items():
            remedies._share_out_value(line)
        owed = self.filtered("amount").grouped("rma_id")
        vals_list = [remedies._prepare_value_note_vals(rma) for rma, remedies in owed.items()]
        self.env["account.move"].create(vals_list)._post(soft=False)

    def _share_out_value(self, line):
        """Note what the customer gets for the units of each remedy, to the cent.

        :raise UserError: when nobody has said what they are worth, or less is left of it than was agreed
        """
        if not line.declared_value:
            raise UserError(
                self.env._(
                    "%(product)s was not bought with an order here: a manager says what it is worth first.",
                    product=line.product_id.display_name,
                )
            )
        earlier = line.remedy_ids.filtered(lambda remedy: remedy.state == "done" and remedy.amount)
        units = sum(earlier.filtered(lambda remedy: remedy._is_refund()).mapped("quantity"))
        money = sum(earlier.mapped("amount"))
        for remedy in self:
            if remedy.code == "keep":
                amount = remedy._reduction_amount()
                remedy._ensure_value_left(amount, line.declared_value - money)
            else:
                amount = remedy._value_share(units, money)
                units += remedy.quantity
            money += amount
            remedy._write_guarded({"amount": amount})

    def _value_share(self, units, money):
        line = self.rma_line_id
        return refund_share(
            line.declared_value,
            line.quantity,
            self.quantity,
            earlier_units=units,
            earlier_money=money,
            rounding=line.currency_id.rounding,
        ).amount

    # === The credit note === #

    def _prepare_value_note_vals(self, rma):
        """Hook: values of the credit note for goods of a return that were bought elsewhere."""
        today = rma.company_id._aftersales_today()
        return {
            "move_type": "out_refund",
            "company_id": rma.company_id.id,
            "partner_id": rma._payout_partner().id,
            "currency_id": rma.currency_id.id,
            "ref": self.env._("Return %(rma)s", rma=rma.name),
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_payment_term_id": False,
            "aftersales_rma_id": rma.id,
            "aftersales_remedy_id": self[:1].id,
            # See _prepare_credit_note_vals.
            "partner_bank_id": rma.payout_bank_id.id,
            "invoice_line_ids": [Command.create(remedy._prepare_value_line_vals()) for remedy in self],
        }

    def _prepare_value_line_vals(self):
        """Hook: values of the line for one remedy; a shop that taxed these sales otherwise adds its taxes here."""
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        vals = {
            "name": self.env._(
                "%(units)s × %(product)s, bought elsewhere", units=f"{self.quantity:g}", product=product.display_name
            ),
            "aftersales_remedy_id": self.id,
            "quantity": 1,
            "price_unit": self.amount,
            "tax_ids": False,
        }
        account = product.product_tmpl_id.get_product_accounts()["income"]
        return {**vals, "account_id": account.id} if account else vals

    # === Guards === #

    def _ensure_nothing_in_draft(self):
        elsewhere = self._from_elsewhere()
        for line in elsewhere.rma_line_id.remedy_ids.refund_line_ids:
            if line.parent_state == "draft":
                raise UserError(
                    self.env._(
                        "A draft credit note of %(rma)s concerns these units: post or cancel it first.",
                        rma=line.aftersales_remedy_id.rma_id.name,
                    )
                )
        return super(AftersalesRemedy, self - elsewhere)._ensure_nothing_in_draft()

    def _ensure_value_left(self, amount, left):
        self.ensure_one()
        if self.currency_id.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(remedy)s: of what these units are worth, only %(left)s is left to give back.",
                    remedy=self.display_name,
                    left=self.currency_id.format(left),
                )
            )
