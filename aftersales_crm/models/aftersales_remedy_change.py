import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What a remedy may be told when it is chosen.
TERMS = {"agreed_amount", "sent_product_id", "is_charged"}


class AftersalesRemedy(models.Model):
    """Another remedy for all or some of the units, as long as it has not begun."""

    _inherit = "aftersales.remedy"

    agreed_amount = fields.Monetary(
        readonly=True, help="What the customer gets back and keeps the goods, taxes included."
    )
    sent_product_id = fields.Many2one(
        "product.product",
        "Product sent",
        readonly=True,
        check_company=True,
        ondelete="restrict",
        help="Empty: the product that came back.",
    )
    is_charged = fields.Boolean("Customer pays", readonly=True, help="The repair is quoted to the customer.")

    @api.constrains("agreed_amount", "quantity")
    def _check_agreed_amount(self):
        for remedy in self.filtered("agreed_amount"):
            if not math.isfinite(remedy.agreed_amount) or remedy.agreed_amount < 0:
                raise ValidationError(self.env._("The amount must be a number above zero."))
            worth = remedy._worth()
            if remedy.currency_id.compare_amounts(remedy.agreed_amount, worth) > 0:
                raise ValidationError(
                    self.env._(
                        "%(remedy)s: only %(worth)s was paid for these units.",
                        remedy=remedy.display_name,
                        worth=remedy.currency_id.format(worth),
                    )
                )

    def action_open_change(self):
        """Ask what becomes of the units instead."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Another remedy"),
            "res_model": "aftersales.remedy.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_remedy_id": self.id},
        }

    def _change(self, remedy_type, quantity=None, terms=None):
        """Put some units of an open remedy right in another way; the rest stays as it is.

        :param remedy_type: `aftersales.remedy.type`
        :param float quantity: units, in the product's unit; all of them when None
        :param dict terms: ``agreed_amount``, ``sent_product_id`` (id), ``is_charged``
        :return: the remedy of these units
        :raise AccessError: when only a manager may choose it
        :raise UserError: when the remedy has begun or has fewer units
        """
        self.ensure_one()
        self.check_access("write")
        self.rma_id._ensure_state("approved", self.env._("choose another remedy"))
        terms = {name: value for name, value in (terms or {}).items() if name in TERMS}
        quantity = self.quantity if quantity is None else quantity
        if not math.isfinite(quantity) or self.uom_id.compare(quantity, 0.0) <= 0:
            raise UserError(self.env._("A remedy is for more than zero units."))
        if self.uom_id.compare(quantity, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(remedy)s is for %(quantity)s units only.",
                    remedy=self.display_name,
                    quantity=f"{self.quantity:g}",
                )
            )
        remedy = self._split_off(quantity)
        remedy._write_guarded({"agreed_amount": 0.0, "sent_product_id": False, "is_charged": False, **terms})
        remedy.type_id = remedy_type
        remedy.rma_line_id._sync_announced()
        remedy.rma_id._sync_done()
        return remedy

    def _split_off(self, quantity):
        """A remedy of its own for so many of the units."""
        self.ensure_one()
        if self.uom_id.compare(quantity, self.quantity) >= 0:
            return self
        # Agents make no remedies of their own: they divide what was approved.
        part_sudo = self._with_system().sudo().copy({"quantity": quantity, "amount": 0.0})
        self._write_guarded({"quantity": self.quantity - quantity})
        return part_sudo.with_env(self.env)
