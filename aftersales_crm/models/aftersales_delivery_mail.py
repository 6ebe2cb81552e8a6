from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesDeliveryMail(models.Model):
    """A mail or SMS that a step of a delivery calls for: on its way, expected, arrived."""

    _name = "aftersales.delivery.mail"
    _description = "Mail of a Delivery"
    _inherit = ["aftersales.step.mail"]

    _document = "picking_id"
    _looks_at = ("company_id", "location_dest_id", "return_id", "sale_id", "state")
    _job = "aftersales_crm.aftersales_delivery_mail_cron"

    picking_id = fields.Many2one(
        "stock.picking", "Delivery", required=True, readonly=True, index=True, ondelete="cascade"
    )

    _once = models.UniqueIndex("(picking_id, step_id, occasion)")
    _waiting = models.Index("(picking_id, id) WHERE state = 'waiting'")

    @api.model
    def _noted_sql(self, rows):
        """Deliveries of orders to customers; what a return sends has mails of its own."""
        return SQL(
            """SELECT picking.id, step.id, noted.occasion, 'waiting', NOW() AT TIME ZONE 'UTC'
                 FROM (VALUES %s) AS noted (picking_id, code, occasion)
                 JOIN stock_picking picking ON picking.id = noted.picking_id
                 JOIN stock_location goal ON goal.id = picking.location_dest_id
                 JOIN aftersales_mail_step step ON step.code = noted.code
                WHERE goal.usage = 'customer' AND picking.sale_id IS NOT NULL
                  AND picking.return_id IS NULL AND picking.state <> 'cancel'
                  AND (step.since ->> picking.company_id::text)::date <= %s
             ORDER BY picking.id, step.sequence""",
            rows,
            self._day_sql("picking", "create_date"),
        )

    def _recipient(self):
        """The customer of the order: the address of a delivery may be a parcel locker."""
        self.ensure_one()
        return self.picking_id.sale_id.partner_id

    # === Actions === #

    def action_retry(self):
        """Try again what failed."""
        self._retry()
        return True
