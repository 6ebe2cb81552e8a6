from odoo import api, models

from .aftersales_event_talk import SPOKEN


class MailMessage(models.Model):
    # What customers and the people of the shop write to each other is part of the customer history; most
    # messages are not of that kind, and cost nothing.

    _inherit = "mail.message"

    _aftersales_event_fields = frozenset({"body", "subject", "subtype_id", "is_internal", "model", "res_id"})

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        self.env["aftersales.event"]._touch(self._name, messages._aftersales_spoken().ids)
        return messages

    def _write_multi(self, vals_list):
        self.env["aftersales.event"]._touch_written(self, vals_list)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["aftersales.event"]._touch(self._name, self._aftersales_spoken().ids)
        return super().unlink()

    def _aftersales_spoken(self):
        """Those that may be part of the history."""
        models_spoken = self.env["aftersales.event"]._spoken_about()
        # What becomes of a message in the history does not depend on who wrote it.
        spoken = self.sudo().filtered(lambda message: message.message_type in SPOKEN and message.model in models_spoken)
        return spoken.sudo(self.env.su)
