import math
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request

OPERATIONS = [
    ("approve", "Approve returns"),
    ("inspect", "Inspect goods"),
    ("decide_claim", "Decide warranty claims"),
    ("grant_goodwill", "Grant goodwill"),
]


class Need(NamedTuple):
    """A requirement in force as plain values, so that asking for it costs no query."""

    operation: str
    root_id: int
    company_id: int
    team_id: int
    policy_id: int
    amount: float


class AftersalesChecklistRequirement(models.Model):
    """A step that only those may do who have passed a checklist; nothing is required unless switched on."""

    _name = "aftersales.checklist.requirement"
    _description = "Required Training"
    _inherit = ["aftersales.cached.mixin"]
    _order = "operation, id"
    _rec_name = "operation"
    _check_company_auto = True

    operation = fields.Selection(OPERATIONS, "To", required=True, default="approve")
    checklist_id = fields.Many2one(
        "aftersales.checklist",
        "Needs",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('state', '=', 'published')]",
        help="Any version of it that is still valid will do.",
    )
    is_on = fields.Boolean("On", help="Whoever has not passed it is refused from now on, whatever the document's age.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    team_id = fields.Many2one(
        "aftersales.team", ondelete="restrict", help="Of the document; where it has none, of who acts. Empty: all."
    )
    policy_id = fields.Many2one(
        "aftersales.return.policy", "Return policy", ondelete="restrict", help="Of a product of the return. Empty: all."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary("Above", help="Returns worth more than this need it, in the currency of their company.")

    # === Computes === #

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for requirement in self:
            requirement.currency_id = (requirement.company_id or self.env.company).currency_id

    # === Constrains === #

    @api.constrains("is_on", "checklist_id")
    def _check_published(self):
        for requirement in self.filtered("is_on"):
            if not requirement.checklist_id._current():
                raise ValidationError(
                    self.env._(
                        "%(checklist)s is not published: nobody could pass it.",
                        checklist=requirement.checklist_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._ensure_amount(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._ensure_amount(vals)
        return super().write(vals)

    @api.model
    def _ensure_amount(self, vals):
        # Over RPC the amount may be no number, which the rounding of currencies does not expect.
        amount = vals.get("amount") or 0.0
        if not (math.isfinite(amount) and amount >= 0):
            raise ValidationError(self.env._("The amount is zero or more."))

    # === The gate === #

    @api.model
    @tools.ormcache(cache="default")
    def _needs(self):
        """What is required by now: `Need` tuples."""
        on_sudo = self.sudo().search([("is_on", "=", True)])  # what is required is no secret
        return tuple(
            Need(
                one.operation,
                one.checklist_id.root_id.id,
                one.company_id.id,
                one.team_id.id,
                one.policy_id.id,
                one.amount,
            )
            for one in on_sudo
        )

    @api.model
    def _is_required(self, operation):
        """Whether anything is required for a step, of anybody."""
        return any(need.operation == operation for need in self._needs())

    @api.model
    def _requires(self, checklist):
        """Whether a checklist, in any version, is required for any step."""
        root_id = checklist.sudo().root_id.id  # what is required is no secret
        return any(need.root_id == root_id for need in self._needs())

    @api.model
    def _ensure(self, operation, documents):
        """Let a user go on only if they have passed what the step requires, or a manager has let them this once.

        What the system does by itself, and what customers set going, is nobody's step.

        :param str operation: one of `OPERATIONS`
        :param documents: `aftersales.rma` or `aftersales.case`
        :raise UserError: (in the web client a `RedirectWarning`) that names the checklist
        """
        needs = [need for need in self._needs() if need.operation == operation]
        if not needs or self.env.uid == SUPERUSER_ID or self.env.user.share:
            return
        for document in documents.sudo():  # what is required does not depend on what the user may read
            fitting = [need for need in needs if self._fits(need, document)]
            missing = self._missing({need.root_id for need in fitting}, document.company_id) if fitting else None
            if missing and not self.env["aftersales.checklist.override"]._use(operation, document, missing):
                self._refuse(operation, document, missing)

    @api.model
    def _fits(self, need, document):
        """Hook: whether a requirement is for a document."""
        if need.company_id and need.company_id not in document.company_id.parent_ids.ids:
            return False
        if need.team_id and not self._fits_team(need.team_id, document):
            return False
        returned = document._name == "aftersales.rma"
        if need.policy_id:
            policies = document.line_ids.sale_line_id.aftersales_policy_id if returned else self.browse()
            return need.policy_id in policies.ids and self._is_above(need, document)
        return self._is_above(need, document)

    @api.model
    def _fits_team(self, team_id, document):
        if document.team_id:
            return document.team_id.id == team_id
        return self.env.uid in self.env["aftersales.team"].sudo().browse(team_id).member_ids.ids

    @api.model
    def _is_above(self, need, document):
        if need.operation != "approve" or not need.amount:
            return True
        company = document.company_id
        worth = document.currency_id._convert(
            document.paid_total, company.currency_id, company, company._aftersales_today()
        )
        return company.currency_id.compare_amounts(worth, need.amount) > 0

    @api.model
    def _missing(self, root_ids, company):
        """The checklists (first versions) among those given that the user has no valid run of today."""
        runs_sudo = self.env["aftersales.checklist.run"].sudo()  # one's own, in whatever company
        valid = runs_sudo._valid_domain(company._aftersales_today())
        mine = Domain("user_id", "=", self.env.uid) & Domain("root_id", "in", list(root_ids))
        passed = runs_sudo.search(valid & mine).root_id
        return self.env["aftersales.checklist"].sudo().browse(sorted(root_ids)) - passed

    # === The refusal === #

    @api.model
    def _refuse(self, operation, document, missing):
        """Name what is missing; in the web client with a button that starts it."""
        current = missing._current()
        message = self.env._(
            "%(document)s: “%(operation)s” needs a valid training “%(checklists)s”. "
            "Start it under After-Sales → Training, or ask a manager to let you do it this once.",
            document=document.display_name,
            operation=dict(self._fields["operation"]._description_selection(self.env))[operation],
            checklists="”, “".join((current or missing).mapped("name")),
        )
        start = self.env.ref("aftersales_crm.aftersales_checklist_action_start", raise_if_not_found=False)
        if not (start and current and self._is_web_client()):
            raise UserError(message)
        context = {"active_model": "aftersales.checklist", "active_id": current[0].id, "active_ids": current[0].ids}
        raise RedirectWarning(message, start.id, self.env._("Start it"), context)

    @api.model
    def _is_web_client(self):
        """Whether somebody sits at the web client, which alone can offer a button; imports show the text only."""
        path = request.httprequest.path if request else ""
        return path.startswith("/web/dataset/") and not self.env.context.get("import_file")
