from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models import commitment_clock

FRIDAY = 4


class AftersalesPromise(models.TransientModel):
    """Promise something in two clicks, move it, or drop it."""

    _name = "aftersales.promise"
    _description = "Promise"

    mode = fields.Selection([("make", "Make"), ("move", "Move"), ("drop", "Drop")], required=True, default="make")
    case_id = fields.Many2one("aftersales.case", ondelete="cascade")
    rma_id = fields.Many2one("aftersales.rma", "Return", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", "Order", ondelete="cascade")
    commitment_id = fields.Many2one("aftersales.commitment", "Promise", ondelete="cascade")
    note = fields.Char("What do you promise?")
    reason = fields.Char("Why?")
    quick = fields.Selection(
        [
            ("today", "Today"),
            ("tomorrow", "Tomorrow noon"),
            ("friday", "Friday"),
            ("week", "In a week"),
            ("other", "Another time"),
        ],
        "Until when?",
        required=True,
        default="tomorrow",
    )
    promised_on = fields.Datetime("Until", compute="_compute_promised_on", store=True, readonly=False)

    @api.depends("quick")
    def _compute_promised_on(self):
        for wizard in self:
            document = wizard._document()
            if wizard.quick != "other" and document:
                wizard.promised_on = wizard._quick_time(document)

    def _document(self):
        self.ensure_one()
        return self.case_id or self.rma_id or self.sale_order_id or self.commitment_id._document()

    def _quick_time(self, document):
        """The moment behind a quick choice: noon, or when the people who look after the document go home."""
        company = document.company_id
        today, zone = company._aftersales_today(), company._aftersales_zone()
        if self.quick == "tomorrow":
            return commitment_clock.moment(today + timedelta(days=1), 12, zone)
        ahead = {"today": 0, "friday": (FRIDAY - today.weekday()) % 7, "week": 7}[self.quick]
        day = today + timedelta(days=ahead)
        # Who promises need not plan working hours.
        hours = self.env["aftersales.commitment"].sudo()._hours_of(document)
        end = commitment_clock.closing_time(day, hours, zone)
        return end if end > fields.Datetime.now() else commitment_clock.end_of_day(day, zone)

    # === Actions === #

    def action_apply(self):
        """Do what the dialog is open for."""
        self.ensure_one()
        if self.mode == "make":
            self._make()
        elif self.mode == "move":
            self.commitment_id._move(self.promised_on, self.reason)
        else:
            self.commitment_id._drop(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _make(self):
        document = self._document()
        if not document:
            raise UserError(self.env._("A promise is made on a case, a return or an order."))
        self.env["aftersales.commitment"]._make(document, self.note, self.promised_on)
