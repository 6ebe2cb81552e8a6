from odoo import api, fields, models

from .aftersales_remedy_type import CREDITING


class AftersalesRemedy(models.Model):
    """The bonus for credit, as it stood when the customer chose it or the shop planned it."""

    _inherit = "aftersales.remedy"

    def write(self, vals):
        result = super().write(vals)
        if "type_id" in vals:
            for remedy in self.filtered("rma_line_id"):
                remedy._write_guarded({"bonus_percent": remedy.rma_line_id._promised_bonus(remedy.type_id)})
        return result


class AftersalesRmaLine(models.Model):
    _inherit = "aftersales.rma.line"

    bonus_percent = fields.Float("Bonus (%)", readonly=True, copy=False, groups="base.group_user")

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"bonus_percent"}

    def _prepare_choice_vals(self, note=False):
        remedy_types = self.env["aftersales.remedy.type"]
        bonus = remedy_types._credit_bonus(self.sale_line_id[:1]) if self.sale_line_id else 0.0
        return {**super()._prepare_choice_vals(note), "bonus_percent": bonus}

    def _prepare_remedy_vals(self):
        vals = super()._prepare_remedy_vals()
        bonus = self._promised_bonus(self.env["aftersales.remedy.type"].browse(vals["type_id"]))
        return {**vals, "bonus_percent": bonus}

    def _promised_bonus(self, remedy_type):
        """Percent on top of the price, where a remedy gives credit."""
        self.ensure_one()
        if remedy_type.code not in CREDITING:
            return 0.0
        if self.choice_at and self.requested_remedy_id == remedy_type:
            return self.bonus_percent
        return remedy_type._credit_bonus(self.sale_line_id) if self.sale_line_id else 0.0
