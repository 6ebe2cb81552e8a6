from odoo import api, fields, models


class AftersalesCaseMerge(models.TransientModel):
    """Which of several cases stays, and what happens when their customers differ."""

    _name = "aftersales.case.merge"
    _description = "Merge Cases"

    case_ids = fields.Many2many("aftersales.case", required=True)
    target_id = fields.Many2one(
        "aftersales.case",
        "Stays",
        compute="_compute_target_id",
        store=True,
        readonly=False,
        required=True,
        domain="[('id', 'in', case_ids)]",
        ondelete="cascade",
    )
    customers_differ = fields.Boolean(compute="_compute_customers_differ")
    is_confirmed = fields.Boolean("Merge them all the same")

    @api.depends("case_ids")
    def _compute_target_id(self):
        for wizard in self:
            # The oldest open one: what was promised first is promised there.
            open_cases = wizard.case_ids.filtered("is_open") or wizard.case_ids
            wizard.target_id = open_cases.sorted("id")[:1]

    @api.depends("case_ids")
    def _compute_customers_differ(self):
        for wizard in self:
            wizard.customers_differ = len(wizard.case_ids.commercial_partner_id) > 1

    def action_merge(self):
        """Merge, and open the case that stays."""
        self.ensure_one()
        self.case_ids._merge_into(self.target_id, confirmed=self.is_confirmed)
        return self.target_id._get_records_action()
