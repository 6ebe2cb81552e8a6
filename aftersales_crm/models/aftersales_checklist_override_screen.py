from odoo import fields, models


def open_override(document, operation):
    """The dialog in which a manager lets somebody do a step once without training, as an action.

    :param document: the return or case
    :param str operation: what is proposed
    """
    document.ensure_one()
    return {
        "type": "ir.actions.act_window",
        "name": document.env._("Let somebody do it once"),
        "res_model": "aftersales.checklist.override",
        "view_mode": "form",
        "target": "new",
        "context": {
            "default_res_model": document._name,
            "default_res_id": document.id,
            "default_operation": operation,
            "default_user_id": document.user_id.id,
        },
    }


class AftersalesRma(models.Model):
    """Letting somebody do a step of a return once without the training it needs."""

    _inherit = "aftersales.rma"

    needs_training = fields.Boolean(compute="_compute_needs_training", groups="base.group_user")

    def _compute_needs_training(self):
        self.needs_training = bool(self.env["aftersales.checklist.requirement"]._needs())

    def action_open_override(self):
        """Let somebody do a step once, although they lack the training it needs."""
        return open_override(self, "approve" if self.state == "submitted" else "inspect")


class AftersalesCase(models.Model):
    """Letting somebody give goodwill on a case once without the training it needs."""

    _inherit = "aftersales.case"

    needs_training = fields.Boolean(compute="_compute_needs_training", groups="base.group_user")

    def _compute_needs_training(self):
        requirements = self.env["aftersales.checklist.requirement"]
        self.needs_training = requirements._is_required("grant_goodwill")

    def action_open_override(self):
        """Let somebody give goodwill once, although they lack the training it needs."""
        return open_override(self, "grant_goodwill")
