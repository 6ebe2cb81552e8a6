import time
import uuid

from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

RECORD_TRIES = 20
RECORD_PAUSE = 0.2
VERDICTS = [
    ("in_time", "In time"),
    ("review", "To be checked"),
    ("late", "Late"),
    ("no_right", "No such right"),
]


class AftersalesWithdrawal(models.Model):
    """A consumer's statement of withdrawal, as it was made (Art. 11a of Directive 2011/83/EU).

    The statement is recorded in a transaction of its own before anything is done about it: its
    order is looked up, its time judged and its return opened afterwards, and again where that
    failed. Nobody changes what was stated.
    """

    _name = "aftersales.withdrawal"
    _description = "Withdrawal"
    _inherit = [
        "aftersales.state.mixin",
        "aftersales.event.source",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "submitted_at desc, id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    _transitions = {
        "received": {"to_match", "to_decide", "accepted"},
        "to_match": {"received", "closed"},
        "to_decide": {"received", "accepted", "closed"},
        "closed": {"to_match", "to_decide"},
    }
    _stated = (
        "person_name",
        "email",
        "contract",
        "whole_order",
        "parts",
        "line_ids",
        "submitted_at",
        "lang",
        "company_id",
        "form_key",
        "identified",
    )
    _guarded = (
        *_stated,
        "state",
        "name",
        "sale_order_id",
        "partner_id",
        "timeliness",
        "until",
        "error",
        "attempts",
        "acknowledged_at",
        "acknowledge_error",
        "mail_id",
        "receipt_id",
    )

    _aftersales_event_fields = frozenset({"name", "partner_id", "submitted_at", "company_id"})

    name = fields.Char("Number", default="/", required=True, readonly=True, copy=False)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("to_match", "Which order?"),
            ("to_decide", "To decide"),
            ("accepted", "Return opened"),
            ("closed", "Closed"),
        ],
        default="received",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    # what was stated
    person_name = fields.Char("Name", required=True, readonly=True)
    email = fields.Char("E-mail for the confirmation", required=True, readonly=True)
    contract = fields.Char("Contract as stated", required=True, readonly=True)
    whole_order = fields.Boolean(default=True, readonly=True)
    parts = fields.Text("Parts as stated", readonly=True, help="In the customer's words. Empty: see the products.")
    line_ids = fields.One2many("aftersales.withdrawal.line", "withdrawal_id", "Products", readonly=True)
    submitted_at = fields.Datetime("Submitted", required=True, readonly=True, default=fields.Datetime.now)
    lang = fields.Char("Language", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    form_key = fields.Char(readonly=True, required=True, default=lambda self: uuid.uuid4().hex)

    identified = fields.Boolean(
        "By who may see the order", readonly=True, help="Stated with a login or a signed link of the order."
    )

    # what was found
    sale_order_id = fields.Many2one("sale.order", "Order", readonly=True, index="btree_not_null", ondelete="restrict")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null")
    timeliness = fields.Selection(VERDICTS, readonly=True, help="Judged by the consumer law of the order.")
    until = fields.Date("Last day of the period", readonly=True)
    rma_ids = fields.One2many("aftersales.rma", "withdrawal_id", "Returns")
    rma_count = fields.Integer(compute="_compute_rma_count")
    error = fields.Text("What went wrong", readonly=True)
    attempts = fields.Integer(readonly=True)

    is_waiting = fields.Boolean("Waits for us", compute="_compute_is_waiting", search="_search_is_waiting")

    # what was answered
    acknowledged_at = fields.Datetime("Confirmation sent", readonly=True)
    acknowledge_error = fields.Char("Why no confirmation was sent", readonly=True)
    # Mails and files are deleted by the thousand.
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, index="btree_not_null", ondelete="set null", groups="base.group_system"
    )
    receipt_id = fields.Many2one(
        "ir.attachment", "Confirmation", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _form_key_unique = models.UniqueIndex("(form_key)", "This statement has been recorded already.")
    _waiting = models.Index("(id) WHERE state = 'received' OR acknowledged_at IS NULL")

    # === Computes === #

    @api.depends("rma_ids")
    def _compute_rma_count(self):
        for statement in self:
            statement.rma_count = len(statement.rma_ids)

    @api.depends("state", "acknowledged_at", "acknowledge_error")
    def _compute_is_waiting(self):
        waiting = self.filtered_domain(self._people_domain())
        for statement in self:
            statement.is_waiting = statement in waiting

    def _search_is_waiting(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._people_domain() if True in value else ~self._people_domain()

    @api.model
    def _people_domain(self):
        """What needs a person, or did not reach the customer yet."""
        return (
            Domain("state", "in", ("received", "to_match", "to_decide"))
            | Domain("acknowledged_at", "=", False)
            | Domain("acknowledge_error", "!=", False)
        )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for statement in self:
            statement.access_url = f"/withdraw/{statement.id}"
        return result

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("aftersales.withdrawal")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A withdrawal is part of the history: close it instead."))

    # === Actions === #

    def action_retry(self):
        """Look for the order and open the return again."""
        for statement_sudo in self._for_agent():
            statement_sudo._process()
        return True

    def action_open_return(self):
        """Open a return for what came late or without such a right; it is decided like any other.

        :raise UserError: when nothing of the order can come back
        """
        for statement_sudo in self._for_agent():
            statement_sudo._open_returns(statement_sudo.line_ids)
            statement_sudo._transition("accepted", {"error": False})
        return self.action_view_returns()

    def action_close(self):
        """Close what needs no return: a duplicate, or a statement that was answered otherwise."""
        self._for_agent()._transition("closed")
        return True

    def action_reopen(self):
        """Take a closed statement up again."""
        for statement_sudo in self._for_agent():
            statement_sudo._transition("to_decide" if statement_sudo.sale_order_id else "to_match")
        return True

    def action_acknowledge(self):
        """Send the confirmation once more."""
        for statement_sudo in self._for_agent():
            statement_sudo._acknowledge()
        return True

    def action_match(self):
        """Ask which order is meant."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which order is meant?"),
            "res_model": "aftersales.withdrawal.match",
            "view_mode": "form",
            "target": "new",
            "context": {"default_withdrawal_id": self.id, "default_sale_order_id": self.sale_order_id.id},
        }

    def action_view_returns(self):
        self.ensure_one()
        return self.rma_ids._get_records_action(name=self.env._("Returns of %(withdrawal)s", withdrawal=self.name))

    def action_print_receipt(self):
        """The confirmation, as PDF."""
        return self.env.ref("aftersales_crm.withdrawal_receipt_report").report_action(self)

    def _for_agent(self):
        """The statements, for who handles returns: agents read them and change nothing but their course."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            raise AccessError(self.env._("Withdrawals are handled by agents of After-Sales."))
        return self.sudo()

    # === Recording === #

    @api.model
    def _submit(self, vals):
        """Record a statement at once and for good, in a transaction of its own.

        The same form sent again, also by two at once, is one statement.

        :param dict vals: ``person_name``, ``email``, ``contract``; each optional: ``whole_order``,
            ``parts``, ``line_ids`` (commands), ``sale_order_id`` (of an order that the visitor may see),
            ``partner_id``, ``lang``, ``company_id``, ``form_key`` (names the form that was sent)
        :return: ``(id of the statement, path of its page or False)``
        """
        for tries_left in reversed(range(RECORD_TRIES)):
            try:
                with self.env.registry.cursor() as cr:
                    # Anybody may make a statement; it is the system that keeps it.
                    statements_sudo = self.with_env(self.env(cr=cr)).sudo()
                    if not tries_left or statements_sudo._is_alone(vals):
                        statement_sudo = statements_sudo._record_once(vals)
                        return statement_sudo.id, statement_sudo._customer_path()
            except (IntegrityError, OperationalError):
                if not tries_left:
                    raise
            time.sleep(RECORD_PAUSE)  # sent twice at once: the other one is there in a moment

    def _is_alone(self, vals):
        """Whether nobody else records the same form at this moment."""
        key = f"aftersales.withdrawal,{vals.get('form_key')}"
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", key))
        return not vals.get("form_key") or self.env.cr.fetchone()[0]

    def _record_once(self, vals):
        known = vals.get("form_key") and self.search([("form_key", "=", vals["form_key"])])
        if known:
            return known
        facts = {"submitted_at": fields.Datetime.now(), "identified": bool(vals.get("sale_order_id"))}
        statement = self._with_system().create({**vals, **facts})
        self.env.ref("aftersales_crm.ir_cron_withdrawal")._trigger()
        return self.browse(statement.id)  # without the right to write what was stated

    # === What it says === #

    def _submitted_text(self):
        """Date and time of the statement where the company is, with the zone."""
        self.ensure_one()
        zone = self.company_id._aftersales_zone()
        return f"{format_datetime(self.env, self.submitted_at, tz=zone)} ({zone})"

    def _submitted_on(self):
        """The calendar day of the statement where the company is."""
        self.ensure_one()
        return self.company_id._aftersales_date(self.submitted_at)

    def _customer_path(self):
        """Hook: path of the statement's page, which needs no login; False without one."""
        return False

    def _customer_url(self):
        """Address of the statement's page; False without one."""
        self.ensure_one()
        path = self._customer_path()
        return path and self.get_base_url() + path
