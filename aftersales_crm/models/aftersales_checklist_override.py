from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .aftersales_checklist_requirement import OPERATIONS

DOCUMENTS = ("aftersales.rma", "aftersales.case")


class AftersalesChecklistOverride(models.Model):
    """A manager's word that somebody does one step on one document without the training it needs."""

    _name = "aftersales.checklist.override"
    _description = "Exception from Training"
    _inherit = ["aftersales.state.mixin"]
    _order = "id desc"
    _rec_name = "document"

    _guarded = ("granted_by", "used_at", "company_id", "checklists")

    user_id = fields.Many2one(
        "res.users",
        "For",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    operation = fields.Selection(OPERATIONS, "May", required=True)
    res_model = fields.Selection(
        lambda self: [(name, self.env[name]._description) for name in DOCUMENTS], "Kind of document", required=True
    )
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True)
    document = fields.Char("On", compute="_compute_document")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    reason = fields.Char("Because", required=True)
    granted_by = fields.Many2one("res.users", required=True, readonly=True, default=lambda self: self.env.user)
    used_at = fields.Datetime("Used", readonly=True, copy=False)
    checklists = fields.Char("Instead of", readonly=True, copy=False)

    _unused_unique = models.UniqueIndex(
        "(user_id, operation, res_model, res_id) WHERE used_at IS NULL",
        "This user may do this already, once.",
    )

    # === Computes === #

    @api.depends("res_model", "res_id")
    def _compute_document(self):
        for override in self:
            document = override._document().sudo()  # its number is no secret to who is let
            override.document = document.display_name if document else ""

    # === Constrains === #

    @api.constrains("reason")
    def _check_reason(self):
        for override in self:
            if not override.reason.strip():
                raise ValidationError(self.env._("Say why: it is kept with the document."))

    @api.constrains("user_id")
    def _check_user(self):
        for override in self:
            if override.user_id.share or not override.user_id.active:
                raise ValidationError(self.env._("%(user)s is no member of staff.", user=override.user_id.name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["company_id"] = self._company_of(vals).id
        overrides = super(AftersalesChecklistOverride, self._with_system()).create(
            [{**vals, "granted_by": self.env.uid, "used_at": False, "checklists": False} for vals in vals_list]
        )
        overrides = overrides.with_env(self.env)
        for override in overrides:
            override._log(
                self.env._(
                    "%(manager)s lets %(user)s do “%(operation)s” once without training: %(reason)s",
                    manager=self.env.user.name,
                    user=override.user_id.name,
                    operation=override._operation_label(),
                    reason=override.reason,
                )
            )
        return overrides

    def write(self, vals):
        if not self._is_system():
            raise UserError(self.env._("What a manager has said is not rewritten: make another exception."))
        return super().write(vals)

    @api.model
    def _company_of(self, vals):
        """The company of the document, which the manager has to be able to read.

        :raise UserError: when there is no such document
        """
        name = vals.get("res_model")
        document = self.env[name].browse(vals.get("res_id") or 0).exists() if name in DOCUMENTS else None
        if not document:
            raise UserError(self.env._("Choose the return or case that it is for."))
        document.check_access("read")
        return document.company_id

    # === Business === #

    def _document(self):
        self.ensure_one()
        if not (self.res_model and self.res_id):
            return self.env["aftersales.rma"]
        return self.env[self.res_model].browse(self.res_id).exists()

    def _operation_label(self):
        return dict(self._fields["operation"]._description_selection(self.env))[self.operation]

    def _log(self, body):
        # It is noted whoever may write on the document.
        self._document().sudo()._message_log(body=body, author_id=self.env.user.partner_id.id)

    @api.model
    def _use(self, operation, document, missing):
        """Use up the user's exception for one step on one document, if there is one.

        :return: whether there was
        """
        # Users do not write exceptions; whether they have one is theirs to know.
        override_sudo = self.sudo().search(
            [
                ("user_id", "=", self.env.uid),
                ("operation", "=", operation),
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
                ("used_at", "=", False),
            ],
            limit=1,
        )
        if not override_sudo:
            return False
        names = ", ".join(missing.mapped("name"))
        # Two steps at once write the same row: the second is run again and finds it used.
        override_sudo._write_guarded({"used_at": fields.Datetime.now(), "checklists": names})
        override_sudo.flush_recordset()
        override_sudo._log(
            self.env._(
                "%(user)s did “%(operation)s” without “%(checklists)s”: %(reason)s",
                user=self.env.user.name,
                operation=override_sudo._operation_label(),
                checklists=names,
                reason=override_sudo.reason,
            )
        )
        return True
