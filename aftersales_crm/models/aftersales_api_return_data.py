from odoo import models


class AftersalesApi(models.AbstractModel):
    """A return as plain data."""

    _inherit = "aftersales.api"

    def _return(self, rma):
        """A return with its lines, remedies and documents."""
        return {
            "id": rma.id,
            "name": rma.name,
            "external_ref": rma.external_ref,
            "state": rma.state,
            "eligibility": rma.eligibility,
            "reception_status": rma.reception_status,
            "settlement_status": rma.settlement_status,
            "payout_status": rma.payout_status,
            "paid_at": rma.paid_at,
            "requested_on": rma.requested_on,
            "decided_at": rma.decided_at,
            "sent_at": rma.sent_at,
            "tracking_ref": rma.tracking_ref,
            "reject_reason": rma.reject_reason,
            "expires_on": rma.expires_on,
            "expired": rma.expired,
            "partner": self._named(rma.partner_id),
            "gift": rma.is_gift,
            "payer": self._named(rma.payer_id),
            "payer_agreed_at": rma.payer_agreed_at,
            "payout_to": self._named(rma.payout_partner_id),
            "orders": [self._named(order) for order in rma.sale_order_ids],
            "currency": rma.currency_id.name,
            "paid_total": rma.paid_total,
            "refunded_total": rma.refunded_total,
            "lines": [self._return_line(line) for line in rma.line_ids],
            "remedies": [self._remedy(remedy) for remedy in rma.remedy_ids],
            "pickings": [self._document(picking) for picking in rma.picking_ids],
            "refunds": [self._refund(move) for move in rma.refund_ids],
            "repairs": [self._document(repair) for repair in rma.repair_ids],
        }

    def _return_line(self, line):
        return {
            "id": line.id,
            "sale_line_id": line.sale_line_id.id,
            "product": self._product(line.product_id),
            "lot": self._named(line.lot_id),
            "quantity": line.quantity,
            "undelivered": line._is_undelivered(),
            "opened": line.opened,
            "keeps_goods": line.keeps_goods,
            "reason": line.reason_id.code,
            "basis": line.basis,
            "eligibility": line.eligibility,
            "reasons": (line.basis_reasons or "").splitlines(),
            "checks": line.basis_checks or {},
            "warranty_verdict": line.warranty_verdict,
            "remedy": line._remedy_type().code,
            "received": line.received_quantity,
            "accepted": line.accepted_quantity,
            "rejected": line.rejected_quantity,
            "settled": line.settled_quantity,
            "paid_total": line.paid_total,
            "fee": line.fee,
            "refunded_total": line.refunded_total,
        }

    def _remedy(self, remedy):
        return {
            "id": remedy.id,
            "line_id": remedy.rma_line_id.id,
            "type": remedy.code,
            "quantity": remedy.quantity,
            "amount": remedy.amount,
            "state": remedy.state,
            "error": remedy.error,
            "done_at": remedy.done_at,
        }

    def _document(self, record):
        return {"id": record.id, "name": record.name, "state": record.state}

    def _refund(self, move):
        return {**self._document(move), "amount": move.amount_total, "payment_state": move.payment_state}
