import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

_logger = logging.getLogger(__name__)

BATCH = 100


class AftersalesRma(models.Model):
    """Approvals that nobody acts on: closed after the days that their policy gives."""

    _inherit = "aftersales.rma"

    expires_on = fields.Date(
        "Send by", readonly=True, copy=False, help="Last day on which the customer may send the goods back."
    )
    expired = fields.Boolean(readonly=True, copy=False, help="Closed because nothing was sent in time.")

    _expires_on = models.Index("(expires_on) WHERE state = 'approved'")

    # === Transitions === #

    def _check_transition(self, target):
        result = super()._check_transition(target)
        for rma in self:
            if target == "submitted" and rma.state == "cancelled" and not rma.expired:
                raise UserError(self.env._("%(rma)s was cancelled: ask anew.", rma=rma.name))
        return result

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target == "approved":
            for rma in self.filtered(lambda rma: not rma.expires_on):
                rma._set_expiry()
        elif target == "submitted":
            self.filtered(lambda rma: rma.expires_on or rma.expired)._write_guarded(
                {"expires_on": False, "expired": False}
            )
        return result

    # === Business === #

    def _set_expiry(self):
        """Fix the last day to send the goods, from the decision: the longest that a line gives."""
        self.ensure_one()
        days = [line._approval_days() for line in self.line_ids if line._needs_goods()]
        if days and all(days):
            decided = self.company_id._aftersales_date(self.decided_at)
            self._write_guarded({"expires_on": decided + relativedelta(days=max(days))})

    @api.model
    def _idle_domain(self):
        """Approvals of which nothing was sent, received, settled or paid."""
        return (
            Domain("state", "=", "approved")
            & Domain("sent_at", "=", False)
            & Domain("reception_status", "=", "waiting")
            & Domain("settlement_status", "=", "pending")
            & Domain("payout_status", "=", "not_due")
            & ~Domain("remedy_ids", "any", [("state", "in", ("pending", "done"))])
        )

    @api.model
    def _cron_expire_approvals(self):
        """Close approvals whose day has passed and that nobody acted on, in batches."""
        late = Domain("expires_on", "<=", fields.Date.today()) & self._idle_domain()
        found = self.search(late, order="expires_on, id")
        crons = self.env["ir.cron"]
        crons._commit_progress(remaining=len(found))
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            idle = batch.try_lock_for_update().filtered_domain(late)
            for rma in idle:
                rma._expire()
            if not crons._commit_progress(len(batch)):
                break

    def _expire(self):
        """Close an approval; its units are free again, and it can be taken up again."""
        self.ensure_one()
        if self.expires_on >= self.company_id._aftersales_today():
            return
        day = format_date(self.env, self.expires_on)
        try:
            with self.env.cr.savepoint():
                self._transition("cancelled", {"expired": True})
                self.message_post(
                    body=self.env._("Closed: nothing was sent by %(day)s. It can be taken up again.", day=day)
                )
        except UserError as error:
            _logger.warning("%s could not be closed after its approval expired: %s", self.name, error)


class AftersalesRmaLine(models.Model):
    _inherit = "aftersales.rma.line"

    def _approval_days(self):
        """Days to send the goods after the approval, 0 without an end; never fewer than the law gives."""
        self.ensure_one()
        days = (self.sale_line_id.aftersales_policy_terms or {}).get("approval_days", 0)
        if days and self.basis == "withdrawal":
            law = self.sale_order_id._aftersales_jurisdiction()
            days = max(days, law.send_back_days)
        return days
