"""Fed to ``odoo shell`` after `lifecycle_shop`, with our add-ons installed: the shop uses them."""

rmas = env["aftersales.rma"]
broken, changed_mind = (
    env["aftersales.reason"].search([("code", "=", code)]) for code in ("defective", "changed_mind")
)
washed = order(partner, (serial, 2), (plain, 4))
deliver(washed.picking_ids)
invoice(washed)
serials, cups = washed.order_line


def wanted(line, quantity, reason, remedy):
    remedy = env["aftersales.remedy.type"].search([("code", "=", remedy)])
    return {"sale_line": line, "quantity": quantity, "reason": reason, "remedy": remedy}


def returned_goods(item):
    rma = rmas._request(partner, [item])
    rma.action_approve()
    rma._receive([{"line": line, "quantity": line.quantity, "lot": line.lot_id} for line in rma.line_ids])
    rma.action_settle()
    return rma


refund = returned_goods(wanted(cups, 1.0, changed_mind, "refund"))
replacement = returned_goods(wanted(cups, 1.0, broken, "replacement"))
repaired = returned_goods(wanted(serials, 2.0, broken, "repair"))
asked = rmas._request(partner, [wanted(cups, 1.0, changed_mind, "refund")])
asked.message_post(body="When does the money come?")
asked.activity_schedule("mail.mail_activity_data_todo", user_id=env.uid)

env.flush_all()
env.cr.commit()
print("shop has used it", refund.state, replacement.remedy_ids.state, set(repaired.remedy_ids.mapped("state")))
