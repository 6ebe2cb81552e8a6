from odoo import api, models

# What leaves the contract of the goods, and with it their extension, as it is.
STAYING_REMEDIES = ("repair", "replacement", "keep")


class AftersalesRma(models.Model):
    """Extensions come back with the goods that they extend."""

    _inherit = "aftersales.rma"

    @api.model
    def _request(self, partner, items, vals=None, submit=True):
        return super()._request(partner, [*items, *self._extensions_along(items)], vals, submit)

    @api.model
    def _extensions_along(self, items):
        """The extensions that come back because their goods do (Art. 15 of Directive 2011/83/EU).

        :param list items: as `_request` takes them
        :return: list of further ones
        """
        sold = self.env["sale.order.line"].concat(*(item["sale_line"] for item in items if item.get("sale_line")))
        extensions = sold._aftersales_extended_by()
        if not extensions:
            return []
        asked, along = self._asked_units(items), []
        leaving = [item for item in items if item.get("sale_line") and self._ends_contract(item)]
        for extension in extensions:
            goods = extension.aftersales_extends_line_id
            item = next((item for item in leaving if item["sale_line"] == goods), None)
            quantity = item and self._extension_along(extension, leaving, asked)
            if quantity and extension.product_id.uom_id.compare(quantity, 0.0) > 0:
                along.append({**self._prepare_extension_item(item), "sale_line": extension, "quantity": quantity})
        return along

    def _prepare_extension_item(self, item):
        kept = {key: item.get(key) for key in ("reason", "remedy", "basis")}
        product = item["sale_line"].product_id.with_context(display_default_code=False).display_name
        return {**kept, "note": self.env._("It comes back with what it extends: %(product)s.", product=product)}

    def _ends_contract(self, item):
        """Whether the customer changes their mind about an item and wants the money back."""
        reason_sudo = item["reason"].sudo() if item.get("reason") else self.env["aftersales.reason"]
        product = item.get("product") or item["sale_line"].product_id
        if reason_sudo.kind in ("defect", "delivery") or product != item["sale_line"].product_id:
            return False
        remedy = item.get("remedy") or reason_sudo.default_remedy_type_id
        return not remedy or remedy.sudo().code not in STAYING_REMEDIES

    def _asked_units(self, items):
        """Units that items ask for: ``{order line: float}``, in the unit of its product."""
        asked = {}
        for item in items:
            line = item.get("sale_line")
            if line and (item.get("product") or line.product_id) == line.product_id:
                asked[line] = asked.get(line, 0.0) + self._item_quantity(item, line.product_id)
        return asked

    def _extension_along(self, extension, items, asked):
        """Units of an extension that have nothing left to extend once items have come back."""
        goods, extension_sudo = extension.aftersales_extends_line_id, extension.sudo()
        # What is left of an order is looked up for whoever may ask for its return.
        free = extension_sudo._aftersales_open_units()[extension_sudo]["returnable"] - asked.get(extension, 0.0)
        lots = [item["lot"] for item in items if item["sale_line"] == goods and item.get("lot")]
        if lots:
            live_sudo = extension_sudo.aftersales_extension_ids.filtered(lambda w: not w.closing)
            return min(free, sum(w.quantity for w in live_sudo if w.lot_id.id in {lot.id for lot in lots}))
        left = sum(entry["returnable"] for entry in goods._aftersales_returnables()) - asked[goods]
        return free - max(left, 0.0)


class AftersalesRemedy(models.Model):
    """Extensions whose price was paid back end; where that is undone, they go on."""

    _inherit = "aftersales.remedy"

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target in ("done", "draft"):
            self.rma_line_id.sale_line_id._aftersales_sync_extensions()
        return result
