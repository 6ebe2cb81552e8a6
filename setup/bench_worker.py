"""Measures steps in one database: told by lines of JSON what to do, answers with lines of JSON. Started by ``bench``.

Runs in Odoo's Python with Odoo's options as arguments, with and without the after-sales add-ons. A sample is measured
as Odoo serves a request: its own transaction, empty record caches, warm registry; the commit and what runs at it count.
"""

import contextlib
import gc
import json
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

import bench_history
import bench_loyalty
import bench_profile
import bench_warranty

PRODUCTS = 100
PARTNERS = 50
GROUPS = ("sales_team.group_sale_salesman_all_leads", "stock.group_stock_user", "account.group_account_invoice")
OUR_GROUP = "aftersales_crm.aftersales_crm_group_agent_all"


class Shop:
    """Products in stock, customers, and one clerk who does everything, so that both databases do the same."""

    def __init__(self, registry):
        self.registry = registry
        self.ours = "aftersales.rma" in registry
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            groups = [env.ref(name).id for name in (*GROUPS, *([OUR_GROUP] if self.ours else []))]
            clerk = {"name": "Clerk", "login": "bench", "email": "clerk@example.com", "group_ids": [(6, 0, groups)]}
            self.clerk = env["res.users"].create(clerk).id
            self.products = self._create_products(env).ids
            country = env.ref("base.pl").id
            vals_list = [
                {"name": f"Customer {number}", "email": f"customer{number}@example.com", "country_id": country}
                for number in range(PARTNERS)
            ]
            self.partners = env["res.partner"].create(vals_list).ids

    def _create_products(self, env):
        vals = {"type": "consu", "is_storable": True, "invoice_policy": "order", "list_price": 100.0}
        products = env["product.product"].create([{**vals, "name": f"Article {number}"} for number in range(PRODUCTS)])
        place = env["stock.warehouse"].search([], limit=1).lot_stock_id
        for product in products:
            env["stock.quant"]._update_available_quantity(product, place, 100_000)
        return products

    def orders(self, env, count, lines):
        """So many quotations of so many lines each (`sale.order`)."""
        return env["sale.order"].create(
            [
                {
                    "partner_id": self.partners[number % PARTNERS],
                    "order_line": [Command.create({"product_id": product}) for product in self.products[:lines]],
                }
                for number in range(count)
            ]
        )

    def serials(self, env, name, units):
        """A quotation of one line of so many serials, all in stock (dict of ids)."""
        vals = {"type": "consu", "is_storable": True, "tracking": "serial", "invoice_policy": "order"}
        product = env["product.product"].create({**vals, "name": name})
        lots = env["stock.lot"].create([{"name": f"{name}-{n}", "product_id": product.id} for n in range(units)])
        place = env["stock.warehouse"].search([], limit=1).lot_stock_id
        for lot in lots:
            env["stock.quant"]._update_available_quantity(product, place, 1, lot_id=lot)
        line = Command.create({"product_id": product.id, "product_uom_qty": units})
        return {"order": env["sale.order"].create({"partner_id": self.partners[0], "order_line": [line]}).id}

    def sold(self, env, count):
        """So many orders of one unit, delivered and invoiced (list of dict of ids)."""
        orders = self.orders(env, count, 1)
        orders.action_confirm()
        orders.picking_ids.button_validate()
        samples = []
        for order in orders:
            invoice = order._create_invoices()
            invoice.action_post()
            samples.append({"line": order.order_line.id, "picking": order.picking_ids.id, "invoice": invoice.id})
        return samples


