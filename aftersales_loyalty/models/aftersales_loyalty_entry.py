from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [
    ("opening", "Balance before the ledger"),
    ("earn", "Earned"),
    ("takeback", "Taken back"),
    ("spend", "Spent"),
    ("giveback", "Given back"),
    ("expire", "Expired"),
    ("bonus", "Bonus"),
    ("grant", "Granted"),
    ("adjust", "Changed by hand"),
    ("merge", "Cards merged"),
]


class AftersalesLoyaltyEntry(models.Model):
    """One movement of points on a card, with its cause. Nothing is ever edited: a mistake is posted back.

    What is pending waits outside of the card. A card's balance is the sum of the points of its posted
    entries, and of what they have ``remaining``: a positive one is a lot that others draw from, a
    negative one that no lot covered is a debt.
    """

    _name = "aftersales.loyalty.entry"
    _description = "Loyalty Entry"
    _inherit = ["aftersales.state.mixin"]
    _order = "id desc"

    _transitions = {"pending": {"posted", "void"}}

    card_id = fields.Many2one("loyalty.card", required=True, readonly=True, index=True, ondelete="restrict")
    program_id = fields.Many2one(
        related="card_id.program_id", store=True, precompute=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    currency_id = fields.Many2one(related="program_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    points = fields.Float(required=True, readonly=True, digits=(16, 2))
    remaining = fields.Float(
        "Left", readonly=True, digits=(16, 2), help="What is left of these points; below zero: not covered yet."
    )
    state = fields.Selection(
        [("pending", "Pending"), ("posted", "Posted"), ("void", "Dropped")],
        required=True,
        readonly=True,
        default="posted",
    )
    date = fields.Date(required=True, readonly=True)
    posted_at = fields.Datetime(readonly=True)
    release_on = fields.Date("Usable from", readonly=True, help="Empty: the return window has not begun.")
    expires_on = fields.Date("Good until", readonly=True)
    reminded_on = fields.Date(readonly=True)
    lot_id = fields.Many2one("aftersales.loyalty.entry", "Drawn from", readonly=True, ondelete="restrict")
    reverses_id = fields.Many2one("aftersales.loyalty.entry", "Gives back", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    origin_model = fields.Char(readonly=True)
    origin_id = fields.Many2oneReference("Document", model_field="origin_model", readonly=True)
    sale_line_id = fields.Many2one("sale.order.line", "Order line", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", "By", readonly=True)
    external_ref = fields.Char(readonly=True)

    _open_ones = models.Index("(card_id) WHERE remaining <> 0")
    _waiting = models.Index("(release_on) WHERE state = 'pending'")
    _expiring = models.Index("(program_id, expires_on) WHERE remaining > 0 AND expires_on IS NOT NULL")
    _of_origin = models.Index("(origin_model, origin_id)")
    _of_lot = models.Index("(lot_id) WHERE lot_id IS NOT NULL")
    _of_reversed = models.Index("(reverses_id) WHERE reverses_id IS NOT NULL")
    _of_line = models.Index("(sale_line_id) WHERE sale_line_id IS NOT NULL")
    _once = models.UniqueIndex(
        "(card_id, external_ref) WHERE external_ref IS NOT NULL", "These points were posted before."
    )
    _points_set = models.Constraint("CHECK(points <> 0)", "An entry is about more or less than zero points.")

    # === Computes === #

    @api.depends("kind", "points")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{labels[entry.kind]} {entry.points:+g}"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self._ensure_system()
        return super().create(vals_list)

    def write(self, vals):
        self._ensure_system()
        return super().write(vals)

    def unlink(self):
        self._ensure_system()
        return super().unlink()

    def _ensure_system(self):
        if not self._is_system():
            raise UserError(
                self.env._("The ledger of points is not edited. Grant or take points; it notes them by itself.")
            )

    # === Business === #

    def _document(self):
        """The document of an entry, if it still exists and its add-on is there."""
        self.ensure_one()
        if not self.origin_id or self.origin_model not in self.env:
            return None
        return self.env[self.origin_model].browse(self.origin_id).exists()

    def _end(self):
        """When the points of a lot end, for others that take its place; nothing where there is no lot."""
        if not self:
            return {}
        return {"expires_on": self.expires_on, "keeps_end": self.keeps_end, "reminded_on": self.reminded_on}

    def action_open_origin(self):
        """Open the document that an entry comes from."""
        self.ensure_one()
        origin = self._document()
        if not origin:
            raise UserError(self.env._("The document of this entry is no longer there."))
        return {
            "type": "ir.actions.act_window",
            "res_model": origin._name,
            "res_id": origin.id,
            "view_mode": "form",
        }

    @api.model
    def _audit(self, programs=None):
        """Cards whose balance is not the sum of their entries; one statement for all cards.

        :param programs: `loyalty.program` to look at; all that keep a ledger when left out
        :return: list of dicts with ``card_id``, ``points``, ``posted`` and ``remaining``
        """
        kept = tuple(programs.ids if programs is not None else self.env["loyalty.program"]._aftersales_kept())
        if not kept:
            return []
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT card.id AS card_id, card.points,
                          COALESCE(entries.posted, 0) AS posted, COALESCE(entries.remaining, 0) AS remaining
                     FROM loyalty_card card
                LEFT JOIN (SELECT card_id, SUM(points) AS posted, SUM(remaining) AS remaining
                             FROM aftersales_loyalty_entry
                            WHERE state = 'posted' AND program_id IN %(kept)s
                         GROUP BY card_id) entries ON entries.card_id = card.id
                    WHERE card.program_id IN %(kept)s
                      AND (ROUND(COALESCE(card.points, 0)::numeric, 2) <> COALESCE(entries.posted, 0)
                           OR COALESCE(entries.posted, 0) <> COALESCE(entries.remaining, 0))
                 ORDER BY card.id""",
                kept=kept,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _open(self, program):
        """Opening entries of a program's cards: what their entries do not explain, in one statement."""
        today = program._aftersales_today()
        company = program.company_id or self.env.company
        self.env.flush_all()
        # Who changes a balance at the same time and did not see the switch is repeated by Odoo.
        self.env.cr.execute("UPDATE loyalty_card SET points = points WHERE program_id = %s", [program.id])
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_loyalty_entry
                          (card_id, program_id, company_id, kind, points, remaining, state, date, posted_at, expires_on,
                           user_id, create_uid, create_date, write_uid, write_date)
                   SELECT opened.id, %(program)s, %(company)s, 'opening', opened.points, opened.points, 'posted',
                          %(today)s, %(now)s, CASE WHEN opened.points > 0 THEN %(expires_on)s::date END,
                          %(user)s, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM (SELECT card.id, ROUND(COALESCE(card.points, 0)::numeric, 2) - COALESCE(
                                  (SELECT SUM(entry.points) FROM aftersales_loyalty_entry entry
                                    WHERE entry.card_id = card.id AND entry.state = 'posted'), 0) AS points
                             FROM loyalty_card card
                            WHERE card.program_id = %(program)s) AS opened
                    WHERE opened.points <> 0
                 ORDER BY opened.id""",
                program=program.id,
                company=company.id,
                today=today,
                now=fields.Datetime.now(),
                expires_on=program._aftersales_expires_on(today) or None,
                user=self.env.uid,
            )
        )
        self.invalidate_model()
