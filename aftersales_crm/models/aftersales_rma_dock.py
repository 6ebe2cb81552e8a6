from odoo import api, fields, models


class AftersalesRma(models.Model):
    """A return as the dock and the agent behind it see it: parcels, and what else was in them."""

    _inherit = "aftersales.rma"

    tracking_ref = fields.Char(index="btree_not_null")
    unannounced_ids = fields.One2many("aftersales.unannounced", "rma_id", "Unannounced goods")
    has_unannounced = fields.Boolean(
        "Unannounced goods arrived", compute="_compute_has_unannounced", search="_search_has_unannounced"
    )
    has_refused_goods = fields.Boolean(
        "Refused goods are here",
        compute="_compute_has_refused_goods",
        store=True,
        help="Refused at the inspection, and not yet on their way back to the customer.",
    )

    _refused_goods = models.Index("(company_id) WHERE has_refused_goods IS TRUE")

    # === Computes === #

    def _compute_has_unannounced(self):
        for rma in self:
            rma.has_unannounced = any(not item.dealt_with for item in rma.unannounced_ids)

    def _search_has_unannounced(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = self.env["aftersales.unannounced"]._search([("dealt_with", "=", False)])
        return [("unannounced_ids", "any" if True in value else "not any", [("id", "in", waiting)])]

    @api.depends("line_ids.rejected_quantity", "line_ids.receipt_move_ids.returned_move_ids.state")
    def _compute_has_refused_goods(self):
        held = self.line_ids._refused_here()
        for rma in self:
            rma.has_refused_goods = bool(rma.line_ids & held)

    # === Actions === #

    def action_open_dock(self):
        """Take the goods of the return in, at the dock's screen."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("aftersales_crm.aftersales_dock_action")
        return {**action, "params": {"rma_id": self.id}}
