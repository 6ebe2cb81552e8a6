from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    aftersales_term_ids = fields.Many2many(
        "aftersales.warranty.term",
        string="Warranty",
        help="Commercial warranties that come with the product. Empty: those of its category.",
    )
    aftersales_no_withdrawal = fields.Boolean(
        "No right of withdrawal",
        help="Made to measure, perishable, sealed for hygiene and the like: the statutory right "
        "to withdraw without a reason does not apply. Defects stay covered.",
    )

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
