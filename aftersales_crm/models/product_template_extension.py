from odoo import models


class ProductTemplate(models.Model):
    # Products that sell an extension of a warranty, and what they are sold for.

    _inherit = "product.template"

    def _aftersales_offered_with(self):
        """The products that name these extensions among their optional products.

        An extension that none names is sold for every product.

        :return: ``{extension: products}``, both `product.template`
        """
        # Whoever sells may be kept from products of others; that they name an extension is no secret.
        naming_sudo = self.sudo().search([("optional_product_ids", "in", self.ids)])
        return {
            extension: naming_sudo.filtered(
                lambda product, extension=extension: extension in product.optional_product_ids
            )
            for extension in self
        }

    def _aftersales_is_for(self, goods, offered_with):
        """Whether this extension is sold for a product.

        :param goods: `product.template`
        :param offered_with: as `_aftersales_offered_with` gives it for the extension
        """
        self.ensure_one()
        return goods.type == "consu" and (not offered_with or goods in offered_with)
