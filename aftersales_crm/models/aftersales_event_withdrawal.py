from odoo import models
from odoo.tools import SQL


class AftersalesEvent(models.Model):
    """Withdrawals in the customer history, once their customer is known."""

    _inherit = "aftersales.event"

    def _sources(self):
        return {**super()._sources(), "aftersales.withdrawal": self._source_aftersales_withdrawal}

    def _source_aftersales_withdrawal(self, condition):
        return SQL(
            """SELECT 'aftersales.withdrawal,' || doc.id, 'aftersales.withdrawal', doc.id, 'return',
                      doc.submitted_at, doc.partner_id, partner.commercial_partner_id,
                      doc.name || ' · ' || doc.contract, NULL::numeric, NULL::integer,
                      NULL::integer, doc.company_id
                 FROM aftersales_withdrawal doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE %s""",
            condition,
        )
