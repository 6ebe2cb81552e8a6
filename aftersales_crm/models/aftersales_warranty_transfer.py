from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from .aftersales_warranty_registration import STAFF


class AftersalesWarranty(models.Model):
    """A product changes hands: its new owner takes over what the terms let them."""

    _inherit = "aftersales.warranty"

    def action_open_transfer(self):
        """Ask for the new owner."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over"),
            "res_model": "aftersales.warranty.transfer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_warranty_id": self.id},
        }

    def _can_hand_over(self):
        """Whether a new owner may take the warranty over today."""
        self.ensure_one()
        return (
            self.is_verified
            and self.state in ("pending", "active")
            and bool((self.coverage or {}).get("transferable", True))
        )

    def _hand_over(self, partner, on, quantity=None, reason=False):
        """Hand units over with every warranty of theirs that may go along, and tell both owners.

        :param partner: the new owner (`res.partner`)
        :param datetime.date on: the day the product changed hands
        :param quantity: of goods without serial numbers so many units (float); None: all
        :param str reason: a note
        :return: the warranties that changed hands (`aftersales.warranty`)
        :raise UserError: when the terms or the state forbid it
        """
        self.ensure_one()
        self._ensure_quantity(quantity)
        going = self._siblings().filtered(
            lambda w: w.commercial_partner_id == self.commercial_partner_id and w._can_hand_over()
        )
        if self not in going:
            self._ensure_transferable(partner, on)
            raise UserError(self.env._("%(warranty)s cannot be handed over.", warranty=self.display_name))
        if quantity and quantity < self.quantity:
            promises = going.grouped(lambda w: (w.source, w.term_id, w.start_date))
            going = going.browse().union(*(promise._take(quantity) for promise in promises.values()))
        going._transfer(partner, on, reason)
        going.sorted("end_date")[-1]._tell_owners()
        return going

    def _ensure_quantity(self, quantity):
        if quantity is not None and not 0 < quantity <= self.quantity:
            raise UserError(self.env._("Hand over between one and %(count)s units.", count=f"{self.quantity:g}"))

    def _last_transfer(self):
        """What was put on record about the last new owner (`aftersales.warranty.change`)."""
        return self.change_ids.filtered(lambda change: change.kind == "transfer").sorted("id")[-1:]

    def _tell_owners(self):
        """Write to the new owner and to the one before, each in their language."""
        for name in ("partner", "former_partner"):
            if self._last_transfer()[f"{name}_id"].email:
                template = self.env.ref(f"aftersales_crm.mail_template_transfer_{name}")
                template.with_company(self.company_id).with_context(aftersales_for_owner=True).send_mail(
                    self.id, email_values={"is_notification": True}
                )

    @api.depends_context("aftersales_for_owner")
    def _compute_display_name(self):
        # What an owner reads: the order may be that of the owner before.
        if not self.env.context.get("aftersales_for_owner"):
            return super()._compute_display_name()
        for warranty in self:
            product = warranty.product_id.with_context(display_default_code=False).display_name or ""
            serial = warranty.lot_id.name
            warranty.display_name = f"{product} – {serial}" if serial else product
        return None

    @api.model
    def _new_owner(self, name, email, company):
        """Who is meant by a name and an e-mail address: a contact with that address, else a new one.

        :param str name: for a new contact only
        :param str email: normalised
        :return: `res.partner` in sudo mode
        """
        # Whoever hands over learns nothing of what is found here.
        partners_sudo = self.env["res.partner"].sudo()
        found_sudo = partners_sudo.search(
            Domain("email_normalized", "=", email) & Domain("company_id", "in", (False, company.id)), order="id"
        )
        by_login = found_sudo.filtered(lambda p: email in p.user_ids.mapped(lambda user: email_normalize(user.login)))
        return (
            by_login[:1]
            or found_sudo.filtered("user_ids")[:1]
            or found_sudo[:1]
            or partners_sudo.with_context(mail_create_nosubscribe=True).create({"name": name, "email": email})
        )

    def _ensure_may_transfer(self):
        if not self.env.user.has_group(STAFF):
            raise AccessError(self.env._("Only after-sales staff hand warranties over."))
        self.check_access("read")
