from odoo import api, models

from ..ledger import rounded


class LoyaltyHistory(models.Model):
    _inherit = "loyalty.history"

    @api.model_create_multi
    def create(self, vals_list):
        # The point of sale changes the balance first and tells the cause here.
        lines = super().create(vals_list)
        told = lines.filtered(lambda line: line.order_model == "pos.order" and line.card_id._aftersales_is_kept())
        for line in told:
            self.env["aftersales.loyalty.entry"].sudo()._tell_origin(line)  # who sells may not edit the ledger
        return lines


class AftersalesLoyaltyEntry(models.Model):
    _inherit = "aftersales.loyalty.entry"

    @api.model
    def _tell_origin(self, line):
        """Name the document of a movement that was posted without one in this transaction.

        :param line: `loyalty.history` that says what it was about
        """
        points = rounded(line.issued) - rounded(line.used)
        made = self.search(
            [("card_id", "=", line.card_id.id), ("kind", "=", "adjust"), ("origin_id", "=", False)], limit=20
        )
        now = self.env.cr.now()
        made = made.filtered(lambda entry: entry.create_date == now and not entry.reason)
        if sum((rounded(entry.points) for entry in made), rounded(0)) == points:
            made._with_system().write(
                {
                    "kind": "earn" if points > 0 else "spend",
                    "origin_model": line.order_model,
                    "origin_id": line.order_id,
                    "reason": line.description,
                }
            )
