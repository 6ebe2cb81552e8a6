from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# What of a confirmed line changes the extensions that it sells.
CAUSES = {"product_uom_qty", "product_uom_id", "product_id", "aftersales_extends_line_id", "aftersales_warranty_id"}


class SaleOrderLine(models.Model):
    # Lines that sell an extension: of the warranty of goods on the same order, or of a warranty that runs.

    _inherit = "sale.order.line"

    aftersales_is_extension = fields.Boolean(compute="_compute_aftersales_is_extension")
    aftersales_extends_line_id = fields.Many2one(
        "sale.order.line",
        "Extends",
        domain="[('order_id', '=', order_id), ('product_id.type', '=', 'consu'), ('display_type', '=', False)]",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The products of this order whose warranty the line extends. Chosen by itself where only one fits.",
    )
    aftersales_warranty_id = fields.Many2one(
        "aftersales.warranty",
        "Extends the warranty",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="For products that were bought before.",
    )
    aftersales_extension_terms = fields.Json(copy=False, readonly=True, help="The terms as they were sold.")
    aftersales_extension_ids = fields.One2many("aftersales.warranty", "extension_line_id", "Extensions sold")

    # === Computes === #

    @api.depends("product_id", "display_type")
    def _compute_aftersales_is_extension(self):
        for line in self:
            # Whether a product sells a warranty is no secret; its terms are not shown.
            line.aftersales_is_extension = (
                bool(line.product_id.sudo().aftersales_sold_term_id) and not line.display_type
            )

    # === Constrains === #

    @api.constrains("aftersales_extends_line_id", "order_id")
    def _check_aftersales_extends_line_id(self):
        for line in self.filtered("aftersales_extends_line_id"):
            if line.aftersales_extends_line_id.order_id != line.order_id:
                raise ValidationError(
                    self.env._("%(line)s extends goods of its own order only.", line=line.product_id.display_name)
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        extensions = lines.filtered("aftersales_is_extension")
        extensions._aftersales_choose_extended()
        extensions.filtered(lambda line: line.state == "sale")._aftersales_fix_extension()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if CAUSES & vals.keys():
            sold = self.filtered(lambda line: line.state == "sale")
            sold.filtered("aftersales_is_extension")._aftersales_fix_extension()
        return result

    # === Words === #

    def _get_sale_order_line_multiline_description_sale(self):
        description = super()._get_sale_order_line_multiline_description_sale()
        # Whoever sells may have no rights on warranties.
        warranty_sudo = self.aftersales_warranty_id.sudo().with_context(display_default_code=False)
        if not warranty_sudo:
            return description
        return "\n".join([description, self.env._("For: %(unit)s", unit=warranty_sudo.display_name)])

    # === What is extended === #

    def _aftersales_extended_by(self):
        """The lines of the same orders that sell extensions of these goods."""
        return self.order_id.order_line.filtered(lambda line: line.aftersales_extends_line_id in self)

    def _aftersales_choose_extended(self):
        """Say what each line extends where nobody said it and only one line fits."""
        for line in self:
            if line.aftersales_extends_line_id or line.aftersales_warranty_id:
                continue
            fitting = line._aftersales_extendable()
            if len(fitting) == 1:
                line.aftersales_extends_line_id = fitting

    def _aftersales_extendable(self):
        """The lines of the order that this one can extend."""
        self.ensure_one()
        extension = self.product_id.product_tmpl_id
        offered_with = extension._aftersales_offered_with()[extension]
        return self.order_id.order_line.filtered(
            lambda line: (
                line._aftersales_is_returnable()
                and line.product_uom_qty > 0
                and extension._aftersales_is_for(line.product_id.product_tmpl_id, offered_with)
            )
        )

    def _aftersales_along_words(self):
        """What comes back with these goods because it extends them, in a sentence; "" for nothing."""
        # Where some units are not extended, those may come back without.
        extensions = self._aftersales_extended_by().filtered(
            lambda line: line._aftersales_ordered_units() >= line.aftersales_extends_line_id._aftersales_ordered_units()
        )
        if not extensions:
            return ""
        names = ", ".join(extensions.product_id.with_context(display_default_code=False).mapped("display_name"))
        return self.env._("With the product comes back: %(extensions)s.", extensions=names)

    def _aftersales_ordered_units(self):
        """Units of the line, in the unit of its product."""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id, round=False)

    def _aftersales_extension_problem(self):
        """Why the extension cannot be sold as the line says (str); False: it can."""
        self.ensure_one()
        if self.aftersales_warranty_id:
            # Whoever confirms may have no rights on warranties.
            return self.aftersales_warranty_id.sudo()._extension_problem(self)
        goods, names = self.aftersales_extends_line_id, {"extension": self.product_id.display_name}
        fitting = self._aftersales_extendable()
        if not fitting:
            return self.env._(
                "“%(extension)s” extends a warranty, and nothing on this order fits it. For goods bought before, sell "
                "it from their warranty.",
                **names,
            )
        if not goods:
            return self.env._(
                "Say which line “%(extension)s” extends: several fit (%(lines)s).",
                lines=", ".join(fitting.product_id.mapped("display_name")),
                **names,
            )
        names["product"] = goods.product_id.display_name
        if goods not in fitting:
            return self.env._("“%(extension)s” is not sold for %(product)s.", **names)
        peers = self.order_id.order_line.filtered(
            lambda line: line.aftersales_extends_line_id == goods and line.product_id == self.product_id
        )
        asked = sum(line._aftersales_ordered_units() for line in peers)
        sold = goods._aftersales_ordered_units()
        if goods.product_id.uom_id.compare(asked, sold) > 0:
            return self.env._(
                "“%(extension)s” extends %(asked)s × %(product)s, but only %(sold)s are ordered.",
                asked=f"{asked:g}",
                sold=f"{sold:g}",
                **names,
            )
        return False

    # === What is promised === #

    def _aftersales_fix_extension(self):
        """Fix the terms of extensions on confirmed orders and make those of goods that are there already.

        :raise UserError: when it is unclear what a line extends
        """
        for line in self.filtered("product_uom_qty"):
            problem = line._aftersales_extension_problem()
            if problem:
                raise UserError(problem)
            if not line.aftersales_extension_terms:
                line_sudo = line.sudo()  # who sells may not know the terms: sudo to read and to fix them
                line_sudo.aftersales_extension_terms = line_sudo.product_id.aftersales_sold_term_id._coverage()
        self._aftersales_sync_extensions()

    def _aftersales_sync_extensions(self, moves=None):
        """Bring the extensions that these lines sell to what orders and deliveries say; twice changes nothing.

        :param moves: the deliveries to look at (`stock.move`); None: all of the goods
        """
        # Whoever sells, delivers or refunds needs no rights on warranties.
        lines_sudo = self.sudo().filtered("aftersales_is_extension")
        if not lines_sudo:
            return
        domain = Domain("extension_line_id", "in", lines_sudo.ids) & Domain("closing", "=", False)
        by_line = self.env["aftersales.warranty"].sudo().search(domain).grouped("extension_line_id")
        for line_sudo in lines_sudo:
            live_sudo = by_line.get(line_sudo, self.env["aftersales.warranty"].sudo())
            if line_sudo._aftersales_end_extensions(live_sudo) or line_sudo._aftersales_make_extensions(
                live_sudo, moves
            ):
                # The row of the line makes two workers wait for each other.
                line_sudo._aftersales_add_claims({line_sudo: 0.0})

    def _aftersales_due_extensions(self):
        """Units of the line that are extended or to be extended: sold and not given back."""
        self.ensure_one()
        if self.state != "sale":
            return 0.0
        return self._aftersales_ordered_units() - sum(self.aftersales_rma_line_ids.mapped("refunded_quantity"))

    def _aftersales_end_extensions(self, live):
        """End what is not sold any more: the order was cancelled, or units were given back.

        :param live: `aftersales.warranty` of the line that are not closed
        :return: `aftersales.warranty` that were closed
        """
        self.ensure_one()
        order = self.order_id
        if self.state != "sale":
            live._close("cancelled", self.env._("%(order)s is not confirmed any more.", order=order.name))
            return live
        surplus = sum(live.mapped("quantity")) - self._aftersales_due_extensions()
        closed = live.browse()
        for warranty in live._least_used_first():
            if warranty.product_id.uom_id.compare(surplus, 0.0) <= 0:
                break
            had = warranty.quantity
            closed |= warranty._take(surplus)
            surplus -= had
        closed._close("cancelled", self.env._("The extension was given back."), order.company_id._aftersales_today())
        return closed

    def _aftersales_make_extensions(self, live, moves):
        """Make the extensions of units that are with the customer and have none.

        :param live: `aftersales.warranty` of the line that are not closed
        :param moves: the deliveries to look at, None: all
        :return: the new ones
        """
        self.ensure_one()
        if self.state != "sale" or not self.aftersales_extension_terms:
            return live.browse()
        due = self._aftersales_due_extensions() - sum(live.mapped("quantity"))
        if self.product_id.uom_id.compare(due, 0.0) <= 0:
            return live.browse()
        if self.aftersales_warranty_id:
            return self.aftersales_warranty_id._extend(self, due)
        deliveries = self.aftersales_extends_line_id._aftersales_deliveries()
        return live._extend_deliveries(self, deliveries if moves is None else deliveries & moves, due)
