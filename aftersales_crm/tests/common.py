from contextlib import contextmanager

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

# What a page of the web client loads, styles and scripts: made before the browser asks, and nothing else.
CLIENT_STYLES = ("web.assets_web", "web.assets_web_print")
CLIENT_SCRIPTS = ("web.assets_web", "web.assets_tests")
# The smallest PNG there is.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class AftersalesCommon(TransactionCase):
    """A shop with one customer, one agent, one manager and factories for its documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Nobody reads the mails that invite the users of a test.
        quiet = {"tracking_disable": True, "mail_create_nosubscribe": True, "no_reset_password": True}
        cls.env = cls.env(context={**cls.env.context, **quiet})
        cls.company = cls.env.company
        cls.company.aftersales_tz = "Europe/Warsaw"
        cls.poland = cls.env.ref("base.pl")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Ada Kowalska", "email": "ada@example.com", "country_id": cls.poland.id}
        )
        cls.agent = new_test_user(cls.env, "aftersales_agent", groups="aftersales_crm.aftersales_crm_group_agent")
        cls.agent_all = new_test_user(
            cls.env, "aftersales_agent_all", groups="aftersales_crm.aftersales_crm_group_agent_all"
        )
        cls.manager = new_test_user(cls.env, "aftersales_manager", groups="aftersales_crm.aftersales_crm_group_manager")
        cls.stranger = new_test_user(cls.env, "aftersales_stranger", groups="base.group_user")
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "VAT 23 %",
                "amount": 23,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.kettle = cls._product("Kettle", list_price=100.0)
        cls.washer = cls._product("Washer", list_price=1500.0, tracking="serial")

    @classmethod
    def _make_bundles(cls):
        """Make what the web client loads now, not by a request of the browser that all others would wait for."""
        qweb = cls.env["ir.qweb"]
        for bundle in CLIENT_STYLES:
            qweb._get_asset_bundle(bundle, css=True, js=False).css()
        for bundle in CLIENT_SCRIPTS:
            qweb._get_asset_bundle(bundle, css=False, js=True).js()

    @contextmanager
    def _worker(self):
        """Another worker, that commits.

        :return: its environment
        """
        try:
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                yield self.env(cr=cr)
        finally:
            self.env.invalidate_all()

    # === Factories === #

    @classmethod
    def _product(cls, name, taxes=None, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "order",
                "taxes_id": [Command.set(taxes.ids if taxes else [])],
                **vals,
            }
        )

    @classmethod
    def _stock(cls, product, quantity, lot=None):
        cls.env["stock.quant"]._update_available_quantity(
            product,
            cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)]).lot_stock_id,
            quantity,
            lot_id=lot,
        )

    @classmethod
    def _order(cls, *items, partner=None, confirm=True, **vals):
        """An order of ``(product, quantity[, line values])`` items."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": item[0].id,
                            "product_uom_qty": item[1],
                            **(item[2] if len(item) > 2 else {}),
                        }
                    )
                    for item in items
                ],
                **vals,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _deliver(cls, order, quantities=None, lots=None):
        """Deliver an order, or ``{product: quantity}`` of it, with the serials given."""
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            wanted = (quantities or {}).get(move.product_id, move.product_uom_qty)
            serials = (lots or {}).get(move.product_id)
            if serials:
                for lot in serials:
                    cls._stock(move.product_id, 1, lot)
                move.move_line_ids.unlink()
                move.move_line_ids = [
                    Command.create(
                        {
                            "product_id": move.product_id.id,
                            "lot_id": lot.id,
                            "quantity": 1,
                            "picking_id": picking.id,
                        }
                    )
                    for lot in serials
                ]
            else:
                if wanted:
                    cls._stock(move.product_id, wanted)
                move.quantity = wanted
            move.picked = bool(wanted)
        picking.with_context(skip_backorder=True)._action_done()
        return picking

    @classmethod
    def _lots(cls, product, *names):
        return cls.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in names])

    @classmethod
    def _invoice(cls, order, post=True):
        invoice = order._create_invoices()
        if post:
            invoice.action_post()
        return invoice

    @classmethod
    def _sold(cls, *items, lots=None, **vals):
        """A confirmed, delivered and invoiced order."""
        order = cls._order(*items, **vals)
        cls._deliver(order, lots=lots)
        cls._invoice(order)
        return order

    @classmethod
    def _reason(cls, code):
        return cls.env.ref(f"aftersales_crm.reason_{code}")

    @classmethod
    def _remedy(cls, code):
        return cls.env.ref(f"aftersales_crm.remedy_type_{code}")

    @classmethod
    def _rma(cls, order, quantity=1, user=None, vals=None, submit=True, **item):
        """A return of the first line of an order."""
        rmas = cls.env["aftersales.rma"].with_user(user or cls.agent)
        line = order.order_line[:1].with_user(user or cls.agent)
        item.setdefault("reason", cls._reason("changed_mind"))
        return rmas._request(order.partner_id, [{"sale_line": line, "quantity": quantity, **item}], vals, submit)

    @classmethod
    def _receive(cls, rma, quantity=None, **entry):
        line = rma.line_ids[:1]
        rma._receive([{"line": line, "quantity": quantity or line.quantity, **entry}])
