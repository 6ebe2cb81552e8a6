from odoo import api, fields, models

# Whose forms ask for rights of their own app: the groups that have them, and what others see.
DESK_VIEWS = {
    "sale.order": (
        "sales_team.group_sale_salesman",
        "aftersales_crm.sale_order_view_form_agent",
        "aftersales_crm.sale_order_view_list_agent",
    ),
    "stock.picking": (
        "stock.group_stock_user",
        "aftersales_crm.stock_picking_view_form_agent",
        "aftersales_crm.stock_picking_view_list_agent",
    ),
    "account.move": (
        "account.group_account_invoice,account.group_account_readonly",
        "aftersales_crm.account_move_view_form_agent",
        "aftersales_crm.account_move_view_list_agent",
    ),
    "repair.order": (
        "stock.group_stock_user",
        "aftersales_crm.repair_order_view_form_agent",
        "aftersales_crm.repair_order_view_list_agent",
    ),
}


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
    can_send_back = fields.Boolean(compute="_compute_can_send_back")
    can_cancel = fields.Boolean(compute="_compute_can_cancel")

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

    @api.depends("state", "line_ids.rejected_quantity", "remedy_ids.state")
    def _compute_can_send_back(self):
        for rma in self:
            rma.can_send_back = rma.state in ("approved", "done") and any(
                line._to_send_back() > 0 for line in rma.line_ids
            )

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

    @api.model
    def _desk_action(self, records, name=False):
        """Open documents, for users without the rights of their apps in our own views.

        :param records: documents that the user may read
        :param str name: title of the action
        """
        if records._name == "aftersales.remedy":
            records = records.rma_id or records.case_id
        action = records._get_records_action(**({"name": name} if name else {}))
        groups, form, tree = DESK_VIEWS.get(records._name, ("base.group_user", None, None))
        if self.env.user.has_groups(groups):
            return action
        views = [(self.env.ref(form).id, "form")]
        if not action.get("res_id"):
            views.insert(0, (self.env.ref(tree).id, "list"))
        return {**action, "views": views, "view_mode": ",".join(kind for _view, kind in views)}

    def _open_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_rma_id": self.id},
        }

    # === Actions === #

    def action_open_reject(self):
        return self._open_wizard("aftersales.rma.reject", self.env._("Refuse"))

    def action_open_receive(self):
        self._ensure_state("approved", self.env._("receive goods"))
        return self._open_wizard("aftersales.rma.receive", self.env._("Receive"))

    def action_open_inspect(self):
        self._ensure_state("approved", self.env._("inspect goods"))
        action = self._open_wizard("aftersales.rma.receive", self.env._("Inspect"))
        action["context"]["default_mode"] = "inspect"
        return action

    def action_view_orders(self):
        """Open the orders that the goods were bought with."""
        return self._desk_action(self.sale_order_ids, self.env._("Orders"))

    def action_view_pickings(self):
        return self._desk_action(self.picking_ids, self.env._("Transfers"))

    def action_view_refunds(self):
        return self._desk_action(self.refund_ids, self.env._("Credit notes"))

    def action_view_repairs(self):
        return self._desk_action(self.repair_ids, self.env._("Repairs"))
