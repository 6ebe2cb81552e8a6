import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .window_words import window_words

# Stored value that a delivery reaches → code of the step that its customer is told about.
STEPS = {("state", "assigned"): "packing", ("state", "done"): "shipped"}


class StockPicking(models.Model):
    # When a delivery arrives, and what its customer is told on the way.

    _inherit = "stock.picking"

    aftersales_window_start = fields.Datetime(
        "Arrives from", copy=False, help="The delivery is expected between these times; the customer sees them."
    )
    aftersales_window_end = fields.Datetime("Arrives until", copy=False)
    aftersales_arrived_at = fields.Datetime("Arrived", copy=False, help="When it reached the customer, where known.")

    # === Constrains === #

    @api.constrains("aftersales_window_start", "aftersales_window_end")
    def _check_aftersales_window(self):
        for picking in self:
            start, end = picking.aftersales_window_start, picking.aftersales_window_end
            if bool(start) != bool(end) or (start and end <= start):
                raise ValidationError(
                    self.env._("%(delivery)s arrives from a time until a later one: set both.", delivery=picking.name)
                )

    # === CRUD === #

    def _write_multi(self, vals_list):
        # The state is computed at flush time and never passes through write().
        mails = self.env["aftersales.delivery.mail"]
        for picking_id, vals in zip(self.ids, vals_list, strict=True):
            for (name, value), code in STEPS.items():
                if vals.get(name) == value:
                    mails._note(picking_id, code)
            if vals.get("aftersales_window_start"):
                # Another window is news, the same one is not.
                mails._note(picking_id, "window", str(vals["aftersales_window_start"]))
            if vals.get("aftersales_arrived_at"):
                mails._note(picking_id, "arrived")
        return super()._write_multi(vals_list)

    # === Business === #

    def _aftersales_window_words(self):
        """When it arrives, in the customer's language and the company's time; "" when nobody knows."""
        self.ensure_one()
        zone = self.company_id.sudo()._aftersales_zone()  # how the company is set up is not for customers
        return window_words(self.env, self.aftersales_window_start, self.aftersales_window_end, zone)

    def _aftersales_parcels(self):
        """The parcels of a delivery: list of ``(name, address of the carrier's page or "")``."""
        self.ensure_one()
        reference, url = self.carrier_tracking_ref or "", self.carrier_tracking_url
        if not reference:
            return []
        try:
            parcels = [(name, link) for name, link in json.loads(url or "")]
        except (ValueError, TypeError):
            parcels = [(reference, url or "")]
        # Whatever a carrier answers becomes a link only if it is one.
        return [(name, link if str(link).startswith(("https://", "http://")) else "") for name, link in parcels]

    def _aftersales_goods(self):
        """What a delivery brings, a text per product."""
        self.ensure_one()
        goods = {}
        for move in self.move_ids.filtered(lambda move: move.state != "cancel"):
            product = move.product_id.with_context(display_default_code=False)
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            goods[product] = goods.get(product, 0.0) + move.product_uom._compute_quantity(quantity, product.uom_id)
        return [f"{quantity:g} × {product.display_name}" for product, quantity in goods.items() if quantity]
