from odoo import fields, models


class ResPartner(models.Model):
    # What a customer was given, and whether they bought again.

    _inherit = "res.partner"

    aftersales_goodwill_count = fields.Integer(
        "Goodwill", compute="_compute_aftersales_goodwill_count", groups="base.group_user"
    )

    def _compute_aftersales_goodwill_count(self):
        # The count answers "was there something?"; what is behind it opens with the rights of whoever clicks.
        rows = (
            self.env["aftersales.remedy"]
            .sudo()
            ._read_group(
                [
                    ("case_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("state", "in", ("pending", "done")),
                ],
                ["case_id"],
                ["__count"],
            )
        )
        counts = {}
        for case, count in rows:
            customer = case.commercial_partner_id
            counts[customer] = counts.get(customer, 0) + count
        for partner in self:
            partner.aftersales_goodwill_count = counts.get(partner.commercial_partner_id, 0)

    def action_aftersales_view_goodwill(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_goodwill_report_action")
        return {
            **action,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "view_mode": "list,graph,pivot",
            "views": [(False, "list"), (False, "graph"), (False, "pivot")],
        }
