from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, fields, models

# Who is unhappy hears from us in this time, where no rule of the shop promises it sooner.
ANSWER_IN = timedelta(days=1)


class AftersalesFeedback(models.Model):
    """Who is unhappy is written to or called: an urgent case, one per feedback."""

    _inherit = "aftersales.feedback"

    def _react(self):
        result = super()._react()
        for feedback in self:
            # Whoever answers opens no cases by themselves, and staff read them in their language.
            company = feedback.company_id
            ours = feedback.with_user(SUPERUSER_ID).with_company(company).with_context(lang=company.partner_id.lang)
            if feedback.complaint_id:
                ours._note_change()
            elif feedback.mood == "detractor":
                ours._open_complaint()
        return result

    def _open_complaint(self):
        """Open the case; of two at once one is run again and finds it."""
        self.complaint_id = self.env["aftersales.case"]._open([self._prepare_complaint_vals()])
        commitments = self.env["aftersales.commitment"]
        if not commitments._promise(self.complaint_id, "first_answer"):
            commitments._promise(self.complaint_id, "first_answer", on=fields.Datetime.now() + ANSWER_IN)

    def _prepare_complaint_vals(self):
        about = self._document()
        team = self.team_id or self.env["aftersales.team"]._default_team(self.company_id)
        return {
            "type": "complaint",
            "subject": self.env._("Feedback on %(document)s", document=self.document_name),
            "description": self._complaint_text(),
            "priority": "3",
            "channel": "feedback",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "team_id": team.id,
            "sale_order_id": (self.sale_order_id or self._order_of(about)).id,
            "product_id": self.product_id.id,
        }

    def _order_of(self, document):
        """The order behind a return or case, where it is one only."""
        orders = document.sale_order_ids if document._name == "aftersales.rma" else document.sale_order_id
        return orders if len(orders) == 1 else orders.browse()

    def _complaint_text(self):
        text = Markup("<p>%s</p>") % self.display_name
        return text + Markup("<blockquote>%s</blockquote>") % self.comment if self.comment else text

    def _note_change(self):
        """Say on the case what the customer says now; a better answer does not undo that they were unhappy."""
        note = Markup("<p>%s</p>") % self.env._("The customer has changed the answer:") + self._complaint_text()
        self.complaint_id._message_log(body=note)
