import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class AftersalesLoyaltyAward(models.Model):
    """A referral waits until the friend can no longer send the goods back."""

    _inherit = "aftersales.loyalty.award"

    @api.model
    def _cron_referrals(self, limit=500):
        """Give or call off what waits for the order of a friend."""
        waiting = self.search([("state", "=", "pending")], order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for award in waiting:
            if award.try_lock_for_update():
                award._try_to_settle()
            if not cron._commit_progress(1):
                return

    def _try_to_settle(self):
        """Settle; what is refused stops no other."""
        try:
            with self.env.cr.savepoint():
                self._settle()
        except UserError as error:
            _logger.warning("Bonus %s could not be settled: %s", self.id, error)

    def _settle(self):
        """Give what waits if the friend has kept something and may not return it any more."""
        self.ensure_one()
        order = self.sale_order_id
        bought = order._get_not_rewarded_order_lines()
        lines = bought.filtered(lambda line: line._aftersales_is_returnable()) or bought  # or services alone
        lost = lines._aftersales_lost()
        kept = lines.filtered(lambda line: lost[line][0] < lost[line][1])
        if order.state == "cancel" or not order:
            self._void(self.env._("The friend's order was cancelled."))
        elif not kept:
            self._void(self.env._("All of the friend's order came back."))
        else:
            self._settle_kept(kept)

    def _settle_kept(self, lines):
        free = lines._aftersales_free_on().values()
        free_on = max(free) if all(free) else False
        self.entry_ids._wait_until(free_on)
        if free_on and free_on <= self.company_id._aftersales_today() and not lines._aftersales_in_return():
            self._release()
