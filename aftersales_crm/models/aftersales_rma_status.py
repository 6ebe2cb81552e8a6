from odoo import api, fields, models

# Payment states of credit notes that owe nothing any more; what an entry settled is called reversed.
SETTLED = {"paid", "in_payment", "reversed"}


class AftersalesRma(models.Model):
    """Where goods, remedies and money of a return are, derived from quantities and documents."""

    _inherit = "aftersales.rma"

    reception_status = fields.Selection(
        [
            ("not_required", "Not required"),
            ("waiting", "Waiting"),
            ("partial", "Partly received"),
            ("received", "Received"),
        ],
        "Goods",
        compute="_compute_reception_status",
        store=True,
    )
    settlement_status = fields.Selection(
        [("pending", "Pending"), ("partial", "Partly settled"), ("settled", "Settled")],
        "Remedies done",
        compute="_compute_settlement_status",
        store=True,
    )
    payout_status = fields.Selection(
        [
            ("not_due", "Not due"),
            ("to_pay", "To pay"),
            ("partial", "Partly paid"),
            ("paid", "Paid"),
        ],
        "Payout",
        compute="_compute_payout_status",
        store=True,
    )
    paid_at = fields.Date("Paid on", compute="_compute_payout_status", store=True)
    is_to_inspect = fields.Boolean(compute="_compute_is_to_inspect", store=True)
    is_to_settle = fields.Boolean(compute="_compute_is_to_settle", store=True)

    # What waits is little, whatever the history grows to.
    _to_inspect = models.Index("(company_id) WHERE is_to_inspect IS TRUE")
    _to_settle = models.Index("(company_id) WHERE is_to_settle IS TRUE")
    _to_pay = models.Index("(company_id) WHERE payout_status IN ('to_pay', 'partial')")

    # === Computes === #

    @api.depends(
        "closed_short",
        "line_ids.received_quantity",
        "line_ids.quantity",
        "line_ids.short_quantity",
        "line_ids.origin_move_id",
        "line_ids.requested_remedy_id",
        "line_ids.reason_id",
        "line_ids.keeps_goods",
        "line_ids.sale_line_id",
        "remedy_ids.type_id",
        "remedy_ids.quantity",
        "remedy_ids.state",
    )
    def _compute_reception_status(self):
        for rma in self:
            lines = rma.line_ids.filtered(lambda line: line._needs_goods())
            if not lines:
                rma.reception_status = "not_required"
            elif all(line.uom_id.compare(line.received_quantity, line._expected_quantity()) >= 0 for line in lines):
                rma.reception_status = "received"
            else:
                some = any(line.received_quantity for line in lines)
                rma.reception_status = "partial" if some else "waiting"

    @api.depends(
        "line_ids.settled_quantity",
        "line_ids.rejected_quantity",
        "line_ids.short_quantity",
        "line_ids.quantity",
    )
    def _compute_settlement_status(self):
        for rma in self:
            if rma.line_ids and all(line._is_settled() for line in rma.line_ids):
                rma.settlement_status = "settled"
            elif any(line.settled_quantity for line in rma.line_ids):
                rma.settlement_status = "partial"
            else:
                rma.settlement_status = "pending"

    @api.depends(
        "refund_ids.payment_state",
        "refund_ids.state",
        "refund_ids.amount_residual",
        "refund_ids.reversal_move_ids.state",
    )
    def _compute_payout_status(self):
        for rma in self:
            posted = rma.refund_ids.filtered(lambda m: m.state == "posted" and not m._aftersales_is_undone())
            states = set(posted.mapped("payment_state"))
            if not posted:
                rma.payout_status = "not_due"
            elif states <= SETTLED:
                rma.payout_status = "paid"
            elif states & {*SETTLED, "partial"}:
                rma.payout_status = "partial"
            else:
                rma.payout_status = "to_pay"
            rma.paid_at = posted._aftersales_paid_on() if rma.payout_status == "paid" else False

    @api.depends("state", "line_ids.received_quantity", "line_ids.accepted_quantity", "line_ids.rejected_quantity")
    def _compute_is_to_inspect(self):
        for rma in self:
            rma.is_to_inspect = rma.state == "approved" and any(
                line.uom_id.compare(line.received_quantity, line.accepted_quantity + line.rejected_quantity) > 0
                for line in rma.line_ids
            )

    @api.depends(
        "state",
        "sent_at",
        "tracking_ref",
        "remedy_ids.type_id",
        "remedy_ids.state",
        "remedy_ids.quantity",
        "line_ids.received_quantity",
        "line_ids.accepted_quantity",
        "line_ids.rejected_quantity",
        "line_ids.short_quantity",
        "line_ids.reason_id.goods_missing",
        "line_ids.reason_id.default_remedy_type_id.needs_goods",
        "line_ids.requested_remedy_id.needs_goods",
    )
    def _compute_is_to_settle(self):
        for rma in self:
            rma.is_to_settle = rma.state == "approved" and any(
                remedy._appliable_quantity() > 0 for remedy in rma.line_ids.remedy_ids
            )

    # === Business === #

    def _sync_done(self):
        """Move to done, or back, as the quantities say."""
        finished = self.filtered(
            lambda rma: rma.line_ids and all(line._is_settled() and line._is_here() for line in rma.line_ids)
        )
        ended = finished.filtered(lambda rma: rma.state == "approved")
        # What is left over is for units that were refused or never came.
        ended.remedy_ids.filtered(lambda remedy: remedy.state in ("draft", "failed"))._transition("cancelled")
        ended._transition("done")
        for rma in (self - finished).filtered(lambda rma: rma.state == "done"):
            rma._transition("approved")
            rma.message_post(body=self.env._("Open again: a document of its remedies was undone."))

    def _nothing_due_message(self):
        self.ensure_one()
        pending = self.remedy_ids.filtered(lambda remedy: remedy.state == "pending")
        if pending:
            return self.env._("The remedies of %(rma)s are under way.", rma=self.name)
        if self.reception_status in ("waiting", "partial"):
            return self.env._(
                "Nothing of %(rma)s is due: by its return policy the goods come first.",
                rma=self.name,
            )
        return self.env._(
            "Nothing of %(rma)s is due: its goods have to be inspected and accepted first.",
            rma=self.name,
        )
