from odoo import models


class StockPicking(models.Model):
    # The mail about a delivery leads who bought it to the door for whatever is wrong with it.

    _inherit = "stock.picking"

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        # Whoever delivers reads no orders; the link goes to who bought, never to who gets a present.
        order_sudo = self.sudo().sale_id if self else self.env["sale.order"]
        if len(order_sudo) != 1 or self.picking_type_code != "outgoing" or not order_sudo._portal_can_return():
            return groups
        buyer_sudo, partners_sudo = order_sudo.partner_id.commercial_partner_id, self.env["res.partner"].sudo()

        def is_buyer(data):
            partner_sudo = partners_sudo.browse(data["id"] or [])
            return data["type"] != "user" and partner_sudo.commercial_partner_id == buyer_sudo

        group = {
            "active": True,
            "has_button_access": False,
            "aftersales_door_url": order_sudo._portal_door_url(),
        }
        return [("aftersales_buyer", is_buyer, group), *groups]
