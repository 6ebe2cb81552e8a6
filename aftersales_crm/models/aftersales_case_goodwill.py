import math

from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesCase(models.Model):
    """Goodwill that is given on a case."""

    _inherit = "aftersales.case"

    goodwill_ids = fields.One2many("aftersales.remedy", "case_id", groups="base.group_user")
    goodwill_total = fields.Monetary(
        "Goodwill in all",
        compute="_compute_goodwill_total",
        currency_field="goodwill_currency_id",
        groups="base.group_user",
    )
    goodwill_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the goodwill")

    @api.depends("goodwill_ids.state", "goodwill_ids.goodwill_cost")
    def _compute_goodwill_total(self):
        for case in self:
            live_sudo = case.sudo().goodwill_ids.filtered(lambda remedy: remedy.state != "cancelled")
            case.goodwill_total = sum(live_sudo.mapped("goodwill_cost"))

    # === Actions === #

    def action_goodwill(self):
        """Offer the customer a goodwill."""
        self.ensure_one()
        return self.env["aftersales.goodwill"]._open_for(default_case_id=self.id)

    # === Business === #

    def _give(self, vals):
        """Offer a goodwill: carried out at once within the agent's limit, else a manager is asked.

        :param dict vals: ``type`` (`aftersales.remedy.type`), ``reason`` (str), ``amount`` (of a refund, in the
            currency of the order), ``order`` (`sale.order`), ``product`` and ``quantity`` (of a gift),
            ``message`` (HTML, to the customer)
        :return: the remedy
        :raise UserError: when something is missing, more would be given than was paid, or the budget has less left
        """
        self.ensure_one()
        self.check_access("write")
        self._ensure_giveable(vals)
        # Agents make no remedies of their own: this is the one way to a goodwill, with its limits.
        remedy_sudo = self.env["aftersales.remedy"].sudo()._with_system().create(self._prepare_goodwill_vals(vals))
        remedy_sudo = remedy_sudo.browse(remedy_sudo.id).with_env(self.env(su=True))
        cost = remedy_sudo._goodwill_cost()
        needs_manager = self._is_above_limit(cost)
        remedy_sudo._write_guarded({"goodwill_cost": cost, "approval": "waiting" if needs_manager else "not_needed"})
        if needs_manager:
            remedy_sudo._ask_manager()
        else:
            remedy_sudo._grant()
        return remedy_sudo.with_env(self.env)

    def _is_above_limit(self, cost):
        """Whether a manager has to be asked for a goodwill, with what the case has got before.

        :param float cost: in the company's currency
        """
        limit = self.company_id._aftersales_goodwill_limit()
        if limit is None:
            return False
        return self.company_id.currency_id.compare_amounts(self.goodwill_total + cost, limit) > 0

    def _ensure_giveable(self, vals):
        if not self.partner_id:
            raise UserError(self.env._("%(case)s: say first who the customer is.", case=self.name))
        if not (isinstance(vals.get("reason"), str) and vals["reason"].strip()):
            raise UserError(self.env._("Say why it is given."))
        if not vals["type"].is_goodwill:
            raise UserError(self.env._("%(type)s is no goodwill.", type=vals["type"].name))
        order, product = vals.get("order"), vals.get("product")
        if order and order.partner_id.commercial_partner_id != self.commercial_partner_id:
            raise UserError(self.env._("%(order)s is an order of somebody else.", order=order.name))
        if order and order.company_id != self.company_id:
            raise UserError(self.env._("%(order)s is an order of another company.", order=order.name))
        if vals["type"].code == "gift" and not product:
            raise UserError(self.env._("Choose the gift."))
        if vals["type"].code == "refund" and not order:
            raise UserError(self.env._("Choose the order whose invoices give the money back."))
        number = vals.get("quantity", 1.0) if product else vals.get("amount", 0.0)
        if not (math.isfinite(number) and number > 0):
            raise UserError(self.env._("Say how much: a number above zero."))

    def _prepare_goodwill_vals(self, vals):
        """Hook: values of the remedy that a goodwill is."""
        product = vals.get("product")
        return {
            "case_id": self.id,
            "type_id": vals["type"].id,
            "goodwill_order_id": vals["order"].id if vals.get("order") else False,
            "goodwill_reason": vals["reason"].strip(),
            "goodwill_message": vals.get("message") or False,
            "agreed_amount": 0.0 if product else vals.get("amount", 0.0),
            "sent_product_id": product.id if product else False,
            "quantity": vals.get("quantity", 1.0) if product else 1.0,
            "choice_by": self.env.uid,
            "choice_at": fields.Datetime.now(),
        }

    def _write_goodwill_letter(self, body):
        """Send the customer a letter from the case."""
        self.ensure_one()
        self.message_post(
            body=body,
            subject=self.env._("About your case %(case)s", case=self.name),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )


class AftersalesRma(models.Model):
    """Goodwill to the customer of a return: on its case."""

    _inherit = "aftersales.rma"

    def action_goodwill(self):
        """Offer the customer a goodwill."""
        self.ensure_one()
        return self.env["aftersales.goodwill"]._open_for(default_rma_id=self.id)


class SaleOrder(models.Model):
    # Goodwill to the customer of an order: on a case of its own.

    _inherit = "sale.order"

    def action_aftersales_goodwill(self):
        """Offer the customer a goodwill."""
        self.ensure_one()
        return self.env["aftersales.goodwill"]._open_for(default_sale_order_id=self.id)
