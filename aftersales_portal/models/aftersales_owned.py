from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

TABLES = ("sale.order", "sale.order.line", "stock.move", "stock.move.line", "aftersales.warranty", "res.partner")


class AftersalesOwned(models.AbstractModel):
    """What a customer owns: units that orders brought and that did not come back, what they registered or took over.

    One row per serial, else per order line and product. Counting and paging are done by the database.
    """

    _name = "aftersales.owned"
    _description = "Products of a Customer"

    @api.model
    def _count(self, customer, **choice):
        """How many rows there are.

        :param customer: `res.partner`, the commercial one
        :param choice: ``words`` to look for, ``cover`` (see `_condition`)
        :rtype: int
        """
        return self._select(customer, SQL("COUNT(*)"), SQL(""), **choice)[0][0]

    @api.model
    def _page(self, customer, order_by, limit, offset, **choice):
        """One page of rows.

        :param customer: `res.partner`, the commercial one
        :param SQL order_by: columns of the row
        :param int limit: rows at most
        :param int offset: rows to skip
        :param choice: as for `_count`
        :return: list of dicts with ``line`` (`sale.order.line`, none for what was registered or taken over),
            ``order``, ``sold_line_id`` (int, the line by which anybody bought it), ``product``, ``lot``,
            ``quantity`` (float, in the product's unit), ``since`` (date of the delivery, else first day of the
            warranty), ``warranties`` (those that are not void, the longest first) and ``documents``; records in
            sudo mode
        """
        rows = self._select(
            customer,
            SQL("line_id, product_id, lot_id, company_id, quantity, since, sold_line_id"),
            SQL("ORDER BY %s LIMIT %s OFFSET %s", order_by, limit, offset),
            **choice,
        )
        records = self._records(rows)
        self._add_warranties(customer, records)
        self._add_documents(records)
        return records

    # === The database's part === #

    def _select(self, customer, columns, tail, words="", cover="all"):
        for name in TABLES:
            self.env[name].flush_model()
        self.env.cr.execute(
            SQL(
                """WITH bought AS (%(bought)s), cover AS (%(cover)s), given AS (%(given)s), owned AS (
                       SELECT bought.line_id, bought.product_id, bought.lot_id, bought.company_id,
                              bought.quantity - COALESCE(given.quantity, 0) AS quantity, bought.since,
                              bought.line_id AS sold_line_id, cover.until
                         FROM bought
                    LEFT JOIN cover ON cover.line_id = bought.line_id AND cover.product_id = bought.product_id
                              AND cover.lot_id IS NOT DISTINCT FROM bought.lot_id
                    LEFT JOIN given ON given.line_id = bought.line_id AND given.product_id = bought.product_id
                              AND given.lot_id IS NOT DISTINCT FROM bought.lot_id
                        WHERE bought.quantity - COALESCE(given.quantity, 0) > 0.000001
                        UNION ALL
                       SELECT NULL, product_id, lot_id, company_id, quantity, start_date + TIME '12:00', line_id, until
                         FROM cover
                        WHERE line_id IS NULL OR line_id NOT IN (%(lines)s))
                   SELECT %(columns)s FROM owned WHERE %(condition)s %(tail)s""",
                bought=self._bought(customer),
                cover=self._cover(customer),
                given=self._given(customer),
                lines=self._lines(customer),
                columns=columns,
                condition=self._condition(words, cover),
                tail=tail,
            )
        )
        return self.env.cr.fetchall()

    def _bought(self, customer):
        """Units per order line, product and serial: what went out less what came back."""
        orders = self.env["sale.order"]._search(self._orders_domain(customer))
        return SQL(
            """SELECT move.sale_line_id AS line_id, unit.product_id, unit.lot_id, move.company_id,
                      SUM(CASE goal.usage WHEN 'customer' THEN 1 ELSE -1 END * unit.quantity_product_uom) AS quantity,
                      MAX(move.date) FILTER (WHERE goal.usage = 'customer') AS since
                 FROM sale_order_line line
                 JOIN stock_move move ON move.sale_line_id = line.id AND move.state = 'done'
                 JOIN stock_move_line unit ON unit.move_id = move.id
                 JOIN stock_location start ON start.id = move.location_id
                 JOIN stock_location goal ON goal.id = move.location_dest_id
                WHERE line.order_id IN %s AND (goal.usage = 'customer') <> (start.usage = 'customer')
             GROUP BY move.sale_line_id, unit.product_id, unit.lot_id, move.company_id
               HAVING SUM(CASE goal.usage WHEN 'customer' THEN 1 ELSE -1 END * unit.quantity_product_uom) > 0.000001""",
            orders.subselect(),
        )

    def _lines(self, customer):
        """Every line that the customer ordered."""
        return SQL(
            """SELECT line.id
                 FROM sale_order_line line
                 JOIN sale_order doc ON doc.id = line.order_id
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE partner.commercial_partner_id = %s""",
            customer.id,
        )

    def _given(self, customer):
        """Units that the customer ordered and that have another owner by now."""
        theirs = SQL("sale_line_id IN (%s) AND commercial_partner_id <> %s", self._lines(customer), customer.id)
        return self._units(theirs)

    def _orders_domain(self, customer):
        """The orders that Odoo's portal shows the customer."""
        return [("partner_id", "child_of", customer.ids), ("state", "=", "sale")]

    def _cover(self, customer):
        """Last covered day per order line, product and serial; without a line for what was registered."""
        return self._units(SQL("commercial_partner_id = %s", customer.id))

    def _units(self, condition):
        """Covered units per order line, product and serial: several promises cover the same ones."""
        return SQL(
            """SELECT line_id, product_id, lot_id, company_id, MAX(quantity) AS quantity,
                      MIN(start_date) AS start_date, MAX(until) AS until
                 FROM (SELECT sale_line_id AS line_id, product_id, lot_id, company_id, SUM(quantity) AS quantity,
                              MIN(start_date) AS start_date, MAX(end_date) AS until
                         FROM aftersales_warranty
                        WHERE %s AND company_id IN %s AND closing IS NULL
                     GROUP BY sale_line_id, product_id, lot_id, company_id, source, term_id) AS promise
             GROUP BY line_id, product_id, lot_id, company_id""",
            condition,
            tuple(self.env.companies.ids),
        )

    def _condition(self, words, cover):
        """Which rows are wanted.

        :param str words: part of a product's name or code, of a serial number or of an order's name
        :param str cover: ``all``, ``covered`` or ``expired``
        """
        today = self.env.company.sudo()._aftersales_today()  # customers may not read where a company is
        conditions = [
            {
                "all": SQL("TRUE"),
                "covered": SQL("until >= %s", today),
                "expired": SQL("until < %s", today),
            }[cover]
        ]
        if words:
            wanted = {
                "product_id": ("product.product", ["|", ("name", "ilike", words), ("default_code", "ilike", words)]),
                "lot_id": ("stock.lot", [("name", "ilike", words)]),
                "line_id": ("sale.order.line", [("order_id.name", "ilike", words)]),
            }
            conditions.append(
                SQL("(%s)", SQL(" OR ").join(self._among(column, *search) for column, search in wanted.items()))
            )
        return SQL(" AND ").join(conditions)

    def _among(self, column, model, domain):
        # Only rows of the customer are looked at: what matches elsewhere stays unseen.
        found_sudo = self.env[model].sudo().with_context(active_test=False)._search(domain)
        return SQL("%s IN %s", SQL.identifier(column), found_sudo.subselect())

    # === Records === #

    def _records(self, rows):
        # Customers may know what they were sold, but have no right on products and serials.
        env_sudo = self.sudo().with_context(display_default_code=False).env
        models = ("sale.order.line", "product.product", "stock.lot", "res.company")
        ids = list(zip(*rows, strict=True))[: len(models)]
        # Browsed together, they are read together.
        lines, products, lots, companies = (
            {record.id: record for record in env_sudo[model].browse(filter(None, dict.fromkeys(found)))}
            for model, found in zip(models, ids or [()] * len(models), strict=True)
        )
        no_line, no_lot = env_sudo["sale.order.line"], env_sudo["stock.lot"]
        return [
            {
                "line": lines.get(line_id, no_line),
                "order": lines.get(line_id, no_line).order_id,
                "product": products[product_id],
                "lot": lots.get(lot_id, no_lot),
                "quantity": float(quantity),
                "since": companies[company_id]._aftersales_date(since),
                "sold_line_id": sold_line_id,
            }
            for line_id, product_id, lot_id, company_id, quantity, since, sold_line_id in rows
        ]

    def _add_warranties(self, customer, records):
        products = [record["product"].id for record in records]
        found_sudo = (
            self.env["aftersales.warranty"]
            .sudo()
            .search(
                Domain("commercial_partner_id", "=", customer.id)
                & Domain("company_id", "in", self.env.companies.ids)
                & Domain("product_id", "in", products)
                & Domain("sale_line_id", "in", [record["sold_line_id"] or False for record in records])
                & Domain("closing", "=", False),
                order="end_date desc, id",
            )
        )
        by_unit = found_sudo.grouped(lambda warranty: (warranty.sale_line_id.id, warranty.product_id, warranty.lot_id))
        for record in records:
            unit = (record["sold_line_id"] or False, record["product"], record["lot"])
            record["warranties"] = by_unit.get(unit, found_sudo.browse())

    def _add_documents(self, records):
        """What Odoo offers with a confirmed order: its own page gives it out, to who may see the order."""
        for record in records:
            record["documents"] = self.env["product.document"].sudo()
        sold = [record for record in records if record["line"].product_id == record["product"]]
        products = self.env["product.product"].sudo().concat(*(record["product"] for record in sold))
        found_sudo = (
            self.env["product.document"]
            .sudo()
            .search(
                Domain("attached_on_sale", "in", ("quotation", "sale_order"))
                & (
                    (Domain("res_model", "=", "product.product") & Domain("res_id", "in", products.ids))
                    | (
                        Domain("res_model", "=", "product.template")
                        & Domain("res_id", "in", products.product_tmpl_id.ids)
                    )
                )
            )
        )
        by_owner = found_sudo.grouped(lambda document: (document.res_model, document.res_id))
        for record in sold:
            for owner in (record["product"], record["product"].product_tmpl_id):
                record["documents"] |= by_owner.get((owner._name, owner.id), found_sudo.browse())
