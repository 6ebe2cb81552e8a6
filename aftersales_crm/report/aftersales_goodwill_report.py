from odoo import fields, models
from odoo.tools import SQL

# An order within so many days says that the customer came back.
AGAIN_DAYS = 90


class AftersalesGoodwillReport(models.Model):
    """Did they buy again: goodwill that was given, and the next order of the customer within 90 days."""

    _name = "aftersales.goodwill.report"
    _description = "Goodwill: bought again"
    _auto = False
    _order = "granted_on desc, id desc"
    _rec_name = "case_id"

    case_id = fields.Many2one("aftersales.case", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    type_id = fields.Many2one("aftersales.remedy.type", "What", readonly=True)
    user_id = fields.Many2one("res.users", "Given by", readonly=True)
    reason = fields.Char("Why", readonly=True)
    granted_on = fields.Date("Granted", readonly=True)
    cost = fields.Monetary(readonly=True)
    order_id = fields.Many2one("sale.order", "Next order", readonly=True)
    days = fields.Float("Days until then", readonly=True, aggregator="avg")
    again_rate = fields.Float(
        "Bought again (%)", readonly=True, aggregator="avg", help="Within 90 days of the goodwill."
    )
    order_amount = fields.Monetary("Amount of it", readonly=True, help="In the company's currency, with taxes.")

    _depends = {
        "aftersales.remedy": [
            *("case_id", "type_id", "company_id", "choice_by", "choice_at", "state"),
            *("goodwill_cost", "goodwill_reason", "granted_on"),
        ],
        "aftersales.case": ["commercial_partner_id"],
        "sale.order": ["partner_id", "date_order", "state", "amount_total", "currency_rate", "company_id"],
        "res.partner": ["commercial_partner_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """SELECT remedy.id, remedy.case_id, remedy.company_id, company.currency_id,
                      service.commercial_partner_id AS partner_id, remedy.type_id, remedy.choice_by AS user_id,
                      remedy.goodwill_reason AS reason, remedy.granted_on, remedy.goodwill_cost AS cost,
                      again.id AS order_id, EXTRACT(EPOCH FROM again.date_order - remedy.choice_at) / 86400.0 AS days,
                      CASE WHEN again.id IS NULL THEN 0.0 ELSE 100.0 END AS again_rate,
                      again.amount_total / NULLIF(again.currency_rate, 0) AS order_amount
                 FROM aftersales_remedy remedy
                 JOIN aftersales_case service ON service.id = remedy.case_id
                 JOIN res_company company ON company.id = remedy.company_id
    LEFT JOIN LATERAL (
                          SELECT sale.id, sale.date_order, sale.amount_total, sale.currency_rate
                            FROM res_partner customer
                            JOIN sale_order sale ON sale.partner_id = customer.id
                           WHERE customer.commercial_partner_id = service.commercial_partner_id
                             AND sale.company_id = remedy.company_id AND sale.state = 'sale'
                             AND sale.date_order > remedy.choice_at
                             AND sale.date_order <= remedy.choice_at + make_interval(days => %(days)s)
                        ORDER BY sale.date_order, sale.id
                           LIMIT 1
                      ) again ON TRUE
                WHERE remedy.state IN ('pending', 'done')""",
            days=AGAIN_DAYS,
        )
