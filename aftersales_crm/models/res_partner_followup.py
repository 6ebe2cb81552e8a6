from odoo import api, fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

SCOPE = "aftersales.followup.stop"


class ResPartner(models.Model):
    # Who does not want to be written to without having asked.

    _inherit = "res.partner"

    aftersales_followup_optout = fields.Boolean(
        "No follow-up mails", help="Mails about what was asked for or ordered are sent all the same."
    )

    _aftersales_optout = models.Index("(email_normalized) WHERE aftersales_followup_optout")

    def _aftersales_has_opted_out(self):
        """Whether who is behind a contact wants no follow-up: as this contact, or as another of the same address."""
        self.ensure_one()
        same = [("aftersales_followup_optout", "=", True), ("email_normalized", "=", self.email_normalized)]
        partners_sudo = self.sudo().with_context(active_test=False)  # whatever contacts the job may see
        return self.aftersales_followup_optout or bool(
            self.email_normalized and partners_sudo.search_count(same, limit=1)
        )

    def _aftersales_stop_url(self):
        """Hook: address where the customer ends the follow-up; "" without the portal add-on."""
        return ""

    def _aftersales_stop_token(self):
        """What a link carries that ends the follow-up; it works as long as the contact is there."""
        self.ensure_one()
        return hash_sign(self.sudo().env, SCOPE, self.id)

    @api.model
    def _aftersales_by_stop_token(self, token):
        """The contact that a link is of, in sudo mode; none for a wrong one.

        :param str token: as it came in
        """
        partners_sudo = self.sudo()  # the token is the right of who holds it
        try:
            identifier = verify_hash_signed(partners_sudo.env, SCOPE, token)
        except (ValueError, IndexError):  # no token of ours
            identifier = None
        return partners_sudo.browse(identifier or []).exists()
