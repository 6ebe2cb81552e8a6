from odoo import fields, models
from odoo.tools import SQL

FLOWS = [
    ("issued", "Issued"),
    ("used", "Used"),
    ("taken_back", "Taken back"),
    ("expired", "Expired"),
    ("corrected", "Corrected"),
]


class AftersalesLoyaltyReport(models.Model):
    """What happened to points, for pivots and graphs: one row per posted entry, so that every sum is right."""

    _name = "aftersales.loyalty.report"
    _description = "Analysis of Points"
    _auto = False
    _order = "date desc, id"

    date = fields.Date(readonly=True)
    flow = fields.Selection(
        FLOWS,
        "What happened",
        readonly=True,
        help="Issued: earned, given, at the start. Used: spent, less what came back when a purchase was returned. "
        "Corrected: changed by hand, merged.",
    )
    program_id = fields.Many2one("loyalty.program", readonly=True)
    card_id = fields.Many2one("loyalty.card", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    points = fields.Float(digits=(16, 2), readonly=True)
    value = fields.Monetary(readonly=True, help="Points at what the program says they are worth.")

    # What a query has to flush before it reads.
    _depends = {
        "aftersales.loyalty.entry": ["card_id", "program_id", "company_id", "kind", "state", "points", "date"],
        "loyalty.card": ["partner_id"],
        "loyalty.program": ["aftersales_point_value", "currency_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT entry.id, entry.date, entry.program_id, entry.card_id, card.partner_id, entry.company_id,
                   program.currency_id, entry.points, entry.points * program.aftersales_point_value AS value,
                   CASE WHEN entry.kind IN ('opening', 'earn', 'bonus', 'grant') THEN 'issued'
                        WHEN entry.kind IN ('spend', 'giveback') THEN 'used'
                        WHEN entry.kind = 'takeback' THEN 'taken_back'
                        WHEN entry.kind = 'expire' THEN 'expired'
                        ELSE 'corrected' END AS flow
              FROM aftersales_loyalty_entry entry
              JOIN loyalty_card card ON card.id = entry.card_id
              JOIN loyalty_program program ON program.id = entry.program_id
             WHERE entry.state = 'posted'
            """
        )

    def action_open(self):
        """Open what the points came from."""
        self.ensure_one()
        return self.env["aftersales.loyalty.entry"].browse(self.id).action_open()
