from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

KEEPING = ("loyalty", "ewallet")
MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class LoyaltyProgram(models.Model):
    _name = "loyalty.program"
    _inherit = ["loyalty.program", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_since"})

    aftersales_ledger = fields.Boolean(
        "Keep a ledger",
        copy=False,
        help="Every change of a balance is written down with its cause. Points are taken back when goods come back.",
    )
    aftersales_since = fields.Datetime("Ledger since", readonly=True, copy=False)
    aftersales_waits = fields.Boolean(
        "Points wait for the return window",
        help="Earned points can be spent once the goods can no longer be returned, and never in their own order.",
    )
    aftersales_below_zero = fields.Selection(
        [("allow", "May go below zero"), ("block", "Stays at zero")],
        "When points of a return are spent",
        default="allow",
        required=True,
        help="Staying at zero, what is missing is taken from the next points that come in.",
    )
    aftersales_expiry = fields.Selection(
        [
            ("never", "Never"),
            ("fixed", "On a day of the year"),
            ("earned", "Some months after they came in"),
            ("activity", "Some months after the last activity"),
        ],
        "Points expire",
        default="never",
        required=True,
    )
    aftersales_expiry_months = fields.Integer("Months until they expire", default=12)
    aftersales_expiry_day = fields.Integer("Day", default=31)
    aftersales_expiry_month = fields.Selection(MONTHS, "Month", default="12")
    aftersales_reminder_days = fields.Integer("Remind before (days)", help="0: customers are not reminded.")
    aftersales_point_value = fields.Monetary(
        "Value of a point", help="What a point is worth to the customer: for the liability, and to show them."
    )

    _aftersales_point_value_positive = models.Constraint(
        "CHECK(aftersales_point_value >= 0)", "The value of a point cannot be negative."
    )
    _aftersales_reminder_positive = models.Constraint(
        "CHECK(aftersales_reminder_days >= 0)", "Remind some days before, or 0 days: never."
    )

    # === Constraints === #

    @api.constrains("aftersales_ledger", "program_type", "applies_on")
    def _check_aftersales_ledger(self):
        for program in self:
            if program.aftersales_ledger and not (program.program_type in KEEPING and program.is_nominative):
                raise ValidationError(
                    self.env._(
                        "“%(program)s” has no cards of its customers: only loyalty cards and eWallets keep a ledger.",
                        program=program.name,
                    )
                )

    @api.constrains("aftersales_expiry", "aftersales_expiry_months", "aftersales_expiry_day", "aftersales_expiry_month")
    def _check_aftersales_expiry(self):
        for program in self:
            if (
                program.aftersales_expiry in ("earned", "activity")
                and not 1 <= program.aftersales_expiry_months <= 1200
            ):
                raise ValidationError(self.env._("Points expire after 1 month or more."))
            if program.aftersales_expiry == "fixed" and not (
                program.aftersales_expiry_month and 1 <= program.aftersales_expiry_day <= 31
            ):
                raise ValidationError(self.env._("Name the day and the month on which points expire each year."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs.filtered("aftersales_ledger")._aftersales_open()
        self.env.registry.clear_cache()
        return programs

    def write(self, vals):
        self._aftersales_refuse_change(vals)
        opened = self.browse()
        if "aftersales_ledger" in vals:
            if vals["aftersales_ledger"]:
                opened = self.filtered(lambda program: not program.aftersales_ledger)
            else:
                self.filtered("aftersales_ledger")._aftersales_close()
        result = super().write(vals)
        if any(name.startswith("aftersales_") for name in vals):
            self.env.registry.clear_cache()
        opened._aftersales_open()
        if not vals.get("aftersales_waits", True):
            self._aftersales_waiting().filtered(lambda entry: entry.kind == "earn" and entry.points > 0)._release()
        return result

    def _aftersales_refuse_change(self, vals):
        """A ledger is about one currency and one company."""
        for name in ("currency_id", "company_id"):
            kept = self.filtered(
                lambda program, name=name: (
                    name in vals and program.aftersales_ledger and program[name].id != vals[name] and program.coupon_ids
                )
            )
            if kept:
                raise UserError(
                    self.env._(
                        "“%(program)s” keeps a ledger: its %(field)s cannot change. Make another program.",
                        program=kept[0].name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    # === Business === #

    @api.model
    @tools.ormcache()
    def _aftersales_kept(self):
        """Ids of the programs that keep a ledger (frozenset)."""
        self.flush_model(["aftersales_ledger"])
        self.env.cr.execute("SELECT id FROM loyalty_program WHERE aftersales_ledger")
        return frozenset(row[0] for row in self.env.cr.fetchall())

    def _aftersales_open(self):
        """Begin the ledger: an opening entry per card that makes entries and balance equal; no balance changes."""
        if not self:
            return
        self.env.registry.clear_cache()
        programs_sudo = self.sudo()  # opening a ledger is the settings' effect, whoever may change them
        programs_sudo.write({"aftersales_since": fields.Datetime.now()})
        programs_sudo.flush_recordset()
        for program_sudo in programs_sudo:
            program_sudo.env["aftersales.loyalty.entry"]._open(program_sudo)

    def _aftersales_close(self):
        """End the ledger: what waits is given, so that Odoo's own reversals are right again."""
        self._aftersales_waiting().filtered(lambda entry: entry.points > 0)._release()
        self._aftersales_waiting()._void()

    def _aftersales_waiting(self):
        """Pending entries of the programs, in sudo as `_aftersales_open`."""
        return (
            self.env["aftersales.loyalty.entry"]
            .sudo()
            .search([("program_id", "in", self.ids), ("state", "=", "pending")])
        )

    def _aftersales_expires_on(self, day):
        """Last day of points that come in on a day.

        :param datetime.date day: where the company is
        :rtype: datetime.date, or False when they do not expire
        """
        self.ensure_one()
        if self.aftersales_expiry in ("earned", "activity"):
            return day + relativedelta(months=self.aftersales_expiry_months)
        if self.aftersales_expiry != "fixed":
            return False
        fixed = relativedelta(month=int(self.aftersales_expiry_month), day=self.aftersales_expiry_day)
        return day + fixed if day + fixed >= day else day + relativedelta(years=1) + fixed

    def _aftersales_card(self, partner, create=True):
        """The card of a customer; made when they have none.

        :param partner: `res.partner`
        :return: `loyalty.card` in sudo (customers and agents have no access to cards), empty when not made
        """
        self.ensure_one()
        cards_sudo = self.env["loyalty.card"].sudo()
        card_sudo = cards_sudo.search(
            [("program_id", "=", self.id), ("partner_id", "=", partner.id)], order="id desc", limit=1
        )
        if card_sudo or not create:
            return card_sudo
        # Two workers make one card: the second is repeated by Odoo, and finds it.
        partner.flush_recordset()
        self.env.cr.execute(SQL("UPDATE res_partner SET id = id WHERE id = %s", partner.id))
        return cards_sudo.create({"program_id": self.id, "partner_id": partner.id, "points": 0})

    def _aftersales_today(self):
        self.ensure_one()
        return (self.company_id or self.env.company)._aftersales_today()
