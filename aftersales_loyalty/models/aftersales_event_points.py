from odoo import models
from odoo.tools import SQL


class AftersalesEvent(models.Model):
    """Points in the customer history: one row per operation, whatever lots it was drawn from."""

    _inherit = "aftersales.event"

    def _sources(self):
        return {**super()._sources(), "aftersales.loyalty.entry": self._source_aftersales_loyalty_entry}

    def _source_aftersales_loyalty_entry(self, condition):
        """Entries that one transaction made for one cause and that reached the card together are one event.

        Balances from before the ledger are no event: nothing happened to the customer.
        """
        return SQL(
            """SELECT 'aftersales.loyalty.entry,' || MIN(part.id), 'aftersales.loyalty.entry', MIN(part.id), 'points',
                      MIN(part.posted_at), partner.id, partner.commercial_partner_id,
                      CONCAT_WS(' · ',
                          CASE WHEN SUM(part.points) < 0 THEN '−' ELSE '+' END || TRIM_SCALE(ABS(SUM(part.points))),
                          program.name->>'en_US', COALESCE(part.reason, sale.name)),
                      NULL::numeric, NULL::integer, MIN(part.user_id), part.company_id
                 FROM aftersales_loyalty_entry part
                 JOIN loyalty_card card ON card.id = part.card_id
                 JOIN loyalty_program program ON program.id = part.program_id
                 JOIN res_partner partner ON partner.id = card.partner_id
            LEFT JOIN sale_order sale ON part.origin_model = 'sale.order' AND sale.id = part.origin_id
                WHERE part.state = 'posted' AND part.kind <> 'opening'
                  AND (part.card_id, part.create_date) IN (
                      SELECT doc.card_id, doc.create_date FROM aftersales_loyalty_entry doc WHERE %s)
             GROUP BY part.card_id, part.create_date, DATE_TRUNC('minute', part.posted_at), part.kind,
                      part.origin_model, part.origin_id, part.reason, part.company_id, partner.id, program.id,
                      sale.id""",
            condition,
        )
