from odoo import fields, models
from odoo.tools import SQL

from ..models.aftersales_case_visit import OUTCOMES, VISIT_KINDS

# A visit to the same unit within so many days says that the first one did not solve it.
REPEAT_DAYS = 30


class AftersalesVisitReport(models.Model):
    """First-time fix: of the visits that were nobody's second, how many solved it with no repeat in 30 days."""

    _name = "aftersales.visit.report"
    _description = "Visits"
    _auto = False
    _order = "done_at desc, id desc"
    _rec_name = "case_id"

    case_id = fields.Many2one("aftersales.case", "Visit", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    technician_id = fields.Many2one("res.users", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    visit_kind = fields.Selection(VISIT_KINDS, "Kind", readonly=True)
    visit_outcome = fields.Selection(OUTCOMES, "Outcome", readonly=True)
    done_at = fields.Datetime("Finished", readonly=True)
    fixed_rate = fields.Float(
        "First-time fix (%)",
        readonly=True,
        aggregator="avg",
        help="Solved at the first visit, with no other one for it in 30 days.",
    )
    in_window_rate = fields.Float(
        "In the window (%)", readonly=True, aggregator="avg", help="Begun before the promised window ended."
    )
    minutes = fields.Float("Minutes there", readonly=True, aggregator="avg")

    _depends = {
        "aftersales.case": [
            *("type", "company_id", "technician_id", "partner_id", "commercial_partner_id", "product_id", "lot_id"),
            *("visit_kind", "visit_outcome", "visit_from", "visit_to", "visit_started_at", "visit_done_at"),
            *("repeat_of_id", "opened_at", "state"),
        ],
    }

    @property
    def _table_query(self):
        return SQL(
            """SELECT visit.id, visit.id AS case_id, visit.company_id, visit.technician_id, visit.partner_id,
                      visit.product_id, visit.visit_kind, visit.visit_outcome, visit.visit_done_at AS done_at,
                      CASE WHEN visit.visit_outcome = 'solved' AND NOT EXISTS (
                                    SELECT FROM aftersales_case later
                                     WHERE later.type = 'visit' AND later.state <> 'cancelled' AND later.id <> visit.id
                                       AND (later.repeat_of_id = visit.id
                                            OR later.visit_kind = 'home_repair'
                                               AND later.commercial_partner_id = visit.commercial_partner_id
                                               AND later.product_id = visit.product_id
                                               AND (later.lot_id = visit.lot_id OR later.lot_id IS NULL
                                                    OR visit.lot_id IS NULL)
                                               AND COALESCE(later.visit_from, later.opened_at) > visit.visit_done_at)
                                       AND COALESCE(later.visit_from, later.opened_at)
                                           <= visit.visit_done_at + make_interval(days => %(days)s))
                           THEN 100.0 ELSE 0.0 END AS fixed_rate,
                      CASE WHEN visit.visit_to IS NULL THEN NULL
                           WHEN visit.visit_started_at <= visit.visit_to THEN 100.0 ELSE 0.0 END AS in_window_rate,
                      EXTRACT(EPOCH FROM visit.visit_done_at - visit.visit_started_at) / 60.0 AS minutes
                 FROM aftersales_case visit
                WHERE visit.type = 'visit' AND visit.visit_done_at IS NOT NULL AND visit.repeat_of_id IS NULL""",
            days=REPEAT_DAYS,
        )
