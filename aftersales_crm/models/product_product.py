from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _aftersales_is_whole(self):
        """Whether the product is counted in pieces, of which no half comes back."""
        self.ensure_one()
        pieces_id = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_unit")
        root = (self.uom_id.parent_path or "").split("/")[0]
        return self.tracking == "serial" or bool(pieces_id and root == str(pieces_id))
