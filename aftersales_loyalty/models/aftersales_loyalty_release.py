import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 200


class AftersalesLoyaltyEntry(models.Model):
    """Points wait until their goods can no longer be returned."""

    _inherit = "aftersales.loyalty.entry"

    def _aftersales_find_release(self):
        """Write down from which day pending points are free; what was looked up once is asked again by the job."""
        # What waits is the system's to give, whoever changed the order.
        waiting = (
            self.sudo()
            ._with_system()
            .filtered(lambda entry: entry.state == "pending" and entry.points > 0 and entry.sale_line_id)
        )
        free = waiting.sale_line_id._aftersales_free_on()
        for entry in waiting:
            if entry.release_on != free[entry.sale_line_id]:
                entry.release_on = free[entry.sale_line_id]

    @api.model
    def _cron_release(self):
        """Give points whose return window has closed; each is looked at again on its day, for windows may grow."""
        crons = self.env["ir.cron"]
        due = self._release_domain()
        crons._commit_progress(remaining=self.search_count(due))
        last = 0
        while batch := self.search(due & Domain("id", ">", last), order="id", limit=BATCH):
            last = batch[-1].id
            try:
                with self.env.cr.savepoint():
                    batch.sudo()._release_due()  # as _aftersales_find_release
            except UserError as error:
                _logger.warning("Points of entries %s could not be released: %s", batch.ids, error)
            if not crons._commit_progress(len(batch)):
                break

    @api.model
    def _release_domain(self):
        """What may be due: of goods that never went nothing is."""
        due = Domain("release_on", "<=", fields.Date.today()) | (
            Domain("release_on", "=", False)
            & (Domain("sale_line_id.qty_delivered", ">", 0) | Domain("sale_line_id.product_id.type", "=", "service"))
        )
        return due & Domain("state", "=", "pending") & Domain("kind", "=", "earn") & Domain("points", ">", 0)

    def _release_due(self):
        earned = self.filtered(lambda entry: entry.origin_model == "sale.order")
        self.env["sale.order"].browse(earned.mapped("origin_id")).exists()._aftersales_sync_points()
        returning = self.sale_line_id._aftersales_in_return()
        self.filtered(
            lambda entry: (
                entry.state == "pending"
                and entry.release_on
                and entry.release_on <= self._today(entry.company_id)
                and entry.sale_line_id not in returning
            )
        )._release()
