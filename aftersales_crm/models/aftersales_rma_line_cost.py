from collections import defaultdict

from odoo import api, fields, models

from .aftersales_claim_cost import CLAIM_BASES


class AftersalesRmaLine(models.Model):
    """What a claim cost, by its documents."""

    _inherit = "aftersales.rma.line"

    cost_ids = fields.One2many("aftersales.claim.cost", "rma_line_id", "Costs", groups="base.group_user")

    def _change_basis(self, vals):
        result = super()._change_basis(vals)
        self.env["aftersales.claim.cost"]._sync(self)
        return result

    def _book_costs(self):
        """Book what claims under guarantee or warranty have cost; other returns cost no statement."""
        claims = self.filtered(lambda line: line.basis in CLAIM_BASES)
        if claims:
            self.env["aftersales.claim.cost"]._sync(claims)

    def _document_costs(self):
        """What the documents of the line say it cost, in the currency of its company, without taxes.

        :return: ``{(kind, document): (amount, day)}``, the day False where it is not known
        """
        self.ensure_one()
        costs = defaultdict(lambda: (0.0, False))
        if self.basis not in CLAIM_BASES:
            return costs
        rows = [*self._money_costs(), *self._goods_costs(), *self._repair_costs(), *self._shipping_costs()]
        for kind, document, amount, day in rows:
            costs[kind, document] = (costs[kind, document][0] + amount, day)
        return costs

    def _money_costs(self):
        """Money that posted credit notes give back."""
        for line in self.remedy_ids.refund_line_ids:
            note = line.move_id
            if note.state == "posted" and not note._aftersales_is_undone():
                yield "remedy", note, line.balance, note.date

    def _goods_costs(self):
        """Goods of replacements and gifts."""
        sent = self.remedy_ids.filtered(lambda remedy: remedy.code in ("replacement", "gift")).move_ids
        for move in sent.filtered(lambda move: move.state == "done" and move.location_dest_id.usage == "customer"):
            yield "remedy", move.picking_id, move._aftersales_cost(), self.company_id._aftersales_date(move.date)

    def _repair_costs(self):
        """Parts that free repairs have used."""
        free = self.remedy_ids.filtered(lambda remedy: not remedy.is_charged)
        for repair in free.repair_ids.filtered(lambda repair: repair.state == "done"):
            used = repair.move_ids.filtered(lambda move: move.repair_line_type == "add" and move.state == "done")
            for move in used:
                yield "parts", repair, move._aftersales_cost(), self.company_id._aftersales_date(move.date)

    def _shipping_costs(self):
        """The line's share of what carriers took for parcels of the return, by units."""
        paid = self.rma_id.picking_ids.filtered("carrier_price")
        for parcel in paid.filtered(lambda parcel: parcel.state != "cancel"):
            moves = parcel.move_ids.filtered(lambda move: move.state != "cancel").sorted("id")
            total = sum(move._aftersales_shipped() for move in moves)
            taken, currency = 0.0, self.company_id.currency_id
            for move in moves if total else ():
                # What the shares before it leave over is not lost: they add up to the price.
                before = currency.round(parcel.carrier_price * taken / total)
                taken += move._aftersales_shipped()
                if self in (move.aftersales_rma_line_id | move.aftersales_remedy_id.rma_line_id):
                    share = currency.round(parcel.carrier_price * taken / total) - before
                    day = parcel.date_done and self.company_id._aftersales_date(parcel.date_done)
                    yield "shipping", parcel, share, day


class AftersalesRemedy(models.Model):
    """Remedies book what they cost when they are done, and take it back when they are undone."""

    _inherit = "aftersales.remedy"

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target in ("done", "draft"):
            self.rma_line_id._book_costs()
        return result


class AftersalesRma(models.Model):
    """Costs of a return's claims."""

    _inherit = "aftersales.rma"

    cost_ids = fields.One2many("aftersales.claim.cost", "rma_id", "Costs", groups="base.group_user")
    cost_total = fields.Monetary(
        "Costs in all", compute="_compute_costs", currency_field="cost_currency_id", groups="base.group_user"
    )
    cost_currency_id = fields.Many2one("res.currency", related="company_id.currency_id", string="Currency of the costs")
    has_claims = fields.Boolean(compute="_compute_has_claims", groups="base.group_user")

    @api.depends("cost_ids.amount")
    def _compute_costs(self):
        for rma in self:
            rma.cost_total = sum(rma.cost_ids.mapped("amount"))

    @api.depends("line_ids.basis")
    def _compute_has_claims(self):
        for rma in self:
            rma.has_claims = any(line.basis in CLAIM_BASES for line in rma.line_ids)


class AftersalesWarranty(models.Model):
    """What the claims under a warranty have cost."""

    _inherit = "aftersales.warranty"

    claim_cost_total = fields.Monetary(
        "Costs of claims",
        compute="_compute_claim_cost_total",
        currency_field="claim_currency_id",
        groups="base.group_user",
    )
    claim_currency_id = fields.Many2one("res.currency", related="company_id.currency_id")

    def _compute_claim_cost_total(self):
        # The sum tells what the unit has cost, whoever worked on its claims.
        costs_sudo = self.env["aftersales.claim.cost"].sudo()
        rows = costs_sudo._read_group([("warranty_id", "in", self.ids)], ["warranty_id"], ["amount:sum"])
        totals = {warranty.id: amount for warranty, amount in rows}
        for warranty in self:
            warranty.claim_cost_total = totals.get(warranty.id, 0.0)

    def action_view_costs(self):
        """Open the costs of the claims under this warranty, as far as the user may see them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_claim_cost_action_list")
        return {**action, "domain": [("warranty_id", "=", self.id)]}
