from odoo import models
from odoo.exceptions import AccessError, UserError


class AftersalesRemedy(models.Model):
    """Credit that is taken back, as long as nobody has spent it."""

    _inherit = "aftersales.remedy"

    # === Actions === #

    def action_take_credit_back(self):
        """Take credit, points or a voucher back that was given by mistake; a credit note of it is owed again.

        :raise AccessError: for who is no manager
        :raise UserError: when it was spent, or there is none
        """
        self.check_access("write")
        if not self.env.user.has_group("aftersales_crm.aftersales_crm_group_manager"):
            raise AccessError(self.env._("Only a manager takes back what was given."))
        for remedy in self:
            if remedy.state != "done" or not remedy.card_id:
                raise UserError(self.env._("%(remedy)s has given nothing.", remedy=remedy.display_name))
            remedy._reopen(remedy.sudo().credit_move_id)
        return True

    # === Business === #

    def _reopen(self, documents):
        given = self.filtered(lambda remedy: remedy.sudo().card_id and remedy.state == "done")
        # One entry is undone as a whole.
        given |= self.sudo().search([("credit_move_id", "in", given.sudo().credit_move_id.ids)]).with_env(self.env)
        if given:
            # Whoever undoes a document of it need not see cards or entries.
            given.sudo()._take_back()
        return super(AftersalesRemedy, self | given)._reopen(documents)

    def _take_back(self):
        for remedies in self.grouped("card_id").values():
            remedies._take_off_card()
        entries = self.credit_move_id.filtered(lambda move: not move._aftersales_is_undone())
        # A draft, too, may stay matched with what it settled.
        entries.line_ids.remove_move_reconcile()
        self._write_guarded({"card_id": False, "credit_points": 0.0, "credit_until": False, "credit_move_id": False})
        for entry in entries.filtered(lambda move: move.state == "posted"):
            today = entry.company_id._aftersales_today()
            ref = self.env._("Taken back: %(entry)s", entry=entry.ref)
            entry._reverse_moves([{"date": today, "ref": ref}], cancel=True)

    def _take_off_card(self):
        """Take these remedies' credit off their card.

        :raise UserError: when some of it was spent
        """
        card, points = self.card_id._aftersales_final(), sum(self.mapped("credit_points"))
        if card.currency_id.compare_amounts(card.points, points) < 0:
            raise UserError(
                self.env._(
                    "%(remedy)s cannot be taken back: of %(given)s on %(card)s only %(left)s is left.",
                    remedy=self[0].display_name,
                    given=card._format_points(points),
                    card=card.display_name,
                    left=card._format_points(card.points),
                )
            )
        self[:1]._move_points(card, -points, "takeback")
        if self.type_id.code == "voucher":
            card.active = False
