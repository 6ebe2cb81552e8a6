from odoo import api, models


class MailThread(models.AbstractModel):
    # What mails to service teams need of Odoo's gateway, and the mails of no other model.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)
    # Both public methods take mails that no RPC call can carry: there they have only ever failed.

    _inherit = "mail.thread"

    @api.private
    @api.model
    def message_parse(self, message, save_original=False):
        # PostgreSQL takes no NUL.
        parsed = super().message_parse(message, save_original=save_original)
        return {key: value.replace("\x00", "") if isinstance(value, str) else value for key, value in parsed.items()}

    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        # A charset that nobody knows would stop the whole mail, and one that is not named lose its letters.
        for part in message.walk():
            if part.get_content_maintype() == "text":
                _mend_charset(part)
        return super()._message_parse_extract_payload(message, message_dict, save_original=save_original)

    @api.private
    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        cases = self.env["aftersales.case"]
        if cases._set_aside(message, message_dict, model) and not message_dict.get("is_bounce"):
            return []
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        return cases._routes(message, message_dict, routes)


def _mend_charset(part):
    """Name the charset of a part that names none or an unknown one: UTF-8, or else what most of Europe writes."""
    written = part.get_payload(decode=True) or b""
    if (
        _decodes(b"a\xff", part.get_content_charset() or "", "replace")
        or written.isascii()
        and not part.get_param("charset")
    ):
        return
    part.set_param("charset", "utf-8" if _decodes(written, "utf-8") else "windows-1252")


def _decodes(written, charset, errors="strict"):
    try:
        written.decode(charset, errors)
    except (LookupError, ValueError):
        return False
    return True
