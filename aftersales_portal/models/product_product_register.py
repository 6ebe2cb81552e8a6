from odoo import api, models
from odoo.fields import Domain

# Of so many that match, those with a warranty are shown, and so many of them.
MATCHES = 60
SHOWN = 10


class ProductProduct(models.Model):
    # Products that a customer may register.

    _inherit = "product.product"

    @api.model
    def _portal_registrable(self, company, words="", product_id=None):
        """Goods for sale that come with a warranty of the company.

        :param company: `res.company`
        :param str words: part of a name, the code or the barcode
        :param int product_id: this one, if it is among them
        :return: `product.product` in sudo mode: customers have no right on products
        """
        if not (words or product_id):
            return self.browse()
        domain = (
            Domain("type", "=", "consu")
            & Domain("sale_ok", "=", True)
            & Domain("company_id", "in", (False, *company.parent_ids.ids))
        )
        if product_id:
            domain &= Domain("id", "=", product_id)
        else:
            domain &= (
                Domain("name", "ilike", words) | Domain("default_code", "=ilike", words) | Domain("barcode", "=", words)
            )
        found_sudo = self.sudo().with_context(display_default_code=False).search(domain, limit=MATCHES)
        warranties = self.env["aftersales.warranty"]
        return found_sudo.filtered(lambda product: warranties._registrable_terms(product, company))[:SHOWN]
