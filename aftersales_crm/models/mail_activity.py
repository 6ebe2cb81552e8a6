from odoo import api, models


class MailActivity(models.Model):
    # Calls that were made are part of the customer history. Planned activities are many and are no part of it:
    # only what is done is noted.

    _inherit = "mail.activity"

    _aftersales_event_fields = frozenset({"active", "feedback", "note", "summary", "res_id"})

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        done = [activity.id for activity, vals in zip(activities, vals_list, strict=True) if not vals.get("active", 1)]
        self.env["aftersales.event"]._touch(self._name, done)
        return activities

    def _write_multi(self, vals_list):
        self.env["aftersales.event"]._touch_written(self, vals_list)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["aftersales.event"]._touch(self._name, self.filtered(lambda activity: not activity.active).ids)
        return super().unlink()
