from odoo import fields, models


class ResPartner(models.Model):
    # The customer's points in programs with a ledger.

    _inherit = "res.partner"

    aftersales_points = fields.Float(
        "Points", digits=(16, 2), compute="_compute_aftersales_points", groups="base.group_user"
    )
    aftersales_points_pending = fields.Float(
        "Points that wait", digits=(16, 2), compute="_compute_aftersales_points", groups="base.group_user"
    )
    aftersales_member_count = fields.Integer("Cards", compute="_compute_aftersales_points", groups="base.group_user")

    def _compute_aftersales_points(self):
        # Sums answer "has this customer points?"; what opens follows the user's rights.
        cards_sudo = self.env["loyalty.card"].sudo()
        domain = [*self._aftersales_members_domain(), ("program_id.program_type", "=", "loyalty")]
        own = {}
        for card in cards_sudo.search(domain):
            own.setdefault(card.partner_id.commercial_partner_id.id, cards_sudo)
            own[card.partner_id.commercial_partner_id.id] |= card
        for partner in self:
            cards_sudo = own.get(partner.commercial_partner_id.id, cards_sudo.browse())
            partner.aftersales_member_count = len(cards_sudo)
            partner.aftersales_points = sum(cards_sudo.mapped("points"))
            partner.aftersales_points_pending = sum(cards_sudo.mapped("aftersales_pending"))

    def _aftersales_members_domain(self):
        """Cards of these customers and of their contacts, in programs with a ledger."""
        return [
            ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
            ("program_id.aftersales_ledger", "=", True),
            ("company_id", "in", [*self.env.companies.ids, False]),
        ]

    def action_aftersales_view_points(self):
        """The card of the customer, or the list of them."""
        self.ensure_one()
        domain = [*self._aftersales_members_domain(), ("program_id.program_type", "=", "loyalty")]
        cards = self.env["loyalty.card"].search(domain)
        if len(cards) == 1:
            return cards._aftersales_open()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_loyalty.loyalty_card_action_members")
        return {**action, "domain": domain}
