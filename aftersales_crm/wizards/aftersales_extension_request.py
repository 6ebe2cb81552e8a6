from odoo import models


class AftersalesRmaRequestLine(models.TransientModel):
    """What giving back an extension costs, and which extension comes back with a product."""

    _inherit = "aftersales.rma.request.line"

    def _verdict_text(self, result):
        return " ".join(filter(None, [super()._verdict_text(result), self._extension_words(result)]))

    def _extension_words(self, result):
        if result["best"] not in ("withdrawal", "policy"):
            return ""
        checks = result["bases"][result["best"]]["checks"]
        used = next((check["message"] for check in checks if check["code"] == "days_used"), "")
        return used or self.sale_line_id._aftersales_along_words()
