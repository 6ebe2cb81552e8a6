from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

CHUNK = 20
LARGEST_CHUNK = 100


class AftersalesCaseBatch(models.TransientModel):
    """Answer, solve or close the cases of one fault: chunk by chunk, each case by itself."""

    _name = "aftersales.case.batch"
    _description = "All Cases of One Fault"

    parent_id = fields.Many2one("aftersales.case", required=True, ondelete="cascade")
    done_ids = fields.Many2many("aftersales.case", "aftersales_case_batch_done_rel", readonly=True)
    kind = fields.Selection(
        [("answer", "Answer"), ("solve", "Solve"), ("close", "Close")], required=True, default="answer"
    )
    case_count = fields.Integer(compute="_compute_case_count")
    template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'aftersales.case')]",
        ondelete="cascade",
        help="Each customer gets it in their own language.",
    )
    body = fields.Html("Answer", sanitize_style=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    solution = fields.Html("What solved it")

    @api.depends("parent_id", "kind")
    def _compute_case_count(self):
        for wizard in self:
            wizard.case_count = len(wizard._children())

    # === Actions === #

    def action_run(self):
        """Do it in the web client, some cases per call; the fault itself comes last.

        :raise UserError: when there is nothing to send
        """
        self.ensure_one()
        if self.kind == "answer" and not self.template_id and not html2plaintext(self.body or "").strip():
            raise UserError(self.env._("Write an answer, or choose a template."))
        ids = self._children().ids
        return {
            "type": "ir.actions.client",
            "tag": "aftersales_crm.chunks",
            "params": {
                "model": self._name,
                "id": self.id,
                "method": "run_each",
                "ids": ids if self.kind == "answer" else [*ids, self.parent_id.id],
                "chunk": CHUNK,
                "title": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
                "res_model": "aftersales.case",
            },
        }

    def run_each(self, case_ids):
        """Do it for some of the cases; what was done for one before is not done again.

        :param list case_ids: ids of cases of the fault
        :return: list of ``id, name, outcome`` (``done, already, failed``) and ``message``
        :raise UserError: for other cases, or more than 100
        """
        self.ensure_one()
        self.check_access("write")
        allowed = {*self.parent_id.sudo().child_ids.ids, self.parent_id.id}  # see _children
        known = isinstance(case_ids, list) and all(isinstance(one, int) and one in allowed for one in case_ids)
        if not known or len(case_ids) > LARGEST_CHUNK:
            raise UserError(self.env._("These are not the cases that were asked for."))
        cases = self.env["aftersales.case"].browse(case_ids)
        answers = cases._each_alone(getattr(self, f"_{self.kind}_one"))
        done = [answer["id"] for answer in answers if answer["outcome"] == "done"]
        self.sudo().done_ids |= cases.browse(done)  # see _children
        return answers

    # === Business === #

    def _children(self):
        """The cases of the fault that are to be handled (`aftersales.case`)."""
        # Cases of other agents are among them; whom the user may not write to is told case by case.
        children_sudo = self.parent_id.sudo().child_ids
        return children_sudo.filtered(lambda case: self.kind == "close" or case.is_open).with_env(self.env)

    def _answer_one(self, case):
        if case.id in self.sudo().done_ids.ids:
            return False
        case._write_to_customer(self._body_for(case), self.attachment_ids)
        return True

    def _solve_one(self, case):
        if not case.is_open:
            return False
        case.action_solve(self.solution)
        return True

    def _close_one(self, case):
        if case.state in ("closed", "cancelled"):
            return False
        case.action_close()
        return True

    def _body_for(self, case):
        if not self.template_id:
            return self.body
        return self.template_id._generate_template([case.id], ("body_html",))[case.id]["body_html"]
