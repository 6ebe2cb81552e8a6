from odoo import models


class RepairOrder(models.Model):
    # Repairs that no return asked for, of a serial that we delivered.

    _inherit = "repair.order"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("under_repair", "done", "cancel"):
            self._aftersales_follow_warranty(vals["state"])
        return result

    def _aftersales_follow_warranty(self, state):
        """The clock of the unit's warranties stands still while it is repaired under them.

        :param str state: what the repair has become
        """
        # Whoever repairs needs no rights on warranties; those of a return follow its transfers.
        for repair_sudo in self.sudo().filtered(lambda r: r.lot_id and r.under_warranty and not r.aftersales_rma_id):
            changes_sudo = self.env["aftersales.warranty.change"].sudo().search([("repair_id", "=", repair_sudo.id)])
            today = repair_sudo.company_id._aftersales_today()
            if state == "cancel":
                changes_sudo._with_system().unlink()
            elif state == "under_repair" and not changes_sudo:
                covered_sudo = self.env["aftersales.warranty"].sudo().search([("lot_id", "=", repair_sudo.lot_id.id)])
                covered_sudo.filtered(lambda w, day=today: w._state_on(day) == "active")._record_repair(
                    today, done=False, repair=repair_sudo
                )
            elif state == "done":
                changes_sudo.filtered(lambda change: not change.date_to)._with_system().write(
                    {"date_to": today, "is_done": True}
                )
