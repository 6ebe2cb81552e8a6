from odoo import fields, models
from odoo.tools import SQL

from ..models.aftersales_rma_line_verdict import BASES

# What every kind of row fills in or leaves empty, and its unit: stock's moves count in units of their own.
MEASURES = {
    "units_delivered": "units",
    "units_asked": "own units",
    "units_returned": "units",
    "units_inspected": "own units",
    "units_settled": "own units",
    "value": "money",
    "fee": "money",
    "refunded": "money",
    "cost": "money",
    "days": "days",
}


class AftersalesReturnReport(models.Model):
    """What was delivered and what became of what came back, for pivots and graphs.

    Five kinds of rows, each fact in exactly one of them, so that every sum is right: deliveries,
    returned products, inspections, remedies and shipping. Rows that belong to one delivery share
    its day: return rate = units returned ÷ units delivered, by the month of delivery.
    """

    _name = "aftersales.return.report"
    _description = "Analysis of Returns"
    _auto = False
    _order = "date desc, id"
    _rec_name = "product_id"

    kind = fields.Selection(
        [
            ("delivery", "Delivery"),
            ("return", "Return"),
            ("inspection", "Inspection"),
            ("remedy", "Remedy"),
            ("shipping", "Shipping"),
        ],
        readonly=True,
    )
    date = fields.Datetime(readonly=True, help="The day on which it happened.")
    delivered_on = fields.Datetime("Delivery", readonly=True, help="When the units were delivered.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True, help="That of the current company.")
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", "Product template", readonly=True)
    categ_id = fields.Many2one("product.category", "Product category", readonly=True)
    vendor_id = fields.Many2one("res.partner", readonly=True, help="The first vendor of the product.")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    sale_order_id = fields.Many2one("sale.order", "Order", readonly=True)
    rma_id = fields.Many2one("aftersales.rma", "Return", readonly=True)
    user_id = fields.Many2one("res.users", "Responsible", readonly=True)
    reason_id = fields.Many2one("aftersales.reason", readonly=True)
    basis = fields.Selection(BASES, readonly=True)
    remedy_type_id = fields.Many2one("aftersales.remedy.type", "Remedy", readonly=True)
    disposition_id = fields.Many2one("aftersales.disposition", readonly=True)

    units_delivered = fields.Float(digits="Product Unit", readonly=True)
    units_asked = fields.Float("Units asked for", digits="Product Unit", readonly=True)
    units_returned = fields.Float(digits="Product Unit", readonly=True)
    units_inspected = fields.Float(digits="Product Unit", readonly=True)
    units_settled = fields.Float(digits="Product Unit", readonly=True)
    return_rate = fields.Float("Return rate (%)", readonly=True, aggregator="avg")
    value = fields.Monetary("Value asked for", readonly=True, help="What was paid for these units, taxes included.")
    fee = fields.Monetary(readonly=True)
    refunded = fields.Monetary(readonly=True, help="Taxes included.")
    cost = fields.Monetary(readonly=True, help="Goods that were scrapped or given away, and carriers.")
    days = fields.Float(
        "Turnaround (days)",
        readonly=True,
        aggregator="avg",
        help="From the first arrival, or from the decision where nothing had to arrive, to the remedy.",
    )

    # What a query has to flush before it reads.
    _depends = {
        "aftersales.inspection": ["line_id", "quantity", "accepted", "disposition_id", "company_id"],
        "aftersales.disposition": ["operation"],
        "aftersales.remedy": ["rma_line_id", "type_id", "quantity", "amount", "state", "done_at", "company_id"],
        "aftersales.rma": ["partner_id", "commercial_partner_id", "user_id", "requested_on", "decided_at"],
        "aftersales.rma.line": [
            "rma_id",
            "state",
            "product_id",
            "quantity",
            "received_quantity",
            "origin_move_id",
            "sale_line_id",
            "sale_order_id",
            "reason_id",
            "basis",
            "paid_total",
            "fee",
            "requested_on",
            "company_id",
        ],
        "product.product": ["product_tmpl_id", "standard_price"],
        "product.supplierinfo": ["product_tmpl_id", "partner_id", "sequence", "min_qty", "price"],
        "product.template": ["categ_id", "uom_id"],
        "res.partner": ["commercial_partner_id", "country_id"],
        "sale.order": ["partner_id", "partner_shipping_id", "currency_rate"],
        "sale.order.line": ["order_id"],
        "stock.location": ["usage"],
        "stock.move": [
            "state",
            "date",
            "product_id",
            "quantity",
            "product_uom",
            "sale_line_id",
            "origin_returned_move_id",
            "location_id",
            "location_dest_id",
            "aftersales_rma_line_id",
            "aftersales_remedy_id",
            "picking_id",
            "value",
            "company_id",
        ],
        "stock.picking": ["aftersales_rma_id", "carrier_price", "date_done", "state"],
        "uom.uom": ["factor"],
    }

    # === Measures === #

    def _read_group_select(self, aggregate_spec, query):
        """A rate of sums, not a mean of rates."""
        if aggregate_spec != "return_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "units_returned", query),
            self._field_to_sql(self._table, "units_delivered", query),
        )

    # === Actions === #

    def action_open(self):
        """Open the return, or the order, behind a row."""
        self.ensure_one()
        return self.env["aftersales.rma"]._desk_action(self.rma_id or self.sale_order_id)

    # === The table === #

    @property
    def _table_query(self):
        """Facts first, then their dimensions.

        All dimensions hang on by LEFT JOIN to unique keys: PostgreSQL leaves out those that a
        query does not ask for, and conditions on the date reach the indexes of moves and remedies.
        """
        factors = {"units": SQL(" * COALESCE(used.factor / goods.factor, 1)"), "money": SQL(" * exchange.rate")}
        measures = SQL(", ").join(
            SQL("fact.%(name)s%(factor)s AS %(name)s", name=SQL.identifier(name), factor=factors.get(unit, SQL("")))
            for name, unit in MEASURES.items()
        )
        return SQL(
            """
            SELECT fact.id, fact.kind, fact.date, fact.company_id, fact.product_id,
                   fact.delivered_on,
                   goods.product_tmpl_id, goods.categ_id, vendor.partner_id AS vendor_id,
                   customer.commercial_partner_id AS partner_id,
                   COALESCE(receiver.country_id, customer.country_id) AS country_id,
                   sale_line.order_id AS sale_order_id,
                   line.rma_id, rma.user_id, line.reason_id, line.basis,
                   fact.remedy_type_id, fact.disposition_id,
                   %(currency)s AS currency_id, NULL::float AS return_rate, %(measures)s
              FROM (%(facts)s) fact
         LEFT JOIN (SELECT product.id, template.id AS product_tmpl_id, template.categ_id,
                           NULLIF(own.factor, 0) AS factor
                      FROM product_product product
                      JOIN product_template template ON template.id = product.product_tmpl_id
                      JOIN uom_uom own ON own.id = template.uom_id
                   ) goods ON goods.id = fact.product_id
         LEFT JOIN uom_uom used ON used.id = fact.uom_id
         LEFT JOIN aftersales_rma_line line ON line.id = fact.line_id
         LEFT JOIN aftersales_rma rma ON rma.id = line.rma_id
         LEFT JOIN sale_order_line sale_line ON sale_line.id = fact.sale_line_id
         LEFT JOIN sale_order sale ON sale.id = sale_line.order_id
         LEFT JOIN res_partner customer ON customer.id = COALESCE(rma.partner_id, sale.partner_id)
         LEFT JOIN res_partner receiver ON receiver.id = sale.partner_shipping_id
         LEFT JOIN (SELECT DISTINCT ON (product_tmpl_id) product_tmpl_id, partner_id
                      FROM product_supplierinfo
                     ORDER BY product_tmpl_id, sequence, min_qty DESC, price, id
                   ) vendor ON vendor.product_tmpl_id = goods.product_tmpl_id
         LEFT JOIN %(rates)s ON exchange.company_id = fact.company_id
            """,
            currency=self.env.company.currency_id.id,
            measures=measures,
            facts=SQL(" UNION ALL ").join(
                [
                    self._deliveries(),
                    self._returns(),
                    self._other_returns(),
                    self._inspections(),
                    self._remedies(),
                    self._shipping(),
                ]
            ),
            rates=self._rates(),
        )

    def _rates(self):
        """Rates from the currencies of the companies to that of the current one, today."""
        today = fields.Date.context_today(self)
        target = self.env.company.currency_id
        convert = self.env["res.currency"]._get_conversion_rate
        companies = self.env.companies  # the rule of the report shows no others
        rates = SQL(", ").join(
            SQL("(%s, %s::float)", company.id, convert(company.currency_id, target, self.env.company, today))
            for company in companies
        )
        return SQL("(VALUES %s) AS exchange (company_id, rate)", rates)

    def _fact(self, kind, number, source, **columns):
        """One kind of facts: every column, those that are not given empty.

        :param str kind: value of ``kind``
        :param int number: keeps the ids of the kinds apart
        :param SQL source: from FROM on; the alias ``doc`` is the row that a fact is made from
        """
        types = {"line_id": "integer", "uom_id": "integer", "remedy_type_id": "integer", "disposition_id": "integer"}
        rest = SQL(", ").join(
            SQL(
                "(%s)::%s AS %s",
                columns.get(name, SQL("NULL")),
                SQL(types.get(name, "double precision")),
                SQL.identifier(name),
            )
            for name in (*types, *MEASURES)
        )
        return SQL(
            """SELECT doc.id::bigint * 8 + %s AS id, %s::text AS kind, %s AS date, %s AS company_id, %s AS product_id,
                      %s AS delivered_on, %s AS sale_line_id, %s
                 %s""",
            number,
            kind,
            columns["date"],
            columns.get("company_id", SQL("doc.company_id")),
            columns["product_id"],
            columns["delivered_on"],
            columns["sale_line_id"],
            rest,
            source,
        )

    def _deliveries(self):
        """First deliveries of what was sold, as `stock.move._aftersales_is_delivery` knows them."""
        return self._fact(
            "delivery",
            0,
            SQL(
                """FROM stock_move doc
                  WHERE doc.state = 'done' AND doc.sale_line_id IS NOT NULL AND doc.origin_returned_move_id IS NULL
                    AND doc.location_dest_id IN %(homes)s AND doc.location_id NOT IN %(homes)s""",
                homes=self._customer_locations(),
            ),
            date=SQL("doc.date"),
            product_id=SQL("doc.product_id"),
            delivered_on=SQL("doc.date"),
            sale_line_id=SQL("doc.sale_line_id"),
            uom_id=SQL("doc.product_uom"),
            units_delivered=SQL("doc.quantity"),
        )

    def _returns(self):
        return self._fact(
            "return",
            1,
            SQL(
                """FROM aftersales_rma_line doc
              LEFT JOIN stock_move sent ON sent.id = doc.origin_move_id
              LEFT JOIN sale_order paid ON paid.id = doc.sale_order_id
                  WHERE doc.state IN ('submitted', 'approved', 'done')"""
            ),
            date=SQL("doc.requested_on + TIME '12:00'"),
            product_id=SQL("doc.product_id"),
            delivered_on=SQL("sent.date"),
            sale_line_id=SQL("doc.sale_line_id"),
            line_id=SQL("doc.id"),
            units_asked=SQL("doc.quantity"),
            units_returned=SQL("doc.received_quantity"),
            value=SQL("doc.paid_total / COALESCE(NULLIF(paid.currency_rate, 0), 1)"),
            fee=SQL("doc.fee / COALESCE(NULLIF(paid.currency_rate, 0), 1)"),
        )

    def _other_returns(self):
        """What stock took back without a return of ours."""
        return self._fact(
            "return",
            2,
            SQL(
                """FROM stock_move doc
                   JOIN stock_move sent ON sent.id = doc.origin_returned_move_id
                                       AND sent.sale_line_id IS NOT NULL AND sent.origin_returned_move_id IS NULL
                  WHERE doc.state = 'done' AND doc.aftersales_rma_line_id IS NULL AND doc.location_id IN %s""",
                self._customer_locations(),
            ),
            date=SQL("doc.date"),
            product_id=SQL("doc.product_id"),
            delivered_on=SQL("sent.date"),
            sale_line_id=SQL("sent.sale_line_id"),
            uom_id=SQL("doc.product_uom"),
            units_returned=SQL("doc.quantity"),
        )

    def _inspections(self):
        """What became of the goods; those that are lost at what the delivery was valued at."""
        return self._fact(
            "inspection",
            3,
            SQL(
                """FROM aftersales_inspection doc
                   JOIN aftersales_rma_line item ON item.id = doc.line_id
              LEFT JOIN stock_move sent ON sent.id = item.origin_move_id
              LEFT JOIN aftersales_disposition fate ON fate.id = doc.disposition_id"""
            ),
            date=SQL("doc.create_date"),
            product_id=SQL("item.product_id"),
            delivered_on=SQL("sent.date"),
            sale_line_id=SQL("item.sale_line_id"),
            line_id=SQL("item.id"),
            disposition_id=SQL("doc.disposition_id"),
            units_inspected=SQL("doc.quantity"),
            cost=SQL(
                """CASE WHEN doc.accepted AND fate.operation IN ('scrap', 'give') THEN doc.quantity * COALESCE(
                       (SELECT ABS(NULLIF(value, 0)) / NULLIF(quantity, 0)
                          FROM stock_move WHERE id = item.origin_move_id),
                       (SELECT (standard_price ->> doc.company_id::text)::numeric
                          FROM product_product WHERE id = item.product_id)) END"""
            ),
        )

    def _remedies(self):
        return self._fact(
            "remedy",
            4,
            SQL(
                """FROM aftersales_remedy doc
                   JOIN aftersales_rma_line item ON item.id = doc.rma_line_id
              LEFT JOIN stock_move sent ON sent.id = item.origin_move_id
              LEFT JOIN sale_order paid ON paid.id = item.sale_order_id
                  WHERE doc.state = 'done'"""
            ),
            date=SQL("doc.done_at"),
            product_id=SQL("item.product_id"),
            delivered_on=SQL("sent.date"),
            sale_line_id=SQL("item.sale_line_id"),
            line_id=SQL("item.id"),
            remedy_type_id=SQL("doc.type_id"),
            units_settled=SQL("doc.quantity"),
            refunded=SQL("doc.amount / COALESCE(NULLIF(paid.currency_rate, 0), 1)"),
            days=SQL(
                # Settled before the goods came, nobody waited for it.
                """GREATEST(EXTRACT(EPOCH FROM doc.done_at - COALESCE(
                       (SELECT MIN(came.date) FROM stock_move came
                         WHERE came.aftersales_rma_line_id = item.id AND came.state = 'done'),
                       (SELECT decided_at FROM aftersales_rma WHERE id = item.rma_id))) / 86400, 0)"""
            ),
        )

    def _shipping(self):
        """Carriers of the way back and of replacements, shared out over the products they carried."""
        return self._fact(
            "shipping",
            5,
            SQL(
                """FROM (SELECT move.id, move.company_id, move.product_id, parcel.date_done AS date,
                                COALESCE(move.aftersales_rma_line_id, remedy.rma_line_id) AS line_id,
                                parcel.carrier_price * move.quantity
                                    / NULLIF(SUM(move.quantity) OVER (PARTITION BY parcel.id), 0) AS price
                           FROM stock_picking parcel
                           JOIN stock_move move ON move.picking_id = parcel.id AND move.state = 'done'
                      LEFT JOIN aftersales_remedy remedy ON remedy.id = move.aftersales_remedy_id
                          WHERE parcel.aftersales_rma_id IS NOT NULL AND parcel.state = 'done'
                            AND parcel.carrier_price <> 0) doc
                   JOIN aftersales_rma_line item ON item.id = doc.line_id
              LEFT JOIN stock_move sent ON sent.id = item.origin_move_id"""
            ),
            date=SQL("doc.date"),
            product_id=SQL("doc.product_id"),
            delivered_on=SQL("sent.date"),
            sale_line_id=SQL("item.sale_line_id"),
            line_id=SQL("item.id"),
            cost=SQL("doc.price"),
        )

    def _customer_locations(self):
        """Where goods are that customers have: a handful of ids, instead of a join for each move."""
        locations_sudo = self.env["stock.location"].sudo().with_context(active_test=False)
        return tuple(locations_sudo.search([("usage", "=", "customer")]).ids) or (0,)
