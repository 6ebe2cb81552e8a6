from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# How far ahead is planned, and how far back is looked for what was missed.
HORIZON = timedelta(days=2)
LOOK_BACK = timedelta(days=30)
# Between a moment in UTC and the same moment anywhere, with the shift out of a weekend or a night.
SLACK = timedelta(days=4)

COLUMNS = ("plan_id", "step_id", "res_model", "res_id", "partner_id", "company_id", "due_at")


class AftersalesFollowupPlan(models.Model):
    """Which documents are due, in one statement per step: the planner inserts what the preview shows."""

    _inherit = "aftersales.followup.plan"

    @api.model
    def _cron_plan(self):
        """Plan what is due in the next days, whenever the job last ran; each step and document once."""
        for plan in self.search([("since", "!=", False)]):
            plan._plan(fields.Datetime.now() + HORIZON)
            self.env["ir.cron"]._commit_progress(1)
        self.env.ref("aftersales_crm.aftersales_followup_send_cron")._trigger()

    def _plan(self, until):
        """Plan what is due.

        :param datetime.datetime until: and not later, UTC
        """
        self.env.flush_all()
        for step in self.step_ids:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO aftersales_followup_job (%s, state, tries)
                       SELECT %s, 'planned', 0 FROM (%s) AS due ORDER BY due_at, res_id ON CONFLICT DO NOTHING""",
                    *(SQL(", ").join(map(SQL.identifier, COLUMNS)),) * 2,
                    self._due_sql(step, until, self.since),
                )
            )
        self.env["aftersales.followup.job"].invalidate_model()

    def _preview(self, until, since):
        """What `_plan` would plan that is not planned yet, if the plan counted from a day: list of dicts of `COLUMNS`.

        :param datetime.date since: the day
        """
        self.env.flush_all()
        rows = []
        for step in self.step_ids:
            self.env.cr.execute(
                SQL(
                    """SELECT %s FROM (%s) AS due
                        WHERE NOT EXISTS (SELECT FROM aftersales_followup_job job
                                           WHERE job.step_id = due.step_id AND job.res_model = due.res_model
                                             AND job.res_id = due.res_id)
                     ORDER BY due_at, res_id""",
                    SQL(", ").join(map(SQL.identifier, COLUMNS)),
                    self._due_sql(step, until, since),
                )
            )
            rows += self.env.cr.dictfetchall()
        return sorted(rows, key=lambda row: (row["due_at"], row["res_id"]))

    # === The statement === #

    def _due_sql(self, step, until, since):
        """SELECT of `COLUMNS`: the documents for which a step is due, and the moment that fits their customers.

        Days are counted from the day of the occasion where the customer is; the night and, unless the company wants
        it, the weekend are passed over.
        """
        now = fields.Datetime.now()
        days = -step.days if self.trigger == "warranty_end" else step.days
        first = now - timedelta(days=self.max_delay_days) - LOOK_BACK
        low, high = first - timedelta(days=days) - SLACK, until - timedelta(days=days) + SLACK
        return SQL(
            """
            WITH zone AS MATERIALIZED (SELECT name FROM pg_timezone_names)
            SELECT %(plan)s AS plan_id, %(step)s AS step_id, %(model)s AS res_model, doc.id AS res_id,
                   doc.partner_id, doc.company_id, due.due_at
              FROM (%(source)s) AS doc
              JOIN res_partner partner ON partner.id = doc.partner_id
              JOIN res_company company ON company.id = doc.company_id
              JOIN res_partner office ON office.id = company.partner_id
         LEFT JOIN zone shop ON shop.name = COALESCE(NULLIF(company.aftersales_tz, ''), office.tz)
         LEFT JOIN zone own ON own.name = partner.tz
        CROSS JOIN LATERAL (SELECT COALESCE(shop.name, 'UTC') AS shop, COALESCE(own.name, shop.name, 'UTC') AS own) tz
        CROSS JOIN LATERAL (
                   SELECT COALESCE(doc.base_on, (doc.base_at AT TIME ZONE 'UTC' AT TIME ZONE tz.own)::date)
                          + %(days)s + %(time)s * INTERVAL '1 hour' AS at) wish
        CROSS JOIN LATERAL (%(waking)s) waking
        CROSS JOIN LATERAL (%(working)s) working
        CROSS JOIN LATERAL (SELECT working.at AT TIME ZONE tz.own AT TIME ZONE 'UTC' AS due_at) due
             WHERE due.due_at > %(first)s AND due.due_at <= %(until)s
               AND COALESCE(doc.made_on, (doc.made_at AT TIME ZONE 'UTC' AT TIME ZONE tz.shop)::date) >= %(since)s
               AND %(matches)s
            """,
            plan=self.id,
            step=step.id,
            model=self.res_model,
            source=getattr(self, f"_source_{self.trigger}")(low, high),
            days=days,
            time=step.time,
            waking=self._waking_sql(),
            working=self._working_sql(),
            first=first,
            until=until,
            since=since,
            matches=self._matches_sql(),
        )

    def _waking_sql(self):
        return SQL(
            """SELECT CASE WHEN wish.at::time < start.at THEN wish.at::date + start.at
                           WHEN wish.at::time >= rest.at THEN wish.at::date + 1 + start.at
                           ELSE wish.at END AS at
                 FROM (SELECT TIME '00:00' + company.aftersales_send_from * INTERVAL '1 hour' AS at) start,
                      (SELECT CASE WHEN company.aftersales_send_until >= 24 THEN TIME '24:00'
                                   ELSE TIME '00:00' + company.aftersales_send_until * INTERVAL '1 hour' END AS at
                      ) rest"""
        )

    def _working_sql(self):
        return SQL(
            """SELECT waking.at + CASE WHEN company.aftersales_send_weekends IS TRUE THEN 0
                                       WHEN EXTRACT(isodow FROM waking.at) = 6 THEN 2
                                       WHEN EXTRACT(isodow FROM waking.at) = 7 THEN 1 ELSE 0 END
                                  * INTERVAL '1 day' AS at"""
        )

    def _matches_sql(self):
        """Condition: the customer and the goods are those of the plan."""
        conditions = [SQL("TRUE")]
        if self.company_id:
            path = SQL("(SELECT parent_path FROM res_company WHERE id = %s)", self.company_id.id)
            conditions.append(SQL("company.parent_path LIKE %s || '%%'", path))
        if self.lang:
            conditions.append(SQL("partner.lang = %s", self.lang))
        if self.country_ids:
            conditions.append(SQL("partner.country_id = ANY(%s)", self.country_ids.ids))
        if self.tag_ids:
            conditions.append(
                SQL(
                    """EXISTS (SELECT FROM res_partner_res_partner_category_rel tag
                                WHERE tag.partner_id IN (partner.id, partner.commercial_partner_id)
                                  AND tag.category_id = ANY(%s))""",
                    self.tag_ids.ids,
                )
            )
        if self.category_ids:
            categories = self.env["product.category"].search([("id", "child_of", self.category_ids.ids)])
            conditions.append(
                SQL(
                    """EXISTS (SELECT FROM product_product product
                                 JOIN product_template template ON template.id = product.product_tmpl_id
                                WHERE product.id = ANY(doc.product_ids) AND template.categ_id = ANY(%s))""",
                    categories.ids,
                )
            )
        return SQL(" AND ").join(conditions)

    # === The occasions === #

    def _source_delivered(self, low, high):
        """Orders that are delivered, counted from their last delivery."""
        return SQL(
            """SELECT sale.id, sale.partner_id, sale.company_id, sale.date_order AS made_at, NULL::date AS made_on,
                      last.at AS base_at, NULL::date AS base_on, %s AS product_ids
                 FROM sale_order sale
           CROSS JOIN LATERAL (
                      SELECT MAX(picking.date_done) AS at FROM stock_picking picking
                        JOIN stock_location goal ON goal.id = picking.location_dest_id
                       WHERE picking.sale_id = sale.id AND picking.state = 'done' AND goal.usage = 'customer'
                         AND picking.return_id IS NULL) last
                WHERE sale.state = 'sale' AND sale.delivery_status = 'full' AND last.at BETWEEN %s AND %s
                  AND sale.id IN (SELECT sale_id FROM stock_picking WHERE state = 'done' AND date_done >= %s)""",
            self._order_products_sql(),
            low,
            high,
            low,
        )

    def _source_silence(self, low, high):
        """The last order of each customer."""
        return SQL(
            """SELECT sale.id, sale.partner_id, sale.company_id, sale.date_order AS made_at, NULL::date AS made_on,
                      sale.date_order AS base_at, NULL::date AS base_on, %s AS product_ids
                 FROM sale_order sale
                 JOIN res_partner buyer ON buyer.id = sale.partner_id
                WHERE sale.state = 'sale' AND sale.date_order BETWEEN %s AND %s
                  AND NOT EXISTS (
                      SELECT FROM sale_order newer JOIN res_partner again ON again.id = newer.partner_id
                       WHERE again.commercial_partner_id = buyer.commercial_partner_id
                         AND newer.company_id = sale.company_id AND newer.state = 'sale'
                         AND (newer.date_order, newer.id) > (sale.date_order, sale.id))""",
            self._order_products_sql(),
            low,
            high,
        )

    def _order_products_sql(self):
        return SQL("ARRAY(SELECT line.product_id FROM sale_order_line line WHERE line.order_id = sale.id)")

    def _source_warranty_end(self, low, high):
        """Warranties that run, and none where the unit has a longer one."""
        longer = self.env["aftersales.warranty.mail"]._longer_sql
        return SQL(
            """SELECT doc.id, doc.partner_id, doc.company_id, NULL::timestamp AS made_at, doc.start_date AS made_on,
                      NULL::timestamp AS base_at, doc.end_date AS base_on, ARRAY[doc.product_id] AS product_ids
                 FROM aftersales_warranty doc
                WHERE doc.lasts_until BETWEEN %s AND %s AND doc.closing IS NULL AND doc.is_verified
                  AND doc.suspended_since IS NULL
                  AND NOT EXISTS (%s) AND NOT EXISTS (%s) AND NOT EXISTS (%s) AND NOT EXISTS (%s)""",
            low.date(),
            high.date(),
            longer(SQL("other.lot_id = doc.lot_id")),
            longer(SQL("other.origin_move_id = doc.origin_move_id AND other.lot_id IS NULL AND doc.lot_id IS NULL")),
            longer(SQL("other.proof_id = doc.proof_id")),
            longer(SQL("other.extends_id = doc.id")),
        )

    def _source_refund_paid(self, low, high):
        return SQL(
            """SELECT rma.id, rma.partner_id, rma.company_id, NULL::timestamp AS made_at, rma.requested_on AS made_on,
                      NULL::timestamp AS base_at, rma.paid_at AS base_on,
                      ARRAY(SELECT line.product_id FROM aftersales_rma_line line WHERE line.rma_id = rma.id)
                          AS product_ids
                 FROM aftersales_rma rma
                WHERE rma.payout_status = 'paid' AND rma.paid_at BETWEEN %s AND %s""",
            low.date(),
            high.date(),
        )

    def _source_case_closed(self, low, high):
        return SQL(
            """SELECT doc.id, doc.partner_id, doc.company_id, doc.create_date AS made_at, NULL::date AS made_on,
                      doc.closed_at AS base_at, NULL::date AS base_on, ARRAY[doc.product_id] AS product_ids
                 FROM aftersales_case doc
                WHERE doc.state = 'closed' AND doc.partner_id IS NOT NULL AND doc.closed_at BETWEEN %s AND %s""",
            low,
            high,
        )
