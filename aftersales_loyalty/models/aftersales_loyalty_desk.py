from odoo import api, fields, models


class AftersalesLoyaltyEntry(models.Model):
    """The statement as staff reads it."""

    _inherit = "aftersales.loyalty.entry"

    document = fields.Char("From", compute="_compute_document")
    why = fields.Char(compute="_compute_why")

    @api.depends("origin_model", "origin_id")
    def _compute_document(self):
        for entry in self:
            # Staff reads which document the points came from; to open it needs rights on it.
            origin_sudo = entry.sudo()._document()
            entry.document = origin_sudo and origin_sudo.display_name

    @api.depends("reason", "kind", "sale_line_id")
    def _compute_why(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            # What was bought is no secret to who reads the points that it gave.
            product_sudo = entry.sudo().sale_line_id.product_id
            entry.why = entry.reason or product_sudo.display_name or kinds.get(entry.kind)

    def action_open(self):
        """Open the document that the points came from, the card where there is none to see."""
        self.ensure_one()
        document = self._document()
        if document and document.has_access("read"):
            return self.env["aftersales.rma"]._desk_action(document)
        return self.card_id._aftersales_open()

    def _order_id(self):
        """The order that the points belong to, also where a return took them back (int or False)."""
        self.ensure_one()
        return self.sale_line_id.order_id.id or (self.origin_model == "sale.order" and self.origin_id)

    def _sum_of(self, kinds):
        """Points of these kinds, those that wait included (float)."""
        return sum(entry.points for entry in self if entry.kind in kinds and entry.state != "void")
