from odoo import models
from odoo.fields import Domain
from odoo.tools import format_amount


class AftersalesWarranty(models.Model):
    """What the reminder of its end says."""

    _inherit = "aftersales.warranty"

    def _customer_url(self):
        """Hook: address where the customer sees the warranty; "" without one."""
        return ""

    def _renewal_offers(self):
        """What the customer may buy so that the unit stays covered.

        :return: list of ``(name, price)``, words in the language of the context
        """
        self.ensure_one()
        customer = self.partner_id.with_company(self.company_id)
        pricelist = customer.property_product_pricelist
        currency = pricelist.currency_id or self.company_id.currency_id
        return [
            (
                product.with_context(display_default_code=False).display_name,
                format_amount(self.env, pricelist._get_product_price(product, 1.0), currency),
            )
            for product in self._renewal_products()
        ]

    def _renewal_products(self):
        """The extensions that are sold for the unit of the warranty and still can be (`product.product`)."""
        self.ensure_one()
        domain = Domain("aftersales_sold_term_id", "!=", False) & Domain("sale_ok", "=", True)
        domain &= Domain("company_id", "in", (False, self.company_id.id))
        sellers = self.env["product.template"].search(domain)
        offered_with, goods = sellers._aftersales_offered_with(), self.product_id.product_tmpl_id
        fitting = sellers.filtered(
            lambda seller: (
                seller._aftersales_is_for(goods, offered_with[seller])
                and self._may_be_extended(seller.aftersales_sold_term_id)
            )
        )
        return fitting.product_variant_ids
