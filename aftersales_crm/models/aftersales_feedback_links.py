from odoo import fields, models

# An offer, or nothing that has come to be.
NOT_BEGUN = ("draft", "sent", "cancel", "cancelled")


class AftersalesFeedbackLinks(models.AbstractModel):
    # What is known of the satisfaction with a document, or of a customer, and the way to it.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _name = "aftersales.feedback.links"
    _description = "Feedback on a document"

    _aftersales_feedback_link = ""

    aftersales_feedback_count = fields.Integer(
        "Answers", compute="_compute_aftersales_feedback", groups="base.group_user"
    )
    aftersales_nps = fields.Float("NPS", compute="_compute_aftersales_feedback", groups="base.group_user")

    def _compute_aftersales_feedback(self):
        # A figure answers "are they happy?"; what opens follows the user's rights.
        owners = self._aftersales_feedback_owners()
        rows = (
            self.env["aftersales.feedback"]
            .sudo()
            ._read_group(
                [
                    (self._aftersales_feedback_link, "in", [owner.id for owner in owners.values() if owner.ids]),
                    ("answered_at", "!=", False),
                    ("company_id", "in", self.env.companies.ids),
                ],
                [self._aftersales_feedback_link],
                ["__count", "nps_score:avg"],
            )
        )
        figures = {owner.id: (count, nps or 0.0) for owner, count, nps in rows}
        for record in self:
            count, nps = figures.get(owners[record].id, (0, 0.0))
            record.aftersales_feedback_count, record.aftersales_nps = count, nps

    def _aftersales_feedback_owners(self):
        """Record → the one whose feedback it shows."""
        return {record: record for record in self}

    def action_aftersales_ask_feedback(self):
        """Ask the customers what they think, each document once.

        :return: a note that says what came of it
        """
        if self._name not in self.env["aftersales.feedback"]._document_fields():
            return False
        self.check_access("read")
        self.env["aftersales.feedback"].check_access("read")
        begun = self.filtered(lambda document: document.state not in NOT_BEGUN)
        asked = self.env["aftersales.feedback"]._ask(begun)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if asked else "warning",
                "message": self.env._("Questions on their way: %(count)s.", count=len(asked))
                if asked
                else self.env._("The customer has been asked before, or there is nothing to ask about yet."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_aftersales_view_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_feedback_action")
        owner = self._aftersales_feedback_owners()[self]
        action["domain"] = [(self._aftersales_feedback_link, "=", owner.id)]
        action["context"] = {}
        return action
