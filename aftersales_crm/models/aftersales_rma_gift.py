from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesRma(models.Model):
    """A gift: who brings it back is not who paid for it, and the money is the payer's."""

    _inherit = "aftersales.rma"

    is_gift = fields.Boolean("Gift", help="Brought back by somebody else than the customer of the order.")
    payer_id = fields.Many2one("res.partner", "Paid by", compute="_compute_payer")
    payer_agreed_at = fields.Datetime(
        "Payer agreed",
        readonly=True,
        copy=False,
        help="When the payer agreed that the money goes to who brings the gift back.",
    )
    payout_partner_id = fields.Many2one("res.partner", "Money goes to", compute="_compute_payer")

    # === Computes === #

    @api.depends("is_gift", "payer_agreed_at", "partner_id", "line_ids.sale_line_id")
    def _compute_payer(self):
        for rma in self:
            rma.payer_id = rma._payer()
            rma.payout_partner_id = rma._payout_partner()

    # === Constrains === #

    @api.constrains("is_gift", "line_ids", "partner_id")
    def _check_payer(self):
        for rma in self:
            if len(rma.line_ids.sale_line_id.order_id.partner_id.commercial_partner_id) > 1:
                raise ValidationError(self.env._("One return is of orders of one customer: make one per customer."))
            for line in rma.line_ids.filtered("sale_line_id"):
                line._check_order()

    # === Actions === #

    def action_payer_agrees(self):
        """Record that the payer lets the money go to who brings the gift back."""
        self.check_access("write")
        for rma in self:
            if not rma.is_gift:
                raise UserError(self.env._("%(rma)s is no gift: the money goes back to the customer.", rma=rma.name))
            if rma.payer_agreed_at:
                continue
            # The account was the payer's.
            rma._write_guarded({"payer_agreed_at": fields.Datetime.now(), "payout_bank_id": False})
            names = {"payer": rma.payer_id.display_name, "partner": rma.partner_id.display_name}
            rma.message_post(body=self.env._("%(payer)s agreed that %(partner)s gets the money.", **names))
        return True

    # === Business === #

    def _payer(self):
        """Who paid for the goods: the customer of the orders, else who brings them."""
        self.ensure_one()
        return self.line_ids.sale_line_id.order_id[:1].partner_invoice_id or self.partner_id

    def _payout_partner(self):
        """Who gets the money: the payer, unless the payer left it to who brings a gift back.

        :return: `res.partner`
        """
        self.ensure_one()
        return self.partner_id if self.is_gift and self.payer_agreed_at else self._payer()
