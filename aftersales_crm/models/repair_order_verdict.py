from odoo import api, models


class RepairOrder(models.Model):
    # A repair of a unit of ours is under warranty as the verdict says, unless its creator said otherwise.
    # Written, not computed: Odoo prices the parts when the value is written.
    _inherit = "repair.order"

    @api.onchange("lot_id", "picking_id", "product_id")
    def _onchange_aftersales_unit(self):
        verdict = self._aftersales_under_warranty()[self]
        if verdict is not None:
            self.under_warranty = verdict

    @api.model_create_multi
    def create(self, vals_list):
        repairs = super().create(vals_list)
        if "default_under_warranty" in self.env.context:
            return repairs
        silent = [repair.id for repair, vals in zip(repairs, vals_list, strict=True) if "under_warranty" not in vals]
        verdicts = self.browse(silent)._aftersales_under_warranty()
        covered = [repair.id for repair, verdict in verdicts.items() if verdict]
        self.browse(covered).write({"under_warranty": True})
        return repairs

    def _aftersales_under_warranty(self):
        """Whether the warranty pays for parts, by repair; None where the unit is not one of ours."""
        answers = dict.fromkeys(self)
        for company, repairs in self.grouped("company_id").items():
            ours = [(repair, unit) for repair in repairs if (unit := repair._aftersales_unit())]
            verdicts = self.env["aftersales.entitlement"]._judge(
                [unit for _repair, unit in ours], (company or self.env.company)._aftersales_today()
            )
            for (repair, _unit), verdict in zip(ours, verdicts, strict=True):
                if verdict["warranties"]:
                    answers[repair] = verdict["verdict"] == "covered" and verdict["coverage"]["parts"] > 0
        return answers

    def _aftersales_unit(self):
        """The unit as `aftersales.entitlement` judges it; False where nothing tells which one it is."""
        self.ensure_one()
        # Whoever repairs needs no rights on returns and deliveries: where the unit came from is looked up for them.
        moves_sudo = self.picking_id.sudo().move_ids.filtered(lambda move: move.product_id == self.product_id)
        line_sudo = self.aftersales_remedy_id.sudo().rma_line_id or moves_sudo.aftersales_rma_line_id[:1]
        lot = self.lot_id or line_sudo.lot_id
        move_sudo = line_sudo.origin_move_id or moves_sudo.origin_returned_move_id[:1]
        if not (lot or move_sudo):
            return False
        if lot and lot not in move_sudo.move_line_ids.lot_id:
            move_sudo = move_sudo.browse()  # another unit than the one announced
        return {
            "move": move_sudo,
            "lot": lot,
            "product": self.product_id,
            "reason": line_sudo.reason_id,
            "claim": line_sudo,
        }
