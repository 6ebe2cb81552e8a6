from odoo import models
from odoo.tools import SQL


class AftersalesEvent(models.Model):
    """Cases in the customer history."""

    _inherit = "aftersales.event"

    def _sources(self):
        return {**super()._sources(), "aftersales.case": self._source_aftersales_case}

    def _source_aftersales_case(self, condition):
        return SQL(
            """SELECT 'aftersales.case,' || doc.id, 'aftersales.case', doc.id,
                      CASE WHEN doc.type = 'visit' THEN 'visit' ELSE 'case' END,
                      COALESCE(doc.visit_done_at, doc.visit_from, doc.create_date),
                      doc.partner_id, partner.commercial_partner_id,
                      doc.name || ' · ' || doc.subject, NULL::numeric, NULL::integer,
                      doc.user_id, doc.company_id
                 FROM aftersales_case doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state <> 'cancelled' AND %s""",
            condition,
        )
