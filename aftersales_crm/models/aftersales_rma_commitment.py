from odoo import api, fields, models

from . import commitment_clock
from .aftersales_commitment_mixin import Fact

# Stored values of a return that promises depend on.
WATCHED = {"state", "refund_by", "payout_status", "paid_at", "reception_status", "answer_due_on", "answer_noted_at"}


class AftersalesRma(models.Model):
    """What is promised on a return, and when it is kept: money when it is paid, goods when they are shipped."""

    _name = "aftersales.rma"
    _inherit = ["aftersales.rma", "aftersales.commitment.mixin"]

    commitment_ids = fields.One2many(
        "aftersales.commitment", "rma_id", "Promises", groups="aftersales_crm.aftersales_crm_group_agent"
    )
    promise_clock = fields.Json(
        "Next promise", compute="_compute_promise_clock", groups="aftersales_crm.aftersales_crm_group_agent"
    )

    @api.depends("commitment_ids.promised_on", "commitment_ids.closing", "commitment_ids.paused_at")
    def _compute_promise_clock(self):
        clocks = self._promise_clocks()
        for rma in self:
            rma.promise_clock = clocks[rma]

    # === Facts === #

    def _write_multi(self, vals_list):
        # Goods and money are computed at flush time and never pass through write().
        changed = [rma_id for rma_id, vals in zip(self.ids, vals_list, strict=True) if not WATCHED.isdisjoint(vals)]
        self.env["aftersales.commitment"]._touch(self._name, changed)
        return super()._write_multi(vals_list)

    def _commitment_day(self):
        return self.requested_on

    def _commitment_start(self, kind):
        if kind == "complaint_answer":
            return commitment_clock.moment(self.requested_on, 0, self.company_id._aftersales_zone())
        return self.decided_at or super()._commitment_start(kind)

    def _commitment_by_law(self, kind):
        day = {"refund": self.refund_by, "complaint_answer": self.answer_due_on}.get(kind)
        return commitment_clock.end_of_day(day, self.company_id._aftersales_zone()) if day else None

    def _commitment_facts(self, kind):
        return getattr(self, f"_facts_of_{kind}")()

    def _facts_of_refund(self):
        """A refund is kept when the money is paid, not when the credit note is posted."""
        return {rma: Fact(rma._paid_moment()) for rma in self.filtered("refund_by")}

    def _paid_moment(self):
        """When the money went out: the books know the day."""
        self.ensure_one()
        if self.payout_status != "paid" or not self.paid_at:
            return None
        end = commitment_clock.end_of_day(self.paid_at, self.company_id._aftersales_zone())
        return min(end, fields.Datetime.now())

    def _facts_of_complaint_answer(self):
        asked = self.filtered(lambda rma: rma.answer_due_on and rma.state not in ("draft", "cancelled"))
        asked.invalidate_recordset(["answered_at", "answer_status"], flush=False)  # facts of mails, not of fields
        return {rma: Fact(rma.answered_at or None) for rma in asked if rma.answered_at or rma.state != "done"}

    def _facts_of_replacement(self):
        """Replacements are kept when all are shipped; the clock waits for goods that have to come first."""
        facts = {}
        for rma in self.filtered(lambda rma: rma.state in ("approved", "done")):
            remedies = rma.remedy_ids.filtered(lambda one: one.code == "replacement" and one.state != "cancelled")
            if remedies:
                shipped = all(remedy.state == "done" for remedy in remedies)
                begun = any(remedy.state in ("pending", "done") for remedy in remedies) or rma.is_to_settle
                waiting = rma.reception_status in ("waiting", "partial") and not begun
                facts[rma] = Fact(max(remedies.mapped("done_at")) if shipped else None, waiting)
        return facts


class AftersalesRemedy(models.Model):
    """Replacements that are drafted, shipped or undone change what is owed."""

    _inherit = "aftersales.remedy"

    @api.model_create_multi
    def create(self, vals_list):
        remedies = super().create(vals_list)
        remedies._touch_commitments()
        return remedies

    def _write_multi(self, vals_list):
        if any("state" in vals for vals in vals_list):
            self._touch_commitments()
        return super()._write_multi(vals_list)

    def _touch_commitments(self):
        commitments = self.env["aftersales.commitment"]
        if commitments._is_watched("aftersales.rma"):
            commitments._touch("aftersales.rma", self.rma_id.ids)
