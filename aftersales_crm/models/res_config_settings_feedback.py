from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_review_url = fields.Char(related="company_id.aftersales_review_url", readonly=False)
