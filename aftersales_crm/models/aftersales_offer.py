import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesOffer(models.Model):
    """What the shop offers for a return line instead of what was asked for; the customer decides."""

    _name = "aftersales.offer"
    _description = "Offer"
    _inherit = ["aftersales.state.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _transitions = {"open": {"accepted", "declined", "withdrawn"}}
    _guarded = ("state", "answered_by", "answered_at")

    rma_line_id = fields.Many2one("aftersales.rma.line", "Product", required=True, index=True, ondelete="cascade")
    # Computed once: a line never moves to another return, and no change of lines has to look for offers.
    rma_id = fields.Many2one("aftersales.rma", "Return", compute="_compute_rma_id", store=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_rma_id", store=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_rma_id", store=True)
    type_id = fields.Many2one(
        "aftersales.remedy.type",
        "Offer",
        required=True,
        ondelete="restrict",
        domain="[('code', 'not in', ('send_back', 'gift'))]",
    )
    code = fields.Char(related="type_id.code")
    amount = fields.Monetary("Customer gets back", help="For all units of the line, taxes included; the goods stay.")
    note = fields.Text("Words to the customer")
    state = fields.Selection(
        [
            ("open", "Waiting for an answer"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
    )
    answered_by = fields.Many2one("res.users", readonly=True, copy=False)
    answered_at = fields.Datetime(readonly=True, copy=False)

    _one_open = models.UniqueIndex(
        "(rma_line_id) WHERE state = 'open'", "One offer at a time: withdraw the other first."
    )

    @api.depends("rma_line_id")
    def _compute_rma_id(self):
        for offer in self:
            offer.rma_id = offer.rma_line_id.rma_id
            offer.company_id = offer.rma_line_id.company_id
            offer.currency_id = offer.rma_line_id.currency_id

    @api.depends("type_id", "amount")
    def _compute_display_name(self):
        for offer in self:
            amount = f" ({offer.currency_id.format(offer.amount)})" if offer.amount else ""
            offer.display_name = f"{offer.type_id.name}{amount}"

    # === Constrains === #

    @api.constrains("amount", "type_id")
    def _check_amount(self):
        for offer in self:
            paid, currency = offer.rma_line_id.paid_total, offer.currency_id
            if offer.amount < 0:
                raise ValidationError(self.env._("The amount must be a number above zero."))
            if offer.code == "keep" and not offer.amount:
                raise ValidationError(self.env._("Say what the customer gets back and keeps the goods."))
            if currency.compare_amounts(offer.amount, paid) > 0:
                raise ValidationError(self.env._("Only %(paid)s was paid for it.", paid=currency.format(paid)))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not all(math.isfinite(vals.get("amount") or 0.0) for vals in vals_list):
            raise ValidationError(self.env._("The amount must be a number above zero."))
        offers = super().create(vals_list)
        for offer in offers:
            offer._ensure_may_offer()
            offer._tell()
        offers.rma_id.has_offers = True
        return offers

    # === Actions === #

    def action_withdraw(self):
        """Take back an offer that was not answered."""
        self.rma_id.check_access("write")
        # Offers are not rewritten; whoever may decide about the return may take them back.
        self.sudo()._transition("withdrawn")
        return True

    # === Business === #

    def _ensure_may_offer(self):
        """Whoever offers decides: they need the right to approve it as if it had been asked for.

        :raise AccessError: when only a manager may offer it
        :raise UserError: when the line is settled, or on its way there
        """
        self.ensure_one()
        rma = self.rma_id
        rma.check_access("write")
        if not self._is_possible():
            raise UserError(self.env._("%(line)s: there is nothing left to offer.", line=self.rma_line_id.display_name))
        if rma.state == "submitted":
            rma._ensure_can_approve()
        if not self._is_offered():
            rma._ensure_manager(self.env._("Only a manager offers “%(offer)s” here.", offer=self.display_name))

    def _is_offered(self):
        line = self.rma_line_id
        limit = (line.sale_line_id.aftersales_policy_terms or {}).get("keep_limit") or 0.0
        if self.code == "keep" and limit:
            return self.currency_id.compare_amounts(self.amount, limit) <= 0
        return line._grants(self.code)

    def _is_possible(self):
        """Whether the customer can still have it: nothing of the line has begun."""
        self.ensure_one()
        remedies = self.rma_line_id._live_remedies()
        if self.rma_id.state == "submitted":
            return True
        return self.rma_id.state == "approved" and len(remedies) == 1 and remedies.state in ("draft", "failed")

    def _tell(self):
        """Tell the customer; the page of the return asks for the answer."""
        rma = self.rma_id
        body = self.env._("We offer you for %(product)s: %(offer)s.", product=self._product(), offer=self.display_name)
        rma.message_post(
            body="\n".join(filter(None, [body, self.note])),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=rma.partner_id.ids,
        )

    def _product(self):
        return self.rma_line_id.product_id.with_context(display_default_code=False).display_name

    def _accept(self):
        """Carry the offer out for the customer; a second time changes nothing.

        :return: whether it was open
        :raise UserError: when it is too late
        """
        self.ensure_one()
        if not self._answer("accepted"):
            return False
        if not self._is_possible():
            raise UserError(self.env._("This offer is no longer possible. Write to us instead."))
        # Who offered had the right to approve; the customer's word is what it waited for.
        rma_sudo = self.rma_id.sudo()
        if rma_sudo.state == "submitted":
            rma_sudo._approve()
        remedy_sudo = self.sudo().rma_line_id._live_remedies()
        terms = {"agreed_amount": self.amount} if self.code == "keep" else None
        remedy_sudo = remedy_sudo._change(self.type_id, terms=terms)
        remedy_sudo._write_guarded({"choice_by": self.env.uid, "choice_at": self.answered_at})
        return True

    def _decline(self):
        """The customer does not want it.

        :return: whether it was open
        """
        self.ensure_one()
        return self._answer("declined")

    def _answer(self, state):
        """Note an answer; the same again changes nothing.

        :return: whether it was open
        :raise UserError: when it was answered otherwise, or withdrawn
        """
        # Customers have no rights on offers; `answered_by` is the visitor all the same.
        moved = self.sudo()._transition(state, {"answered_by": self.env.uid, "answered_at": fields.Datetime.now()})
        return bool(moved)
