from datetime import timedelta

from odoo import models
from odoo.tools.misc import hash_sign, hmac, verify_hash_signed

# A return may take its time; whoever comes later asks for a new link.
LINK_DAYS = 90


class AftersalesLinkMixin(models.AbstractModel):
    """Signed links to a document that end by themselves and can be revoked.

    The document's own `access_token` is part of the signature: another one ends every link.
    """

    _name = "aftersales.link.mixin"
    _description = "Signed Links that Expire"

    # === Links === #

    def _aftersales_signed_token(self, days=LINK_DAYS):
        """A token that opens the document, as ``access_token`` of the portal's addresses.

        :param int days: how long it does
        :rtype: str
        """
        self.ensure_one()
        self.sudo()._portal_ensure_token()  # whoever may send a link may make one
        return hash_sign(self.sudo().env, self._aftersales_link_scope(), self.id, expiration=timedelta(days=days))

    def _aftersales_check_token(self, token):
        """Whether a visitor's token opens the document today.

        :param str token: as it came in, or None
        """
        self.ensure_one()
        if not token or not self.sudo().access_token:
            return False
        try:
            signed_for = verify_hash_signed(self.sudo().env, self._aftersales_link_scope(), token)
        except (ValueError, IndexError):  # no token of ours
            return False
        return signed_for == self.id

    def _aftersales_link_scope(self):
        # The secret is compared, never shown.
        return f"aftersales.link,{self._name},{self.sudo().access_token}"

    def _aftersales_link_hash(self, token, pid):
        """Lets the holder of a signed link write in the document's messages as partner `pid`, while it opens.

        :param str token: of the link
        :param int pid: id of a `res.partner`
        """
        return hmac(self.sudo().env, f"{self._aftersales_link_scope()},messages", (self.id, int(pid), token))

    # === Actions === #

    def action_aftersales_revoke_links(self):
        """End every link to the documents that was ever sent to a customer."""
        self.check_access("write")
        for document in self:
            document.access_token = False
            document._portal_ensure_token()
            document.message_post(body=self.env._("Every link to this page that was sent before has ended."))
        return True
