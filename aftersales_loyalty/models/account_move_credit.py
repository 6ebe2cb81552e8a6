from odoo import models


class AccountMove(models.Model):
    # Entries of store credit that accountants undo, and credit notes that are not paid out.

    _inherit = "account.move"

    def _aftersales_reopen_remedies(self):
        result = super()._aftersales_reopen_remedies()
        # An accountant undoes a posting without any right on returns.
        remedies_sudo = self.env["aftersales.remedy"].sudo().search([("credit_move_id", "in", self.ids)])
        for entry_sudo, group_sudo in remedies_sudo.grouped("credit_move_id").items():
            group_sudo._reopen(entry_sudo)
        return result

    def _aftersales_after_post(self):
        result = super()._aftersales_after_post()
        self.sudo().reversed_entry_id.filtered(
            lambda move: move.move_type == "entry" and move._aftersales_is_undone()
        )._aftersales_reopen_remedies()
        return result


class AftersalesPayout(models.Model):
    """No provider pays out what the customer gets as credit."""

    _inherit = "aftersales.payout"

    def _queue_for(self, notes):
        credited = notes.filtered(
            lambda note: any(
                remedy.type_id.instead_of_money and remedy.state != "cancelled"
                for remedy in note.invoice_line_ids.aftersales_remedy_id
            )
        )
        return super()._queue_for(notes - credited)
