import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .aftersales_state_mixin import SYSTEM

# Returns on these bases are claims whose costs are kept.
CLAIM_BASES = ("guarantee", "warranty")


class AftersalesClaimCost(models.Model):
    """What a claim under guarantee or warranty has cost the shop.

    What a document says is booked by the system and follows the document; the rest is typed by staff.
    """

    _name = "aftersales.claim.cost"
    _description = "Cost of a Claim"
    _order = "date desc, id desc"
    _rec_name = "note"
    _check_company_auto = True

    rma_line_id = fields.Many2one(
        "aftersales.rma.line", "Claim", required=True, index=True, ondelete="cascade", check_company=True
    )
    rma_id = fields.Many2one(
        "aftersales.rma",
        "Return",
        compute="_compute_rma_id",
        store=True,
        readonly=False,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("remedy", "Remedy"), ("parts", "Parts"), ("labour", "Labour"), ("shipping", "Shipping"), ("other", "Other")],
        required=True,
        default="labour",
        help="Remedy: money back, and the goods of replacements and gifts at cost.",
    )
    amount = fields.Monetary(
        required=True,
        help="In the currency of the company, without taxes. Below zero: what came back, e.g. from a vendor.",
    )
    date = fields.Date(required=True, default=lambda self: self.env.company._aftersales_today(), index=True)
    note = fields.Char()
    source = fields.Reference(
        [("account.move", "Credit note"), ("repair.order", "Repair"), ("stock.picking", "Transfer")],
        "Document",
        readonly=True,
        copy=False,
        help="Empty: typed by hand.",
    )

    # what people ask about
    product_id = fields.Many2one(related="rma_line_id.product_id")
    categ_id = fields.Many2one("product.category", "Product category", related="product_id.categ_id")
    warranty_id = fields.Many2one(related="rma_line_id.warranty_id")
    term_id = fields.Many2one("aftersales.warranty.term", "Warranty terms", related="warranty_id.term_id")
    basis = fields.Selection(related="rma_line_id.basis")
    reason_id = fields.Many2one(related="rma_line_id.reason_id")
    partner_id = fields.Many2one("res.partner", "Customer", related="rma_id.commercial_partner_id")

    _booked_once = models.UniqueIndex(
        "(rma_line_id, kind, source) WHERE source IS NOT NULL", "This document is booked already."
    )

    # === Computes === #

    @api.depends("rma_line_id")
    def _compute_rma_id(self):
        for cost in self:
            cost.rma_id = cost.rma_line_id.rma_id

    @api.depends("rma_line_id")
    def _compute_company_id(self):
        for cost in self:
            cost.company_id = cost.rma_line_id.company_id

    # === Constrains === #

    @api.constrains("amount")
    def _check_amount(self):
        for cost in self:
            if cost.currency_id.is_zero(cost.amount):
                raise ValidationError(self.env._("Enter what it cost, as a number."))

    @api.constrains("rma_line_id", "rma_id")
    def _check_line(self):
        for cost in self:
            if cost.rma_line_id.rma_id != cost.rma_id:
                raise ValidationError(self.env._("Choose a product of %(rma)s.", rma=cost.rma_id.name))
            if cost.rma_line_id.basis not in CLAIM_BASES or cost.rma_id.state == "draft":
                raise ValidationError(
                    self.env._(
                        "%(line)s is no claim under guarantee or warranty: its costs are not kept here.",
                        line=cost.rma_line_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._ensure_number(vals)
        if not self._is_system():
            if any(vals.get("source") for vals in vals_list):
                raise UserError(self.env._("What a document cost is booked by the system."))
            self = self.with_context(default_source=False)
        return super().create(vals_list)

    def write(self, vals):
        self._ensure_number(vals)
        # Odoo's merge of contacts writes to nothing where nothing refers to them.
        if self and not self._is_system() and ("source" in vals or any(cost.source for cost in self)):
            raise UserError(self.env._("What a document cost is booked by the system. Correct the document."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_typed(self):
        if not self._is_system() and any(cost.source for cost in self):
            raise UserError(self.env._("What a document cost is booked by the system. Correct the document."))

    def _ensure_number(self, vals):
        if not math.isfinite(vals.get("amount") or 0.0):
            raise ValidationError(self.env._("Enter what it cost, as a number."))

    def _is_system(self):
        return self.env.context.get("aftersales_system") is SYSTEM

    # === Booking === #

    @api.model
    def _sync(self, lines):
        """Make what is booked for claims what their documents say; repeating it changes nothing.

        :param lines: `aftersales.rma.line`
        """
        # Whoever ships, repairs or posts a credit note needs no rights on costs.
        costs_sudo = self.sudo().with_context(aftersales_system=SYSTEM)
        booked = {
            (cost.rma_line_id.id, cost.kind, cost.source): cost
            for cost in costs_sudo.search([("rma_line_id", "in", lines.ids), ("source", "!=", False)])
        }
        vals_list = []
        for line in lines.sudo():
            for (kind, source), (amount, day) in line._document_costs().items():
                if line.company_id.currency_id.is_zero(amount):
                    continue
                known = booked.pop((line.id, kind, source), None)
                if known is None:
                    vals_list.append(
                        {
                            "rma_line_id": line.id,
                            "kind": kind,
                            "source": f"{source._name},{source.id}",
                            "amount": amount,
                            "date": day or line.company_id._aftersales_today(),
                        }
                    )
                else:
                    known._follow(amount, day)
        costs_sudo.concat(*booked.values()).unlink()
        costs_sudo.create(vals_list)

    def _follow(self, amount, day):
        """Take over what the document says by now."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount, amount) or (day and day != self.date):
            self.write({"amount": amount, "date": day or self.date})
