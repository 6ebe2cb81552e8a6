from odoo import models
from odoo.tools import SQL

# What is told on the page of an order: a bonus may be somebody else's.
KINDS = ("earn", "takeback", "spend", "giveback")


class SaleOrder(models.Model):
    # What an order did to its customer's points, in their words.

    _inherit = "sale.order"

    def _aftersales_portal_points(self):
        """The movements of points that come from an order or its lines.

        :return: list of dicts with ``title``, ``words`` (points) and ``status``; none where no ledger is kept
        """
        self.ensure_one()
        if not self.env["loyalty.program"]._aftersales_kept():
            return []
        # Who has the order open may know what it earned, as on Odoo's own page of it.
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()
        of_order = SQL(
            "(origin_model = 'sale.order' AND origin_id = %s OR sale_line_id IN %s)",
            self.id,
            tuple(self.order_line.ids) or (0,),
        )
        movements = entries_sudo._portal_movements(of_order, SQL("kind IN %s", KINDS), SQL("ORDER BY posted_at, id"))
        cards_sudo = self.env["loyalty.card"].sudo().browse({movement["card_id"] for movement in movements})
        shown = {card.id: card for card in cards_sudo if card.program_id.active and card.program_id.aftersales_ledger}
        return [
            self._aftersales_portal_points_row(shown[movement["card_id"]], movement)
            for movement in movements
            if movement["card_id"] in shown
        ]

    def _aftersales_portal_points_row(self, card, movement):
        titles = {
            "earn": self.env._("Earned with this order"),
            "takeback": self.env._("Taken back"),
            "spend": self.env._("Used on this order"),
            "giveback": self.env._("Given back"),
        }
        return {
            "title": titles[movement["kind"]],
            "words": card._portal_points(float(movement["points"]), signed=True),
            "status": self.env["aftersales.loyalty.entry"]._portal_status(card, movement),
        }
