from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class AftersalesProfile(models.Model):
    """How profiles are made: one statement per figure, for all customers or for some.

    Only rows whose figure changed are written. Days are those of the company.

    R, F and M of a customer: 1 + ⌊5 × customers strictly below ÷ customers⌋ of the company, by day of the last order,
    number of orders and revenue; equals get the same. They compare all customers and are made at night; who is new
    gets those of the nearest customer below.

    Segments: *champions* R, F, M ≥ 4; else *loyal* R ≥ 3 and F ≥ 4; else *promising* R ≥ 4; else *needs attention*
    R = 3; else *at risk* F ≥ 3 or M ≥ 4; else *lost*.
    """

    _inherit = "aftersales.profile"

    @api.model
    def _figures(self):
        """Hook: methods that bring one figure up to date each, in their order.

        Each takes the ids of the customers (tuple), None for all.
        """
        return [
            self._figure_customers,
            self._figure_orders,
            self._figure_gap,
            self._figure_revenue,
            self._figure_returns,
            self._figure_units,
            self._figure_nps,
            self._figure_open_cases,
            self._figure_open_returns,
            self._figure_overdue_invoices,
            self._figure_broken_promises,
            self._figure_rank,
            self._figure_derived,
        ]

    @api.model
    def _refresh(self, customer_ids=None):
        """Bring profiles up to date.

        :param list customer_ids: commercial partners; None for all customers
        """
        if customer_ids is not None and not customer_ids:
            return
        self.env.flush_all()
        for figure in self._figures():
            figure(customer_ids and tuple(customer_ids))
        self.invalidate_model()

    @api.model
    def _cron_refresh(self):
        """All profiles of the night: a figure that is done stays done."""
        self.env.flush_all()
        figures = self._figures()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(figures))
        for figure in figures:
            figure(None)
            cron._commit_progress(1)
        self.invalidate_model()

    # === Tools === #

    def _whose(self, ids, column="partner.commercial_partner_id"):
        """Condition: rows of these customers."""
        return SQL("TRUE") if ids is None else SQL("%s IN %s", SQL.identifier(*column.split(".")), ids)

    def _companies_sql(self):
        """Rows of every company: id, time zone, today."""
        companies = self.env["res.company"].with_context(active_test=False).search(Domain.TRUE)
        rows = (
            SQL("(%s, %s, %s::date)", company.id, company._aftersales_zone(), company._aftersales_today())
            for company in companies
        )
        return SQL("(VALUES %s) AS company (id, tz, today)", SQL(", ").join(rows))

    def _set_figure(self, ids, found, **defaults):
        """Write a figure.

        :param SQL found: SELECT of ``company_id``, ``customer_id`` and the columns of the figure
        :param defaults: column → its value where nothing is found
        """
        columns = [SQL.identifier(name) for name in defaults]
        fresh = [
            SQL("COALESCE(found.%s, %s) AS %s", column, value, column)
            for column, value in zip(columns, defaults.values(), strict=True)
        ]
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_profile profile
                      SET %(updates)s
                     FROM (SELECT profile.id, %(fresh)s
                             FROM aftersales_profile profile
                        LEFT JOIN (%(found)s) found
                                  ON found.company_id = profile.company_id
                                 AND found.customer_id = profile.commercial_partner_id
                            WHERE %(whose)s) fresh
                    WHERE fresh.id = profile.id AND (%(differs)s)""",
                updates=SQL(", ").join(SQL("%s = fresh.%s", column, column) for column in columns),
                fresh=SQL(", ").join(fresh),
                found=found,
                whose=self._whose(ids, "profile.commercial_partner_id"),
                differs=SQL(" OR ").join(
                    SQL("profile.%s IS DISTINCT FROM fresh.%s", column, column) for column in columns
                ),
            )
        )

    # === Figures === #

    def _figure_customers(self, ids):
        """A row for everybody who ever ordered, was invoiced, returned, asked or answered.

        It begins with zeros: a figure of which there is nothing writes nothing.
        """
        counts = [
            SQL.identifier(name)
            for name, field in self._fields.items()
            if field.store and field.type in ("integer", "float", "monetary") and name not in ("id", "nps")
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_profile (company_id, commercial_partner_id, %(counts)s)
                   SELECT company_id, customer_id, %(zeros)s FROM (
                          SELECT doc.company_id, partner.commercial_partner_id AS customer_id
                            FROM sale_order doc JOIN res_partner partner ON partner.id = doc.partner_id
                           WHERE doc.state = 'sale' AND %(whose)s
                           UNION
                          SELECT doc.company_id, partner.commercial_partner_id
                            FROM account_move doc JOIN res_partner partner ON partner.id = doc.partner_id
                           WHERE doc.state = 'posted' AND doc.move_type IN ('out_invoice', 'out_refund') AND %(whose)s
                           UNION
                          SELECT doc.company_id, partner.commercial_partner_id
                            FROM aftersales_rma doc JOIN res_partner partner ON partner.id = doc.partner_id
                           WHERE doc.state NOT IN ('draft', 'cancelled') AND %(whose)s
                           UNION
                          SELECT doc.company_id, partner.commercial_partner_id
                            FROM aftersales_case doc JOIN res_partner partner ON partner.id = doc.partner_id
                           WHERE doc.state <> 'cancelled' AND %(whose)s
                           UNION
                          SELECT doc.company_id, partner.commercial_partner_id
                            FROM aftersales_feedback doc JOIN res_partner partner ON partner.id = doc.partner_id
                           WHERE doc.answered_at IS NOT NULL AND %(whose)s) customer
                   ON CONFLICT (company_id, commercial_partner_id) DO NOTHING""",
                counts=SQL(", ").join(counts),
                zeros=SQL(", ").join(SQL("0") for _count in counts),
                whose=self._whose(ids),
            )
        )

    def _figure_orders(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS order_count,
                      MIN((doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE company.tz)::date) AS first_order_on,
                      MAX((doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE company.tz)::date) AS last_order_on
                 FROM sale_order doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                 JOIN %s ON company.id = doc.company_id
                WHERE doc.state = 'sale' AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._companies_sql(),
            self._whose(ids),
        )
        self._set_figure(ids, found, order_count=0, first_order_on=None, last_order_on=None)

    def _figure_gap(self, ids):
        """The median of the days between two days on which the customer ordered."""
        found = SQL(
            """SELECT company_id, customer_id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap) AS gap_days
                 FROM (SELECT company_id, customer_id,
                              day - LAG(day) OVER (PARTITION BY company_id, customer_id ORDER BY day) AS gap
                         FROM (SELECT DISTINCT doc.company_id, partner.commercial_partner_id AS customer_id,
                                      (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE company.tz)::date AS day
                                 FROM sale_order doc
                                 JOIN res_partner partner ON partner.id = doc.partner_id
                                 JOIN %s ON company.id = doc.company_id
                                WHERE doc.state = 'sale' AND %s) days) gaps
                WHERE gap IS NOT NULL
             GROUP BY company_id, customer_id""",
            self._companies_sql(),
            self._whose(ids),
        )
        self._set_figure(ids, found, gap_days=0)

    def _figure_revenue(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id,
                      SUM(doc.amount_untaxed_signed) AS revenue
                 FROM account_move doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state = 'posted' AND doc.move_type IN ('out_invoice', 'out_refund') AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._whose(ids),
        )
        self._set_figure(ids, found, revenue=0)

    def _figure_returns(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS return_count
                 FROM aftersales_rma doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state IN ('submitted', 'approved', 'done') AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._whose(ids),
        )
        self._set_figure(ids, found, return_count=0)

    def _figure_units(self, ids):
        found = SQL(
            """SELECT company_id, customer_id, delivered AS units_delivered, returned AS units_returned,
                      CASE WHEN delivered > 0 THEN 100.0 * returned / delivered ELSE 0 END AS return_rate
                 FROM (SELECT doc.company_id, partner.commercial_partner_id AS customer_id,
                              COALESCE(SUM(doc.quantity) FILTER (WHERE goal.usage = 'customer'), 0) AS delivered,
                              COALESCE(SUM(doc.quantity) FILTER (WHERE start.usage = 'customer'), 0) AS returned
                         FROM stock_move doc
                         JOIN sale_order_line line ON line.id = doc.sale_line_id
                         JOIN sale_order sale ON sale.id = line.order_id
                         JOIN res_partner partner ON partner.id = sale.partner_id
                         JOIN stock_location start ON start.id = doc.location_id
                         JOIN stock_location goal ON goal.id = doc.location_dest_id
                        WHERE doc.state = 'done' AND (goal.usage = 'customer') <> (start.usage = 'customer') AND %s
                     GROUP BY doc.company_id, partner.commercial_partner_id) units""",
            self._whose(ids),
        )
        self._set_figure(ids, found, units_delivered=0, units_returned=0, return_rate=0)

    def _figure_nps(self, ids):
        """The last answer, on whatever document."""
        found = SQL(
            """SELECT DISTINCT ON (doc.company_id, partner.commercial_partner_id)
                      doc.company_id, partner.commercial_partner_id AS customer_id, doc.nps, doc.mood
                 FROM aftersales_feedback doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.answered_at IS NOT NULL AND doc.nps IS NOT NULL AND %s
             ORDER BY doc.company_id, partner.commercial_partner_id, doc.answered_at DESC, doc.id DESC""",
            self._whose(ids),
        )
        self._set_figure(ids, found, nps=None, mood=None)

    def _figure_open_cases(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS open_cases
                 FROM aftersales_case doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.is_open AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._whose(ids),
        )
        self._set_figure(ids, found, open_cases=0)

    def _figure_open_returns(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS open_returns
                 FROM aftersales_rma doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE (doc.state IN ('submitted', 'approved')
                       OR doc.state = 'done' AND doc.payout_status IN ('to_pay', 'partial')) AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._whose(ids),
        )
        self._set_figure(ids, found, open_returns=0)

    def _figure_overdue_invoices(self, ids):
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS overdue_invoices
                 FROM account_move doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                 JOIN %s ON company.id = doc.company_id
                WHERE doc.state = 'posted' AND doc.move_type = 'out_invoice'
                  AND doc.payment_state IN ('not_paid', 'partial') AND doc.invoice_date_due < company.today AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            self._companies_sql(),
            self._whose(ids),
        )
        self._set_figure(ids, found, overdue_invoices=0)

    def _figure_broken_promises(self, ids):
        """What is owed and past its time, as `aftersales.commitment._late_domain` says."""
        found = SQL(
            """SELECT doc.company_id, partner.commercial_partner_id AS customer_id, COUNT(*)::int AS broken_promises
                 FROM aftersales_commitment doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.closing IS NULL AND doc.promised_on < %s
                  AND (doc.paused_at IS NULL OR doc.promised_on < doc.paused_at) AND %s
             GROUP BY doc.company_id, partner.commercial_partner_id""",
            fields.Datetime.now(),
            self._whose(ids),
        )
        self._set_figure(ids, found, broken_promises=0)

    def _figure_rank(self, ids):
        if ids is not None:
            self._rank_new(ids)
            return
        fifth = "(RANK() OVER (PARTITION BY company_id ORDER BY {}) - 1) * 5 / COUNT(*) OVER (PARTITION BY company_id)"
        found = SQL(
            """SELECT company_id, commercial_partner_id AS customer_id, (1 + %s)::int AS recency,
                      (1 + %s)::int AS frequency, (1 + %s)::int AS monetary
                 FROM aftersales_profile
                WHERE order_count > 0""",
            *(SQL(fifth.format(column)) for column in ("last_order_on", "order_count", "revenue")),
        )
        self._set_figure(None, found, recency=0, frequency=0, monetary=0)

    def _rank_new(self, ids):
        """Give customers who have no rank yet that of the nearest one below."""
        nearest = [
            SQL(
                """%(rank)s = COALESCE((
                       SELECT other.%(rank)s FROM aftersales_profile other
                        WHERE other.company_id = profile.company_id AND other.%(rank)s > 0
                          AND other.%(figure)s <= profile.%(figure)s
                     ORDER BY other.%(figure)s DESC LIMIT 1), 1)""",
                rank=SQL.identifier(rank),
                figure=SQL.identifier(figure),
            )
            for rank, figure in (("recency", "last_order_on"), ("frequency", "order_count"), ("monetary", "revenue"))
        ]
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_profile profile SET %s
                    WHERE profile.order_count > 0 AND COALESCE(profile.recency, 0) = 0 AND %s""",
                SQL(", ").join(nearest),
                self._whose(ids, "profile.commercial_partner_id"),
            )
        )

    def _figure_derived(self, ids):
        """What follows from the other figures: open matters, risk, segment."""
        self.env.cr.execute(
            SQL(
                """UPDATE aftersales_profile profile
                      SET open_matters = open_cases + open_returns + overdue_invoices + broken_promises,
                          churn_risk = CASE WHEN NOT gap_days > 0 THEN NULL
                                            WHEN company.today - last_order_on > 2.5 * gap_days THEN 'high'
                                            WHEN company.today - last_order_on > 1.5 * gap_days THEN 'watch'
                                            ELSE 'low' END,
                          segment = CASE WHEN order_count = 0 THEN NULL
                                         WHEN LEAST(recency, frequency, monetary) >= 4 THEN 'champions'
                                         WHEN recency >= 3 AND frequency >= 4 THEN 'loyal'
                                         WHEN recency >= 4 THEN 'promising'
                                         WHEN recency = 3 THEN 'attention'
                                         WHEN frequency >= 3 OR monetary >= 4 THEN 'at_risk'
                                         ELSE 'lost' END,
                          refreshed_at = %s
                     FROM %s
                    WHERE company.id = profile.company_id AND %s""",
                fields.Datetime.now(),
                self._companies_sql(),
                self._whose(ids, "profile.commercial_partner_id"),
            )
        )
