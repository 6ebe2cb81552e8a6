from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .aftersales_photo_mixin import PROOF_TYPES


class AftersalesRma(models.Model):
    """How a request becomes a return: one way for wizard, portal and scripts."""

    _name = "aftersales.rma"
    _inherit = ["aftersales.rma", "aftersales.photo.mixin"]

    @api.model
    def _request(self, partner, items, vals=None, submit=True):
        """Create a return from what a customer wants to bring back.

        :param partner: `res.partner` who asks
        :param list items: dicts with ``quantity`` (float, in ``uom``, else in the product's unit) and
            ``sale_line`` (`sale.order.line`) or, for goods bought elsewhere, ``product``
            (`product.product`), ``proofs`` (as ``photos``; a PDF will do) and ``value`` (float, a
            manager says what they are worth). Each optional: ``product``
            (a component of a kit), ``undelivered`` (bool: of what is still to come), ``uom``
            (`uom.uom`), ``lot`` (`stock.lot`), ``reason`` (`aftersales.reason`), ``remedy``
            (`aftersales.remedy.type`), ``basis`` (str), ``opened`` (bool, None when not known),
            ``note`` (str), ``photos`` (list of ``{"name", "data"}``, data in base64)
        :param dict vals: further values of the return
        :param bool submit: send it at once; else it stays a draft
        :return: the return
        :raise UserError: when an item cannot come back, or a photo is none
        """
        if not items:
            raise UserError(self.env._("Say what comes back: no product was chosen."))
        sale_lines = self.env["sale.order.line"].concat(*(item["sale_line"] for item in items if item.get("sale_line")))
        company = sale_lines.company_id or self.env.company
        if len(company) > 1:
            raise UserError(self.env._("One return is to one company: make one per company."))
        free = self._free_units(sale_lines)
        lines = [vals for item in items for vals in self._prepare_item_vals(item, free)]
        rma = self.with_company(company).create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "requested_on": company._aftersales_today(),
                "line_ids": [Command.create(line) for line in lines],
                **(vals or {}),
            }
        )
        if submit:
            rma.action_submit()
        return rma

    def _free_units(self, sale_lines):
        """What can still come back of order lines and of their deliveries.

        :return: ``{delivered move: {"units": float, "lots": `stock.lot`}}``
        """
        # Deliveries and serials are looked up for whoever may ask for the order's return.
        moves_sudo = sale_lines.sudo()._aftersales_deliveries()
        units, lots = moves_sudo._aftersales_units(), moves_sudo._aftersales_lots_left()
        return {move: {"units": units[move]["returnable"], "lots": lots[move]} for move in moves_sudo}

    def _prepare_item_vals(self, item, free):
        """Split one item over the deliveries that brought it, oldest first.

        :param dict item: as `_request` takes it
        :param dict free: as `_free_units` gives it; what the item takes comes off it
        :return: values of the return lines, one per delivered move (and serial)
        """
        sale_line = item.get("sale_line") or self.env["sale.order.line"]
        product = item.get("product") or sale_line.product_id
        quantity = self._item_quantity(item, product)
        base = self._prepare_item_base(item, sale_line, product)
        if not sale_line:
            return [{**base, "quantity": quantity}]
        if not sale_line._aftersales_is_returnable():
            raise UserError(self.env._("%(line)s is nothing that can come back.", line=sale_line.display_name))
        moves_sudo = sale_line.sudo()._aftersales_deliveries()  # see _free_units
        if item.get("undelivered") or not moves_sudo:
            return self._prepare_open_vals(base, item, quantity, free)
        if product in moves_sudo.product_id:
            return self._prepare_delivered_vals(base, item, quantity, free)
        components = sale_line.sudo()._aftersales_components(quantity) if product == sale_line.product_id else {}
        if not components:
            names = {"product": product.display_name, "order": sale_line.order_id.name}
            raise UserError(self.env._("%(product)s was not delivered with %(order)s.", **names))
        return [
            vals
            for component, needed in components.items()
            for vals in self._prepare_delivered_vals({**base, "product_id": component.id}, item, needed, free)
        ]

    def _prepare_item_base(self, item, sale_line, product):
        """Hook: what every return line of an item has in common."""
        vals = {
            "sale_line_id": sale_line.id,
            "product_id": product.id,
            "reason_id": item.get("reason") and item["reason"].id,
            "requested_remedy_id": item.get("remedy") and item["remedy"].id,
            "requested_basis": item.get("basis") or False,
            "opened": {True: "yes", False: "no"}.get(item.get("opened"), False),
            "description": item.get("note") or False,
            "photo_ids": self._create_photos(item.get("photos") or []),
        }
        if not sale_line:
            vals["lot_id"] = item.get("lot") and item["lot"].id
            vals["proof_ids"] = self._create_photos(item.get("proofs") or [], PROOF_TYPES)
            vals["declared_value"] = item.get("value") or 0.0
        return vals

    def _item_quantity(self, item, product):
        """Units that an item asks for, in the product's unit."""
        quantity, uom = item["quantity"], item.get("uom")
        if not 0 < quantity < float("inf"):
            raise UserError(self.env._("%(product)s: ask for more than zero units.", product=product.display_name))
        if not uom or uom == product.uom_id:
            return quantity
        if not uom._has_common_reference(product.uom_id):
            names = {"product": product.display_name, "uom": uom.name}
            raise UserError(self.env._("%(product)s is not counted in %(uom)s.", **names))
        return uom._compute_quantity(quantity, product.uom_id, rounding_method="HALF-UP")

    def _prepare_open_vals(self, base, item, quantity, free):
        """Values of a line for units without a delivery: services, and what is still to come."""
        line_sudo, product = item["sale_line"].sudo(), item["sale_line"].product_id  # see _free_units
        if line_sudo not in free:
            free[line_sudo] = {"units": line_sudo._aftersales_open_units()[line_sudo]["returnable"]}
        left = free[line_sudo]["units"]
        if item.get("lot"):
            raise UserError(self._foreign_lot_message(item))
        if base["product_id"] != product.id or product.uom_id.compare(quantity, left) > 0:
            raise UserError(self._exceeded_message(product, quantity, left))
        free[line_sudo]["units"] -= quantity
        return [{**base, "origin_move_id": False, "quantity": quantity}]

    def _prepare_delivered_vals(self, base, item, quantity, free):
        """Values of the lines for delivered units of one product."""
        product = self.env["product.product"].browse(base["product_id"])
        shares = self._split_over_moves(item, product, quantity, free)
        return [
            {**base, "origin_move_id": move.id, **vals}
            for move, here in shares.items()
            for vals in self._split_over_lots(move, here, item.get("lot"), free)
        ]

    def _split_over_moves(self, item, product, quantity, free):
        """How many units of a product come back of each delivery of an item: ``{move: float}``."""
        left = quantity
        shares = {}
        for move in self._item_deliveries(item, product):
            here = min(left, free[move]["units"])
            if product.uom_id.compare(here, 0.0) <= 0:
                continue
            shares[move] = here
            free[move]["units"] -= here
            left -= here
        if product.uom_id.compare(left, 0.0) > 0:
            raise UserError(self._exceeded_message(product, quantity, quantity - left))
        return shares

    def _item_deliveries(self, item, product):
        """The deliveries of a product of the order line, or the one that brought the serial, oldest first."""
        deliveries_sudo = item["sale_line"].sudo()._aftersales_deliveries()  # see _free_units
        moves_sudo = deliveries_sudo.filtered(lambda move: move.product_id == product)
        lot = item.get("lot")
        if not lot:
            return moves_sudo
        moves_sudo = moves_sudo.filtered(lambda move: lot in move.move_line_ids.lot_id)
        if not moves_sudo:
            raise UserError(self._foreign_lot_message(item))
        return moves_sudo

    def _foreign_lot_message(self, item):
        return self.env._(
            "%(lot)s was not delivered with %(order)s.",
            lot=item["lot"].sudo().name,
            order=item["sale_line"].order_id.name,
        )

    def _exceeded_message(self, product, asked, left):
        return self.env._(
            "%(product)s: %(asked)s asked for, but only %(left)s can still be returned.",
            product=product.display_name,
            asked=f"{asked:g}",
            left=f"{max(left, 0):g}",
        )

    def _split_over_lots(self, move, quantity, lot, free):
        """One line per serial where it is known which; else one line to be scanned later."""
        left = free[move]["lots"]
        tracking = move.product_id.tracking
        if lot and tracking != "none" and lot not in left:
            raise UserError(self.env._("%(lot)s is already part of another return.", lot=lot.sudo().name))
        if lot and tracking == "serial" and quantity != 1:
            raise UserError(self.env._("%(lot)s is one unit: ask for 1.", lot=lot.sudo().name))
        lots = lot or left
        if tracking == "serial" and len(lots) == quantity:
            free[move]["lots"] -= lots
            return [{"quantity": 1.0, "lot_id": one.id} for one in lots]
        if tracking == "lot" and len(lots) == 1:
            return [{"quantity": quantity, "lot_id": lots.id}]
        return [{"quantity": quantity}]

    # === Photos === #

    def _claim_photos(self):
        """Tie photos that belong to nothing yet to the return, so that who reads it sees them."""
        for rma in self:
            # Linking them took the right to read them; see _create_photos for those of customers.
            photos_sudo = (
                rma.line_ids.photo_ids | rma.line_ids.proof_ids | rma.line_ids.inspection_ids.photo_ids
            ).sudo()
            photos_sudo.filtered(lambda photo: not photo.res_id).write({"res_model": self._name, "res_id": rma.id})
