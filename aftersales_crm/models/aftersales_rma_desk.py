from odoo import api, fields, models


class AftersalesRma(models.Model):
    """What the people at the desk need to see: whose turn it is, and what they may decide."""

    _inherit = "aftersales.rma"

    partner_phone = fields.Char("Phone", related="partner_id.phone")
    partner_email = fields.Char("Email", related="partner_id.email")
    inspection_ids = fields.One2many("aftersales.inspection", "rma_id", "Inspections")
    photo_ids = fields.Many2many("ir.attachment", string="Photos", compute="_compute_photo_ids")
    next_step = fields.Selection(
        [
            ("send", "To send"),
            ("decide", "To decide"),
            ("inspect", "To inspect"),
            ("settle", "To settle"),
            ("receive", "To receive"),
            ("wait", "Under way"),
            ("pay", "To pay"),
        ],
        "Waits for",
        compute="_compute_next_step",
    )
    has_serials = fields.Boolean(compute="_compute_has_serials")
    can_approve = fields.Boolean(compute="_compute_can_approve")
    approval_problems = fields.Text(compute="_compute_can_approve")
    can_cancel = fields.Boolean(compute="_compute_can_cancel")
    is_to_settle = fields.Boolean(search="_search_is_to_settle")

    # === Computes === #

    @api.depends("line_ids.photo_ids", "line_ids.inspection_ids.photo_ids")
    def _compute_photo_ids(self):
        for rma in self:
            rma.photo_ids = rma.line_ids.photo_ids | rma.line_ids.inspection_ids.photo_ids

    @api.depends("line_ids.product_id")
    def _compute_has_serials(self):
        for rma in self:
            rma.has_serials = any(line.tracking != "none" for line in rma.line_ids)

    @api.depends("state", "is_to_inspect", "is_to_settle", "reception_status", "payout_status")
    def _compute_next_step(self):
        for rma in self:
            rma.next_step = rma._next_step()

    @api.depends("state", "line_ids.eligibility", "line_ids.basis", "line_ids.basis_reasons")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for rma in self:
            problems = rma._approval_problems() if rma.state == "submitted" else []
            rma.can_approve = rma.state == "submitted" and (not problems or rma._is_manager())
            rma.approval_problems = "\n".join(problems)

    @api.depends("state", "line_ids.received_quantity", "line_ids.settled_quantity")
    def _compute_can_cancel(self):
        for rma in self:
            rma.can_cancel = rma.state in ("draft", "submitted", "approved") and not any(
                line.received_quantity or line.settled_quantity for line in rma.line_ids
            )

    def _search_is_to_settle(self, operator, value):
        if operator != "in":
            return NotImplemented
        # What is due depends on the policy of each line; only open work is looked at.
        open_work = self.search([("state", "=", "approved"), ("remedy_ids.state", "in", ("draft", "failed"))])
        due = open_work.filtered("is_to_settle")
        return [("id", "in" if True in value else "not in", due.ids)]

    # === Business === #

    def _next_step(self):
        """Whose turn it is: the step that a person can take now."""
        self.ensure_one()
        if self.state == "approved":
            if self.is_to_inspect:
                return "inspect"
            if self.is_to_settle:
                return "settle"
            return "receive" if self.reception_status in ("waiting", "partial") else "wait"
        if self.state == "done":
            return "pay" if self.payout_status in ("to_pay", "partial") else False
        return {"draft": "send", "submitted": "decide"}.get(self.state, False)

    # === Actions === #

    def action_view_orders(self):
        """Open the orders that the goods were bought with."""
        return self.sale_order_ids._get_records_action(name=self.env._("Orders"))
