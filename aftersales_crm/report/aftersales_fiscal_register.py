from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesFiscalRegister(models.Model):
    """Poland: returns and accepted complaints of sales recorded on a cash register.

    What was paid back, in whole or in part, is entered in a register of its own (Minister of
    Finance, regulation of 29 April 2019 on cash registers, § 3): day of the sale, product, day of
    the return or complaint, gross amount and VAT paid back, document of the sale. The protocol
    that buyer and seller sign is the return slip.
    """

    _name = "aftersales.fiscal.register"
    _description = "Register of Returns and Complaints (Poland)"
    _auto = False
    _order = "date, id"
    _rec_name = "document"

    date = fields.Date("Returned or accepted on", readonly=True)
    kind = fields.Selection([("return", "Return"), ("complaint", "Complaint")], readonly=True)
    rma_id = fields.Many2one("aftersales.rma", "Return (RMA)", readonly=True)
    refund_id = fields.Many2one("account.move", "Credit note", readonly=True)
    document = fields.Char("Receipt or invoice", readonly=True)
    sold_on = fields.Date("Sold on", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount_total = fields.Monetary("Gross", readonly=True, help="Paid back, in the company's currency.")
    amount_tax = fields.Monetary("VAT", readonly=True)
    reason_id = fields.Many2one("aftersales.reason", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    # What a query has to flush before it reads.
    _depends = {
        "account.journal": ["aftersales_fiscal_receipt"],
        "account.move": ["state", "move_type", "name", "invoice_date", "reversed_entry_id", "invoice_currency_rate"],
        "account.move.line": ["aftersales_remedy_id", "price_total", "price_subtotal", "move_id", "display_type"],
        "aftersales.remedy": ["rma_line_id", "quantity", "state", "company_id"],
        "aftersales.rma": ["partner_id", "decided_at"],
        "aftersales.rma.line": ["rma_id", "product_id", "reason_id", "basis", "sale_line_id"],
        "res.company": ["account_fiscal_country_id", "aftersales_tz", "currency_id"],
        "sale.order": ["aftersales_fiscal_receipt", "date_order"],
        "sale.order.line": ["order_id"],
        "stock.move": ["aftersales_rma_line_id", "state", "date"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(part.id) AS id, item.rma_id, note.id AS refund_id, item.product_id, item.reason_id,
                   rma.partner_id, remedy.company_id, company.currency_id, remedy.quantity,
                   CASE WHEN item.basis IN ('guarantee', 'warranty', 'delivery') THEN 'complaint'
                        ELSE 'return' END AS kind,
                   COALESCE(NULLIF(sale.aftersales_fiscal_receipt, ''), invoice.name) AS document,
                   COALESCE(invoice.invoice_date, %(order_day)s) AS sold_on,
                   CASE WHEN item.basis IN ('guarantee', 'warranty', 'delivery') THEN %(decided_day)s
                        ELSE COALESCE(%(arrived_day)s, note.invoice_date) END AS date,
                   ROUND((SUM(part.price_total) / note.invoice_currency_rate)::numeric, 2) AS amount_total,
                   ROUND((SUM(part.price_total - part.price_subtotal) / note.invoice_currency_rate)::numeric, 2)
                       AS amount_tax
              FROM account_move_line part
              JOIN account_move note ON note.id = part.move_id
                                    AND note.state = 'posted' AND note.move_type = 'out_refund'
              JOIN aftersales_remedy remedy ON remedy.id = part.aftersales_remedy_id AND remedy.state = 'done'
              JOIN aftersales_rma_line item ON item.id = remedy.rma_line_id
              JOIN aftersales_rma rma ON rma.id = item.rma_id
              JOIN res_company company ON company.id = remedy.company_id
              JOIN res_country country ON country.id = company.account_fiscal_country_id AND country.code = 'PL'
         LEFT JOIN account_move invoice ON invoice.id = note.reversed_entry_id
         LEFT JOIN account_journal journal ON journal.id = invoice.journal_id
         LEFT JOIN sale_order_line sold ON sold.id = item.sale_line_id
         LEFT JOIN sale_order sale ON sale.id = sold.order_id
             WHERE part.display_type = 'product'
               AND (journal.aftersales_fiscal_receipt OR NULLIF(sale.aftersales_fiscal_receipt, '') IS NOT NULL)
             GROUP BY remedy.id, item.id, rma.id, note.id, company.id, invoice.id, sale.id
            """,
            order_day=self._day(SQL("sale.date_order")),
            decided_day=self._day(SQL("rma.decided_at")),
            arrived_day=self._day(
                SQL(
                    """(SELECT MIN(came.date) FROM stock_move came
                         WHERE came.aftersales_rma_line_id = item.id AND came.state = 'done')"""
                )
            ),
        )

    @api.model
    def _day(self, moment):
        """The day of a UTC moment where the company is."""
        zone = SQL("COALESCE(company.aftersales_tz, 'Europe/Warsaw')")
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def action_open(self):
        """Open the return behind an entry, or its credit note for who only keeps the books."""
        self.ensure_one()
        rma = self.rma_id
        return rma.env["aftersales.rma"]._desk_action(rma if rma.has_access("read") else self.refund_id)
