from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html2plaintext

OPEN_STATES = ("new", "in_progress", "waiting_customer", "waiting_internal")


class AftersalesCase(models.Model):
    """A question, problem or complaint of a customer, until it is answered and solved."""

    _name = "aftersales.case"
    _description = "Case"
    _inherit = [
        "aftersales.state.mixin",
        "aftersales.event.source",
        "portal.mixin",
        "mail.thread.blacklist",
        "mail.activity.mixin",
    ]
    _primary_email = "email_from"
    _order = "priority desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    _transitions = {
        "new": {"in_progress", "waiting_customer", "waiting_internal", "solved", "closed", "cancelled"},
        "in_progress": {"waiting_customer", "waiting_internal", "solved", "closed", "cancelled"},
        "waiting_customer": {"in_progress", "waiting_internal", "solved", "closed", "cancelled"},
        "waiting_internal": {"in_progress", "waiting_customer", "solved", "closed", "cancelled"},
        "solved": {"in_progress", "closed"},
        "closed": {"in_progress"},
        "cancelled": {"in_progress"},
    }
    _guarded = (
        "state",
        "external_ref",
        "first_answer_at",
        "last_customer_at",
        "last_answer_at",
        "solved_at",
        "closed_at",
        "reopened",
        "paused_since",
        "previous_id",
    )
    _aftersales_event_fields = frozenset(
        {"state", "name", "subject", "type", "partner_id", "user_id", "visit_from", "visit_done_at"}
    )

    name = fields.Char("Number", default="/", required=True, readonly=True, copy=False, index="trigram")
    subject = fields.Char(required=True, tracking=True, index="trigram")
    description = fields.Html("What was asked", sanitize_attributes=True, sanitize_form=True)
    type = fields.Selection(
        [
            ("question", "Question"),
            ("problem", "Problem"),
            ("complaint", "Complaint"),
            ("visit", "Visit"),
            ("other", "Other"),
        ],
        required=True,
        default="question",
        tracking=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("in_progress", "In progress"),
            ("waiting_customer", "Waiting for the customer"),
            ("waiting_internal", "Waiting for us"),
            ("solved", "Solved"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="new",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    is_open = fields.Boolean("Open", compute="_compute_is_open", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    team_id = fields.Many2one(
        "aftersales.team",
        required=True,
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", copy=False, tracking=True, index=True, domain="[('share', '=', False)]"
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Soon"), ("2", "High"), ("3", "Urgent")],
        required=True,
        default="0",
        tracking=True,
        groups="base.group_user",
    )
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("portal", "Customer's page"),
            ("phone", "Phone"),
            ("desk", "Desk"),
            ("rpc", "Script"),
            ("feedback", "Feedback"),
            ("system", "System"),
        ],
        required=True,
        default="desk",
        groups="base.group_user",
    )
    tag_ids = fields.Many2many("aftersales.case.tag", string="Tags", groups="base.group_user")
    external_ref = fields.Char("External reference", readonly=True, copy=False, groups="base.group_user")

    partner_id = fields.Many2one("res.partner", "Customer", index=True, tracking=True, check_company=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    email_from = fields.Char(
        "Written from",
        compute="_compute_email_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Where answers go when the customer is not known yet.",
    )
    sale_order_id = fields.Many2one("sale.order", "Order", index="btree_not_null", check_company=True)
    product_id = fields.Many2one("product.product", index="btree_not_null", check_company=True)
    lot_id = fields.Many2one("stock.lot", "Serial number", index="btree_not_null", check_company=True)
    warranty_id = fields.Many2one("aftersales.warranty", index="btree_not_null", check_company=True)
    parent_id = fields.Many2one(
        "aftersales.case",
        "Part of",
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
        help="One fault that many customers have.",
    )
    child_ids = fields.One2many("aftersales.case", "parent_id", "Cases of the same fault", groups="base.group_user")
    rma_ids = fields.One2many("aftersales.rma", "case_id", "Returns")
    rma_count = fields.Integer("Number of returns", compute="_compute_rma_count")

    first_answer_at = fields.Datetime("First answer", readonly=True, copy=False)
    last_customer_at = fields.Datetime("Customer's last word", readonly=True, copy=False)
    last_answer_at = fields.Datetime("Our last word", readonly=True, copy=False)
    solution = fields.Html(
        "What solved it", copy=False, groups="base.group_user", help="Found again when others ask the same."
    )
    solved_at = fields.Datetime("Solved", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed", readonly=True, copy=False)
    reopened = fields.Integer("Times reopened", readonly=True, copy=False)

    _external_ref_unique = models.UniqueIndex(
        "(company_id, external_ref) WHERE external_ref IS NOT NULL",
        "Another case already carries this external reference.",
    )
    _open_of_team = models.Index("(team_id, user_id) WHERE is_open")

    # === Computes === #

    @api.depends("state")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.state in OPEN_STATES

    @api.depends("company_id")
    def _compute_team_id(self):
        for case in self:
            if case.team_id.company_id != case.company_id:
                case.team_id = self.env["aftersales.team"]._default_team(case.company_id)

    @api.depends("partner_id")
    def _compute_email_from(self):
        for case in self:
            case.email_from = case.partner_id.email or case.email_from

    @api.depends("rma_ids")
    def _compute_rma_count(self):
        for case in self:
            case.rma_count = len(case.rma_ids)

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for case in self:
            case.display_name = f"{case.name} · {case.subject}" if case.subject else case.name

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for case in self:
            case.access_url = f"/my/cases/{case.id}"
        return result

    # === Constrains === #

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A case cannot be part of itself."))
        if self.filtered(lambda case: case.parent_id.parent_id or case.parent_id and case.child_ids):
            raise ValidationError(self.env._("A case that is part of another one has no parts of its own."))

    @api.constrains("lot_id", "product_id")
    def _check_lot_id(self):
        for case in self:
            if case.lot_id and case.product_id and case.lot_id.product_id != case.product_id:
                raise ValidationError(
                    self.env._(
                        "%(lot)s is a serial number of %(other)s, not of %(product)s.",
                        lot=case.lot_id.name,
                        other=case.lot_id.product_id.display_name,
                        product=case.product_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("aftersales.case") or "/"
        cases = super().create(vals_list)
        cases._opened()
        return cases

    def write(self, vals):
        if {"name", "company_id"} & vals.keys() and not self._is_system():
            raise UserError(self.env._("Number and company of a case are not changed any more."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Cases are part of the customer's history: cancel them instead."))

    # === Actions === #

    def action_start(self):
        """Take the case up; whoever does is responsible when nobody is yet."""
        self.check_access("write")
        self.filtered(lambda case: not case.user_id).user_id = self.env.user
        self._transition("in_progress")
        return True

    def action_wait_customer(self):
        """Wait for the customer: the clock stands still until they answer."""
        self.check_access("write")
        self._transition("waiting_customer")
        return True

    def action_wait_internal(self):
        """Wait for somebody of the shop: the clock runs on."""
        self.check_access("write")
        self._transition("waiting_internal")
        return True

    def action_solve(self, solution=False):
        """The customer has been helped.

        :param str solution: what solved it (HTML), found again when others ask the same
        """
        self.check_access("write")
        if solution:
            self.solution = solution
        self._transition("solved")
        return True

    def action_close(self):
        """Nothing more is to come."""
        self.check_access("write")
        self._transition("closed")
        return True

    def action_reopen(self):
        """Take a solved, closed or cancelled case up again."""
        self.check_access("write")
        self._transition("in_progress")
        return True

    def action_cancel(self):
        """The case was none: a mistake, an advertisement, a copy of another."""
        self.check_access("write")
        self._transition("cancelled")
        return True

    def action_view_rmas(self):
        """The returns that came of the case."""
        self.ensure_one()
        return self.rma_ids._get_records_action(name=self.env._("Returns"))

    # === Business === #

    @api.model
    def _open(self, vals_list):
        """Open cases for whoever asks: mail, page, script, feedback. The one place.

        The values are the system's: callers pass on nothing that a customer could have written into
        a field they do not know of.

        :param list vals_list: dicts of values; guarded fields such as ``external_ref`` may be among them
        :return: the cases
        """
        return self.browse(self._with_system().create(vals_list).ids)

    def _plain_description(self):
        """What was asked, as plain text."""
        self.ensure_one()
        return html2plaintext(self.description or "").strip()

    # === Transitions === #

    def _transition(self, target, vals=None):
        now = fields.Datetime.now()
        marks = {
            "solved": {"solved_at": now},
            "closed": {"closed_at": now},
            "in_progress": {"solved_at": False, "closed_at": False},
        }
        back = self.filtered(lambda case: not case.is_open) if target in OPEN_STATES else self.browse()
        moved = super()._transition(target, {**marks.get(target, {}), **(vals or {})})
        for case in moved & back:
            case._write_guarded({"reopened": case.reopened + 1})
        return moved

    # === Hooks === #

    def _opened(self):
        """Hook: what follows from new cases, in the same transaction."""

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["partner_id"]
