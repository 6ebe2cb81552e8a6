import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AftersalesExternalRef(models.Model):
    """References by which scripts may repeat a call without doing it twice."""

    _name = "aftersales.external.ref"
    _description = "External Reference"
    _log_access = False

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    ref = fields.Char(required=True)
    digest = fields.Char(required=True)

    _ref_unique = models.UniqueIndex("(res_model, company_id, ref)")

    @api.model
    def _once(self, model, company, ref, content, create):
        """Create a record for ``ref``, or give the one that was created for it before.

        The key row is inserted first: of two calls at once the second waits for the
        first and is then retried by Odoo, when it finds the record.

        :param str model: model of the record
        :param company: `res.company`
        :param str ref: the caller's reference; false: always create
        :param content: JSON-able content of the call, compared when it is repeated
        :param create: callable without arguments that returns the new record
        :return: ``(record, created)``
        :raise UserError: when the reference stands for a call with other content
        """
        if not ref:
            return create(), True
        digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_external_ref (res_model, company_id, ref, digest)
                   VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id""",
                model,
                company.id,
                ref,
                digest,
            )
        )
        row = self.env.cr.fetchone()
        # Any caller may repeat its call; the record itself is read with its rights.
        refs_sudo = self.sudo()
        if row:
            record = create()
            refs_sudo.browse(row[0]).res_id = record.id
            return record, True
        known = refs_sudo.search([("res_model", "=", model), ("company_id", "=", company.id), ("ref", "=", ref)])
        record = self.env[model].browse(known.res_id).exists()
        if not record:
            raise UserError(self.env._("What “%(ref)s” stood for has been deleted: use another reference.", ref=ref))
        if known.digest != digest:
            raise UserError(
                self.env._(
                    "“%(ref)s” already stands for %(record)s with other content: use another "
                    "reference for another request.",
                    ref=ref,
                    record=record.display_name,
                )
            )
        return record, False
