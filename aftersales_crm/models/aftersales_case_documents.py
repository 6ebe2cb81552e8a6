from odoo import fields, models


class AftersalesCase(models.Model):
    """One click from the case to what comes of it, with everything filled in."""

    _inherit = "aftersales.case"

    repair_ids = fields.One2many("repair.order", "aftersales_case_id", "Repairs", groups="base.group_user")
    repair_count = fields.Integer("Number of repairs", compute="_compute_repair_count")

    def _compute_repair_count(self):
        # Agents without rights on repairs learn that there are some.
        groups = (
            self.env["repair.order"]
            .sudo()
            ._read_group([("aftersales_case_id", "in", self.ids)], ["aftersales_case_id"], ["__count"])
        )
        counts = {case.id: count for case, count in groups}
        for case in self:
            case.repair_count = counts.get(case.id, 0)

    def action_make_rma(self):
        """Open the request wizard for the customer, the order and the unit of the case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_rma_request_action")
        lot_sudo = self.lot_id.sudo()  # which unit it is, is on the case; see _entitlement_unit
        product = self.product_id or lot_sudo.product_id
        move = lot_sudo._aftersales_deliveries()[-1:] if lot_sudo else self._delivery_of(product)
        order = self.sale_order_id or move.sale_line_id.order_id
        action["context"] = {
            "dialog_size": "extra-large",
            "default_case_id": self.id,
            "default_partner_id": self.partner_id.id,
            "default_sale_order_id": order.id,
            "default_unit_move_id": move.id if move.sale_line_id.order_id == order else False,
            "default_unit_lot_id": lot_sudo.id,
            "default_note": self._words_of_customer(),
        }
        return action

    def action_make_repair(self):
        """Open a repair order for the unit; whether it is under warranty, the repair finds out itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Repair"),
            "res_model": "repair.order",
            "views": [(False, "form")],
            "context": {
                "default_aftersales_case_id": self.id,
                "default_company_id": self.company_id.id,
                "default_partner_id": self.partner_id.id,
                "default_product_id": (self.product_id or self.lot_id.sudo().product_id).id,
                "default_lot_id": self.lot_id.id,
                "default_internal_notes": self.description,
            },
        }

    def action_view_repairs(self):
        self.ensure_one()
        return self.env["aftersales.rma"]._desk_action(self.repair_ids, self.env._("Repairs"))

    def action_view_order(self):
        self.ensure_one()
        return self.env["aftersales.rma"]._desk_action(self.sale_order_id)

    def _words_of_customer(self):
        """What the customer has written, as plain text."""
        text = self._plain_description()
        return f"{self.subject}\n{text}".strip() if text else self.subject
