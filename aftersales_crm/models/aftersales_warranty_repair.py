from odoo import api, models
from odoo.exceptions import UserError


class AftersalesWarranty(models.Model):
    """Repairs stop the clock of a warranty and may add to it; what is sent back unchanged is covered as before."""

    _inherit = "aftersales.warranty"

    def _record_repair(self, date_from, date_to=None, done=True, reason=False, rma_line=None, repair=None):
        """Put a repair of these units on record, or correct it where it is on record.

        :param datetime.date date_from: the day the unit was handed in
        :param date_to: the day it was back with its owner; None while it is under way (datetime.date)
        :param bool done: whether it was made good
        :param str reason: a note
        :param rma_line: the return behind it (`aftersales.rma.line`)
        :param repair: the repair behind it (`repair.order`)
        """
        vals = {"date_from": date_from, "date_to": date_to or False, "is_done": done, "reason": reason}
        links = {"rma_line_id": rma_line.id if rma_line else False, "repair_id": repair.id if repair else False}
        changes = self.change_ids.filtered(
            lambda change: any(links.values()) and all(change[name].id == link for name, link in links.items())
        )
        changes._with_system().write(vals)
        missing = self - changes.warranty_id
        changes._with_system().create(
            [{"warranty_id": warranty.id, "kind": "repair", **vals, **links} for warranty in missing]
        )

    @api.model
    def _begin_repairs(self, moves):
        """Goods to be repaired have come in: the clock of their units stands still.

        :param moves: done receipts of return lines for repair (`stock.move`)
        """
        by_move = self._live([("origin_move_id", "in", moves.origin_returned_move_id.ids)]).grouped("origin_move_id")
        for move in moves:
            line = move.aftersales_rma_line_id
            day = move.company_id._aftersales_date(move.date)
            units = by_move.get(move.origin_returned_move_id, self.browse())._units_of(move)
            units.filtered(lambda w, line=line: line not in w.change_ids.rma_line_id)._record_repair(
                day, done=False, rma_line=line
            )

    @api.model
    def _end_repairs(self, moves):
        """Goods that had come in for repair are with their owner again: the clock goes on.

        :param moves: done moves that sent receipts for repair home (`stock.move`)
        """
        for move in moves:
            line = move.origin_returned_move_id.aftersales_rma_line_id
            changes = self.env["aftersales.warranty.change"].search(
                [("rma_line_id", "=", line.id), ("date_to", "=", False)]
            )
            lots = move.move_line_ids.lot_id
            if lots:
                changes = changes.filtered(lambda change, lots=lots: change.warranty_id.lot_id in lots)
            repaired = "done" in line.remedy_ids.repair_ids.mapped("state")
            day = move.company_id._aftersales_date(move.date)
            changes._with_system().write({"date_to": day, "is_done": repaired})

    @api.model
    def _redate_returns(self, moves):
        """Follow goods that came back, or went home again, on another day than was told.

        :param moves: done moves whose date was corrected (`stock.move`)
        """
        voided = self.search([("return_move_id", "in", moves.ids)])
        for warranty in voided:
            day = warranty.company_id._aftersales_date(warranty.return_move_id.date)
            warranty._with_system().write({"closed_on": day})
        voided.child_ids._replay()
        for name, lines_of in (
            ("date_from", lambda move: move.aftersales_rma_line_id),
            ("date_to", lambda move: move.origin_returned_move_id.aftersales_rma_line_id),
        ):
            for move in moves.filtered(lines_of):
                domain = [("rma_line_id", "in", lines_of(move).ids), (name, "!=", False)]
                changes = self.env["aftersales.warranty.change"].search(domain)
                changes._with_system().write({name: move.company_id._aftersales_date(move.date)})

    @api.model
    def _give_up_repairs(self, lines):
        """Goods that came in for repair get another remedy: no repair took place.

        :param lines: `aftersales.rma.line`
        """
        domain = [("rma_line_id", "in", lines.ids), ("date_to", "=", False)]
        self.env["aftersales.warranty.change"].search(domain)._with_system().unlink()

    @api.model
    def _restore_for_sent_back(self, moves):
        """What came back, was refused and is with the customer again is covered as before.

        :param moves: done moves that sent receipts out again (`stock.move`)
        """
        by_receipt = self.search([("return_move_id", "in", moves.origin_returned_move_id.ids)]).grouped(
            "return_move_id"
        )
        for move in moves:
            voided = by_receipt.get(move.origin_returned_move_id, self.browse())
            voided._units_of(move)._reopen()

    def _reopen(self):
        self._with_system().write(
            {"closing": False, "closing_reason": False, "closed_on": False, "return_move_id": False}
        )

    def _units_of(self, move):
        """Those of these warranties that cover the units of a move, split where they cover more.

        :param move: `stock.move`
        """
        units = self.browse()
        for promise in self.grouped(lambda w: (w.source, w.term_id)).values():
            if move.product_id.tracking == "none":
                units |= promise._take(move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id))
                continue
            for line in move.move_line_ids:
                units |= promise.filtered(lambda w, lot=line.lot_id: w.lot_id == lot)._take(line.quantity_product_uom)
        return units

    # === By hand === #

    def _transfer(self, partner, on, reason=False):
        """Hand warranties over to a new owner, with a record of who had them before.

        Recorded late or in any order, the last owner by date has them.

        :param partner: the new owner (`res.partner`)
        :param datetime.date on: the day the product changed hands
        :param str reason: a note
        :raise UserError: when the terms or the state of one forbid it
        """
        for warranty in self:
            warranty._ensure_transferable(partner, on)
        self.env["aftersales.warranty.change"]._with_system().create(
            [
                {
                    "warranty_id": warranty.id,
                    "kind": "transfer",
                    "date_from": on,
                    "reason": reason,
                    "partner_id": partner.id,
                    "former_partner_id": warranty.partner_id.id,
                }
                for warranty in self
            ]
        )
        for warranty in self:
            owners = warranty.change_ids.filtered(lambda change: change.kind == "transfer").sorted("date_from")
            warranty._with_system().write({"partner_id": owners[-1].partner_id.id})

    def _void_by_hand(self, reason, since):
        """Void warranties for a reason that a person gives, on record with who did it.

        :param str reason: why
        :param datetime.date since: first day without cover
        """
        self._close("void", reason, since)
        self.env["aftersales.warranty.change"]._with_system().create(
            [{"warranty_id": warranty.id, "kind": "void", "date_from": since, "reason": reason} for warranty in self]
        )

    def _ensure_transferable(self, partner, on):
        self.ensure_one()
        if not (self.coverage or {}).get("transferable", True):
            raise UserError(
                self.env._("%(warranty)s: its terms do not let a new owner take it over.", warranty=self.display_name)
            )
        if self.closing or self._state_on(on) == "expired":
            raise UserError(self.env._("%(warranty)s covers nothing any more.", warranty=self.display_name))
        if partner.commercial_partner_id == self.commercial_partner_id:
            raise UserError(self.env._("%(partner)s has it already.", partner=partner.display_name))
        if on < self.start_date or on > self.company_id._aftersales_today():
            raise UserError(self.env._("The day of the new owner lies between the start of the warranty and today."))
