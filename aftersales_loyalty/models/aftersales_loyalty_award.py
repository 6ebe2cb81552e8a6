from odoo import api, fields, models
from odoo.tools import SQL


class AftersalesLoyaltyAward(models.Model):
    """A bonus that somebody got, waits for, or did not get and why: each cause once.

    Nobody writes it but the system.
    """

    _name = "aftersales.loyalty.award"
    _description = "Given Bonus"
    _order = "id desc"
    _rec_name = "bonus_id"

    bonus_id = fields.Many2one("aftersales.loyalty.bonus", required=True, readonly=True, ondelete="restrict")
    key = fields.Char(required=True, readonly=True, help="Tells the cause apart.")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Member", required=True, readonly=True, index=True, ondelete="cascade")
    friend_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="set null")
    sale_order_id = fields.Many2one("sale.order", "Order", readonly=True, index="btree_not_null", ondelete="set null")
    day = fields.Date(required=True, readonly=True)
    points = fields.Float(digits=(16, 2), readonly=True)
    friend_points = fields.Float("For the friend", digits=(16, 2), readonly=True)
    state = fields.Selection(
        [("pending", "Waits"), ("given", "Given"), ("void", "Called off"), ("refused", "Not given")],
        required=True,
        readonly=True,
        default="pending",
    )
    reason = fields.Char("Why", readonly=True)
    entry_ids = fields.Many2many(
        "aftersales.loyalty.entry", "aftersales_loyalty_award_entry_rel", "award_id", "entry_id", readonly=True
    )

    _once = models.UniqueIndex("(bonus_id, key)")
    _waiting = models.Index("(id) WHERE state = 'pending'")

    @api.model
    def _claim(self, bonus, gift):
        """Note that a bonus is about to be given for a cause; none where it was before, by another worker too.

        :param bonus: `aftersales.loyalty.bonus`
        :param dict gift: see `aftersales.loyalty.bonus._reward`
        :return: the new award, in sudo mode, or none
        """
        friend = gift.get("friend")
        order = gift["origin"] if gift["origin"]._name == "sale.order" else self.env["sale.order"]
        bonus.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO aftersales_loyalty_award
                          (bonus_id, key, company_id, partner_id, friend_id, sale_order_id, day, points, friend_points,
                           state, create_uid, create_date)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'pending', %s, %s)
                       ON CONFLICT DO NOTHING RETURNING id""",
                bonus.id,
                gift["key"],
                gift["company"].id,
                gift["partner"].id,
                friend.id if friend else None,
                order.id or None,
                gift["company"]._aftersales_today(),
                bonus.points,
                bonus.friend_points if friend else 0.0,
                self.env.uid,
                fields.Datetime.now(),
            )
        )
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())  # the system's own

    def _post(self, gift):
        """Put the points on the card, or have them wait where a friend's order may still come back."""
        self.ensure_one()
        people = [(self.partner_id, self.points), (self.friend_id, self.friend_points)]
        rows = [
            {
                "card": self.bonus_id.program_id._aftersales_card(partner),
                "kind": "bonus",
                "points": points,
                "reason": self.bonus_id.with_context(lang=partner.lang).name,
                "origin": gift["origin"],
                "bonus_id": self.bonus_id.id,
                "pending": bool(self.friend_id),
            }
            for partner, points in people
            if partner and points
        ]
        entries = self.env["aftersales.loyalty.entry"]._post(rows)
        self.write({"entry_ids": [(6, 0, entries.ids)], "state": "pending" if self.friend_id else "given"})

    def _release(self):
        """The friend kept what was ordered: both get their points."""
        for award in self.filtered(lambda award: award.state == "pending"):
            award.entry_ids._release()
            award.state = "given"

    def _void(self, reason):
        """Nothing comes of it: who waits gets nothing, the budget has it back, and the friend may order again."""
        for award in self.filtered(lambda award: award.state == "pending"):
            award.entry_ids._void()
            award.bonus_id._unspend(award.points + award.friend_points, award.day)
            award.write({"state": "void", "reason": reason, "key": f"{award.key}:{award.id}"})
