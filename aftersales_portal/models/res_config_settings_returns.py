from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aftersales_portal_remedy_type_ids = fields.Many2many(
        related="company_id.aftersales_portal_remedy_type_ids", readonly=False
    )
    aftersales_portal_photos = fields.Boolean(related="company_id.aftersales_portal_photos", readonly=False)
    aftersales_portal_intro = fields.Html(related="company_id.aftersales_portal_intro", readonly=False)
