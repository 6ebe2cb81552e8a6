import codecs

from odoo import api, models


class MailThread(models.AbstractModel):
    # What mails to service teams need of Odoo's gateway, and the mails of no other model.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _inherit = "mail.thread"

    @api.model
    def message_parse(self, message, save_original=False):
        # A part in a charset that nobody knows would stop the whole mail.
        for part in message.walk():
            charset = part.get_content_charset()
            if charset and part.get_content_maintype() == "text" and not _is_known(charset):
                part.set_param("charset", "utf-8")
        return super().message_parse(message, save_original=save_original)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        cases = self.env["aftersales.case"]
        if cases._set_aside(message, message_dict, model) and not message_dict.get("is_bounce"):
            return []
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        return cases._routes(message, message_dict, routes)


def _is_known(charset):
    try:
        return bool(codecs.lookup(charset))
    except LookupError:
        return False
