import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesRma(models.Model):
    """Goods that were bought elsewhere: a proof of purchase instead of an order."""

    _inherit = "aftersales.rma"

    def _check_transition(self, target):
        result = super()._check_transition(target)
        if target == "submitted":
            for line in self.line_ids.filtered(lambda line: not line.sale_line_id and not line.proof_ids):
                raise UserError(
                    self.env._(
                        "%(product)s was not bought with an order here: add the proof of purchase.",
                        product=line.product_id.display_name,
                    )
                )
        return result

    def _create_return_pickings(self):
        result = super()._create_return_pickings()
        lines = self.line_ids.filtered(lambda line: line._is_from_elsewhere() and line._to_announce() > 0)
        if lines:
            # As for goods of an order: an agent approves without rights on the warehouse.
            picking_sudo = self.env["stock.picking"].sudo().create(self._prepare_receipt_vals(lines))
            picking_sudo.action_confirm()
        return result

    def _prepare_receipt_vals(self, lines):
        """Values of the transfer that brings in goods without a delivery to return."""
        self.ensure_one()
        warehouses = self.env["stock.warehouse"].sudo()  # see _create_return_pickings
        warehouse = self.warehouse_id.sudo() or warehouses.search([("company_id", "=", self.company_id.id)], limit=1)
        location = (
            self.warehouse_id.lot_stock_id or self.company_id.aftersales_return_location_id or warehouse.lot_stock_id
        )
        source = self.partner_id.with_company(self.company_id).sudo().property_stock_customer
        return {
            "partner_id": self.partner_id.id,
            "picking_type_id": warehouse.in_type_id.id,
            "location_id": source.id,
            "location_dest_id": location.id,
            "company_id": self.company_id.id,
            "origin": self.name,
            "aftersales_rma_id": self.id,
            "move_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom": line.uom_id.id,
                        "product_uom_qty": line._to_announce(),
                        "location_id": source.id,
                        "location_dest_id": location.id,
                        "company_id": self.company_id.id,
                        "aftersales_rma_line_id": line.id,
                    }
                )
                for line in lines
            ],
        }


class AftersalesRmaLine(models.Model):
    _inherit = "aftersales.rma.line"

    proof_ids = fields.Many2many(
        "ir.attachment",
        "aftersales_rma_line_proof_rel",
        string="Proof of purchase",
        bypass_search_access=True,
        help="Receipt or invoice of goods that were not bought with an order here.",
    )
    declared_value = fields.Monetary(
        "Value", copy=False, help="What goods bought elsewhere are worth, taxes included: a manager says."
    )

    _value_positive = models.Constraint("CHECK(declared_value >= 0)", "A value cannot be negative.")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("declared_value")._ensure_may_value()
        lines.filtered("proof_ids").rma_id._claim_photos()
        return lines

    def write(self, vals):
        if "proof_ids" in vals and not self._is_system():
            self._ensure_draft()
        result = super().write(vals)
        if "declared_value" in vals:
            self._ensure_may_value()
        if "proof_ids" in vals:
            self.rma_id._claim_photos()
        return result

    def action_open_value(self):
        """Let a manager say what goods bought elsewhere are worth."""
        self.ensure_one()
        view = self.env.ref("aftersales_crm.aftersales_rma_line_view_form_value")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bought elsewhere"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def _ensure_may_value(self):
        if self:
            self.rma_id._ensure_manager(self.env._("Only a manager says what goods bought elsewhere are worth."))
        for line in self.filtered("sale_line_id"):
            raise UserError(
                self.env._("%(product)s was bought here: its order says what it cost.", product=line.product_id.name)
            )
        for line in self.filtered(lambda line: not math.isfinite(line.declared_value)):
            raise UserError(self.env._("%(product)s: its value must be a number.", product=line.product_id.name))
        for line in self.filtered("refunded_total"):
            raise UserError(
                self.env._(
                    "%(product)s was refunded already: cancel the credit note, then change its value.",
                    product=line.product_id.name,
                )
            )
