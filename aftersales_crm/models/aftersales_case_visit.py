from urllib.parse import quote_plus

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .aftersales_photo_mixin import PHOTO_TYPES
from .window_words import window_words

VISIT_KINDS = [
    ("installation", "Installation"),
    ("home_repair", "Home repair"),
    ("maintenance", "Maintenance"),
]
OUTCOMES = [
    ("solved", "Solved"),
    ("not_solved", "Not solved"),
    ("absent", "Customer absent"),
    ("refused", "Refused by the customer"),
    ("impossible", "Could not be done"),
]
WINDOW = {"visit_from", "visit_to"}
MAP_URL = "https://www.openstreetmap.org/search?query="


class AftersalesCase(models.Model):
    """Visits: a case of type visit is one appointment at the customer's, with the window that was promised."""

    _name = "aftersales.case"
    _inherit = ["aftersales.case", "aftersales.photo.mixin"]

    visit_kind = fields.Selection(VISIT_KINDS, "Kind of visit", index="btree_not_null", tracking=True)
    visit_from = fields.Datetime("Window from", copy=False, index="btree_not_null", tracking=True)
    visit_to = fields.Datetime("Window to", copy=False, tracking=True)
    visit_due = fields.Date(
        "Due on", copy=False, index="btree_not_null", help="Day on which the plan or the order expects the visit."
    )
    technician_id = fields.Many2one(
        "res.users",
        copy=False,
        index="btree_not_null",
        tracking=True,
        check_company=True,
        domain=lambda self: [("all_group_ids", "in", self._technician_group().ids), ("share", "=", False)],
    )
    visit_partner_id = fields.Many2one(
        "res.partner",
        "Where",
        compute="_compute_visit_partner_id",
        store=True,
        readonly=False,
        check_company=True,
        help="The address that is visited.",
    )
    visit_address = fields.Char("Address", compute="_compute_visit_address", compute_sudo=True)
    visit_map_url = fields.Char("Map", compute="_compute_visit_address", compute_sudo=True)
    visit_phone = fields.Char("Phone", compute="_compute_visit_address", compute_sudo=True)
    visit_window = fields.Char("Window", compute="_compute_visit_window")
    visit_lot_name = fields.Char("Serial", related="lot_id.name", related_sudo=True)
    visit_overlap = fields.Char("Overlaps with", compute="_compute_visit_overlap")
    origin_case_id = fields.Many2one(
        "aftersales.case", "Asked for in", copy=False, readonly=True, index="btree_not_null", check_company=True
    )
    origin_rma_id = fields.Many2one(
        "aftersales.rma", "Of the return", copy=False, readonly=True, index="btree_not_null", check_company=True
    )
    visit_ids = fields.One2many("aftersales.case", "origin_case_id", "Visits")
    visit_count = fields.Integer("Number of visits", compute="_compute_visit_count")

    visit_outcome = fields.Selection(OUTCOMES, "Outcome", copy=False, tracking=True)
    visit_note = fields.Text("What was done", copy=False, groups="base.group_user")
    visit_photo_ids = fields.Many2many(
        "ir.attachment", "aftersales_case_visit_photo_rel", string="Photos", copy=False, bypass_search_access=True
    )
    visit_confirmed_by = fields.Char(
        "Confirmed by", copy=False, help="Name of the customer who confirms what was done."
    )
    visit_started_at = fields.Datetime("Begun", readonly=True, copy=False)
    visit_done_at = fields.Datetime("Finished", readonly=True, copy=False, index="btree_not_null")
    repeat_needed = fields.Boolean(copy=False, help="Somebody has to come again: makes the next visit.")
    repeat_of_id = fields.Many2one(
        "aftersales.case",
        "Repeats",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    repeat_ids = fields.One2many("aftersales.case", "repeat_of_id", "Repeated by")

    _repeat_once = models.UniqueIndex(
        "(repeat_of_id) WHERE repeat_of_id IS NOT NULL", "The next visit has been made already."
    )
    _technician_day = models.Index("(technician_id, visit_from) WHERE is_open AND visit_from IS NOT NULL")
    _visit_window_order = models.Constraint(
        "CHECK (visit_to > visit_from AND (visit_from IS NULL) = (visit_to IS NULL))",
        "A visit ends after it begins.",
    )

    # === Computes === #

    @api.depends("sale_order_id", "partner_id", "type")
    def _compute_visit_partner_id(self):
        for case in self:
            if case.type == "visit":
                # Whoever plans a visit need not see the order to learn where its goods went.
                case.visit_partner_id = case.sale_order_id.sudo().partner_shipping_id or case.partner_id
            else:
                case.visit_partner_id = False

    @api.depends("visit_partner_id", "partner_id")
    def _compute_visit_address(self):
        for case in self:
            partner = case.visit_partner_id
            lines = partner._display_address(without_company=True).splitlines() if partner else []
            case.visit_address = ", ".join(filter(None, map(str.strip, lines))) or False
            case.visit_map_url = case.visit_address and MAP_URL + quote_plus(case.visit_address)
            case.visit_phone = partner.phone or case.partner_id.phone

    @api.depends("visit_from", "visit_to", "company_id")
    @api.depends_context("lang")
    def _compute_visit_window(self):
        for case in self:
            case.visit_window = case._visit_words()

    @api.depends("technician_id", "visit_from", "visit_to", "state")
    def _compute_visit_overlap(self):
        self.visit_overlap = False
        planned = self.filtered(lambda case: case.technician_id and case.visit_from and case.visit_to and case.is_open)
        if not planned:
            return
        domain = Domain("technician_id", "in", planned.technician_id.ids) & Domain("is_open", "=", True)
        domain &= Domain("visit_from", "<", max(planned.mapped("visit_to")))
        domain &= Domain("visit_to", ">", min(planned.mapped("visit_from")))
        others = self.search(domain)
        for case in planned:
            meeting = others.filtered(
                lambda other, case=case: (
                    other != case._origin
                    and other.technician_id == case.technician_id
                    and other.visit_from < case.visit_to
                    and other.visit_to > case.visit_from
                )
            )
            case.visit_overlap = ", ".join(meeting.mapped("name")) or False

    def _compute_visit_count(self):
        counts = dict(self._read_group([("origin_case_id", "in", self.ids)], ["origin_case_id"], ["__count"]))
        for case in self:
            case.visit_count = counts.get(case, 0)

    # === Constrains === #

    @api.constrains("type", "visit_kind")
    def _check_visit_kind(self):
        for case in self:
            if case.type == "visit" and not case.visit_kind:
                raise ValidationError(self.env._("%(case)s: say what kind of visit it is.", case=case.display_name))
            if case.type != "visit" and (case.visit_done_at or case.visit_from):
                raise ValidationError(self.env._("%(case)s: a visit with a window stays one.", case=case.display_name))

    @api.constrains("visit_from", "visit_to", "type")
    def _check_visit_window(self):
        for case in self.filtered("visit_from"):
            if case.type != "visit":
                raise ValidationError(self.env._("%(case)s is no visit: it has no window.", case=case.display_name))
            if not case.visit_to or case.visit_to <= case.visit_from:
                raise ValidationError(self.env._("%(case)s: a visit ends after it begins.", case=case.display_name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_window_ahead(vals)
        cases = super().create(vals_list)
        cases.filtered("visit_from")._window_promised()
        cases._claim_visit_photos()
        return cases

    def write(self, vals):
        changed = self._windows_changed_by(vals)
        result = super().write(vals)
        changed.filtered("visit_from")._window_promised()
        if "visit_photo_ids" in vals:
            self._claim_visit_photos()
        return result

    def _windows_changed_by(self, vals):
        """The visits that values give another window.

        :raise UserError: when one of them is over, or the window has begun already
        """
        window = {name: fields.Datetime.to_datetime(vals[name]) for name in WINDOW & vals.keys()}
        changed = self.filtered(lambda case: any(case[name] != moment for name, moment in window.items()))
        if changed:
            self._check_window_ahead(vals)
        for case in changed.filtered(lambda case: not case.is_open or case.visit_done_at):
            raise UserError(self.env._("%(case)s is over: plan another visit.", case=case.display_name))
        return changed

    def _claim_visit_photos(self):
        """Check photos by content, take out where they were made, and tie them to the visit."""
        for case in self.filtered("visit_photo_ids"):
            # Linking them took the right to read them.
            of_case = [(False, 0), (False, case.id), (self._name, 0), (self._name, case.id)]
            for photo_sudo in case.visit_photo_ids.sudo():
                if (photo_sudo.res_model, photo_sudo.res_id) not in of_case:
                    continue
                vals = case._prepare_photo_vals(photo_sudo.name, photo_sudo.datas, PHOTO_TYPES)
                if photo_sudo.raw != vals["raw"] or photo_sudo.res_id != case.id:
                    photo_sudo.write({"raw": vals["raw"], "res_model": self._name, "res_id": case.id})

    @api.model
    def _refused_fields(self):
        system = {"visit_started_at", "visit_done_at", "repeat_of_id", "origin_case_id", "origin_rma_id"}
        return super()._refused_fields() | system

    def _check_window_ahead(self, vals):
        """A window is promised for a time to come.

        :raise UserError: when it began in an hour before this one
        """
        start = fields.Datetime.to_datetime(vals.get("visit_from"))
        hour = fields.Datetime.now().replace(minute=0, second=0)
        if start and start < hour and not self._is_system():
            raise UserError(self.env._("A visit is promised for a time to come: this window has begun already."))

    # === Business === #

    @api.model
    def _technician_group(self):
        return self.env.ref("aftersales_crm.aftersales_crm_group_technician")

    def _visit_words(self):
        """The window as the customer reads it: in the company's time zone and the language of the context."""
        self.ensure_one()
        # Technicians and customers read when somebody comes; how the company is set up is not for them.
        return window_words(self.env, self.visit_from, self.visit_to, self.company_id.sudo()._aftersales_zone())

    # === Hooks === #

    def _window_promised(self):
        """Hook: the customer was given a window, or another one."""
