import binascii
from base64 import b64decode
from io import BytesIO

from PIL import Image

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mimetypes import guess_mimetype

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/heic")
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_COUNT = 10


class AftersalesRma(models.Model):
    """How a request becomes a return: one way for wizard, portal and scripts."""

    _inherit = "aftersales.rma"

    @api.model
    def _request(self, partner, items, vals=None, submit=True):
        """Create a return from what a customer wants to bring back.

        :param partner: `res.partner` who asks
        :param list items: dicts with ``sale_line`` (`sale.order.line`), ``quantity`` (float, in
            the product's unit) and, each optional, ``lot`` (`stock.lot`), ``reason``
            (`aftersales.reason`), ``remedy`` (`aftersales.remedy.type`), ``basis`` (str),
            ``note`` (str), ``photos`` (list of ``{"name", "data"}``, data in base64)
        :param dict vals: further values of the return
        :param bool submit: send it at once; else it stays a draft
        :return: the return
        :raise UserError: when an item cannot come back, or a photo is none
        """
        if not items:
            raise UserError(self.env._("Say what comes back: no product was chosen."))
        company = items[0]["sale_line"].company_id
        if any(item["sale_line"].company_id != company for item in items):
            raise UserError(self.env._("One return is to one company: make one per company."))
        free = self._free_units(self.env["sale.order.line"].concat(*(item["sale_line"] for item in items)))
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
        """What can still come back of the deliveries of order lines.

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
        product = item["sale_line"].product_id
        if not 0 < item["quantity"] < float("inf"):
            raise UserError(self.env._("%(product)s: ask for more than zero units.", product=product.display_name))
        base = {
            "sale_line_id": item["sale_line"].id,
            "product_id": product.id,
            "reason_id": item.get("reason") and item["reason"].id,
            "requested_remedy_id": item.get("remedy") and item["remedy"].id,
            "requested_basis": item.get("basis") or False,
            "description": item.get("note") or False,
            "photo_ids": self._create_photos(item.get("photos") or []),
        }
        shares = self._split_over_moves(item, free)
        return [
            {**base, "origin_move_id": move.id, **vals}
            for move, quantity in shares.items()
            for vals in self._split_over_lots(move, quantity, item.get("lot"), free)
        ]

    def _split_over_moves(self, item, free):
        """How many units of an item come back of each delivery: ``{move: float}``."""
        product, left = item["sale_line"].product_id, item["quantity"]
        shares = {}
        for move in self._item_deliveries(item):
            here = min(left, free[move]["units"])
            if product.uom_id.compare(here, 0.0) <= 0:
                continue
            shares[move] = here
            free[move]["units"] -= here
            left -= here
        if product.uom_id.compare(left, 0.0) > 0:
            raise UserError(
                self.env._(
                    "%(product)s: %(asked)s asked for, but only %(left)s can still be returned.",
                    product=product.display_name,
                    asked=f"{item['quantity']:g}",
                    left=f"{max(item['quantity'] - left, 0):g}",
                )
            )
        return shares

    def _item_deliveries(self, item):
        """The deliveries of the order line, or the one that brought the serial, oldest first."""
        moves_sudo = item["sale_line"].sudo()._aftersales_deliveries()  # see _free_units
        lot = item.get("lot")
        if not lot:
            return moves_sudo
        moves_sudo = moves_sudo.filtered(lambda move: lot in move.move_line_ids.lot_id)
        if not moves_sudo:
            raise UserError(
                self.env._(
                    "%(lot)s was not delivered with %(order)s.",
                    lot=lot.sudo().name,
                    order=item["sale_line"].order_id.name,
                )
            )
        return moves_sudo

    def _split_over_lots(self, move, quantity, lot, free):
        """One line per serial where it is known which; else one line to be scanned later."""
        left = free[move]["lots"]
        tracking = move.product_id.tracking
        if lot and tracking != "none" and lot not in left:
            raise UserError(self.env._("%(lot)s is already part of another return.", lot=lot.sudo().name))
        lots = lot or left
        if tracking == "serial" and len(lots) == quantity:
            free[move]["lots"] -= lots
            return [{"quantity": 1.0, "lot_id": one.id} for one in lots]
        if tracking == "lot" and len(lots) == 1:
            return [{"quantity": quantity, "lot_id": lots.id}]
        return [{"quantity": quantity}]

    # === Photos === #

    def _create_photos(self, photos):
        """Check photos by content and keep them as attachments.

        :param list photos: dicts with ``name`` and ``data`` (base64)
        :return: commands for a many2many of attachments
        """
        if len(photos) > PHOTO_COUNT:
            raise UserError(self.env._("At most %(count)s photos per product.", count=PHOTO_COUNT))
        vals_list = [self._prepare_photo_vals(photo["name"], photo["data"]) for photo in photos]
        # A customer has no right to create attachments; the content was checked above.
        return [Command.set(self.env["ir.attachment"].sudo().create(vals_list).ids)]

    def _prepare_photo_vals(self, name, data):
        try:
            content = b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise UserError(self.env._("%(name)s is not valid base64.", name=name)) from None
        if not content:
            raise UserError(self.env._("%(name)s is empty.", name=name))
        if len(content) > PHOTO_BYTES:
            raise UserError(
                self.env._(
                    "%(name)s is larger than %(limit)s MB.",
                    name=name,
                    limit=PHOTO_BYTES // 1024 // 1024,
                )
            )
        mimetype = guess_mimetype(content)
        if mimetype not in PHOTO_TYPES:
            raise UserError(self.env._("%(name)s is not a photo (JPEG, PNG, WebP, GIF, HEIC).", name=name))
        if mimetype != "image/heic" and not self._photo_opens(content):
            raise UserError(self.env._("%(name)s cannot be opened: it is damaged or too large.", name=name))
        return {"name": name, "raw": content, "mimetype": mimetype, "res_model": self._name}

    def _photo_opens(self, content):
        """Whether a file is the picture that it begins like, and small enough for Odoo to resize it."""
        try:
            with Image.open(BytesIO(content)) as image:
                image.getexif()
                image.thumbnail((64, 64))
        except Exception:  # Pillow raises errors of a dozen kinds on broken files
            return False
        return True

    def _claim_photos(self):
        """Tie photos that belong to nothing yet to the return, so that who reads it sees them."""
        for rma in self:
            # Linking them took the right to read them; see _create_photos for those of customers.
            photos_sudo = (rma.line_ids.photo_ids | rma.line_ids.inspection_ids.photo_ids).sudo()
            photos_sudo.filtered(lambda photo: not photo.res_id).write({"res_model": self._name, "res_id": rma.id})
