from odoo import api, models


class AftersalesEventSource(models.AbstractModel):
    # A model whose records appear in the customer history. ``_aftersales_event_fields`` names the
    # stored fields that its events are made from; the SQL of the events themselves is
    # ``aftersales.event._source_<table>``. (No docstring: Odoo's models that inherit this would
    # show it as theirs.)

    _name = "aftersales.event.source"
    _description = "Source of the Customer History"

    _aftersales_event_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["aftersales.event"]._touch(self._name, records.ids)
        return records

    def _write_multi(self, vals_list):
        # Values computed at flush time never pass through write().
        self.env["aftersales.event"]._touch_written(self, vals_list)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["aftersales.event"]._touch(self._name, self.ids)
        return super().unlink()
