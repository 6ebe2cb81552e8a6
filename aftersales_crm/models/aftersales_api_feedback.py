from odoo import models
from odoo.exceptions import UserError

from ..facade.parts import ORDER, integer, obj, text
from .aftersales_api import facade

FEEDBACK = obj(
    order=ORDER,
    token=text("What stands behind /feedback/ in the customer's link, instead of the order"),
    nps=integer("Would recommend us: 0 (not at all) to 10", minimum=0, maximum=10),
    csat=integer("Satisfied: 1 (not at all) to 5", minimum=1, maximum=5),
    effort=integer("How easy it was: 1 (hard) to 7", minimum=1, maximum=7),
    comment=text("In the customer's words"),
)


class AftersalesApi(models.AbstractModel):
    """What customers think of us."""

    _inherit = "aftersales.api"

    @facade(FEEDBACK)
    def record_feedback(self, params):
        """Record what a customer said about an order, or about what a link of ours asks for.

        There is one feedback per order: the same again changes nothing, other numbers change the
        answer, for seven days. Who is unhappy (recommends us 0 to 6, satisfied 1 or 2) opens a case.

        :return: the feedback (``id, about, partner, nps, csat, effort, comment, consent, mood,
            asked_at, answered_at``)
        :raise UserError: without an answer, with neither or both of order and token, for a token that is
            wrong or has ended, and when the answer is older than seven days
        """
        answer = {name: params[name] for name in ("nps", "csat", "effort", "comment") if name in params}
        if not answer:
            raise UserError(self.env._("Give at least one of nps, csat, effort and comment."))
        feedback_sudo = self._feedback_sudo(params)
        feedback_sudo._answer(answer)
        return self._feedback(feedback_sudo)

    def _feedback_sudo(self, params):
        """The feedback that is meant, in sudo mode: nobody writes feedback, the service records it."""
        feedbacks = self.env["aftersales.feedback"]
        feedbacks.check_access("read")
        if ("order" in params) == ("token" in params):
            raise UserError(self.env._("Give either an order or a token."))
        if "token" in params:
            feedback_sudo = feedbacks._by_token(params["token"])
            if not feedback_sudo or feedback_sudo.company_id not in self.env.companies:
                raise UserError(self.env._("token: this link is wrong or has ended."))
            return feedback_sudo
        order = self._ref("sale.order", params["order"], "order")
        if order.state != "sale":
            raise UserError(self.env._("%(order)s is not confirmed: there is nothing to ask about.", order=order.name))
        feedbacks._ask(order, notify=False)
        return feedbacks.sudo().search([("sale_order_id", "=", order.id), ("occasion", "=", "")])

    def _feedback(self, feedback):
        return {
            "id": feedback.id,
            "about": feedback.document_name,
            "partner": self._named(feedback.partner_id),
            "nps": feedback.nps,
            "csat": feedback.csat,
            "effort": feedback.effort,
            "comment": feedback.comment,
            "consent": feedback.consent,
            "mood": feedback.mood,
            "asked_at": feedback.asked_at,
            "answered_at": feedback.answered_at,
        }
