from odoo import models


class AftersalesRmaLine(models.Model):
    """Goods that were refused at the dock: the customer gets them back."""

    _inherit = "aftersales.rma.line"

    def _to_send_back(self):
        """Units that were refused, are here and are not on their way home, in the product's unit."""
        self.ensure_one()
        returning = self.remedy_ids.filtered(
            lambda remedy: remedy.code == "send_back" and remedy.state in ("pending", "done")
        )
        return self.uom_id.round(self.rejected_quantity - sum(returning.mapped("quantity")))

    def _send_back(self):
        """Announce the way home of what was refused, and of repaired units that nobody announced.

        :return: the remedies that see to it
        """
        Remedy = self.env["aftersales.remedy"]
        send_back_id = self.env.ref("aftersales_crm.remedy_type_send_back").id
        stranded = self.remedy_ids.filtered(
            lambda remedy: remedy.code == "repair" and set(remedy.repair_ids.mapped("state")) == {"done"}
        )
        stranded = stranded.filtered(lambda remedy: all(move.state == "cancel" for move in remedy.move_ids))
        stranded._send_repaired_home()
        # Agents make no remedies of their own: the refusal at the dock does.
        made_sudo = (
            Remedy.sudo()
            ._with_system()
            .create(
                [
                    {"rma_line_id": line.id, "type_id": send_back_id, "quantity": line._to_send_back()}
                    for line in self
                    if line._to_send_back() > 0
                ]
            )
        )
        made = made_sudo.with_env(self.env)
        made._apply()
        return made | stranded.filtered(lambda remedy: remedy.state == "pending")
