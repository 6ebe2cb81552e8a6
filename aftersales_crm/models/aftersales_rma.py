from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


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
        "cancelled": {"submitted"},  # only what expired: see _check_transition of aftersales_rma_expiry
    }
    _guarded = (
        "state",
        "decided_at",
        "decided_by",
        "reject_reason",
        "external_ref",
        "closed_short",
        "sent_at",
        "expires_on",
        "expired",
        "payer_agreed_at",
        "answer_due_on",
        "answer_law_id",
        "answer_noted_at",
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
    # Who brings a gift back does not learn what it has cost; their page says what they may know.
    paid_total = fields.Monetary(
        "Paid by the customer", compute="_compute_totals", store=True, groups="base.group_user"
    )
    refunded_total = fields.Monetary("Refunded", compute="_compute_totals", store=True, groups="base.group_user")
    eligibility = fields.Selection(
        [("pass", "Eligible"), ("unknown", "Unknown"), ("review", "Review"), ("fail", "Not eligible")],
        compute="_compute_eligibility",
        store=True,
        help="The worst of its lines.",
    )

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

    def action_approve(self, reason=False):
        """Approve: draft the remedies and announce the goods to the warehouse.

        :param str reason: noted in the history; needed where the approval is goodwill
        :raise AccessError: when a manager has to decide
        :raise UserError: when it is goodwill and no reason is given
        """
        self.check_access("write")
        submitted = self.filtered(lambda rma: rma.state not in ("approved", "done"))
        submitted._ensure_can_approve()
        submitted._keep_decision_reason(reason)
        submitted._approve()
        if reason:
            submitted._message_log_batch(bodies={rma.id: reason for rma in submitted})
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

    def action_send_back(self):
        """Send refused goods, and repaired ones whose way home was cancelled, back to the customer.

        :raise UserError: when nothing of the kind is here
        """
        self.check_access("write")
        for rma in self:
            if rma.state not in ("approved", "done"):
                rma._ensure_state("approved", self.env._("send goods back"))
            if not rma.line_ids._send_back():
                raise UserError(self.env._("Nothing of %(rma)s was refused and is still here.", rma=rma.name))
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
        for line in self.line_ids.filtered(lambda line: line._needs_goods()):
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
