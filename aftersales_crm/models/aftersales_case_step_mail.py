from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesCaseStepMail(models.AbstractModel):
    """A mail that a step of a case calls for, visits among them; none for cases older than its switch."""

    _name = "aftersales.case.step.mail"
    _description = "Mail of a Step of a Case"
    _inherit = ["aftersales.step.mail"]

    _document = "case_id"
    _looks_at = ("company_id", "opened_at")

    @api.model
    def _noted_sql(self, rows):
        return SQL(
            """SELECT doc.id, step.id, noted.occasion, 'waiting', %s::timestamp
                 FROM (VALUES %s) AS noted (case_id, code, occasion)
                 JOIN aftersales_case doc ON doc.id = noted.case_id
                 JOIN aftersales_mail_step step ON step.code = noted.code
                WHERE (step.since ->> doc.company_id::text)::date <= %s
             ORDER BY doc.id, step.sequence""",
            fields.Datetime.now(),
            rows,
            self._day_sql("doc", "opened_at"),
        )
