from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

COLUMNS = (
    "source_key",
    "res_model",
    "res_id",
    "kind",
    "date",
    "partner_id",
    "commercial_partner_id",
    "title",
    "amount",
    "currency_id",
    "user_id",
    "company_id",
)
KINDS = [
    ("order", "Order"),
    ("delivery", "Delivery"),
    ("invoice", "Invoice"),
    ("payment", "Payment"),
    ("return", "Return"),
    ("remedy", "Remedy"),
    ("warranty", "Warranty"),
    ("case", "Case"),
    ("visit", "Visit"),
    ("call", "Call"),
    ("feedback", "Feedback"),
    ("points", "Points"),
    ("message", "Message"),
]


class AftersalesEvent(models.Model):
    """The customer history: one row per thing that happened, made from the documents.

    Each source is one SELECT. The hooks run it for the records that a transaction touched, a
    rebuild runs it for all: both give the same rows.
    """

    _name = "aftersales.event"
    _description = "Customer History"
    _order = "date desc, id desc"
    _rec_name = "title"
    _log_access = False

    source_key = fields.Char(required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    title = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", "Who", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, help="Empty: about a customer that all companies share.")

    _source_key_unique = models.UniqueIndex("(source_key)")
    _customer_page = models.Index("(commercial_partner_id, date DESC, id DESC)")
    _partner_page = models.Index("(partner_id, date DESC, id DESC)")
    _document = models.Index("(res_model, res_id)")

    # === Sources === #

    @api.model
    def _sources(self):
        """Hook: model → method that gives the SELECT of its events.

        The method takes an SQL condition on the alias ``doc`` and returns a SELECT of
        ``COLUMNS`` in their order, times in UTC; a day is its noon, the same day everywhere.
        The key of an event is model and id of the record that it is made from; the document that
        it is about may be another one.
        """
        return {
            "sale.order": self._source_sale_order,
            "stock.picking": self._source_stock_picking,
            "account.move": self._source_account_move,
            "account.payment": self._source_account_payment,
            "aftersales.rma": self._source_aftersales_rma,
            "aftersales.remedy": self._source_aftersales_remedy,
            "aftersales.warranty": self._source_aftersales_warranty,
        }

    def _source_sale_order(self, condition):
        return SQL(
            """SELECT 'sale.order,' || doc.id, 'sale.order', doc.id, 'order', doc.date_order,
                      doc.partner_id, partner.commercial_partner_id, doc.name, doc.amount_total,
                      doc.currency_id, doc.user_id, doc.company_id
                 FROM sale_order doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state = 'sale' AND %s""",
            condition,
        )

    def _source_stock_picking(self, condition):
        return SQL(
            """SELECT 'stock.picking,' || doc.id, 'stock.picking', doc.id,
                      CASE WHEN goal.usage = 'customer' THEN 'delivery' ELSE 'return' END,
                      doc.date_done, doc.partner_id, partner.commercial_partner_id,
                      CASE WHEN sale.id IS NULL THEN doc.name
                           ELSE doc.name || ' · ' || sale.name END,
                      NULL::numeric, NULL::integer, doc.user_id, doc.company_id
                 FROM stock_picking doc
                 JOIN stock_location start ON start.id = doc.location_id
                 JOIN stock_location goal ON goal.id = doc.location_dest_id
                 JOIN res_partner partner ON partner.id = doc.partner_id
            LEFT JOIN sale_order sale ON sale.id = doc.sale_id
                WHERE doc.state = 'done' AND doc.date_done IS NOT NULL
                  AND (goal.usage = 'customer') <> (start.usage = 'customer') AND %s""",
            condition,
        )

    def _source_account_move(self, condition):
        return SQL(
            """SELECT 'account.move,' || doc.id, 'account.move', doc.id, 'invoice',
                      doc.invoice_date + TIME '12:00', doc.partner_id, partner.commercial_partner_id,
                      doc.name,
                      CASE WHEN doc.move_type = 'out_refund' THEN -doc.amount_total
                           ELSE doc.amount_total END,
                      doc.currency_id, doc.invoice_user_id, doc.company_id
                 FROM account_move doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state = 'posted' AND doc.move_type IN ('out_invoice', 'out_refund')
                  AND %s""",
            condition,
        )

    def _source_account_payment(self, condition):
        return SQL(
            """SELECT 'account.payment,' || doc.id, 'account.payment', doc.id, 'payment',
                      doc.date + TIME '12:00', doc.partner_id, partner.commercial_partner_id,
                      COALESCE(doc.name, doc.memo, '/'),
                      CASE WHEN doc.payment_type = 'outbound' THEN -doc.amount
                           ELSE doc.amount END,
                      doc.currency_id, NULL::integer, doc.company_id
                 FROM account_payment doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state IN ('in_process', 'paid') AND doc.partner_type = 'customer'
                  AND %s""",
            condition,
        )

    def _source_aftersales_rma(self, condition):
        return SQL(
            """SELECT 'aftersales.rma,' || doc.id, 'aftersales.rma', doc.id, 'return',
                      doc.requested_on + TIME '12:00', doc.partner_id,
                      partner.commercial_partner_id, doc.name, NULL::numeric, NULL::integer,
                      doc.user_id, doc.company_id
                 FROM aftersales_rma doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.state <> 'draft' AND %s""",
            condition,
        )

    def _source_aftersales_remedy(self, condition):
        return SQL(
            """SELECT 'aftersales.remedy,' || doc.id, 'aftersales.remedy', doc.id, 'remedy',
                      doc.done_at, partner.id, partner.commercial_partner_id,
                      COALESCE(rma.name, service.name) || ' · ' || kind.code, doc.amount, doc.currency_id,
                      COALESCE(rma.user_id, service.user_id), doc.company_id
                 FROM aftersales_remedy doc
                 JOIN aftersales_remedy_type kind ON kind.id = doc.type_id
            LEFT JOIN aftersales_rma rma ON rma.id = doc.rma_id
            LEFT JOIN aftersales_case service ON service.id = doc.case_id
                 JOIN res_partner partner ON partner.id = COALESCE(rma.partner_id, service.partner_id)
                WHERE doc.state = 'done' AND %s""",
            condition,
        )

    def _source_aftersales_warranty(self, condition):
        return SQL(
            """SELECT 'aftersales.warranty,' || doc.id, 'aftersales.warranty', doc.id,
                      'warranty', doc.start_date + TIME '12:00', doc.partner_id,
                      partner.commercial_partner_id,
                      COALESCE(lot.name, product.default_code, sale.name, '#' || doc.id)
                          || ' → ' || doc.end_date,
                      NULL::numeric, NULL::integer, NULL::integer, doc.company_id
                 FROM aftersales_warranty doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                 JOIN product_product product ON product.id = doc.product_id
            LEFT JOIN stock_lot lot ON lot.id = doc.lot_id
            LEFT JOIN sale_order sale ON sale.id = doc.sale_order_id
                WHERE doc.closing IS NULL AND %s""",
            condition,
        )

    # === Writing === #

    @api.model
    def _touch(self, model, ids):
        """Note records whose events are to be written when the transaction ends."""
        if not ids:
            return
        data = self.env.cr.precommit.data
        if "aftersales.event" not in data:
            data["aftersales.event"] = defaultdict(set)
            self.env.cr.precommit.add(self.sudo()._write_touched)
        data["aftersales.event"][model].update(ids)

    @api.model
    def _touch_written(self, records, vals_list):
        """Note the records of which something that their events are made from is being written."""
        names = records._aftersales_event_fields
        changed = [record.id for record, vals in zip(records, vals_list, strict=True) if not names.isdisjoint(vals)]
        self._touch(records._name, changed)

    @api.model
    def _write_touched(self):
        touched = self.env.cr.precommit.data.pop("aftersales.event", {})
        sources = self._sources()
        documents = {model: tuple(ids) for model, ids in touched.items() if model in sources}
        if documents:
            self._project(documents)

    @api.model
    def _project(self, documents):
        """Bring events in line with their documents, of several models in one statement.

        :param dict documents: model → ids of its records (tuple), None for all of them
        """
        sources = self._sources()
        selects, gone = [], []
        for model, ids in documents.items():
            selects.append(sources[model](SQL("TRUE") if ids is None else SQL("doc.id IN %s", ids)))
            if ids is None:
                gone.append(SQL("split_part(event.source_key, ',', 1) = %s", model))
            else:
                gone.append(SQL("event.source_key = ANY(%s)", [f"{model},{record_id}" for record_id in ids]))
        columns = SQL(", ").join(SQL.identifier(name) for name in COLUMNS)
        updates = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name)) for name in COLUMNS[3:]
        )
        self.env.cr.execute(
            SQL(
                """
                WITH fresh (%(columns)s) AS MATERIALIZED (%(select)s),
                gone AS (
                    DELETE FROM aftersales_event event
                     WHERE (%(gone)s)
                       AND NOT EXISTS (SELECT FROM fresh WHERE fresh.source_key = event.source_key)
                )
                INSERT INTO aftersales_event (%(columns)s)
                SELECT * FROM fresh
                ON CONFLICT (source_key) DO UPDATE SET %(updates)s
                """,
                columns=columns,
                select=SQL(" UNION ALL ").join(selects),
                gone=SQL(" OR ").join(gone),
                updates=updates,
            )
        )
        self.invalidate_model()

    @api.model
    def _rebuild(self):
        """Make the whole history anew from the documents; set-based, idempotent."""
        self.env.flush_all()
        for model in self._sources():
            self._project({model: None})

    @api.model
    def _repair_commercial_partners(self, partner_ids):
        """Follow contacts that moved to another company or were merged.

        :param list partner_ids: contacts, or companies whose contacts changed
        """
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        tables = ("aftersales_rma", "aftersales_warranty", "aftersales_case", "aftersales_feedback")
        for table in ("aftersales_event", *tables):
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s doc
                          SET commercial_partner_id = partner.commercial_partner_id
                         FROM res_partner partner
                        WHERE partner.id = doc.partner_id
                          AND doc.commercial_partner_id <> partner.commercial_partner_id
                          AND (doc.partner_id IN %(ids)s OR doc.commercial_partner_id IN %(ids)s)""",
                    table=SQL.identifier(table),
                    ids=tuple(partner_ids),
                )
            )
        self.env["aftersales.profile"]._forget(partner_ids)
        self.env.invalidate_all()

    # === Reading: rights follow the documents === #

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & Domain.custom(to_sql=self._readable_sql)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation != "read" or self.env.su or not self:
            return result
        forbidden, error = result or (self.browse(), None)
        allowed = self - forbidden
        if not allowed:
            return result
        hidden = allowed - self.search([("id", "in", allowed.ids)])
        if not hidden:
            return result
        make_error = self.env["ir.rule"]._make_access_error
        return forbidden | hidden, error or (lambda: make_error(operation, hidden))

    @api.model
    def _documents(self):
        """Hook: names of the models that events are about (list)."""
        return list(self._sources())

    @api.model
    def _readable_sql(self, model, alias, query):
        """Condition: the user may read the document behind the event.

        ``= ANY(ARRAY[…])`` keeps PostgreSQL from hashing the whole table of a document model
        for one page of a customer.
        """
        cases = []
        for name in self._documents():
            if not self.env[name].has_access("read"):
                continue
            documents = self.env[name]._search([], active_test=False)
            documents.add_where(
                SQL(
                    "%s = ANY(ARRAY[%s])",
                    SQL.identifier(documents.table, "id"),
                    SQL.identifier(alias, "res_id"),
                )
            )
            cases.append(
                SQL(
                    "WHEN %s = %s THEN EXISTS (%s)",
                    SQL.identifier(alias, "res_model"),
                    name,
                    documents.select(SQL("1")),
                )
            )
        if not cases:
            return SQL("FALSE")
        return SQL("CASE %s ELSE FALSE END", SQL(" ").join(cases))

    # === Actions === #

    def action_open(self):
        """Open the document behind the event."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        return self.env["aftersales.rma"]._desk_action(record)

    @api.model
    def action_rebuild(self):
        """Make the whole history anew; for managers."""
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only a manager rebuilds the customer history."))
        self.sudo()._rebuild()  # the projection belongs to the system
        return True
