from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    aftersales_rma_count = fields.Integer("Returns", compute="_compute_aftersales_counts", groups="base.group_user")
    aftersales_warranty_count = fields.Integer(
        "Warranties", compute="_compute_aftersales_counts", groups="base.group_user"
    )

    def _compute_aftersales_counts(self):
        companies = self.commercial_partner_id
        counts = {}
        for model in ("aftersales.rma", "aftersales.warranty"):
            # Counts answer "is there something?"; what opens follows the user's rights.
            counts[model] = dict(
                self.env[model]
                .sudo()
                ._read_group(
                    [
                        ("commercial_partner_id", "in", companies.ids),
                        ("company_id", "in", self.env.companies.ids),
                    ],
                    ["commercial_partner_id"],
                    ["__count"],
                )
            )
        for partner in self:
            customer = partner.commercial_partner_id
            partner.aftersales_rma_count = counts["aftersales.rma"].get(customer, 0)
            partner.aftersales_warranty_count = counts["aftersales.warranty"].get(customer, 0)

    def write(self, vals):
        result = super().write(vals)
        if {"parent_id", "is_company"} & vals.keys() and self.ids:
            # Whoever edits a contact needs no rights on its history to keep it right.
            self.env["aftersales.event"].sudo()._repair_commercial_partners(
                self.with_context(active_test=False).search([("id", "child_of", self.ids)]).ids
            )
        return result

    def action_aftersales_view_rmas(self):
        self.ensure_one()
        return self._aftersales_action("aftersales_crm.aftersales_rma_action")

    def action_aftersales_view_warranties(self):
        self.ensure_one()
        return self._aftersales_action("aftersales_crm.aftersales_warranty_action")

    def action_aftersales_view_history(self):
        self.ensure_one()
        return self._aftersales_action("aftersales_crm.aftersales_event_action")

    def _aftersales_action(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
