from datetime import timedelta

from odoo import api, fields, models

from . import commitment_clock
from .aftersales_commitment_mixin import Fact

# What promises of a case depend on.
WATCHED = {
    *("state", "type", "priority", "team_id", "tag_ids", "first_answer_at", "solved_at", "closed_at"),
    *("sale_order_id", "partner_id", "visit_done_at"),
}


class AftersalesCase(models.Model):
    """What is promised on a case: a first answer, a solution, the answer that the law wants."""

    _name = "aftersales.case"
    _inherit = ["aftersales.case", "aftersales.commitment.mixin"]

    opened_at = fields.Datetime("Opened", default=fields.Datetime.now, readonly=True, copy=False)
    commitment_ids = fields.One2many(
        "aftersales.commitment", "case_id", "Promises", groups="aftersales_crm.aftersales_crm_group_agent"
    )
    promise_clock = fields.Json(
        "Next promise", compute="_compute_promise_clock", groups="aftersales_crm.aftersales_crm_group_agent"
    )

    @api.depends("commitment_ids.promised_on", "commitment_ids.closing", "commitment_ids.paused_at")
    def _compute_promise_clock(self):
        clocks = self._promise_clocks()
        for case in self:
            case.promise_clock = clocks[case]

    # === Facts === #

    def write(self, vals):
        result = super().write(vals)
        if not WATCHED.isdisjoint(vals):
            self.invalidate_recordset(["promise_clock"], flush=False)
            self.env["aftersales.commitment"]._touch(self._name, self.ids)
        return result

    def _opened(self):
        result = super()._opened()
        self.env["aftersales.commitment"]._touch(self._name, self.ids)
        return result

    @api.model
    def _refused_fields(self):
        return {*super()._refused_fields(), "opened_at"}

    def _commitment_day(self):
        return self.company_id._aftersales_date(self._commitment_start("resolution"))

    def _commitment_start(self, kind):
        return self.opened_at or super()._commitment_start(kind)

    def _commitment_facts(self, kind):
        live = self.filtered(lambda case: case.state != "cancelled")
        return getattr(live, f"_facts_of_{kind}")()

    def _solved_moment(self):
        self.ensure_one()
        return None if self.is_open else self.solved_at or self.closed_at or fields.Datetime.now()

    def _is_paused(self):
        self.ensure_one()
        return self.state == "waiting_customer"

    def _facts_of_first_answer(self):
        """Who was helped at once, on the phone, was answered."""
        return {case: Fact(case.first_answer_at or case._solved_moment(), case._is_paused()) for case in self}

    def _facts_of_resolution(self):
        return {case: Fact(case._solved_moment(), case._is_paused()) for case in self}

    def _facts_of_complaint_answer(self):
        """That the complaint came in is no answer to it: what was done about it is."""
        complaints = self.filtered(lambda case: case.type == "complaint")
        return {case: Fact(case._solved_moment(), case._is_paused()) for case in complaints}

    def _facts_of_visit(self):
        return {case: Fact(case._visited_moment()) for case in self}

    def _visited_moment(self):
        """When somebody came, whatever came of it."""
        self.ensure_one()
        return self.visit_done_at or self._solved_moment()

    def _window_promised(self):
        result = super()._window_promised()
        for case in self:
            self.env["aftersales.commitment"]._promise(case, "visit", on=case.visit_to)
        return result

    # === Law === #

    def _commitment_by_law(self, kind):
        law = kind == "complaint_answer" and self._answer_law()
        if not law or not law.answer_days:
            return None
        day = self._commitment_day() + timedelta(days=law.answer_days)
        return commitment_clock.end_of_day(day, self.company_id._aftersales_zone())

    def _answer_law(self):
        """The law that wants the complaint answered: that of the order, else of the consumer's country."""
        self.ensure_one()
        case_sudo = self.sudo()  # whoever answers need not be a salesperson
        if case_sudo.sale_order_id:
            return case_sudo.sale_order_id._aftersales_jurisdiction()
        laws = self.env["aftersales.jurisdiction"]
        if not self.partner_id or case_sudo.commercial_partner_id.is_company:
            return laws
        return laws._for_country(case_sudo.partner_id.country_id, self._commitment_day())
