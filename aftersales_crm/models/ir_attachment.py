from odoo import models


class IrAttachment(models.Model):
    # Whether a photo was seen before is asked at each request.

    _inherit = "ir.attachment"

    _aftersales_checksum = models.Index("(checksum) WHERE checksum IS NOT NULL")
