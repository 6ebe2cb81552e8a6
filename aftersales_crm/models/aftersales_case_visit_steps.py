from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What technicians write on the visits that are theirs; all else is the system's or the planner's.
TECHNICIAN_FIELDS = {
    "visit_outcome",
    "visit_note",
    "visit_photo_ids",
    "visit_part_ids",
    "visit_confirmed_by",
    "repeat_needed",
}


class AftersalesCase(models.Model):
    """The day of a technician: begin a visit, say how it went, and what comes next."""

    _inherit = "aftersales.case"

    # === Rights === #

    @api.model
    def _has_field_access(self, field, operation):
        if operation == "write" and not self.env.su and self._is_only_technician():
            return field.name in TECHNICIAN_FIELDS and super()._has_field_access(field, operation)
        return super()._has_field_access(field, operation)

    @api.model
    def _is_only_technician(self):
        user = self.env.user
        return not user.has_group("aftersales_crm.aftersales_crm_group_agent") and user.has_group(
            "aftersales_crm.aftersales_crm_group_technician"
        )

    def _ensure_own_visits(self):
        """Technicians do the visits that are theirs, whoever plans does all that they may write.

        :return: the visits, in sudo mode
        """
        self.check_access("write")
        for case in self:
            if case.type != "visit":
                raise UserError(self.env._("%(case)s is no visit.", case=case.display_name))
            if self._is_only_technician() and case.technician_id != self.env.user:
                raise AccessError(self.env._("%(case)s is the visit of somebody else.", case=case.name))
        # Checked above: state, times and documents that follow are the system's.
        return self.sudo()

    # === Actions === #

    def action_make_visit(self):
        """Plan a visit for this case: opens the one that has no window yet, or makes it."""
        self.ensure_one()
        self.check_access("write")
        unplanned = self.visit_ids.filtered(lambda visit: visit.is_open and not visit.visit_from)
        visit = unplanned[:1] or self._open([self._prepare_visit_vals("home_repair")])
        return visit._visit_form()

    def action_view_visits(self):
        """The visits that came of the case."""
        self.ensure_one()
        return self.visit_ids._get_records_action(name=self.env._("Visits"))

    def action_visit_start(self):
        """The technician is at the customer's; a second time changes nothing."""
        for visit_sudo in self._ensure_own_visits():
            visit_sudo._ensure_not_over()
            if not visit_sudo.visit_started_at:
                visit_sudo._write_guarded({"visit_started_at": fields.Datetime.now()})
                visit_sudo._transition("in_progress")
        return True

    def action_visit_report(self):
        """Say how the visit went."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Visit"),
            "res_model": "aftersales.case",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("aftersales_crm.aftersales_case_view_form_day").id, "form")],
        }

    def action_visit_done(self):
        """The visit is over: take the parts from stock and see to what comes next; repeatable.

        :raise UserError: when nobody said how it went, or a part cannot be taken
        """
        for visit_sudo in self._ensure_own_visits():
            if not visit_sudo.visit_done_at:
                visit_sudo._ensure_not_over()
                visit_sudo._finish_visit()
        return True

    # === Business === #

    def _visit_form(self):
        """The screen on which a visit is planned."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan a visit"),
            "res_model": "aftersales.case",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("aftersales_crm.aftersales_case_view_form_plan").id, "form")],
            "target": "new",
        }

    def _prepare_visit_vals(self, kind):
        """Hook: values of a visit for this case.

        :param str kind: of the visit
        """
        self.ensure_one()
        return {
            "type": "visit",
            "visit_kind": kind,
            "subject": self.subject,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "team_id": self.team_id.id,
            "sale_order_id": self.sale_order_id.id,
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "warranty_id": self.warranty_id.id,
            "origin_case_id": self.id,
        }

    def _ensure_not_over(self):
        for visit in self:
            if visit.visit_done_at or not visit.is_open:
                raise UserError(self.env._("%(case)s is over.", case=visit.name))

    def _finish_visit(self):
        self.ensure_one()
        if not self.visit_outcome:
            raise UserError(self.env._("%(case)s: say first how the visit went.", case=self.name))
        now = fields.Datetime.now()
        self._write_guarded({"visit_done_at": now, "visit_started_at": self.visit_started_at or now})
        self._take_parts()
        self._transition("solved" if self.visit_outcome == "solved" else "closed")
        self._after_visit()
        if self.repeat_needed:
            self._plan_repeat()

    def _plan_repeat(self):
        """The next visit, to be given a window; once.

        :return: the visit
        """
        self.ensure_one()
        if not self.repeat_ids:
            vals = self._prepare_visit_vals(self.visit_kind)
            origin = {"origin_case_id": self.origin_case_id.id, "origin_rma_id": self.origin_rma_id.id}
            vals.update(origin, repeat_of_id=self.id, channel="system", visit_due=self.company_id._aftersales_today())
            self._open([vals])
        return self.repeat_ids

    # === Hooks === #

    def _after_visit(self):
        """Hook: what follows from a visit that took place, in the same transaction."""
