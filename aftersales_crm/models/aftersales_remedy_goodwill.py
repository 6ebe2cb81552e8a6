from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

MANAGER = "aftersales_crm.aftersales_crm_group_manager"


class AftersalesRemedy(models.Model):
    """Goodwill: a remedy of a case, within the agent's limit or with a manager's word, and within the budget.

    An add-on makes its remedy type a goodwill by its flag `is_goodwill`, a method ``_apply_<code>`` and,
    where it is no refund, ``_goodwill_cost_<code>``.
    """

    _inherit = "aftersales.remedy"

    goodwill_order_id = fields.Many2one(
        "sale.order", "Order", readonly=True, index="btree_not_null", check_company=True, ondelete="restrict"
    )
    goodwill_reason = fields.Char("Why", readonly=True, groups="base.group_user")
    goodwill_message = fields.Html("Letter", readonly=True, groups="base.group_user")
    goodwill_cost = fields.Monetary(
        "Cost",
        readonly=True,
        currency_field="company_currency_id",
        groups="base.group_user",
        help="What it takes off the budget, in the company's currency.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the company")
    granted_on = fields.Date("Granted", readonly=True, index="btree_not_null", groups="base.group_user")
    approval = fields.Selection(
        [
            ("not_needed", "Within the limit"),
            ("waiting", "Waits for a manager"),
            ("approved", "Approved"),
            ("refused", "Refused"),
        ],
        readonly=True,
        index="btree_not_null",
        groups="base.group_user",
    )
    approval_by = fields.Many2one("res.users", "Decided by", readonly=True, groups="base.group_user")
    approval_at = fields.Datetime("Decided", readonly=True, groups="base.group_user")
    approval_note = fields.Char("Manager's reason", readonly=True, groups="base.group_user")
    approval_activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null", groups="base.group_user"
    )

    # === Computes === #

    @api.depends("goodwill_order_id.currency_id", "case_id.company_id")
    def _compute_currency_id(self):
        goodwill = self.filtered("case_id")
        for remedy in goodwill:
            order_sudo = remedy.goodwill_order_id.sudo()  # agents of other teams name amounts too
            remedy.currency_id = order_sudo.currency_id or remedy.case_id.company_id.currency_id
        return super(AftersalesRemedy, self - goodwill)._compute_currency_id()

    @api.depends("sent_product_id", "case_id")
    def _compute_product_id(self):
        goodwill = self.filtered("case_id")
        for remedy in goodwill:
            remedy.product_id = remedy.sent_product_id
            remedy.uom_id = remedy.sent_product_id.uom_id
        return super(AftersalesRemedy, self - goodwill)._compute_product_id()

    # === CRUD === #

    @api.model
    def _refused_fields(self):
        goodwill = {name for name in self._fields if name.startswith(("goodwill_", "approval"))}
        return super()._refused_fields() | goodwill | {"granted_on"}

    def write(self, vals):
        if "type_id" in vals and self.case_id:
            raise UserError(self.env._("A goodwill stays what it is: cancel it and offer another one."))
        return super().write(vals)

    # === Actions === #

    def action_open_answer(self):
        """Ask the manager for the decision and its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goodwill"),
            "res_model": "aftersales.goodwill.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_remedy_id": self.id},
        }

    def action_approve_goodwill(self, reason):
        """Grant what is above the agent's limit.

        :param str reason: why
        :raise AccessError: for who is no manager
        :raise UserError: when it was decided already, or the budget has less left
        """
        return self._decide_goodwill("approved", reason)

    def action_refuse_goodwill(self, reason):
        """Do not grant it.

        :param str reason: why
        """
        return self._decide_goodwill("refused", reason)

    def action_cancel_goodwill(self):
        """Take back an offer that has not begun."""
        self.check_access("write")
        for remedy in self:
            if not remedy.case_id:
                raise UserError(self.env._("%(remedy)s is part of a return.", remedy=remedy.display_name))
            remedy._transition("cancelled")
            remedy._close_approval(self.env._("Taken back"))
        return True

    # === Decision === #

    def _decide_goodwill(self, decision, reason):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only a manager decides about goodwill above the limit."))
        self.check_access("write")
        if not (isinstance(reason, str) and reason.strip()):
            raise UserError(self.env._("Say why: the agent reads it."))
        for remedy in self:
            remedy._ensure_waiting()
            # Two managers at once write the same row: the second is run again and finds it decided.
            remedy._write_guarded(
                {
                    "approval": decision,
                    "approval_by": self.env.uid,
                    "approval_at": fields.Datetime.now(),
                    "approval_note": reason.strip(),
                }
            )
            remedy._close_approval(reason.strip())
            if decision == "approved":
                remedy._grant()
            else:
                remedy._transition("cancelled")
        return True

    def _ensure_waiting(self):
        self.ensure_one()
        if self.approval != "waiting" or self.state != "draft":
            raise UserError(
                self.env._(
                    "%(remedy)s waits for no decision: %(name)s has decided, or it was taken back.",
                    remedy=self.display_name,
                    name=self.approval_by.name or self.env._("nobody"),
                )
            )

    def _ask_manager(self):
        """Ask a manager to decide: the lead of the team if they are one."""
        self.ensure_one()
        managers = self.env.ref(MANAGER).all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
        lead = self.case_id.team_id.leader_id
        manager = lead if lead in managers else (managers - self.env.ref("base.user_root"))[:1]
        activity = self.case_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Goodwill above the limit"),
            note=self.env._(
                "%(user)s offers %(what)s: %(reason)s",
                user=self.env.user.name,
                what=self._goodwill_words(),
                reason=self.goodwill_reason,
            ),
            user_id=manager.id or self.env.uid,
        )
        self._write_guarded({"approval_activity_id": activity.id})

    def _close_approval(self, feedback):
        # The activity may be that of another manager.
        activity_sudo = self.sudo().approval_activity_id
        if activity_sudo.active:
            activity_sudo.action_feedback(feedback=feedback)

    # === Granting === #

    def _grant(self):
        """Carry the goodwill out now, within the budget of its month; once.

        :raise UserError: when the budget has less left, or Odoo refuses: nothing is written then
        """
        for remedy in self:
            error = remedy._carry_out()
            if error:
                raise UserError(error)

    def _carry_out(self):
        """A goodwill comes off the budget first, whoever carries it out and how often it was undone."""
        if not self.case_id:
            return super()._carry_out()
        try:
            with self.env.cr.savepoint():
                for remedy in self:
                    remedy._ensure_granted()
                    remedy._take_from_budget()
                error = super()._carry_out()
                if not error:
                    self._write_to_customer()
                return error
        except UserError as error:
            return str(error.args[0])

    def _ensure_granted(self):
        if self.approval not in ("not_needed", "approved"):
            raise UserError(self.env._("%(remedy)s waits for a manager.", remedy=self.display_name))

    def _take_from_budget(self):
        self.ensure_one()
        cost = self._goodwill_cost()
        today = self.company_id._aftersales_today()
        self.env["aftersales.goodwill.budget"]._ensure_left(self.company_id, today, cost)
        self._write_guarded({"goodwill_cost": cost, "granted_on": today})

    def _write_to_customer(self):
        """Send the letter that goes with a goodwill, once."""
        for remedy in self.filtered("goodwill_message"):
            remedy.case_id._write_goodwill_letter(remedy.goodwill_message)
            remedy._write_guarded({"goodwill_message": False})

    # === What it costs === #

    def _goodwill_cost(self):
        """What the goodwill takes off the budget, in the company's currency (float)."""
        self.ensure_one()
        cost = getattr(self, f"_goodwill_cost_{self.code}", None)
        if cost:
            return self.company_id.currency_id.round(cost())
        return self.currency_id._convert(
            self.agreed_amount, self.company_id.currency_id, self.company_id, self.company_id._aftersales_today()
        )

    def _goodwill_cost_gift(self):
        # What a product costs is not for agents to see, but what they give away is.
        return self.sent_product_id.sudo().with_company(self.company_id).standard_price * self.quantity

    def _goodwill_words(self):
        """What is offered, in words."""
        self.ensure_one()
        if self.sent_product_id:
            return f"{self.type_id.name}, {self.quantity:g} × {self.sent_product_id.display_name}"
        return f"{self.type_id.name}, {self.currency_id.format(self.agreed_amount)}"

    # === Applying === #

    def _split_due(self):
        goodwill = self.filtered("case_id")
        ready = goodwill.filtered(lambda r: r.state in ("draft", "failed") and r.approval != "waiting")
        return ready | super(AftersalesRemedy, self - goodwill)._split_due()
