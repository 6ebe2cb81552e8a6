from odoo import models
from odoo.fields import Domain
from odoo.tools.misc import format_date

MAX_HITS = 20


class AftersalesWarrantyCheck(models.AbstractModel):
    """Finding units by what is on them, on the paper, or known about the customer."""

    _inherit = "aftersales.warranty.check"

    def _find_units(self, code):
        """Units of the first kind of code that finds any, the newest deliveries first.

        :return: ``(list of units as `_facts` takes them, whether there are more)``
        """
        for find in self._finders():
            units = find(code)
            if units:
                return units[:MAX_HITS], len(units) > MAX_HITS
        return [], False

    def _finders(self):
        """Hook: methods that take a code and give units, those that tell most first."""
        return [self._units_of_lots, self._units_of_orders, self._units_of_products, self._units_of_customers]

    def _units_of_lots(self, code):
        lots_sudo = self.env["stock.lot"].sudo()  # see _browse
        lots_sudo = lots_sudo.search(self._companies_or_none() & Domain("name", "=ilike", self._literal(code)))
        if not lots_sudo:
            return []
        moves_sudo = self._visible_moves(lots_sudo._aftersales_deliveries())
        registered = {unit["lot"]: unit for unit in self._registered(Domain("lot_id", "in", lots_sudo.ids))}
        units = []
        for lot_sudo in lots_sudo:
            brought = [move for move in moves_sudo if lot_sudo in move.move_line_ids.lot_id]
            if lot_sudo.product_id.tracking == "serial":
                brought = brought[:1]  # whoever had it before
            units += [self._unit(move, lot_sudo) for move in brought]
            if not brought and lot_sudo in registered:
                units.append(registered[lot_sudo])
        return units

    def _units_of_orders(self, code):
        domain = Domain("name", "=ilike", self._literal(code)) | Domain("client_order_ref", "=", code)
        return self._units_of_sales(domain)

    def _units_of_products(self, code):
        products_sudo = self.env["product.product"].sudo().with_context(active_test=False)  # archived ones, too
        products_sudo = products_sudo.search(self._companies_or_none() & self._product_domain(code))
        if not products_sudo:
            return []
        domain = Domain("product_id", "in", products_sudo.ids) & Domain("state", "=", "done")
        return self._units_of_moves(self._newest_moves(domain)) + self._registered(
            Domain("product_id", "in", products_sudo.ids)
        )

    def _units_of_customers(self, code):
        if len(code) < 3:
            return []
        units = []
        for domain in self._customer_domains(code):
            units += self._registered(domain)
            units += self._units_of_sales(domain) + self._handed_over(domain)
            if units:
                break
        return list({tuple(unit.values()): unit for unit in units}.values())

    # === From records to units === #

    def _units_of_sales(self, domain):
        """Units of confirmed orders, as far as the user sees these."""
        orders = self.env["sale.order"].search(
            domain & Domain("state", "=", "sale") & Domain("company_id", "in", self.env.companies.ids),
            order="date_order desc, id desc",
            limit=MAX_HITS + 1,
        )
        return self._units_of_moves(self._newest_moves(Domain("sale_line_id.order_id", "in", orders.ids)))

    def _newest_moves(self, domain):
        """Deliveries of order lines, the newest first."""
        delivered = domain & Domain("state", "=", "done") & Domain("sale_line_id", "!=", False)
        companies = Domain("company_id", "in", self.env.companies.ids)
        moves_sudo = self.env["stock.move"].sudo()  # see _browse
        moves_sudo = moves_sudo.search(delivered & companies, order="date desc, id desc", limit=5 * MAX_HITS)
        return self._visible_moves(moves_sudo.filtered(lambda move: move._aftersales_is_delivery()))

    def _visible_moves(self, moves):
        """Those of the user's companies whose order they may see, the newest first."""
        orders = moves.sale_line_id.order_id.sudo(False)._filtered_access("read").sudo()
        visible = moves.filtered(
            lambda move: move.company_id in self.env.companies and move.sale_line_id.order_id in orders
        )
        return visible.sorted(lambda move: (move.date, move.id), reverse=True)

    def _units_of_moves(self, moves):
        """One unit per serial or lot of each move, else one for all that it brought."""
        units = []
        for move in moves:
            lots = move.move_line_ids.lot_id if move.product_id.tracking != "none" else ()
            units += [self._unit(move, lot) for lot in lots] or [self._unit(move)]
        return units

    def _registered(self, domain):
        """Units that nobody bought here."""
        warranties = self.env["aftersales.warranty"].search(
            domain & Domain("origin_move_id", "=", False) & Domain("company_id", "in", self.env.companies.ids),
            order="start_date desc, id desc",
            limit=MAX_HITS + 1,
        )
        units = {(warranty.lot_id or warranty): warranty for warranty in warranties}
        return [self._unit(lot=warranty.lot_id, known=warranty) for warranty in units.values()]

    def _handed_over(self, domain):
        """Units that have become these customers' by a change of owner."""
        bought = Domain("origin_move_id", "!=", False) & Domain("change_ids.kind", "=", "transfer")
        warranties = self.env["aftersales.warranty"].search(domain & bought, limit=MAX_HITS + 1)
        return [self._unit(warranty.origin_move_id, warranty.lot_id) for warranty in warranties]

    def _unit(self, move=None, lot=None, known=None):
        """A unit as `_facts` takes it."""
        # What belongs to a document that the user sees is read for them; see _browse.
        return {
            "move": (move or self.env["stock.move"]).sudo(),
            "lot": (lot or self.env["stock.lot"]).sudo(),
            "known": known or self.env["aftersales.warranty"],
        }

    def _hits(self, units):
        """Units as the list shows them, judged all at once."""
        today = self.env.company._aftersales_today()
        return [self._hit(case) for case in self._judged([self._facts(unit, on=today) for unit in units])]

    def _hit(self, case):
        labels = dict(self.env["aftersales.rma.line"]._fields["warranty_verdict"]._description_selection(self.env))
        verdict, move = case["verdict"], case["move"]
        covering = verdict["covering"]
        return {
            "unit": self._unit_ref(case),
            "product": case["product"].sudo().display_name,
            "lot": case["lot"].name or False,
            "customer": case["owner"].sudo().display_name,
            "order": case["order"].sudo().name or False,
            "delivered": self._delivered_on(move),
            "verdict": verdict["verdict"],
            "label": labels[verdict["verdict"]],
            "until": format_date(self.env, max(covering.mapped("end_date"))) if covering else False,
        }
