from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

ENDING = "warranty_ending"


class AftersalesWarrantyMail(models.Model):
    """The reminder that a warranty ends: one for each unit, about the warranty that lasts longest."""

    _name = "aftersales.warranty.mail"
    _description = "Mail of a Warranty"
    _inherit = ["aftersales.step.mail"]

    _document = "warranty_id"
    _job = "aftersales_crm.aftersales_warranty_mail_cron"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, readonly=True, index=True, ondelete="cascade")

    _once = models.UniqueIndex("(warranty_id, step_id, occasion)")
    _waiting = models.Index("(warranty_id, id) WHERE state = 'waiting'")

    @api.model
    def _cron_remind(self):
        """Note each reminder that is due, whenever the job last ran; never one that was noted before."""
        step = self.env["aftersales.mail.step"].search([("code", "=", ENDING)])
        for company in self.env["res.company"].search([("aftersales_reminder_days", ">", 0)]):
            since = step.with_company(company).since
            if since:
                self._note_ending(step, company, since)
        self._trigger()

    def _note_ending(self, step, company, since):
        """Note the reminders of one company.

        :param datetime.date since: warranties that began before get none
        """
        today, days = company._aftersales_today(), company.aftersales_reminder_days
        self.env["aftersales.warranty"].flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_warranty_mail (warranty_id, step_id, occasion, state, noted_at)
                   SELECT doc.id, %(step)s, '', 'waiting', NOW() AT TIME ZONE 'UTC'
                     FROM aftersales_warranty doc
                    WHERE doc.company_id = %(company)s AND doc.lasts_until BETWEEN %(today)s AND %(until)s
                      AND doc.start_date >= %(since)s AND doc.end_date - doc.start_date > %(days)s
                      AND doc.closing IS NULL AND doc.is_verified AND doc.suspended_since IS NULL
                      AND NOT EXISTS (%(by_lot)s) AND NOT EXISTS (%(by_move)s)
                      AND NOT EXISTS (%(by_proof)s) AND NOT EXISTS (%(by_extension)s)
                 ORDER BY doc.id
                       ON CONFLICT DO NOTHING""",
                step=step.id,
                company=company.id,
                today=today,
                until=today + timedelta(days=days),
                since=since,
                days=days,
                by_lot=self._longer_sql(SQL("other.lot_id = doc.lot_id")),
                by_move=self._longer_sql(
                    SQL("other.origin_move_id = doc.origin_move_id AND other.lot_id IS NULL AND doc.lot_id IS NULL")
                ),
                by_proof=self._longer_sql(SQL("other.proof_id = doc.proof_id")),
                by_extension=self._longer_sql(SQL("other.extends_id = doc.id")),
            )
        )

    def _longer_sql(self, same_unit):
        """SELECT of another warranty of the unit and its owner that ends later."""
        return SQL(
            """SELECT FROM aftersales_warranty other
                WHERE %s AND other.commercial_partner_id = doc.commercial_partner_id
                  AND other.closing IS NULL AND other.is_verified
                  AND (other.end_date, other.id) > (doc.end_date, doc.id)""",
            same_unit,
        )

    def _send_last(self):
        """Nothing is said about a warranty that has ended or was made void in the meantime."""
        warranty = self.warranty_id
        if warranty.state != "active":
            self._close("skipped", self.env._("The warranty does not run any more."))
            return
        super()._send_last()

    def _send(self):
        return super(AftersalesWarrantyMail, self.with_context(aftersales_for_owner=True))._send()

    # === Actions === #

    def action_retry(self):
        """Try again what failed."""
        self._retry()
        return True
