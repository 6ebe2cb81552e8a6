from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    # Where happy customers are invited to review us.

    _inherit = "res.company"

    aftersales_review_url = fields.Char(
        "Review page",
        help="Who recommends us with 9 or 10 is invited to write a review there, once. Some review sites forbid to "
        "invite only the happy ones: see their terms.",
    )

    @api.constrains("aftersales_review_url")
    def _check_aftersales_review_url(self):
        for company in self:
            url = company.aftersales_review_url
            if url and not url.startswith(("https://", "http://")):
                raise ValidationError(self.env._("The address of the review page begins with https://."))