class Steps:
    """What is measured: one method per step, for one or several samples in one transaction."""

    def deliver(self, env, samples):
        """Confirm an order, then validate its delivery."""
        orders = env["sale.order"].browse([sample["order"] for sample in samples])
        orders.action_confirm()
        orders.picking_ids.button_validate()

    # Odoo alone

    def odoo_open(self, env, samples):
        """Stock's return wizard."""
        for sample in samples:
            context = {"active_model": "stock.picking", "active_id": sample["picking"]}
            wizard = env["stock.return.picking"].with_context(**context).create({})
            wizard.product_return_moves.quantity = 1
            sample["return"] = wizard.action_create_returns()["res_id"]

    def odoo_receive(self, env, samples):
        env["stock.picking"].browse([sample["return"] for sample in samples]).button_validate()

    def odoo_refund(self, env, samples):
        """The invoices' reversal wizard, and the posting."""
        invoices = env["account.move"].browse([sample["invoice"] for sample in samples])
        context = {"active_model": "account.move", "active_ids": invoices.ids}
        wizard = env["account.move.reversal"].with_context(**context).create({"journal_id": invoices.journal_id.id})
        wizard.refund_moves()
        wizard.new_move_ids.action_post()

    def odoo_whole(self, env, samples):
        for code in ("open", "receive", "refund"):
            getattr(self, f"odoo_{code}")(env, samples)

    # the after-sales add-ons

    def rma_open(self, env, samples):
        """Ask for one unit of each order, then approve."""
        reason = env["aftersales.reason"].search([("code", "=", "changed_mind")])
        rmas = env["aftersales.rma"]
        for sample in samples:
            line = env["sale.order.line"].browse(sample["line"])
            rma = rmas._request(line.order_id.partner_id, [{"sale_line": line, "quantity": 1.0, "reason": reason}])
            sample["rma"] = rma.id
            rmas |= rma
        rmas.action_approve()

    def rma_receive(self, env, samples):
        rmas = self._rmas(env, samples)
        rmas._receive([{"line": line, "quantity": line.quantity} for line in rmas.line_ids])

    def rma_refund(self, env, samples):
        self._rmas(env, samples).action_settle()

    def rma_whole(self, env, samples):
        for code in ("open", "receive", "refund"):
            getattr(self, f"rma_{code}")(env, samples)

    def _rmas(self, env, samples):
        return env["aftersales.rma"].browse([sample["rma"] for sample in samples])


class Worker:
    def __init__(self, registry):
        self.registry = registry
        self.shop = Shop(registry)
        self.steps = Steps()
        self.samples = {}

    def prepare_orders(self, name, count, lines):
        """Keep so many quotations under a name; one sample each."""
        with self._transaction() as env:
            self.samples[name] = [{"order": order.id} for order in self.shop.orders(env, count, lines)]

    def prepare_sold(self, name, count):
        """Keep so many orders, delivered and invoiced, under a name; one sample each."""
        with self._transaction() as env:
            self.samples[name] = self.shop.sold(env, count)

    def measure(self, step, name, first, count):
        """Run a step for some of the samples kept under a name, in one transaction.

        :return: ``ms`` and ``cpu_ms`` of Odoo's own process (float), ``sql`` (statements, int)
        """
        samples = self.samples[name][first : first + count]
        gc.collect()
        gc.disable()
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, self.shop.clerk, {"lang": "en_US"})
                started, cpu = time.perf_counter(), time.process_time()
                getattr(self.steps, step)(env, samples)
                cr.commit()
                return {
                    "ms": (time.perf_counter() - started) * 1000,
                    "cpu_ms": (time.process_time() - cpu) * 1000,
                    "sql": cr.sql_log_count,
                }
        finally:
            gc.enable()

    def prepare_serials(self, name, count, units):
        """Keep so many quotations of one line of so many serials, all in stock, under a name."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.samples[name] = [self.shop.serials(env, f"{name} {number}", units) for number in range(count)]

    def warranties(self, warranties, rounds):
        """See ``bench_warranty.measure``."""
        return bench_warranty.measure(self.registry, self.shop.clerk, warranties, rounds)

    def history(self, events, rounds):
        """See ``bench_history.measure``."""
        return bench_history.measure(self.registry, self.shop.clerk, events, rounds)

    def profiles(self, customers, rounds):
        """See ``bench_profile.measure``."""
        return bench_profile.measure(self.registry, customers, rounds)

    def loyalty(self, lots, rounds):
        """See ``bench_loyalty.measure``."""
        return bench_loyalty.measure(self.registry, lots, rounds)

    @contextlib.contextmanager
    def _transaction(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, self.shop.clerk, {"lang": "en_US"})


def main(argv):
    config.parse_config(argv, setup_logging=True)
    worker = Worker(Registry(config["db_name"][0]))
    gc.freeze()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(getattr(worker, name)(**arguments)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
