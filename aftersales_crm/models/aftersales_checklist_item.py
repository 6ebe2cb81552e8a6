from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

RECORDS = ("aftersales.inspection", "aftersales.rma", "aftersales.case", "aftersales.remedy")


class AftersalesChecklistItem(models.Model):
    """One thing to read, to do, to know or to have signed off."""

    _name = "aftersales.checklist.item"
    _description = "Item of a Training Checklist"
    _order = "sequence, id"

    checklist_id = fields.Many2one("aftersales.checklist", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="checklist_id.company_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [("read", "Read"), ("do", "Do"), ("quiz", "Quiz"), ("signoff", "Sign-off")],
        required=True,
        default="read",
    )
    body = fields.Html("Text")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents", copy=True, bypass_search_access=True)
    url = fields.Char("Link")
    evidence = fields.Selection(
        [("photo", "A photo"), ("note", "A note"), ("record", "A record")],
        help="What shows that it was done.",
    )
    record_model = fields.Selection(
        lambda self: [(name, self.env[name]._description) for name in RECORDS],
        "Kind of record",
        help="Empty: any of them.",
    )
    survey_id = fields.Many2one(
        "survey.survey",
        "Quiz",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('certification', '=', True), ('scoring_success_min', '>', 0)]",
        help="A certification with a pass mark.",
    )

    # === Constrains === #

    @api.constrains("kind", "evidence", "survey_id", "body", "url", "attachment_ids")
    def _check_kind(self):
        for item in self:
            problem = item._problem()
            if problem:
                raise ValidationError(self.env._("%(item)s: %(problem)s", item=item.name, problem=problem))

    def _problem(self):
        """What an item lacks to be of its kind, in words; False: nothing."""
        self.ensure_one()
        if self.kind == "read" and is_html_empty(self.body) and not (self.url or self.attachment_ids):
            return self.env._("say what to read: a text, a document or a link.")
        if self.kind == "do" and not self.evidence:
            return self.env._("choose what shows that it was done: a photo, a note or a record.")
        if self.kind == "quiz":
            return self._quiz_problem()
        return False

    def _quiz_problem(self):
        """Why nobody can pass the quiz of an item, in words; False: they can."""
        survey_sudo = self.sudo().survey_id  # managers of returns need no rights on surveys
        if not survey_sudo:
            return self.env._("choose the quiz.")
        if not survey_sudo.certification or survey_sudo.scoring_success_min <= 0:
            return self.env._(
                "the quiz “%(quiz)s” has no pass mark: make it a certification with a required score above zero.",
                quiz=survey_sudo.title,
            )
        return False

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._ensure_editable()
        items._own_documents()
        return items

    def write(self, vals):
        self._ensure_editable()
        result = super().write(vals)
        self._ensure_editable()  # where it was moved to, too
        if "attachment_ids" in vals:
            self._own_documents()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_draft(self):
        self._ensure_editable()

    def _ensure_editable(self):
        self.checklist_id._ensure_draft()

    def _own_documents(self):
        """Tie documents to the item, so that who reads it sees them; those of something else are copied.

        Thus nobody changes what a published version shows by way of another document.
        """
        for item in self:
            # Linking them took the right to read them.
            documents_sudo = item.sudo().attachment_ids
            own = {"res_model": self._name, "res_id": item.id}
            documents_sudo.filtered(lambda document: not document.res_id).write(own)
            others_sudo = documents_sudo.filtered(
                lambda document, own=own: any(document[name] != value for name, value in own.items())
            )
            if others_sudo:
                item.sudo().attachment_ids = documents_sudo - others_sudo | others_sudo.copy(own)
