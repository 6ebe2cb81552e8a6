from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# An answer of the provider that has not come after this time has to be looked for.
PATIENCE = timedelta(days=3)
OPEN_STATES = ("queued", "sent", "unclear")


class AftersalesPayout(models.Model):
    """Money that goes back through the payment provider it came by: a queue, and what became of each row.

    Sending money cannot be rolled back. So the intention is recorded and committed first, with the refund
    transaction that names it, and only then the provider is called, once. A row whose call got no answer is
    unclear: what Odoo hears later settles it, or a person does who has looked at the provider. It is
    never sent again by itself.
    """

    _name = "aftersales.payout"
    _description = "Payout through a Payment Provider"
    _inherit = ["aftersales.state.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "move_id"
    _check_company_auto = True

    _transitions = {
        "queued": {"sent", "failed", "cancelled"},
        "sent": {"done", "failed", "unclear"},
        "unclear": {"done", "failed"},
        "failed": {"queued", "cancelled"},
    }
    _guarded = (
        "state",
        "move_id",
        "transaction_id",
        "refund_transaction_id",
        "amount",
        "error",
        "sent_at",
        "answered_at",
    )

    move_id = fields.Many2one(
        "account.move", "Credit note", required=True, readonly=True, ondelete="restrict", index=True
    )
    rma_id = fields.Many2one(related="move_id.aftersales_rma_id", string="Return", store=True, index="btree_not_null")
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="move_id.partner_id", string="Customer")
    transaction_id = fields.Many2one(
        "payment.transaction", "Paid by", required=True, readonly=True, ondelete="restrict", index=True
    )
    provider_id = fields.Many2one(related="transaction_id.provider_id")
    provider_name = fields.Char("Goes back by", related="provider_id.name")
    currency_id = fields.Many2one(related="transaction_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    refund_transaction_id = fields.Many2one("payment.transaction", "Refund", readonly=True, copy=False)
    reference = fields.Char(related="refund_transaction_id.reference", help="How the provider knows it.")
    state = fields.Selection(
        [
            ("queued", "Waits"),
            ("sent", "Sent"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unclear", "Unclear"),
            ("cancelled", "Cancelled"),
        ],
        default="queued",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    error = fields.Text(readonly=True, copy=False)
    sent_at = fields.Datetime("Sent on", readonly=True, copy=False)
    answered_at = fields.Datetime("Answered on", readonly=True, copy=False)

    _once = models.UniqueIndex(
        "(move_id, transaction_id) WHERE state <> 'cancelled'", "This credit note is already paid out that way."
    )
    _amount_positive = models.Constraint("CHECK(amount > 0)", "A payout is of more than nothing.")

    # === Actions, for who may register payments === #

    def action_retry(self):
        """Send a failed payout once more; the provider has refused the last one."""
        self._ensure_accountant()
        self.sudo()._transition("queued", {"error": False, "refund_transaction_id": False, "answered_at": False})
        self._trigger()
        return True

    def action_cancel(self):
        """Pay otherwise: the credit note goes back to the list of what is to be paid."""
        self._ensure_accountant()
        self.sudo()._transition("cancelled")
        return True

    def action_confirm_paid(self):
        """The provider shows that an unclear payout was paid."""
        self._ensure_accountant()
        self._ensure_unclear()
        for payout_sudo in self.sudo():
            payout_sudo.refund_transaction_id._set_done()
        self.sudo()._follow()
        return True

    def action_confirm_not_paid(self):
        """The provider shows that an unclear payout was never paid: it failed and may be sent again."""
        self._ensure_accountant()
        self._ensure_unclear()
        for payout_sudo in self.sudo():
            payout_sudo.refund_transaction_id._set_canceled(state_message=self.env._("The provider never received it."))
        self.sudo()._follow()
        return True

    def _ensure_accountant(self):
        # Accountants decide about money; the rows and the transactions behind them are the system's.
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only who registers payments decides about payouts."))

    def _ensure_unclear(self):
        for payout in self:
            if payout.state != "unclear":
                raise UserError(self.env._("The payout of %(note)s is not unclear.", note=payout.move_id.name))

    # === Queue === #

    @api.model
    def _queue_for(self, notes):
        """Queue what posted credit notes of returns owe to customers who paid by a provider.

        :param notes: posted `account.move` credit notes
        :return: the new payouts
        """
        vals_list = []
        for note in notes.filtered(lambda note: note.company_id.aftersales_refund_online):
            left = note.amount_residual
            for transaction in note._aftersales_sources():
                amount = min(left, self._refundable(transaction))
                if note.currency_id.compare_amounts(amount, 0.0) <= 0 or not self._takes(transaction, amount):
                    continue
                vals_list.append({"move_id": note.id, "transaction_id": transaction.id, "amount": amount})
                left -= amount
        payouts = self._with_system().create(vals_list)
        payouts._trigger()
        return payouts

    @api.model
    def _refundable(self, transaction):
        """What has neither gone back of a transaction nor is on its way."""
        refunds = transaction.child_transaction_ids.filtered(
            lambda child: child.operation == "refund" and child.state not in ("cancel", "error")
        )
        waiting = self.search([("transaction_id", "=", transaction.id), ("state", "=", "queued")])
        return transaction.amount + sum(refunds.mapped("amount")) - sum(waiting.mapped("amount"))

    @api.model
    def _takes(self, transaction, amount):
        """Whether the provider can refund an amount of a transaction."""
        method = transaction.payment_method_id.primary_payment_method_id or transaction.payment_method_id
        support = {transaction.provider_id.support_refund, method.support_refund}
        if "none" in support or False in support:
            return False
        whole = not transaction.currency_id.compare_amounts(amount, transaction.amount)
        return whole or "full_only" not in support

    def _trigger(self):
        if self:
            # Whoever settles a return has no rights on scheduled actions.
            self.env.ref("aftersales_crm.ir_cron_payout").sudo()._trigger()

    @api.model
    def _cron_process(self):
        """Follow what was sent, then send what waits; one row, one commit."""
        open_rows = self.search([("state", "in", OPEN_STATES)], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(open_rows))
        for payout in open_rows:
            locked = payout.try_lock_for_update()
            if locked.state == "queued":
                locked._send()
            elif locked:
                locked._follow()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _send(self):
        """Record and commit the intention, then ask the provider, once."""
        self.ensure_one()
        if not self._announce():
            return
        self.env["ir.cron"]._commit_progress()
        # The lock went with the commit: whoever took the row meanwhile found it without an answer.
        if not self.try_lock_for_update() or self.state != "sent":
            return
        refund = self.refund_transaction_id
        refund._log_sent_message()
        try:
            refund._send_refund_request()
        except ValidationError as error:
            # A connection that broke looks like a refusal: only the provider knows.
            self._transition("unclear", {"error": str(error)})
            self._ask_a_person()
            return
        self._write_guarded({"answered_at": fields.Datetime.now()})
        self._follow()

    def _announce(self):
        """Make the refund transaction that the provider is going to hear of.

        :return: whether there is still something to send
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.move_id.amount_residual, self.amount) < 0:
            self._transition("cancelled", {"error": self.env._("The credit note was paid otherwise.")})
            return False
        try:
            self.transaction_id._ensure_provider_is_not_disabled()
        except UserError as error:
            self._fail(str(error.args[0]))
            return False
        refund = self.transaction_id._create_child_transaction(
            self.amount, is_refund=True, invoice_ids=[fields.Command.link(self.move_id.id)]
        )
        self._transition("sent", {"sent_at": fields.Datetime.now(), "refund_transaction_id": refund.id})
        return True

    # === What became of it === #

    def _follow(self):
        """Take over what is known of the refund transactions."""
        for payout in self:
            refund = payout.refund_transaction_id
            if refund.state == "done":
                payout._transition("done", {"error": False})
                # Odoo's own post-processing makes the payment and reconciles it with the credit note.
                self.env.ref("payment.cron_post_process_payment_tx")._trigger()
                payout.activity_unlink(["mail.mail_activity_data_warning"])
            elif refund.state in ("cancel", "error"):
                payout._fail(refund.state_message or self.env._("The provider refused it."))
            elif payout._is_without_answer():
                payout._transition("unclear")
                payout._ask_a_person()

    def _is_without_answer(self):
        self.ensure_one()
        if self.state != "sent":
            return False
        return not self.answered_at or self.sent_at + PATIENCE < fields.Datetime.now()

    def _fail(self, message):
        self._transition("failed", {"error": message})
        self._ask_a_person()

    def _ask_a_person(self):
        unclear = self.env._(
            "Look at the provider whether it was paid, and say so here: it is not sent again by itself."
        )
        for payout in self:
            payout.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._(
                    "Refund of %(note)s: %(state)s", note=payout.move_id.name, state=payout._state_label()
                ),
                note=" ".join(filter(None, [payout.error, payout.state == "unclear" and unclear])),
                user_id=payout.move_id.invoice_user_id.id or self.env.uid,
            )

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A payout is part of the history: cancel it instead."))
