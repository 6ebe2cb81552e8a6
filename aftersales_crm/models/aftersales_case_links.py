from odoo import api, fields, models


class AftersalesCaseLinks(models.AbstractModel):
    # What Odoo's records that cases are about have in common: how many there are, and the button that opens one.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _name = "aftersales.case.links"
    _description = "Records that cases are about"

    # Field of the case that names the record.
    _aftersales_case_field = None

    aftersales_case_count = fields.Integer(
        "Cases", compute="_compute_aftersales_case_count", groups="aftersales_crm.aftersales_crm_group_agent"
    )

    def _compute_aftersales_case_count(self):
        field = self._aftersales_case_field
        # Counts answer "is there something?"; what opens follows the user's rights.
        groups = (
            self.env["aftersales.case"]
            .sudo()
            ._read_group([(field, "in", self.ids), ("company_id", "in", self.env.companies.ids)], [field], ["__count"])
        )
        counts = {record.id: count for record, count in groups}
        for record in self:
            record.aftersales_case_count = counts.get(record.id, 0)

    def action_aftersales_view_cases(self):
        """The cases about the record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_case_action")
        action["domain"] = self._aftersales_case_domain()
        action["context"] = self._aftersales_case_defaults()
        return action

    def action_aftersales_open_case(self):
        """A new case about the record, with what is known filled in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New case"),
            "res_model": "aftersales.case",
            "views": [(False, "form")],
            "context": self._aftersales_case_defaults(),
        }

    @api.model
    def _aftersales_case_default_values(self, **values):
        """Context that fills in a new case: by phone, of whoever takes it."""
        defaults = {"user_id": self.env.uid, "channel": "phone", **values}
        return {f"default_{name}": value for name, value in defaults.items() if value}

    # === Hooks === #

    def _aftersales_case_domain(self):
        """Hook: the cases about the record."""
        return [(self._aftersales_case_field, "=", self.id)]

    def _aftersales_case_defaults(self):
        """Hook: context with what a new case about the record says."""
        return self._aftersales_case_default_values(**{self._aftersales_case_field: self.id})
