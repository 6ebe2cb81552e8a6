from odoo import models
from odoo.tools.misc import limited_field_access_token


class ProductProduct(models.Model):
    # The picture of a product for who may know it without a right on products.

    _inherit = "product.product"

    def _aftersales_image_url(self, field="image_128"):
        """Address of the picture for a page of ours, valid for some weeks; "" without one.

        The address carries Odoo's own token for one field, so that a page of many stays small.
        """
        self.ensure_one()
        product_sudo = self.sudo()
        if not product_sudo.with_context(bin_size=True)[field]:
            return ""
        token = limited_field_access_token(product_sudo, field, scope="binary")
        return f"/web/image/product.product/{self.id}/{field}?access_token={token}"
