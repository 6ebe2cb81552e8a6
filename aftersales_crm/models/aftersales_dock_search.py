from odoo import models
from odoo.fields import Domain

from .aftersales_dock import CANDIDATES


class AftersalesDock(models.AbstractModel):
    """Finding a return by what is on the parcel, in it, or known about the customer."""

    _inherit = "aftersales.dock"

    def _find_numbered(self, rmas, code):
        """Returns with this number, or whose parcel or transfer has it."""
        company = Domain(self._company_domain())
        found = rmas.search(company & Domain("name", "=ilike", self._literal(code)))
        if found:
            return found
        # Numbers of transfers are looked up for whoever stands at the dock.
        pickings_sudo = self.env["stock.picking"].sudo()
        pickings = pickings_sudo._search(
            Domain("aftersales_rma_id", "!=", False)
            & (Domain("name", "=", code) | Domain("carrier_tracking_ref", "=", code))
        )
        return self._visible(rmas, Domain("tracking_ref", "=", code) | Domain("picking_ids", "in", pickings))

    def _find_product(self, code):
        """The product with this barcode, of one unit or of a package, or of this serial.

        :return: ``(product, lot)``
        """
        products_sudo = self.env["product.product"].sudo()  # whoever stands at the dock
        company = self._companies_or_none()
        product = products_sudo.search(company & self._product_domain(code), limit=1, order="barcode, id")
        lots_sudo = self.env["stock.lot"].sudo()
        if product:
            return product, lots_sudo
        lot = lots_sudo.search(company & Domain("name", "=", code), limit=1)
        return lot.product_id, lot

    def _find_around(self, rmas, code, product):
        """Returns by serial, order, package, awaited product or customer: the first that finds any."""
        for domain in self._around_domains(code, product):
            found = self._visible(rmas, domain)
            if found:
                return found
        return rmas.browse()

    def _around_domains(self, code, product):
        """Hook: domains on returns, those that tell most first."""
        lines = "line_ids."
        yield Domain(f"{lines}lot_id.name", "=", code)
        yield Domain(f"{lines}origin_move_id.move_line_ids.lot_id.name", "=", code)
        yield Domain(f"{lines}sale_order_id.name", "=ilike", self._literal(code)) | Domain(
            f"{lines}sale_order_id.client_order_ref", "=", code
        )
        yield Domain(f"{lines}origin_move_id.picking_id.carrier_tracking_ref", "=", code) | Domain(
            f"{lines}origin_move_id.picking_id.name", "=", code
        )
        yield Domain(f"{lines}origin_move_id.move_line_ids.result_package_id.name", "=", code)
        if product:
            yield Domain(self._waiting_domain()) & Domain(f"{lines}product_id", "=", product.id)
        if len(code) >= 3:
            yield from self._loose_domains(code)

    def _loose_domains(self, code):
        """Parts of the number, or of what is known about the customer."""
        yield Domain("name", "ilike", self._literal(code))
        yield from self._customer_domains(code)

    def _visible(self, rmas, domain):
        """Returns of a domain over models that the user need not see, as far as they see the returns."""
        # What is on a parcel leads to its return whatever app it comes from.
        found_sudo = rmas.sudo().search(Domain(self._company_domain()) & domain, limit=10 * CANDIDATES)
        return found_sudo if rmas.env.su else rmas.search([("id", "in", found_sudo.ids)])

    # === Answers === #

    def _found(self, found, code):
        """One return at once, several to choose from: those whose goods are awaited first."""
        if not found:
            return self._nothing(code)
        awaited = found.filtered(lambda rma: rma.state == "approved" and rma.reception_status in ("waiting", "partial"))
        if len(found) == 1 or len(awaited) == 1:
            return {"kind": "return", "return": self._state(awaited or found)}
        ordered = awaited | found
        return {
            "kind": "candidates",
            "candidates": [self._candidate(rma) for rma in ordered[:CANDIDATES]],
            "more": len(ordered) > CANDIDATES,
        }

    def _nothing(self, code):
        """What to say of a code that leads to no return: perhaps nobody asked for one of the order."""
        orders_sudo = self.env["sale.order"].sudo()  # whoever stands at the dock holds the slip of the order
        domain = Domain(self._company_domain()) & Domain("name", "=ilike", self._literal(code))
        order_sudo = orders_sudo.search(domain & Domain("state", "=", "sale"), limit=1)
        if not order_sudo:
            message = self.env._("%(code)s is not known here: try the customer's name, or the order.", code=code)
            return {"kind": "nothing", "message": message}
        message = self.env._("Nobody asked for a return of %(order)s: give it to an agent.", order=order_sudo.name)
        return {"kind": "nothing", "message": message, "order_id": order_sudo.id}

    def _candidate(self, rma):
        status = rma.reception_status if rma.state == "approved" else rma.state
        field = rma._fields["reception_status" if rma.state == "approved" else "state"]
        lines_sudo = rma.line_ids.sudo()  # see _state
        return {
            "id": rma.id,
            "name": rma.name,
            "partner": rma.partner_id.sudo().display_name,
            "orders": ", ".join(lines_sudo.sale_order_id.mapped("name")),
            "goods": ", ".join(f"{line.quantity:g} × {line.product_id.display_name}" for line in lines_sudo),
            "status": dict(field._description_selection(self.env))[status],
            "awaited": rma.state == "approved" and status in ("waiting", "partial"),
        }
