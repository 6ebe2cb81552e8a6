from odoo import models


class ProductTemplate(models.Model):
    # Cases about a product, in all its variants.

    _name = "product.template"
    _inherit = ["product.template", "aftersales.case.links"]

    def _compute_aftersales_case_count(self):
        variants = self.with_context(active_test=False).product_variant_ids
        for template in self:
            template.aftersales_case_count = sum(
                (variants & template.with_context(active_test=False).product_variant_ids).mapped(
                    "aftersales_case_count"
                )
            )

    def _aftersales_case_domain(self):
        return [("product_id.product_tmpl_id", "=", self.id)]

    def _aftersales_case_defaults(self):
        return self._aftersales_case_default_values(product_id=self.product_variant_id.id)
