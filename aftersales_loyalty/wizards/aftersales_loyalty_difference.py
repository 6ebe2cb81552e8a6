from odoo import api, fields, models


class AftersalesLoyaltyDifference(models.TransientModel):
    """What the audit found: a card whose points are not what its ledger says."""

    _name = "aftersales.loyalty.difference"
    _description = "Difference between Card and Ledger"

    card_id = fields.Many2one("loyalty.card", ondelete="cascade")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    program_id = fields.Many2one(related="card_id.program_id")
    points = fields.Float("Points on the card", digits=(16, 2))
    posted = fields.Float("Points of its entries", digits=(16, 2))
    remaining = fields.Float("Left of its entries", digits=(16, 2))

    @api.model
    def action_audit(self):
        """Compare every card of a program with a ledger with its entries, and show those that differ."""
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only a manager audits the points."))
        # The audit is about all cards of the companies chosen.
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()
        companies = [*self.env.companies.ids, False]
        programs_sudo = (
            self.env["loyalty.program"]
            .sudo()
            .with_context(active_test=False)
            .search([("aftersales_ledger", "=", True), ("company_id", "in", companies)])
        )
        found = self.create([self._prepare_difference_vals(row) for row in entries_sudo._audit(programs_sudo)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "aftersales_loyalty.aftersales_loyalty_difference_action"
        )
        return {**action, "domain": [("id", "in", found.ids)]}

    @api.model
    def _prepare_difference_vals(self, row):
        return {
            "card_id": row["card_id"],
            "points": row["points"],
            "posted": row["posted"],
            "remaining": row["remaining"],
        }

    def action_open(self):
        """Open the card."""
        self.ensure_one()
        return self.card_id._aftersales_open()
