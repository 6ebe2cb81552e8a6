from odoo import models
from odoo.exceptions import UserError


class AftersalesWarranty(models.Model):
    """Customers hand their products over to somebody else."""

    _inherit = "aftersales.warranty"

    def _portal_can_transfer(self):
        """Whether the customer may hand the product over on the warranty's page."""
        self.ensure_one()
        return self.company_id.aftersales_portal_transfer and self._can_hand_over()

    def _portal_is_several(self):
        """Whether some of the units can go while others stay."""
        self.ensure_one()
        return not self.lot_id and self.quantity > 1

    def _portal_staying(self):
        """Warranties of the units that stay behind when the product is handed over."""
        mine = self._siblings().filtered(lambda w: w.commercial_partner_id == self.commercial_partner_id)
        return mine.filtered(lambda w: w.state in ("pending", "active") and not w._can_hand_over())

    def _portal_transfer(self, author, name, email, quantity):
        """Hand the product over.

        What is said is the same whether or not the address is known here.

        :param author: `res.partner` who hands over
        :param str name: of the new owner
        :param str email: of the new owner, normalised
        :param quantity: of goods without serial numbers so many units (float); None: all
        :raise UserError: when it cannot be handed over
        """
        self.ensure_one()
        if not self._portal_can_transfer():
            raise UserError(self.env._("This warranty cannot be handed over."))
        if email == author.email_normalized:
            raise UserError(self.env._("That is your own e-mail address: enter that of the new owner."))
        partner_sudo = self._new_owner(name, email, self.company_id)
        if partner_sudo.commercial_partner_id == self.commercial_partner_id:
            raise UserError(self.env._("Whoever has that e-mail address sees the product among their own already."))
        self._hand_over(partner_sudo, self.company_id._aftersales_today(), quantity)

    def _customer_url(self):
        """Where the owner sees the warranty: their own page, on the way to it a login, else the public facts."""
        self.ensure_one()
        if not self.company_id.aftersales_portal_products:
            return ""
        # The address is for its owner alone, who gets it by mail.
        partner_sudo = self.partner_id.sudo()
        if partner_sudo.user_ids:
            return f"{self.get_base_url()}{self._portal_url()}"
        if self.env["res.users"]._get_signup_invitation_scope() == "b2c":
            urls = partner_sudo.with_context(signup_valid=True)._get_signup_url_for_action(url=self._portal_url())
            return urls[partner_sudo.id]
        return self._public_url()
