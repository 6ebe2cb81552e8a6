from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class AftersalesCase(models.Model):
    """Parts used at a visit: a delivery from the technician's own stock, done when the visit is over.

    A repair order would need goods to repair, which an installation and a maintenance visit have not; a
    delivery is what Odoo values, reconciles and takes back by itself.
    """

    _inherit = "aftersales.case"

    visit_part_ids = fields.One2many("aftersales.visit.part", "case_id", "Parts used")
    visit_picking_id = fields.Many2one(
        "stock.picking", "Parts taken by", readonly=True, copy=False, index="btree_not_null"
    )

    def _refused_fields(self):
        return super()._refused_fields() | {"visit_picking_id"}

    def _take_parts(self):
        """Take the parts that were used out of stock, once.

        :raise UserError: when Odoo refuses, with its reason
        """
        self.ensure_one()
        parts = self.visit_part_ids.filtered(lambda part: not part.move_id)
        if not parts:
            return
        picking = self.env["stock.picking"].with_company(self.company_id).create(self._prepare_parts_vals(parts))
        self._write_guarded({"visit_picking_id": picking.id})
        picking.action_confirm()
        for part, move in zip(parts, picking.move_ids, strict=True):
            part._pick(move)
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if picking.state != "done":
            raise UserError(
                self.env._("%(case)s: the parts cannot be taken from stock; ask the warehouse.", case=self.name)
            )

    def _prepare_parts_vals(self, parts):
        """Hook: values of the delivery of the parts."""
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)], limit=1)
        place = self.technician_id.with_company(self.company_id).aftersales_stock_location_id
        place = place or warehouse.lot_stock_id
        goal = (self.visit_partner_id or self.partner_id).property_stock_customer or self.env.ref(
            "stock.stock_location_customers"
        )
        return {
            "picking_type_id": warehouse.out_type_id.id,
            "partner_id": (self.visit_partner_id or self.partner_id).id,
            "company_id": self.company_id.id,
            "location_id": place.id,
            "location_dest_id": goal.id,
            "origin": self.name,
            "move_ids": [
                Command.create(
                    {
                        "product_id": part.product_id.id,
                        "product_uom_qty": part.quantity,
                        "product_uom": part.uom_id.id,
                        "location_id": place.id,
                        "location_dest_id": goal.id,
                        "company_id": self.company_id.id,
                    }
                )
                for part in parts
            ],
        }


class AftersalesVisitPart(models.Model):
    _inherit = "aftersales.visit.part"

    def _pick(self, move):
        """Note on the move what was really used, stocked or not: it is gone.

        :raise UserError: when a serial is missing or unknown
        """
        self.ensure_one()
        self.move_id = move
        if self.tracking == "none":
            move.quantity = self.quantity
        else:
            line = move._prepare_move_line_vals(quantity=0)
            line.update(quantity=self.quantity, lot_id=self._lot().id)
            move.move_line_ids.unlink()
            move.move_line_ids = [Command.create(line)]
        move.picked = True

    def _lot(self):
        name = (self.lot_name or "").strip()
        lot = name and self.env["stock.lot"].search(
            [
                ("name", "=", name),
                ("product_id", "=", self.product_id.id),
                ("company_id", "in", (False, self.company_id.id)),
            ],
            limit=1,
        )
        if not lot:
            raise UserError(
                self.env._(
                    "%(part)s: type the serial number of the part that was used.", part=self.product_id.display_name
                )
            )
        return lot


class ResUsers(models.Model):
    # Where a technician takes parts from.

    _inherit = "res.users"

    aftersales_stock_location_id = fields.Many2one(
        "stock.location",
        "Technician's stock",
        company_dependent=True,
        domain=[("usage", "=", "internal")],
        groups="base.group_user",
        help="Parts used at visits are taken from here. Empty: from the warehouse.",
    )
