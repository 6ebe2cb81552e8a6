from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

OPEN_STATES = ("draft", "failed")


class AftersalesRemedy(models.Model):
    """One way in which some units of a return are put right, and its documents.

    A remedy type with code ``x`` is carried out by ``_apply_x``, called with remedies of that
    type, of one or several returns. It either finishes them (`_finish`) or leaves them pending on
    documents whose progress `_sync_documents` follows.
    """

    _name = "aftersales.remedy"
    _description = "Remedy"
    _inherit = ["aftersales.state.mixin", "aftersales.event.source"]
    _order = "id"
    _check_company_auto = True

    _transitions = {
        "draft": {"pending", "done", "failed", "cancelled"},
        "failed": {"draft", "pending", "done", "failed", "cancelled"},
        "pending": {"draft", "done", "failed", "cancelled"},
        "done": {"draft"},
    }
    _guarded = (
        "state",
        "error",
        "done_at",
        "quantity",
        "amount",
        "rma_line_id",
        "case_id",
        "choice_by",
        "choice_at",
        "gives_delivery_back",
        "uninvoiced_quantity",
        "agreed_amount",
        "sent_product_id",
        "is_charged",
        "exchange_order_id",
        "advance_until",
        "advance_flagged",
    )
    _aftersales_event_fields = frozenset({"state", "amount", "done_at", "case_id"})

    rma_line_id = fields.Many2one("aftersales.rma.line", "Return line", index=True, ondelete="cascade")
    rma_id = fields.Many2one(related="rma_line_id.rma_id", store=True, index=True)
    case_id = fields.Many2one(
        "aftersales.case", index="btree_not_null", ondelete="restrict", help="A goodwill without a return."
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True, precompute=True)
    product_id = fields.Many2one("product.product", compute="_compute_product_id", compute_sudo=True)
    uom_id = fields.Many2one("uom.uom", compute="_compute_product_id", compute_sudo=True)
    type_id = fields.Many2one("aftersales.remedy.type", required=True, ondelete="restrict")
    code = fields.Char(related="type_id.code")
    quantity = fields.Float(required=True, default=1.0, digits="Product Unit")
    amount = fields.Monetary(help="What the customer gets back, taxes included.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Under way"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    error = fields.Text(readonly=True, copy=False, groups="base.group_user")
    choice_by = fields.Many2one("res.users", readonly=True)
    choice_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")

    refund_line_ids = fields.One2many("account.move.line", "aftersales_remedy_id")
    move_ids = fields.One2many("stock.move", "aftersales_remedy_id", "Stock moves")
    repair_ids = fields.One2many("repair.order", "aftersales_remedy_id", "Repairs")

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "A remedy is for more than zero units.")

    _document_set = models.Constraint(
        "CHECK((rma_line_id IS NULL) <> (case_id IS NULL))", "A remedy belongs to a return line or to a case."
    )

    # === Computes === #

    @api.depends("rma_line_id.company_id", "case_id.company_id")
    def _compute_company_id(self):
        for remedy in self:
            remedy.company_id = remedy.rma_line_id.company_id or remedy.case_id.company_id

    @api.depends("rma_line_id.currency_id")
    def _compute_currency_id(self):
        for remedy in self:
            remedy.currency_id = remedy.rma_line_id.currency_id

    @api.depends("rma_line_id.product_id")
    def _compute_product_id(self):
        for remedy in self:
            remedy.product_id = remedy.rma_line_id.product_id
            remedy.uom_id = remedy.rma_line_id.uom_id

    @api.depends("type_id", "quantity", "rma_id")
    def _compute_display_name(self):
        for remedy in self:
            remedy.display_name = f"{remedy._document().name}: {remedy.type_id.name} {remedy.quantity:g}"

    # === CRUD === #

    def write(self, vals):
        if "type_id" in vals:
            self._ensure_may_become(self.env["aftersales.remedy.type"].browse(vals["type_id"]))
            for remedy in self:
                if remedy.state not in OPEN_STATES:
                    raise UserError(
                        self.env._(
                            "%(remedy)s has begun: it cannot become another one.",
                            remedy=remedy.display_name,
                        )
                    )
        lines = self.rma_line_id if "type_id" in vals else self.env["aftersales.rma.line"]
        repaired = lines.filtered(lambda line: line.for_repair)
        result = super().write(vals)
        # What was to be repaired kept its warranty when it came back.
        given_up_sudo = repaired.filtered(lambda line: not line.for_repair).sudo()
        arrived_sudo = given_up_sudo.receipt_move_ids.filtered(lambda move: move.state == "done")
        warranties_sudo = self.env["aftersales.warranty"].sudo()
        if arrived_sudo:
            warranties_sudo._give_up_repairs(given_up_sudo)
        warranties_sudo._void_for_returns(arrived_sudo)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_open(self):
        for remedy in self:
            if remedy.state not in (*OPEN_STATES, "cancelled"):
                raise UserError(self.env._("%(remedy)s has begun: it is not deleted.", remedy=remedy.display_name))

    def _ensure_may_become(self, remedy_type):
        """Approval judged what its basis offers: anything else is for a manager."""
        for remedy in self:
            if not remedy._is_offered(remedy_type):
                remedy.rma_id._ensure_manager(
                    self.env._(
                        "Only a manager may turn %(remedy)s into “%(name)s”: its basis does not offer that.",
                        remedy=remedy.display_name,
                        name=remedy_type.name,
                    )
                )

    def _is_offered(self, remedy_type):
        """Whether basis or policy give a remedy without a manager's word."""
        self.ensure_one()
        if remedy_type.code == "keep" and self._keep_limit():
            amount = self.agreed_amount or self._worth()
            return self.currency_id.compare_amounts(amount, self._keep_limit()) <= 0
        return self.rma_line_id._grants(remedy_type.code)

    # === Actions === #

    def action_apply(self):
        """Carry out these remedies as far as they are due; repeating it changes nothing."""
        self.check_access("write")
        self.rma_id._ensure_state("approved", self.env._("settle"))
        self._split_due()._apply()
        self.rma_id._sync_done()
        return True

    def _document(self):
        """The return or the case that a remedy belongs to."""
        self.ensure_one()
        return self.rma_id or self.case_id

    # === Quantities === #

    def _appliable_quantity(self):
        """Units of this remedy that are due now and not yet under way."""
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return 0.0
        if not self.type_id.needs_goods:
            return self.quantity
        line = self.rma_line_id
        peers = line.remedy_ids.filtered(lambda r: r.type_id.needs_goods and r.code != "send_back")
        begun = peers.filtered(lambda r: r.state in ("pending", "done"))
        earlier = peers.filtered(lambda r: r.state in OPEN_STATES and r.id < self.id)
        taken = sum((begun | earlier).mapped("quantity"))
        due = min(line._due_quantity(self._timing()) - taken, self.quantity)
        return line.uom_id.round(due) if due > 0 else 0.0

    def _timing(self):
        """Hook: when the remedy is due, where its type does not wait as the policy says."""
        return None

    def _split_due(self):
        """Cut the part that is due off each remedy; the rest waits as a remedy of its own.

        :return: the remedies to apply now
        """
        due = self.browse()
        for remedy in self:
            quantity = remedy._appliable_quantity()
            if not quantity:
                continue
            if remedy.uom_id.compare(quantity, remedy.quantity) < 0:
                remedy._split_off(remedy.quantity - quantity)
            due |= remedy
        return due

    def _shrink_to(self, quantity):
        """Leave open remedies for so many units of a line in all, those begun included."""
        left = quantity - sum(self.filtered(lambda r: r.state in ("pending", "done")).mapped("quantity"))
        for remedy in self.filtered(lambda r: r.state in OPEN_STATES):
            if remedy.uom_id.compare(left, 0.0) <= 0:
                remedy._transition("cancelled")
            elif remedy.uom_id.compare(remedy.quantity, left) > 0:
                remedy._write_guarded({"quantity": left})
            left -= remedy.quantity

    # === Applying === #

    def _apply(self):
        """Carry out open remedies, those of one type together.

        When Odoo refuses, one return after the other: what it refuses then leaves the remedies
        of that return ``failed`` with the error and everything else untouched.
        """
        due = self.filtered(lambda remedy: remedy.state in OPEN_STATES)
        for (_type, company), remedies in due.grouped(lambda remedy: (remedy.type_id, remedy.company_id)).items():
            # Accounts and locations are those of the company of the return, wherever the user works.
            remedies = remedies.with_company(company)
            by_return = remedies.grouped(lambda remedy: remedy._document())
            if len(by_return) > 1 and not remedies._carry_out():
                continue
            for group in by_return.values():
                error = group._carry_out()
                if error:
                    group._fail(error)

    def _carry_out(self):
        """Carry out open remedies of one type, all or none.

        :return: why Odoo refuses (str), or False
        :raise UserError: when the add-on that brought the type is missing
        """
        apply = getattr(self, f"_apply_{self.type_id.code}", None)
        if apply is None:
            raise UserError(
                self.env._(
                    "Nothing carries out “%(name)s”: the add-on that brought it is missing.",
                    name=self.type_id.name,
                )
            )
        try:
            with self.env.cr.savepoint():
                apply()
        except (UserError, RedirectWarning) as error:
            return str(error.args[0])
        return False

    def _fail(self, message):
        for remedy in self:
            if remedy.state == "failed":
                remedy._write_guarded({"error": message})
            else:
                remedy._transition("failed", {"error": message})

    def _finish(self):
        """The remedies are posted or shipped."""
        self._transition("done", {"done_at": fields.Datetime.now(), "error": False})

    def _reopen(self, documents):
        """Documents of the remedies were undone: they wait to be applied again.

        :param documents: what was cancelled, for the people who read the return
        """
        reopened = self.filtered(lambda remedy: remedy.state in ("done", "pending"))
        for document, remedies in reopened.grouped(lambda remedy: remedy._document()).items():
            document.message_post(
                body=self.env._(
                    "%(documents)s was undone: %(remedies)s waits to be settled again.",
                    documents=", ".join(name for name in documents.mapped("name") if name),
                    remedies=", ".join(remedies.mapped("type_id.name")),
                )
            )
        reopened._transition("draft", {"done_at": False})
        reopened.filtered(lambda remedy: not remedy.type_id.needs_goods).rma_line_id._sync_claims()
        reopened.rma_id._sync_done()

    def _cancelled_documents(self):
        """The cancelled transfers of a remedy, or its cancelled repairs."""
        self.ensure_one()
        pickings = self.move_ids.picking_id.filtered(lambda picking: picking.state == "cancel")
        return pickings or self.repair_ids.filtered(lambda repair: repair.state == "cancel")

    def _sync_documents(self):
        """Follow the documents that pending remedies wait for."""
        for remedy in self:
            if remedy.state not in ("pending", "done"):
                continue
            outcome = getattr(remedy, f"_progress_{remedy.code}", lambda: False)()
            if outcome == "done" and remedy.state == "pending":
                remedy._finish()
            elif outcome == "undone":
                remedy._reopen(remedy._cancelled_documents())
        self.rma_id._sync_done()
