from odoo import api, fields, models
from odoo.exceptions import UserError


class AftersalesLoyaltyGrant(models.TransientModel):
    """Give points to a member, or take them, by hand."""

    _name = "aftersales.loyalty.grant"
    _description = "Points by Hand"

    card_id = fields.Many2one("loyalty.card", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="cascade")
    program_id = fields.Many2one("loyalty.program", ondelete="cascade")
    direction = fields.Selection([("give", "Give"), ("take", "Take away")], required=True, default="give")
    points = fields.Float()  # not rounded by the field: what is no number gets a clear answer
    reason = fields.Char(help="The customer reads it on the statement.")
    expiry = fields.Selection(
        [("program", "As the program says"), ("day", "On a day"), ("never", "Never")],
        "Expires",
        required=True,
        default="program",
    )
    expires_on = fields.Date("Last day")
    balance = fields.Float("Points now", digits=(16, 2), compute="_compute_balance", compute_sudo=True)
    left = fields.Char("Your limit", compute="_compute_left")

    @api.depends("card_id", "partner_id", "program_id")
    def _compute_balance(self):
        for wizard in self:
            wizard.balance = wizard._card(create=False).points

    @api.depends_context("uid")
    @api.depends("card_id", "partner_id", "program_id")
    def _compute_left(self):
        entries = self.env["aftersales.loyalty.entry"]
        for wizard in self:
            left = entries._grant_left(wizard._card(create=False))
            words = self.env._("%(points)s more points of this customer", points=entries._shown(left or 0))
            wizard.left = False if left is None else words

    def _card(self, create=True):
        """The card that the points go to (sudo'ed); that of the customer where none is named."""
        self.ensure_one()
        if self.card_id:
            self.with_env(self.env(su=False)).card_id.check_access("read")
            return self.card_id.sudo()  # agents choose by name: its points are shown to them
        if not (self.partner_id and self.program_id):
            return self.env["loyalty.card"].sudo()  # nothing to read in it
        self.program_id.check_access("read")
        self.partner_id.check_access("read")
        return self.program_id._aftersales_card(self.partner_id, create=create)

    def action_apply(self):
        """Move the points."""
        self.ensure_one()
        entries = self.env["aftersales.loyalty.entry"]
        entries._checked_grant(self.points)  # before a card is made
        if self.points < 0:
            raise UserError(self.env._("Say how many points, and whether they are given or taken."))
        card_sudo = self._card()
        if not card_sudo:
            raise UserError(self.env._("Choose the customer and the program."))
        more = {} if self.expiry == "program" or self.direction == "take" else {"expires_on": self._last_day()}
        points = self.points if self.direction == "give" else -self.points
        entries._grant(card_sudo, points, self.reason, **more)
        return {"type": "ir.actions.act_window_close"}

    def _last_day(self):
        if self.expiry == "never":
            return False
        if not self.expires_on:
            raise UserError(self.env._("Say until when the points can be spent."))
        return self.expires_on
