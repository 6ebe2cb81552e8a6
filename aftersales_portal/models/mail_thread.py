from odoo import api, models


class MailThread(models.AbstractModel):
    # Who came by a signed link that ends reads and writes messages as the document's customer, until it does.

    _inherit = "mail.thread"

    @api.model
    def _get_thread_with_access(self, thread_id, *, token=None, **kwargs):
        thread = super()._get_thread_with_access(thread_id, token=token, **kwargs)
        if thread or not self._aftersales_opens(thread_id, token):
            return thread
        # Who writes is asked of the thread afterwards; the token is checked again there.
        return self.sudo().with_context(aftersales_link_token=token).browse(thread_id)

    @api.model
    def _aftersales_opens(self, thread_id, token):
        if not isinstance(self, self.pool["aftersales.link.mixin"]) or not isinstance(token, str):
            return False
        thread_sudo = self.sudo().browse(thread_id).exists()
        return bool(thread_sudo) and token.isascii() and thread_sudo._aftersales_check_token(token)

    def _portal_get_parent_hash_token(self, pid):
        token = self.env.context.get("aftersales_link_token")
        if not self._aftersales_opens(self.id, token):
            return super()._portal_get_parent_hash_token(pid)
        return self._aftersales_link_hash(token, pid)

    def _process_attachments_for_post(self, attachments, attachment_ids, message_values):
        values = super()._process_attachments_for_post(attachments, attachment_ids, message_values)
        if attachment_ids and not self.env.user._is_internal() and isinstance(self, self.pool["aftersales.link.mixin"]):
            kept = [command[1] for command in values.get("attachment_ids", [])]
            # Customers have no right on attachments, but these they have just sent.
            self.env["ir.attachment"].sudo().browse(kept)._aftersales_forget_place()
        return values
