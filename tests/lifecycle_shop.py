"""Fed to ``odoo shell``: what a shop has before it installs our add-ons. Plain Odoo only."""

from odoo import Command

partner = env["res.partner"].create({"name": "Lifecycle customer", "email": "life@example.com"})
company_partner = env["res.partner"].create({"name": "Lifecycle company", "is_company": True})
contact = env["res.partner"].create({"name": "Contact", "parent_id": company_partner.id, "email": "c@example.com"})

serial = env["product.product"].create(
    {
        "name": "Kettle",
        "type": "consu",
        "is_storable": True,
        "tracking": "serial",
        "list_price": 80,
        "standard_price": 40,
    }
)
plain = env["product.product"].create(
    {"name": "Cup", "type": "consu", "is_storable": True, "list_price": 9.99, "standard_price": 3}
)
service = env["product.product"].create({"name": "Installation", "type": "service", "list_price": 50})

stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
lots = env["stock.lot"].create([{"name": f"LIFE-{n}", "product_id": serial.id} for n in range(5)])
for lot in lots:
    env["stock.quant"]._update_available_quantity(serial, stock, 1, lot_id=lot)
env["stock.quant"]._update_available_quantity(plain, stock, 100)


def order(customer, *lines):
    sale = env["sale.order"].create(
        {
            "partner_id": customer.id,
            "order_line": [
                Command.create({"product_id": product.id, "product_uom_qty": quantity}) for product, quantity in lines
            ],
        }
    )
    sale.action_confirm()
    return sale


def deliver(picking):
    picking.action_assign()
    picking.move_ids.picked = True
    picking.with_context(skip_backorder=True, skip_sms=True).button_validate()


def invoice(sale):
    move = sale._create_invoices()
    move.action_post()
    return move


def pay(move):
    wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
    wizard.create({}).action_create_payments()


delivered = order(partner, (serial, 2), (plain, 3), (service, 1))
deliver(delivered.picking_ids)
pay(invoice(delivered))

returned = order(contact, (plain, 5))
deliver(returned.picking_ids)
billed = invoice(returned)
wizard = (
    env["stock.return.picking"]
    .with_context(active_model="stock.picking", active_id=returned.picking_ids.id, active_ids=returned.picking_ids.ids)
    .create({})
)
wizard.product_return_moves.quantity = 2
deliver(wizard._create_return())
reversal = env["account.move.reversal"].with_context(active_model="account.move", active_ids=billed.ids)
reversal.create({"journal_id": billed.journal_id.id}).refund_moves()
env["account.move"].search([("reversed_entry_id", "=", billed.id)]).action_post()

order(company_partner, (plain, 1))
env["sale.order"].create({"partner_id": partner.id, "order_line": [Command.create({"product_id": plain.id})]})

program = env["loyalty.program"].create(
    {
        "name": "Lifecycle points",
        "program_type": "loyalty",
        "applies_on": "both",
        "trigger": "auto",
        "rule_ids": [Command.create({"reward_point_amount": 1, "reward_point_mode": "money"})],
        "reward_ids": [Command.create({"reward_type": "discount", "required_points": 100, "discount": 5})],
    }
)
card = env["loyalty.card"].create({"program_id": program.id, "partner_id": partner.id, "points": 42})
env["loyalty.history"].create({"card_id": card.id, "description": "Welcome", "issued": 42})
loyal = order(partner, (plain, 4))
loyal._update_programs_and_rewards()

repair = env["repair.order"].create({"product_id": serial.id, "lot_id": lots[4].id, "partner_id": partner.id})
repair.action_validate()

env.flush_all()
env.cr.commit()
print("shop is ready", len(delivered.picking_ids), card.points)
