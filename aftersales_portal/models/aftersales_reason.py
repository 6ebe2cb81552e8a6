from odoo import fields, models


class AftersalesReason(models.Model):
    """A reason as a card that customers tap."""

    _inherit = "aftersales.reason"

    portal_offered = fields.Boolean("Customers may choose it", default=True)
    portal_name = fields.Char(
        "In the customer's words", translate=True, help="e.g. “It arrived damaged”. Empty: the name."
    )
    portal_icon = fields.Char("Picture", help="Name of a Font Awesome 4 icon, e.g. fa-chain-broken.")

    # === Business === #

    def _portal_wants_photo(self):
        """Whether a photo helps: something is seen to be wrong, and it is there to be seen."""
        self.ensure_one()
        return self.photo_required or (self.kind in ("defect", "delivery") and not self.goods_missing)
