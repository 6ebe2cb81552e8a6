from odoo import api, fields, models


class AftersalesLoyaltyEntry(models.Model):
    """What is earned may lift the member into a higher tier at once."""

    _inherit = "aftersales.loyalty.entry"

    bonus_id = fields.Many2one("aftersales.loyalty.bonus", readonly=True, index="btree_not_null", ondelete="set null")

    @api.model
    def _post(self, vals_list):
        entries = super()._post(vals_list)
        entries.filtered(lambda entry: entry.kind == "earn").card_id._aftersales_raise_tiers()
        return entries

    def _wait_until(self, day):
        """Note from which day on points are free that wait.

        :param datetime.date day: False while it is not known
        """
        # The ledger is the system's: this is a forecast, that moves no points.
        waiting_sudo = self.sudo()._with_system().filtered(lambda entry: entry.state == "pending")
        waiting_sudo.filtered(lambda entry: entry.release_on != day).write({"release_on": day})
