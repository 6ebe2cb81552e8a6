from odoo import models
from odoo.tools import SQL


class AftersalesEvent(models.Model):
    """Feedback in the customer history, once it was answered."""

    _inherit = "aftersales.event"

    def _sources(self):
        return {**super()._sources(), "aftersales.feedback": self._source_aftersales_feedback}

    def _source_aftersales_feedback(self, condition):
        return SQL(
            """SELECT 'aftersales.feedback,' || doc.id, 'aftersales.feedback', doc.id, 'feedback',
                      doc.answered_at, doc.partner_id, partner.commercial_partner_id,
                      CONCAT_WS(' · ', COALESCE(kase.name, rma.name, sale.name), 'NPS ' || doc.nps, 'CSAT ' || doc.csat,
                                'CES ' || doc.effort),
                      NULL::numeric, NULL::integer, doc.user_id, doc.company_id
                 FROM aftersales_feedback doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
            LEFT JOIN aftersales_case kase ON kase.id = doc.case_id
            LEFT JOIN aftersales_rma rma ON rma.id = doc.rma_id
            LEFT JOIN sale_order sale ON sale.id = doc.sale_order_id
                WHERE doc.answered_at IS NOT NULL AND %s""",
            condition,
        )
