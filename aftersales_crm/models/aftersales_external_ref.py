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
        key = self._insert(model, company, ref, digest)
        if not key:
            return self._known(model, company, ref, digest), False
        record = create()
        key.sudo().res_id = record.id  # any caller may repeat its call
        return record, True

    def _insert(self, model, company, ref, digest):
        """Insert a key.

        :return: the row, empty when there is one already
        """
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
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _known(self, model, company, ref, digest):
        """The record that an earlier call with the same content has created."""
        # Any caller may repeat its call; the record itself is read with its rights.
        key_sudo = self.sudo().search([("res_model", "=", model), ("company_id", "=", company.id), ("ref", "=", ref)])
        record = self.env[model].browse(key_sudo.res_id).exists()
        if not record:
            raise UserError(self.env._("What “%(ref)s” stood for has been deleted: use another reference.", ref=ref))
        if key_sudo.digest != digest:
            raise UserError(
                self.env._(
                    "“%(ref)s” already stands for %(record)s with other content: use another "
                    "reference for another request.",
                    ref=ref,
                    record=record.display_name,
                )
            )
        return record
