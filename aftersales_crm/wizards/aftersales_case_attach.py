from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesCaseAttach(models.TransientModel):
    """Which fault several cases are about: one that is known, or a new one."""

    _name = "aftersales.case.attach"
    _description = "Cases of One Fault"

    case_ids = fields.Many2many("aftersales.case", required=True)
    parent_id = fields.Many2one(
        "aftersales.case",
        "Known fault",
        domain="[('parent_id', '=', False), ('is_open', '=', True), ('id', 'not in', case_ids)]",
        ondelete="cascade",
    )
    subject = fields.Char("New fault")

    def action_attach(self):
        """Put the cases under the fault, and open it.

        :raise UserError: when neither a fault is chosen nor a new one named
        """
        self.ensure_one()
        if not (self.parent_id or self.subject):
            raise UserError(self.env._("Choose the fault, or name a new one."))
        parent = self.parent_id or self.env["aftersales.case"].create(self._prepare_parent_vals())
        self.case_ids.write({"parent_id": parent.id})
        return parent._get_records_action()

    def _prepare_parent_vals(self):
        """Hook: values of the case that stands for a new fault."""
        products = self.case_ids.product_id
        return {
            "subject": self.subject,
            "type": "problem",
            "channel": "system",
            "company_id": self.case_ids.company_id[:1].id,
            "team_id": self.case_ids.team_id[:1].id,
            "user_id": self.env.uid,
            "product_id": products.id if len(products) == 1 else False,
        }
