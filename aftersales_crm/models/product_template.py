from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    aftersales_term_ids = fields.Many2many(
        "aftersales.warranty.term",
        string="Warranty",
        help="Commercial warranties that come with the product. Empty: those of its category.",
    )
    aftersales_sold_term_id = fields.Many2one(
        "aftersales.warranty.term",
        "Sells the warranty",
        index="btree_not_null",
        ondelete="restrict",
        help="Who orders this product extends the warranty of another one by these terms.",
    )
    aftersales_kind_id = fields.Many2one(
        "aftersales.product.kind",
        "Product kind",
        ondelete="restrict",
        help="Made to measure, perishable, sealed for hygiene and the like: the law and return "
        "policies may exclude it from returns without a fault. Defects stay covered.",
    )

    def _aftersales_kind(self):
        """The kind that law and policies look at: its own; services are one without being told.

        :return: `aftersales.product.kind`, may be empty
        """
        self.ensure_one()
        kind = self.aftersales_kind_id
        if not kind and self.type == "service":
            service_id = self.env["ir.model.data"]._xmlid_to_res_id("aftersales_crm.product_kind_service")
            kind = kind.browse(service_id or ())
        return kind

    def _aftersales_terms(self, company):
        """Commercial terms of the product, else of its category or the nearest above it.

        :param company: `res.company` whose terms (and those of all) count
        :return: `aftersales.warranty.term`
        """
        self.ensure_one()
        terms = self.aftersales_term_ids
        category = self.categ_id
        while not terms and category:
            terms = category.aftersales_term_ids
            category = category.parent_id
        return terms.filtered(lambda term: not term.company_id or term.company_id in company.parent_ids)
