from odoo import fields, models
from odoo.fields import Command


class AftersalesRemedy(models.Model):
    """Exchange: another product instead, and the difference of the prices is settled.

    What was paid is credited, the other product is sold by an order of its own, and the credit note pays
    its invoice: what is left over is owed by the one or the other side, by Odoo's own documents.
    """

    _inherit = "aftersales.remedy"

    exchange_order_id = fields.Many2one(
        "sale.order", "Order of the exchange", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    def _is_exchange(self):
        self.ensure_one()
        other = self.sent_product_id and self.sent_product_id != self.product_id
        return self.code == "replacement" and other and self.rma_line_id.sale_line_id

    def _apply_exchange(self):
        """Sell and deliver the other products, credit those that came back, and set one off against the other."""
        # An agent settles what was approved without any right on orders and invoices.
        remedies_sudo = self.sudo()
        remedies_sudo._ensure_nothing_in_draft()
        for remedy in remedies_sudo:
            if remedy.exchange_order_id.state == "sale":
                continue
            order = self.env["sale.order"].sudo().create(remedy._prepare_exchange_order_vals())
            remedy._write_guarded({"exchange_order_id": order.id})
            order.action_confirm()
            remedy._follow_exchange(order)
        remedies_sudo._credit_units()
        remedies_sudo._invoice_exchange()
        self._transition("pending", {"error": False})
        remedies_sudo._sync_documents()

    def _prepare_exchange_order_vals(self):
        """Hook: values of the order by which the other product is sold."""
        self.ensure_one()
        order = self.rma_line_id.sale_order_id
        return {
            "partner_id": order.partner_id.id,
            "partner_invoice_id": order.partner_invoice_id.id,
            "partner_shipping_id": order.partner_shipping_id.id,
            "company_id": self.company_id.id,
            "pricelist_id": order.pricelist_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": order.fiscal_position_id.id,
            "warehouse_id": order.warehouse_id.id,
            "user_id": order.user_id.id,
            "team_id": order.team_id.id,
            "payment_term_id": False,
            "origin": self.rma_id.name,
            "require_payment": False,
            "require_signature": False,
            "order_line": [
                Command.create(
                    {
                        "product_id": self.sent_product_id.id,
                        "product_uom_qty": self.quantity,
                        "product_uom_id": self.sent_product_id.uom_id.id,
                    }
                )
            ],
        }

    def _follow_exchange(self, order):
        """Its transfers carry out the remedy, and are not mixed up with others of the return."""
        moves = order.order_line.move_ids
        moves.aftersales_remedy_id = self
        moves.picking_id.write({"aftersales_remedy_id": self.id, "aftersales_rma_id": self.rma_id.id})

    def _invoice_exchange(self):
        """Invoice the exchange as soon as its order may be, and let the credit notes pay for it."""
        for remedy in self:
            order = remedy.exchange_order_id
            if order.invoice_status == "to invoice":
                order._create_invoices().action_post()
            notes = remedy._posted_credit_lines().move_id
            lines = (notes | order.invoice_ids).line_ids.filtered(
                lambda line: (
                    line.display_type == "payment_term" and line.parent_state == "posted" and not line.reconciled
                )
            )
            if notes and order.invoice_ids:
                for _account, group in lines.grouped("account_id").items():
                    group.reconcile()
                notes._aftersales_requeue()
