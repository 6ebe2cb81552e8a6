from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

# Days ahead in which points that expire are told.
SOON = 60


class LoyaltyCard(models.Model):
    # The card as staff sees it: what waits, what expires soon, and the way to its statement.

    _inherit = "loyalty.card"

    aftersales_ledger = fields.Boolean(related="program_id.aftersales_ledger", string="Keeps a ledger")
    aftersales_value = fields.Monetary(
        "Value", compute="_compute_aftersales_value", help="What the points are worth, as the program says."
    )
    aftersales_expiring = fields.Float("Expiring soon", digits=(16, 2), compute="_compute_aftersales_expiring")
    aftersales_expires = fields.Char("Expires", compute="_compute_aftersales_expiring")

    aftersales_tier_words = fields.Char("Next tier", compute="_compute_aftersales_tier_words")

    @api.depends("aftersales_tier_id", "points")
    def _compute_aftersales_tier_words(self):
        progresses = self._aftersales_tier_progresses()
        for card in self:
            card.aftersales_tier_words = card in progresses and card._aftersales_tier_words(progresses[card])

    @api.depends("points", "program_id.aftersales_point_value")
    def _compute_aftersales_value(self):
        for card in self:
            card.aftersales_value = card.points * card.program_id.aftersales_point_value

    @api.depends("aftersales_entry_ids.remaining", "aftersales_entry_ids.expires_on")
    def _compute_aftersales_expiring(self):
        lots = self._aftersales_lots()
        last = self.env.company._aftersales_today() + timedelta(days=SOON)
        for card in self:
            soon = [(day, points) for day, points in lots.get(card, []) if day <= last]
            card.aftersales_expiring = sum(points for _day, points in soon)
            card.aftersales_expires = "\n".join(
                self.env._(
                    "%(points)s until %(day)s", points=card._format_points(points), day=format_date(self.env, day)
                )
                for day, points in soon
            )

    def _aftersales_lots(self):
        """What is left of points that expire.

        :return: ``{card: [(last day, points)]}``, the first day first
        """
        groups = self.env["aftersales.loyalty.entry"]._read_group(
            [
                ("card_id", "in", self.ids),
                ("state", "=", "posted"),
                ("remaining", ">", 0),
                ("expires_on", "!=", False),
            ],
            ["card_id", "expires_on:day"],
            ["remaining:sum"],
            order="expires_on:day",
        )
        lots = {}
        for card, day, points in groups:
            lots.setdefault(card, []).append((day, points))
        return lots

    def _aftersales_ends(self):
        """What is left of the points of one card that expire: list of dicts ``points``, ``on``."""
        self.ensure_one()
        return [{"points": points, "on": day} for day, points in self._aftersales_lots().get(self, [])]

    def _aftersales_open(self):
        """Open the card in our own form: agents have no rights on Odoo's."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_loyalty.loyalty_card_action_members")
        form = self.env.ref("aftersales_loyalty.loyalty_card_view_form_member")
        return {**action, "res_id": self.id, "view_mode": "form", "views": [(form.id, "form")], "domain": []}

    def action_aftersales_statement(self):
        """All entries of the card."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_loyalty.aftersales_loyalty_entry_action")
        return {
            **action,
            "name": self.env._("Statement of %(customer)s", customer=self.partner_id.display_name or self.code),
            "domain": [("card_id", "=", self.id)],
            "context": {"aftersales_one_card": True, "search_default_valid": 1},
        }

    def action_aftersales_grant(self):
        """Give or take points by hand."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_loyalty.aftersales_loyalty_grant_action")
        context = {
            "default_card_id": self.id,
            "default_partner_id": self.partner_id.id,
            "default_program_id": self.program_id.id,
        }
        return {**action, "context": context}

    def action_aftersales_customer(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
