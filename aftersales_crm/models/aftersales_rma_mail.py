from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesRmaMail(models.Model):
    """A mail that a step of a return calls for."""

    _name = "aftersales.rma.mail"
    _description = "Mail of a Return"
    _inherit = ["aftersales.step.mail"]

    _document = "rma_id"
    _looks_at = ("company_id", "requested_on", "decided_at")
    _job = "aftersales_crm.aftersales_rma_mail_cron"

    rma_id = fields.Many2one("aftersales.rma", "Return", required=True, readonly=True, index=True, ondelete="cascade")

    _once = models.UniqueIndex("(rma_id, step_id, occasion)")
    _waiting = models.Index("(rma_id, id) WHERE state = 'waiting'")

    @api.model
    def _after_noted(self):
        self.env["aftersales.rma"].invalidate_model(["mail_ids"])
        return super()._after_noted()

    @api.model
    def _noted_sql(self, rows):
        """An appeal is no new request."""
        return SQL(
            """SELECT rma.id, step.id, noted.occasion, 'waiting', NOW() AT TIME ZONE 'UTC'
                 FROM (VALUES %s) AS noted (rma_id, code, occasion)
                 JOIN aftersales_rma rma ON rma.id = noted.rma_id
                 JOIN aftersales_mail_step step ON step.code = noted.code
                WHERE (step.since ->> rma.company_id::text)::date <= rma.requested_on
                  AND (step.code <> 'asked' OR rma.decided_at IS NULL)
             ORDER BY rma.id, step.sequence""",
            rows,
        )

    # === Actions === #

    def action_retry(self):
        """Try again what failed."""
        self._retry()
        return True
