from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

TRAINER = "aftersales_crm.aftersales_crm_group_trainer"
# Whom a published version is for, who signs and when it is due may change; what it says may not.
AUDIENCE = frozenset({"group_ids", "team_ids", "user_ids", "trainer_ids", "due_days", "renew_days"})


class AftersalesChecklist(models.Model):
    """What staff read, do and prove before they are trusted with a step.

    A published version is never edited: a new draft is made of it, and replaces it when it is published.
    Versions of one checklist share their ``root_id``, the first of them.
    """

    _name = "aftersales.checklist"
    _description = "Training Checklist"
    _inherit = ["aftersales.state.mixin"]
    _order = "name, version desc, id desc"
    _check_company_auto = True

    _transitions = {"draft": {"published"}, "published": {"archived"}}
    _guarded = ("state", "version", "previous_id", "published_at", "published_by")

    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="Names the checklist for scripts; its versions share it.",
    )
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    previous_id = fields.Many2one(
        "aftersales.checklist", "Previous version", readonly=True, copy=False, index="btree_not_null"
    )
    root_id = fields.Many2one(
        "aftersales.checklist", "First version", compute="_compute_root_id", store=True, recursive=True, index=True
    )
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("archived", "Archived")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    published_at = fields.Datetime("Published", readonly=True, copy=False)
    published_by = fields.Many2one("res.users", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    item_ids = fields.One2many("aftersales.checklist.item", "checklist_id", "Items", copy=True)
    order_enforced = fields.Boolean("In this order", help="An item opens when those before it are done.")
    minutes = fields.Integer("Takes (minutes)", default=30)
    expires = fields.Boolean("Has to be renewed", default=True)
    validity_months = fields.Integer("Valid for (months)", default=12)

    group_ids = fields.Many2many("res.groups", string="For groups", help="Members are given it by the nightly job.")
    team_ids = fields.Many2many("aftersales.team", string="For teams")
    user_ids = fields.Many2many("res.users", string="For users", domain="[('share', '=', False)]")
    trainer_ids = fields.Many2many(
        "res.users",
        "aftersales_checklist_trainer_rel",
        string="Signed off by",
        domain=lambda self: [("all_group_ids", "in", self.env.ref(TRAINER).ids)],
        help="Empty: any trainer.",
    )
    due_days = fields.Integer("Due after (days)", default=14, help="Days to do it once it is given by the nightly job.")
    renew_days = fields.Integer("Renew before it ends (days)", default=30)
    run_ids = fields.One2many("aftersales.checklist.run", "checklist_id")

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0), version)", "Another checklist has this code already."
    )
    _published_unique = models.UniqueIndex(
        "(root_id) WHERE state = 'published'", "Another version of this checklist is published."
    )
    _draft_unique = models.UniqueIndex("(root_id) WHERE state = 'draft'", "This checklist has a draft already.")
    _validity_positive = models.Constraint(
        "CHECK(NOT expires OR validity_months >= 1)",
        "A checklist that has to be renewed is valid for at least one month. For good: switch “Has to be renewed” off.",
    )
    _minutes_positive = models.Constraint("CHECK(minutes >= 0)", "Minutes cannot be less than zero.")
    _days_positive = models.Constraint("CHECK(due_days >= 0 AND renew_days >= 0)", "Days cannot be less than zero.")

    # === Computes === #

    @api.depends("name")
    def _compute_code(self):
        for checklist in self:
            checklist.code = checklist.code or self.env["ir.http"]._slugify(checklist.name or "") or False

    @api.depends("previous_id.root_id")
    def _compute_root_id(self):
        for checklist in self:
            checklist.root_id = checklist.previous_id.root_id or checklist._origin

    @api.depends("name", "version")
    def _compute_display_name(self):
        for checklist in self:
            checklist.display_name = self.env._(
                "%(name)s (version %(version)s)", name=checklist.name or "", version=checklist.version
            )

    # === Constrains === #

    @api.constrains("trainer_ids")
    def _check_trainers(self):
        for checklist in self:
            for user in checklist.trainer_ids:
                if not user.has_group(TRAINER):
                    raise ValidationError(
                        self.env._(
                            "%(user)s cannot sign off “%(checklist)s”: give them the right “Trainer” first.",
                            user=user.name,
                            checklist=checklist.name,
                        )
                    )

    @api.constrains("user_ids")
    def _check_users(self):
        for checklist in self:
            for user in checklist.user_ids.filtered("share"):
                raise ValidationError(
                    self.env._("%(user)s is no member of staff: training is for internal users.", user=user.name)
                )

    # === CRUD === #

    def write(self, vals):
        if not self._is_system() and vals.keys() - AUDIENCE:
            self._ensure_draft()
        return super().write(vals)

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        for checklist, vals in zip(self, copies, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=checklist.name)
        return copies

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        self._ensure_draft()

    def _ensure_draft(self):
        for checklist in self:
            if checklist.state != "draft":
                raise UserError(
                    self.env._(
                        "%(checklist)s was published and is not edited any more: make a new version.",
                        checklist=checklist.display_name,
                    )
                )

    # === Actions === #

    def action_publish(self):
        """Publish drafts; each replaces the published version of its checklist.

        :raise UserError: when something is missing
        """
        self.check_access("write")
        for checklist in self:
            if checklist.state == "published":
                continue
            checklist._ensure_publishable()
            replaced = self.search([("root_id", "=", checklist.root_id.id), ("state", "=", "published")])
            replaced._transition("archived")
            replaced.flush_recordset()  # one version is published at a time, for the index too
            checklist._transition("published", {"published_at": fields.Datetime.now(), "published_by": self.env.uid})
            self.env["aftersales.checklist.run"]._follow_version(checklist)
        return True

    def action_archive_version(self):
        """Take a checklist out of use; what was passed stays valid until its day."""
        self.check_access("write")
        for checklist in self:
            checklist._ensure_not_required()
        self._transition("archived")
        return True

    def action_new_version(self):
        """Make the draft of the next version, or open the one that there is.

        :return: action that opens it
        """
        self.ensure_one()
        self.check_access("write")
        return self._new_version()._get_records_action()

    def action_start(self):
        """Begin or go on with one's own run of the checklist.

        :return: action that opens the run
        :raise UserError: when the checklist is not published
        """
        self.ensure_one()
        if not self.env["aftersales.checklist.requirement"]._requires(self):
            self.check_access("read")  # what is required may be begun by whomever it stops
        run = self.env["aftersales.checklist.run"]._own(self)
        run.action_start()
        return run._screen()

    # === Business === #

    def _new_version(self):
        """The draft that follows this version, made when there is none."""
        self.ensure_one()
        versions = self.search([("root_id", "=", self.root_id.id)], order="version desc")
        draft = versions.filtered(lambda version: version.state == "draft")
        if draft:
            return draft
        latest = versions[:1]
        following = {"name": self.name, "code": self.code, "version": latest.version + 1, "previous_id": latest.id}
        draft = self._with_system().copy(following)
        # A quiz of its own: that of the published version stays as it is. Managers need no rights on surveys.
        for item_sudo in draft.item_ids.sudo().filtered("survey_id"):
            quiz_sudo = item_sudo.survey_id.copy()
            quiz_sudo.title = item_sudo.survey_id.title  # no “(copy)”
            item_sudo.survey_id = quiz_sudo
        return draft.with_env(self.env)

    def _ensure_publishable(self):
        self.ensure_one()
        self._ensure_not_archived()
        if not self.item_ids:
            raise UserError(self.env._("%(checklist)s has no items yet.", checklist=self.display_name))
        self.item_ids._check_kind()

    def _ensure_not_archived(self):
        if self.state == "archived":
            raise UserError(
                self.env._("%(checklist)s is archived: make a new version of it.", checklist=self.display_name)
            )

    def _ensure_not_required(self):
        needed = self.env["aftersales.checklist.requirement"].search(
            [("is_on", "=", True), ("checklist_id.root_id", "=", self.root_id.id)], limit=1
        )
        if needed:
            raise UserError(
                self.env._(
                    "%(checklist)s is required: switch that off first, under Configuration → Required training.",
                    checklist=self.display_name,
                )
            )

    def _current(self):
        """The published version of each checklist, whichever version is given."""
        return self.search([("root_id", "in", self.root_id.ids), ("state", "=", "published")])

    def _audience(self):
        """The users that a checklist is given to by rule: active members of staff, of its company."""
        self.ensure_one()
        users = self.user_ids | self.team_ids.member_ids | self.group_ids.all_user_ids
        # The system's own account is nobody.
        return users.filtered(
            lambda user: user.active
            and not user.share
            and user.id != api.SUPERUSER_ID
            and (not self.company_id or self.company_id in user.company_ids)
        )

    def _may_sign(self, user):
        """Whether a user signs off what others did of this checklist."""
        self.ensure_one()
        if not user.has_group(TRAINER):
            return False
        named = self.with_context(active_test=False).trainer_ids  # one who has left leaves no door open
        return not named or user in named
