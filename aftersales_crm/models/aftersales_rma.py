from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command


class AftersalesRma(models.Model):
    """A return: what a customer asks for, what was decided, and what came of it.

    The state says what was decided. Where the goods are, what was settled and whether money
    arrived are derived from quantities and documents, each in its own field.
    """

    _name = "aftersales.rma"
    _description = "Return (RMA)"
    _inherit = [
        "aftersales.state.mixin",
        "aftersales.event.source",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    _transitions = {
        "draft": {"submitted", "cancelled"},
        "submitted": {"approved", "rejected", "cancelled"},
        "rejected": {"submitted"},
        "approved": {"done", "cancelled"},
        "done": {"approved"},
    }
    _guarded = (
        "state",
        "decided_at",
        "decided_by",
        "reject_reason",
        "external_ref",
        "closed_short",
        "sent_at",
    )
    _aftersales_event_fields = frozenset({"state", "name", "requested_on", "partner_id", "user_id"})

    name = fields.Char(default="/", required=True, readonly=True, copy=False, index="trigram")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, tracking=True, check_company=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    user_id = fields.Many2one("res.users", "Responsible", tracking=True, domain="[('share', '=', False)]")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Comes back to",
        check_company=True,
        help="Empty: the warehouse that delivered.",
    )

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Asked for"),
            ("approved", "Approved"),
            ("done", "Done"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    requested_on = fields.Date(
        "Asked on",
        required=True,
        copy=False,
        default=lambda self: self.env.company._aftersales_today(),
        help="The day on which rights are judged.",
    )
    external_ref = fields.Char("External reference", readonly=True, copy=False, groups="base.group_user")
    note = fields.Text("Customer's note")
    decided_at = fields.Datetime("Decided", readonly=True, copy=False)
    decided_by = fields.Many2one("res.users", readonly=True, copy=False, groups="base.group_user")
    reject_reason = fields.Text("Reason of the refusal", readonly=True, copy=False)
    sent_at = fields.Datetime("Sent by the customer", readonly=True, copy=False)
    tracking_ref = fields.Char("Tracking reference", copy=False)
    tracking_carrier = fields.Char("Carrier", copy=False)
    closed_short = fields.Boolean(readonly=True, copy=False)

    line_ids = fields.One2many("aftersales.rma.line", "rma_id", "Products", copy=True)
    remedy_ids = fields.One2many("aftersales.remedy", "rma_id", "Remedies")
    sale_order_ids = fields.Many2many("sale.order", compute="_compute_sale_order_ids")
    picking_ids = fields.One2many("stock.picking", "aftersales_rma_id", "Transfers")
    refund_ids = fields.One2many("account.move", "aftersales_rma_id", "Credit notes")
    repair_ids = fields.One2many("repair.order", "aftersales_rma_id", "Repairs")
    picking_count = fields.Integer(compute="_compute_document_counts")
    refund_count = fields.Integer(compute="_compute_document_counts")
    repair_count = fields.Integer(compute="_compute_document_counts")
    paid_total = fields.Monetary("Paid by the customer", compute="_compute_totals", store=True)
    refunded_total = fields.Monetary("Refunded", compute="_compute_totals", store=True)
    eligibility = fields.Selection(
        [("pass", "Eligible"), ("unknown", "Unknown"), ("review", "Review"), ("fail", "Not eligible")],
        compute="_compute_eligibility",
        store=True,
        help="The worst of its lines.",
    )

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
    is_to_settle = fields.Boolean(compute="_compute_is_to_settle")

    _external_ref_unique = models.UniqueIndex(
        "(company_id, external_ref) WHERE external_ref IS NOT NULL",
        "Another return already carries this external reference.",
    )
    _company_state = models.Index("(company_id, state)")

    # === Computes === #

    @api.depends("company_id", "line_ids.sale_line_id")
    def _compute_currency_id(self):
        for rma in self:
            currency = rma.line_ids.sale_line_id.currency_id[:1]
            rma.currency_id = currency or rma.currency_id or rma.company_id.currency_id

    @api.depends("line_ids.sale_line_id")
    def _compute_sale_order_ids(self):
        for rma in self:
            rma.sale_order_ids = rma.line_ids.sale_line_id.order_id

    @api.depends("picking_ids", "refund_ids", "repair_ids")
    def _compute_document_counts(self):
        for rma in self:
            rma.picking_count = len(rma.picking_ids)
            rma.refund_count = len(rma.refund_ids)
            rma.repair_count = len(rma.repair_ids)

    @api.depends("line_ids.paid_total", "line_ids.refunded_total")
    def _compute_totals(self):
        for rma in self:
            rma.paid_total = sum(rma.line_ids.mapped("paid_total"))
            rma.refunded_total = sum(rma.line_ids.mapped("refunded_total"))

    @api.depends("line_ids.eligibility")
    def _compute_eligibility(self):
        worst_first = ("fail", "review", "unknown", "pass")
        for rma in self:
            outcomes = set(rma.line_ids.mapped("eligibility"))
            rma.eligibility = next((o for o in worst_first if o in outcomes), False)

    @api.depends(
        "line_ids.received_quantity",
        "line_ids.quantity",
        "line_ids.short_quantity",
        "line_ids.origin_move_id",
        "line_ids.requested_remedy_id",
        "line_ids.reason_id",
    )
    def _compute_reception_status(self):
        for rma in self:
            lines = rma.line_ids.filtered(lambda line: line._needs_goods())
            if not lines:
                rma.reception_status = "not_required"
            elif all(
                line.uom_id.compare(line.received_quantity + line.short_quantity, line.quantity) >= 0 for line in lines
            ):
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
            elif states <= {"paid", "in_payment"}:
                rma.payout_status = "paid"
            elif states & {"paid", "in_payment", "partial"}:
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

    @api.depends("state", "remedy_ids.state", "remedy_ids.quantity", "is_to_inspect", "sent_at")
    def _compute_is_to_settle(self):
        for rma in self:
            rma.is_to_settle = rma.state == "approved" and any(
                remedy._appliable_quantity() > 0 for remedy in rma.remedy_ids
            )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for rma in self:
            rma.access_url = f"/my/returns/{rma.id}"
        return result

    # === Constrains === #

    @api.constrains("line_ids", "currency_id")
    def _check_currency(self):
        for rma in self:
            if len(rma.line_ids.sale_line_id.currency_id | rma.currency_id) > 1:
                raise ValidationError(self.env._("One return is of orders in one currency: make one per currency."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("aftersales.rma") or "/"
        return super().create(vals_list)

    def write(self, vals):
        if {"requested_on", "partner_id", "company_id", "currency_id", "name"} & vals.keys():
            for rma in self:
                if rma.state != "draft" and not self._is_system():
                    raise UserError(
                        self.env._(
                            "%(rma)s has been sent: number, customer and date are not changed any more.",
                            rma=rma.name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for rma in self:
            if rma.state != "draft":
                raise UserError(self.env._("%(rma)s is part of the history: cancel it instead.", rma=rma.name))

    # === Who may do what === #

    def _is_manager(self):
        return self.env.su or self.env.user.has_group("aftersales_crm.aftersales_crm_group_manager")

    def _ensure_manager(self, message):
        if not self._is_manager():
            raise AccessError(message)

    def _approval_problems(self):
        """Why an agent may not approve this return alone: one sentence per line."""
        self.ensure_one()
        problems = []
        for line in self.line_ids:
            if line.eligibility != "pass" and line.basis != "goodwill":
                reasons = (line.basis_reasons or self.env._("not judged yet")).replace("\n", " ")
                problems.append(f"{line.product_id.display_name}: {reasons}")
            elif line.basis == "goodwill":
                problems.append(self.env._("%(product)s: goodwill.", product=line.product_id.display_name))
        return problems

    def _ensure_can_approve(self):
        for rma in self:
            problems = rma._approval_problems()
            if problems and not rma._is_manager():
                raise AccessError(
                    self.env._(
                        "A manager has to decide %(rma)s:\n%(problems)s",
                        rma=rma.name,
                        problems="\n".join(problems),
                    )
                )

    # === Actions === #

    def action_submit(self):
        """Send the request: claim the units, find the basis, approve what approves itself.

        :raise UserError: when nothing is asked for, or a delivery has fewer units left
        """
        moved = self._transition("submitted")
        for rma in moved:
            if rma._approves_itself():
                # The policy decides here, not the person who asks.
                rma.with_user(SUPERUSER_ID)._approve()
        return True

    def action_approve(self):
        """Approve: draft the remedies and announce the goods to the warehouse.

        :raise AccessError: when a manager has to decide
        """
        self.check_access("write")
        submitted = self.filtered(lambda rma: rma.state not in ("approved", "done"))
        submitted._ensure_can_approve()
        submitted._approve()
        return True

    def action_reject(self, reason):
        """Refuse with a reason that the customer reads; the units are free again.

        :param str reason: the reason, in the customer's words
        :raise UserError: without a reason, or when the return is not waiting for a decision
        """
        self.check_access("write")
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Give the customer a reason for the refusal."))
        self._transition("rejected", {**self._prepare_decision_vals(), "reject_reason": reason})
        return True

    def action_open_reject(self):
        return self._open_wizard("aftersales.rma.reject", self.env._("Refuse"))

    def action_appeal(self):
        """Ask again after a refusal."""
        self._transition("submitted")
        return True

    def action_cancel(self):
        """Withdraw the request while nothing came and nothing was paid."""
        self.check_access("write")
        self._transition("cancelled")
        return True

    def action_mark_sent(self, tracking=False, carrier=False, sent_on=False):
        """Note that the customer has handed the goods over to a carrier.

        :param str tracking: tracking reference
        :param str carrier: name of the carrier
        :param datetime.datetime sent_on: UTC, now when empty
        """
        self.check_access("write")
        for rma in self:
            if rma.state not in ("submitted", "approved"):
                raise UserError(self.env._("%(rma)s does not wait for goods.", rma=rma.display_name))
            rma._write_guarded(
                {
                    "sent_at": rma.sent_at or sent_on or fields.Datetime.now(),
                    "tracking_ref": tracking or rma.tracking_ref,
                    "tracking_carrier": carrier or rma.tracking_carrier,
                }
            )
        return True

    def action_open_receive(self):
        self._ensure_state("approved", self.env._("receive goods"))
        return self._open_wizard("aftersales.rma.receive", self.env._("Receive"))

    def action_open_inspect(self):
        self._ensure_state("approved", self.env._("inspect goods"))
        action = self._open_wizard("aftersales.rma.receive", self.env._("Inspect"))
        action["context"]["default_mode"] = "inspect"
        return action

    def action_settle(self):
        """Carry out every remedy that is due; what Odoo refuses is left with its error.

        :raise UserError: when nothing is due yet
        """
        self.check_access("write")
        rmas = self.filtered(lambda rma: rma.state != "done")
        rmas._ensure_state("approved", self.env._("settle"))
        due = rmas.remedy_ids._split_due()
        for rma in rmas - due.rma_id:
            raise UserError(rma._nothing_due_message())
        due._apply()
        rmas._sync_done()
        return True

    def action_close_short(self):
        """End an approved return whose remaining goods never came; its units are free again."""
        self.check_access("write")
        for rma in self:
            if rma.state == "done" and rma.closed_short:
                continue
            rma._ensure_state("approved", self.env._("close short"))
            rma._close_short()
        return True

    def _open_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_rma_id": self.id},
        }

    def _ensure_state(self, state, doing):
        for rma in self:
            if rma.state != state:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(rma)s is %(state)s: to %(doing)s it has to be %(needed)s.",
                        rma=rma.name,
                        state=labels[rma.state],
                        doing=doing,
                        needed=labels[state],
                    )
                )

    # === Transitions === #

    def _check_transition(self, target):
        for rma in self:
            if target == "submitted" and not rma.line_ids:
                raise UserError(self.env._("%(rma)s: say what comes back.", rma=rma.name))
            if target == "cancelled" and any(line.received_quantity or line.settled_quantity for line in rma.line_ids):
                raise UserError(
                    self.env._(
                        "Goods or money of %(rma)s have already moved: close it short instead.",
                        rma=rma.name,
                    )
                )

    def _after_transition(self, target):
        lines = self.line_ids
        if target in ("submitted", "rejected", "cancelled"):
            lines._sync_claims()
        if target == "submitted":
            lines._judge()
        elif target == "cancelled":
            self._cancel_documents()

    def _prepare_decision_vals(self):
        return {"decided_at": fields.Datetime.now(), "decided_by": self.env.uid}

    def _approves_itself(self):
        """Whether the policy of every line lets it pass without a person."""
        self.ensure_one()
        limits = [
            (line.sale_line_id.aftersales_policy_terms or {}).get("auto_approve_limit", 0.0) for line in self.line_ids
        ]
        return (
            self.eligibility == "pass"
            and bool(limits)
            and min(limits) > 0
            and self.currency_id.compare_amounts(self.paid_total, min(limits)) <= 0
        )

    def _approve(self):
        moved = self._transition("approved", self._prepare_decision_vals())
        for line in moved.line_ids:
            if line.eligibility == "fail" and line.basis != "goodwill":
                line._write_guarded({"basis": "goodwill", "fee": 0.0})
        moved._create_remedies()
        for rma in moved:
            rma._create_return_pickings()
        return moved

    def _create_remedies(self):
        """Draft the remedy of each line, for the units it asks for."""
        # Agents make no remedies of their own: approval does, as the verdict says.
        self.env["aftersales.remedy"].sudo()._with_system().create(
            [line._prepare_remedy_vals() for line in self.line_ids if not line.remedy_ids]
        )

    def _create_return_pickings(self):
        """Announce the goods by stock's own returns, one per delivery they came with."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._to_announce() > 0)
        # An agent approves without rights on the warehouse; stock's wizard checks the rest.
        wizards_sudo = self.env["stock.return.picking"].sudo()
        for picking, group in lines.grouped(lambda line: line.origin_move_id.picking_id).items():
            wizards_sudo.create(self._prepare_return_wizard_vals(picking, group))._create_return()

    def _prepare_return_wizard_vals(self, picking, lines):
        return {
            "picking_id": picking.id,
            "aftersales_rma_id": self.id,
            "product_return_moves": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "move_id": line.origin_move_id.id,
                        "quantity": line.uom_id._compute_quantity(line._to_announce(), line.origin_move_id.product_uom),
                        # What is repaired stays sold: it is neither invoiced again nor credited.
                        "to_refund": line._remedy_type().code != "repair",
                        "aftersales_rma_line_id": line.id,
                    }
                )
                for line in lines
            ],
        }

    def _cancel_documents(self):
        """Cancel what approval has announced and nothing has become of."""
        # The agent who cancels a return has no rights on warehouse and repairs.
        moves_sudo = (self.line_ids.receipt_move_ids | self.remedy_ids.move_ids).sudo()
        moves_sudo.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        repairs_sudo = self.repair_ids.sudo().filtered(lambda repair: repair.state not in ("done", "cancel"))
        repairs_sudo.action_repair_cancel()
        self.remedy_ids.filtered(lambda r: r.state in ("draft", "failed", "pending"))._transition("cancelled")

    def _close_short(self):
        self.ensure_one()
        for line in self.line_ids:
            held = max(line.received_quantity, line.settled_quantity + line.rejected_quantity)
            missing = max(line.quantity - held, 0.0)
            line._write_guarded({"short_quantity": missing})
            line.remedy_ids._shrink_to(line.quantity - missing - line.rejected_quantity)
        self._write_guarded({"closed_short": True})
        self.line_ids._sync_claims()
        waiting_sudo = self.line_ids.receipt_move_ids.sudo()  # see _cancel_documents
        waiting_sudo.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        self.message_post(body=self.env._("Closed short: the remaining goods never came."))
        return self._sync_done()

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

    def _sync_done(self):
        """Move to done, or back, as the quantities say."""
        for rma in self:
            lines = rma.line_ids
            finished = bool(lines) and all(line._is_settled() and line._is_here() for line in lines)
            if rma.state == "approved" and finished:
                # What is left over is for units that were refused or never came.
                rma.remedy_ids.filtered(lambda r: r.state in ("draft", "failed"))._transition("cancelled")
                rma._transition("done")
            elif rma.state == "done" and not finished:
                rma._transition("approved")
                rma.message_post(body=self.env._("Open again: a document of its remedies was undone."))
