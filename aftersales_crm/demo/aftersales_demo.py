from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import file_open

from ..models.aftersales_state_mixin import SYSTEM
from .story import NOT_DELIVERED, NOT_PAID, ORDERS, RETURNS

# Days from an order to its delivery and invoice, and from the last invoice of a month to the payments.
DELIVERY_DAYS = 2
PAYMENT_DAYS = 3
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "skip_backorder": True,
    "skip_sms": True,
}


class AftersalesDemo(models.AbstractModel):
    """Plays the year of the demo shop with the buttons that its people would press.

    Only the demo data calls it. Documents are dated back after the fact, as a shop does that
    types in what happened on paper.
    """

    _name = "aftersales.demo"
    _description = "Story of the Demo Shop"

    @api.model
    def _build(self):
        """Play the story, once per database."""
        if self.env["sale.order"].search_count([("name", "=", ORDERS[0][0])], limit=1):
            return
        demo = self.with_context(**QUIET)
        demo._fill_warehouse()
        orders = demo._sell()
        demo._deliver(orders)
        demo._charge(orders)
        for order, product, quantity, reason, remedy, says, steps in RETURNS:
            line = orders[order].order_line.grouped("product_id")[demo._product(product)]
            rma = demo._ask(line, quantity, reason, remedy, says, steps[0][1])
            for step, day, *arguments in steps:
                demo._step(rma, step, day, *arguments)
            rma.line_ids._book_costs()  # on the days that the documents have got meanwhile

    # === What is named in the story === #

    def _product(self, name):
        return self.env.ref(f"aftersales_crm.product_{name}")

    def _user(self, name):
        return self.env.ref(f"aftersales_crm.user_{name}")

    def _moment(self, day, hour=10):
        """A moment so many days ago, in UTC."""
        return fields.Datetime.now().replace(hour=hour, minute=0, second=0, microsecond=0) - timedelta(days=day)

    # === Selling === #

    def _fill_warehouse(self):
        """Enough of everything for the year, each appliance with its serial number."""
        needed = dict.fromkeys(self._goods(), 3)
        for _name, _day, _customer, items in ORDERS:
            for name, quantity in items.items():
                if name in needed:
                    needed[name] += quantity
        location = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1).lot_stock_id
        vals_list = []
        for name, quantity in needed.items():
            product = self._product(name)
            if product.tracking == "none":
                vals_list.append({"product_id": product.id, "inventory_quantity": quantity})
            else:
                vals_list += [
                    {"product_id": product.id, "inventory_quantity": 1, "lot_id": lot.id}
                    for lot in self._serials(product, quantity)
                ]
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants = quants.create([{**vals, "location_id": location.id} for vals in vals_list])
        quants.action_apply_inventory()
        moves = self.env["stock.move"].search([("product_id", "in", quants.product_id.ids)])
        moves.date = moves.move_line_ids.date = self._moment(365)

    def _goods(self):
        names = dict.fromkeys(name for _order, _day, _customer, items in ORDERS for name in items)
        return [name for name in names if self._product(name).type == "consu"]

    def _serials(self, product, quantity):
        return self.env["stock.lot"].create(
            [
                {"name": f"{product.default_code}-{number:04}", "product_id": product.id}
                for number in range(1, quantity + 1)
            ]
        )

    def _sell(self):
        """Confirm the orders of the year.

        :return: ``{name: sale.order}``
        """
        orders = self.env["sale.order"].create([self._prepare_order_vals(*order) for order in ORDERS])
        orders.action_confirm()
        for order, (_name, day, _customer, _items) in zip(orders, ORDERS, strict=True):
            order.date_order = self._moment(day)
            order.picking_ids.scheduled_date = self._moment(day - DELIVERY_DAYS)
        return {order.name: order for order in orders}

    def _prepare_order_vals(self, name, day, customer, items):
        return {
            "name": name,
            "partner_id": self.env.ref(f"aftersales_crm.partner_{customer}").id,
            "user_id": self._user("agent").id,
            "date_order": self._moment(day),
            "order_line": [
                Command.create({"product_id": self._product(product).id, "product_uom_qty": quantity})
                for product, quantity in items.items()
            ],
        }

    def _deliver(self, orders):
        for name, day, _customer, _items in ORDERS:
            if name not in NOT_DELIVERED:
                self._validate(orders[name].picking_ids, day - DELIVERY_DAYS)

    def _validate(self, pickings, day):
        """Do transfers as they are reserved, on a day of the story."""
        pickings.action_assign()
        pickings.move_ids.picked = True
        pickings._action_done()
        self._date_transfers(pickings, day)

    def _date_transfers(self, pickings, day):
        pickings.date_done = self._moment(day, 14)
        pickings.move_line_ids.date = self._moment(day, 14)

    def _charge(self, orders):
        """Invoice what was delivered; most customers have paid by the end of the month."""
        days = {name: day - DELIVERY_DAYS for name, day, _customer, _items in ORDERS if name not in NOT_DELIVERED}
        delivered = self.env["sale.order"].concat(*(orders[name] for name in days))
        invoices = delivered._create_invoices(grouped=True)
        for invoice in invoices:
            invoice.invoice_date = self._moment(days[invoice.invoice_origin]).date()
        invoices.action_post()
        paid = invoices.filtered(lambda invoice: invoice.invoice_origin not in NOT_PAID)
        for month in paid.grouped(lambda invoice: invoice.invoice_date.replace(day=1)).values():
            self._pay(month, min(days[invoice.invoice_origin] for invoice in month) - PAYMENT_DAYS)

    def _pay(self, moves, day):
        """Register the payment of invoices, or of credit notes to the customer."""
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        register.create({"payment_date": self._moment(max(day, 0)).date()})._create_payments()

    # === What comes back === #

    def _ask(self, line, quantity, reason, remedy, says, day):
        """A request, still a draft, as the agent types it in."""
        item = {
            "sale_line": line,
            "quantity": quantity,
            "reason": self.env.ref(f"aftersales_crm.reason_{reason}"),
            "remedy": self.env.ref(f"aftersales_crm.remedy_type_{remedy}"),
            "note": says,
        }
        moment = self._moment(day)
        rmas = self.env["aftersales.rma"].with_context(ir_sequence_date=moment.date())
        vals = {"requested_on": moment.date(), "user_id": self._user("agent").id}
        return rmas._request(line.order_id.partner_id, [item], vals, submit=False).with_env(self.env)

    def _step(self, rma, step, day, *arguments):
        """One step of a return, by the agent unless the story says otherwise."""
        rma = rma.with_user(self._user("manager" if step == "goodwill" else "agent"))
        # Credit notes carry today's date: it is the day of the story.
        rma = rma.with_context(aftersales_replayed_day=(SYSTEM, self._moment(day).date()))
        getattr(self, f"_step_{step}")(rma, day, *arguments)

    def _step_online(self, rma, day):
        """Asked for in the portal: nobody has taken it yet."""
        rma.user_id = False

    def _step_note(self, rma, day, words):
        rma.message_post(body=words)

    def _step_photo(self, rma, day):
        with file_open("aftersales_crm/demo/damaged_door.png", "rb") as photo:
            vals = {"name": "damaged_door.png", "raw": photo.read(), "res_model": rma._name, "res_id": rma.id}
        rma.line_ids.photo_ids = self.env["ir.attachment"].create(vals)

    def _step_submit(self, rma, day):
        rma.action_submit()

    def _step_approve(self, rma, day):
        rma.action_approve()
        rma._write_guarded({"decided_at": self._moment(day)})

    def _step_goodwill(self, rma, day, reason):
        rma.action_approve(reason)
        rma._write_guarded({"decided_at": self._moment(day)})

    def _step_reject(self, rma, day, reason):
        rma.action_reject(reason)
        rma._write_guarded({"decided_at": self._moment(day)})

    def _step_appeal(self, rma, day, words):
        rma.action_appeal()
        rma.note = words
        rma.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            self._moment(0).date(),
            summary=self.env._("Decide about the appeal"),
            user_id=self._user("manager").id,
        )

    def _step_cancel(self, rma, day):
        rma.action_cancel()

    def _step_sent(self, rma, day):
        rma.action_mark_sent(f"PP{rma.id:08}", "Parcel post", self._moment(day))

    def _step_receive(self, rma, day, quantity):
        rma._receive([{"line": rma.line_ids, "quantity": quantity, "condition": "opened"}])
        rma.sudo().inspection_ids._write_guarded({"inspected_at": self._moment(day, 15)})
        self._date_transfers(rma.sudo().picking_ids.filtered(lambda picking: picking.state == "done"), day)

    def _step_arrive(self, rma, day):
        """The warehouse takes the parcel in; nobody has looked into it yet."""
        self._validate(rma.sudo().picking_ids, day)

    def _step_settle(self, rma, day):
        rma.action_settle()
        done = rma.remedy_ids.filtered(lambda remedy: remedy.state == "done")
        done._write_guarded({"done_at": self._moment(day, 16)})

    def _step_pay(self, rma, day):
        self._pay(rma.sudo().refund_ids, day)

    def _step_ship(self, rma, day):
        replacement = rma.sudo().picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing")
        self._validate(replacement, day)
        rma.remedy_ids._write_guarded({"done_at": self._moment(day, 16)})

    def _step_start_repair(self, rma, day):
        rma.sudo().repair_ids.action_repair_start()

    def _step_repair(self, rma, day):
        """Repaired, and on its way back to the customer."""
        self._step_start_repair(rma, day)
        rma.sudo().repair_ids.action_repair_end()
        self._validate(rma.sudo().remedy_ids.move_ids.picking_id, day)
        rma.remedy_ids._write_guarded({"done_at": self._moment(day, 16)})

    def _step_close_short(self, rma, day):
        rma.action_close_short()
