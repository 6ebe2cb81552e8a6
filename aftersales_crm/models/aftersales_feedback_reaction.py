import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import fields, models

_logger = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=1)


class AftersalesFeedback(models.Model):
    """What follows from an answer: who is happy is invited to review us, once."""

    _inherit = "aftersales.feedback"

    def _see_to(self):
        """React; what goes wrong with that loses no answer, and is tried again later."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._react()
        except OperationalError:
            raise  # somebody else reacts at the same time: Odoo runs one of the two again
        except Exception:  # whatever opening a case may refuse
            _logger.warning("Nobody sees to feedback %s yet", self.id, exc_info=True)
            self.react_at = fields.Datetime.now() + TRY_AGAIN

    def _react(self):
        """Hook: see to what was said; safe to repeat."""
        self.filtered("react_at").write({"react_at": False})
        self._invite()

    def _invite(self):
        for feedback in self:
            if feedback._is_invitable():
                feedback.invited_at = fields.Datetime.now()

    def _is_invitable(self):
        """Whether the customer is asked for a review: one who is happy, and was never asked before."""
        if self.mood != "promoter" or self.invited_at or not self.company_id.aftersales_review_url:
            return False
        domain = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("invited_at", "!=", False),
        ]
        return not self.search_count(domain, limit=1)

    def _review_url(self):
        """Where the customer is invited to review us, "" for who is not."""
        self.ensure_one()
        invited = self.invited_at and self.mood == "promoter"
        return self.company_id.aftersales_review_url or "" if invited else ""
