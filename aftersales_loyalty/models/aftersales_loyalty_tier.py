from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

# Benefits that an order keeps as they were on its day.
BENEFITS = ("window_days", "free_return", "warranty_months", "commitment_percent")


class AftersalesLoyaltyTier(models.Model):
    """A step of a loyalty program: what it takes to reach it, and what its members get."""

    _name = "aftersales.loyalty.tier"
    _description = "Loyalty Tier"
    _inherit = ["aftersales.cached.mixin"]
    _order = "program_id, sequence, threshold, id"

    program_id = fields.Many2one("loyalty.program", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    threshold = fields.Float(
        "From",
        required=True,
        help="Points earned, or money spent in the currency of the program, within the period. 0: every member.",
    )
    multiplier = fields.Float("Points ×", default=1.0, required=True, help="An order earns so many times its points.")
    window_days = fields.Integer("Days more to return", help="Added to the return window of the policy.")
    free_return = fields.Boolean("Free way back", help="The shop pays the way back, whatever the policy says.")
    warranty_months = fields.Integer("Months more warranty", help="Added to the shop's own warranty, not to the law's.")
    commitment_percent = fields.Integer(
        "Time for promises (%)",
        default=100,
        required=True,
        help="100: as usual. 50: what is promised is due in half the time. Days that the law sets stay.",
    )
    member_count = fields.Integer("Members", compute="_compute_member_count")

    _once = models.UniqueIndex(
        "(program_id, threshold) WHERE active", "Two tiers of a program begin at the same point."
    )
    _threshold_range = models.Constraint(
        "CHECK(threshold BETWEEN 0 AND 1000000000)", "A tier begins at zero or above, and at a billion at most."
    )
    _multiplier_range = models.Constraint(
        "CHECK(multiplier BETWEEN 1 AND 100)", "Members earn at least their points, and at most a hundred times."
    )
    _more_only = models.Constraint(
        "CHECK(window_days BETWEEN 0 AND 3650 AND warranty_months BETWEEN 0 AND 600)",
        "Days to return (up to 3,650) and months of warranty (up to 600) are added, never taken away.",
    )
    _commitment_range = models.Constraint(
        "CHECK(commitment_percent BETWEEN 1 AND 100)", "Promises take 1 to 100 % of the usual time."
    )

    # === Computes === #

    def _compute_member_count(self):
        groups = self.env["loyalty.card"]._read_group(
            [("aftersales_tier_id", "in", self.ids)], ["aftersales_tier_id"], ["__count"]
        )
        counts = {tier.id: count for tier, count in groups}
        for tier in self:
            tier.member_count = counts.get(tier.id, 0)

    # === Constrains === #

    @api.constrains("threshold", "sequence", "program_id", "active")
    def _check_thresholds(self):
        for program in self.program_id:
            tiers = program.aftersales_tier_ids.filtered("active").sorted(lambda tier: (tier.sequence, tier.threshold))
            for lower, higher in zip(tiers, tiers[1:], strict=False):
                if higher.threshold <= lower.threshold:
                    raise ValidationError(
                        self.env._(
                            "“%(higher)s” comes after “%(lower)s” and has to ask for more than %(threshold)s.",
                            higher=higher.name,
                            lower=lower.name,
                            threshold=f"{lower.threshold:g}",
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_members(self):
        held = self.sudo().filtered("member_count")  # whether anybody holds it, in whatever company
        if held:
            raise UserError(
                self.env._(
                    "%(tiers)s: has members. Archive it, and they keep it until their period ends.",
                    tiers=", ".join(held.mapped("name")),
                )
            )

    # === Finding one === #

    @api.model
    @tools.ormcache()
    def _programs(self):
        """The programs that have tiers: dict of program id to company id, False for all companies."""
        tiers_sudo = self.sudo().search([("program_id.active", "=", True), ("program_id.aftersales_ledger", "=", True)])
        return {program.id: program.company_id.id for program in tiers_sudo.program_id}

    @api.model
    def _programs_of(self, company):
        """Ids of the programs with tiers that a company takes part in."""
        programs = self._programs()
        if not programs:
            return []
        companies = (False, *company.sudo().parent_ids.ids)  # the tree of companies is no secret
        return [program for program, owner in programs.items() if owner in companies]

    @api.model
    def _of(self, partners, company):
        """The best tier that customers are in, by their own card or that of their company.

        :param partners: `res.partner`
        :param company: `res.company` that asks
        :return: dict of partner to one tier or none
        """
        programs = self._programs_of(company)
        if not programs:
            return dict.fromkeys(partners, self.browse())
        domain = [
            ("partner_id", "in", (partners | partners.commercial_partner_id).ids),
            ("program_id", "in", programs),
            ("aftersales_tier_id", "!=", False),
        ]
        cards_sudo = self.env["loyalty.card"].sudo().search(domain)  # the tier of a customer is what counts
        tiers = {}
        for card in cards_sudo.sorted(lambda card: card.aftersales_tier_id._rank()):
            tiers[card.partner_id.id] = card.aftersales_tier_id.id
        return {
            partner: max(
                (self.browse(tiers.get(one.id)) for one in (partner, partner.commercial_partner_id)),
                key=lambda tier: tier._rank(),
            )
            for partner in partners
        }

    @api.model
    @tools.ormcache()
    def _spend_programs(self):
        """Ids of the programs whose tiers count the money that members spend."""
        programs_sudo = self.env["loyalty.program"].sudo().browse(self._programs())
        return tuple(programs_sudo.filtered(lambda program: program.aftersales_tier_basis == "spend").ids)

    def _rank(self):
        """What tiers are compared by; none comes before all."""
        return (self.sudo().threshold, self.sequence, -self.id) if self else (-1.0, 0, 0)

    def _benefits(self):
        """What an order keeps of the tier of its day: plain values, JSON-safe."""
        self.ensure_one()
        return {"id": self.id, "name": self.name, **{name: self[name] for name in BENEFITS}}
