from odoo import models


class AftersalesFeedback(models.Model):
    """Who answers gets a bonus, once per question and whatever the answer."""

    _inherit = "aftersales.feedback"

    def _react(self):
        result = super()._react()
        for feedback in self.filtered("answered_at"):
            feedback.env["aftersales.loyalty.bonus"]._reward("feedback", [feedback._bonus_gift()])
        return result

    def _bonus_gift(self):
        return {
            "key": f"feedback:{self.id}",
            "partner": self.partner_id,
            "company": self.company_id,
            "at": self.answered_at,
            "origin": self,
        }
