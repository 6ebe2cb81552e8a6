from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.aftersales_crm.models.aftersales_feedback import COMMENT_LENGTH, QUESTIONS

from .portal_withdrawal import PortalWithdrawal


class PortalFeedback(PortalWithdrawal):
    """The customer says how we did: by one click in the mail, and with words on the page that it opens."""

    @route("/feedback/<string:token>", type="http", auth="public", website=True, methods=["GET"], readonly=True)
    def portal_feedback(self, token, said=None, **chosen):
        """The page, with what was clicked chosen. It records nothing: its script posts the click once it is seen."""
        feedback_sudo = self._feedback_of(token)
        if not feedback_sudo:
            return self._render_no_feedback()
        clicked = self._read_scores(chosen, {})
        return self._render_feedback(feedback_sudo, token, typed=clicked, clicked=clicked, said=said)

    @route("/feedback/<string:token>", type="http", auth="public", website=True, methods=["POST"])
    def portal_feedback_answer(self, token, click=None, **post):
        """Record the answer, or the click that brought the customer here."""
        self._ensure_post()
        feedback_sudo = self._feedback_of(token)
        if not feedback_sudo:
            return self._render_no_feedback()
        post, problems = self._as_texts(post), {}
        scores = self._read_scores(post, problems)
        said = "1"
        if not problems and not self._allow("feedback", f"feedback {feedback_sudo.id}"):
            problems[""] = self._too_often_message()
        try:
            if not problems and click:
                said = "click" if self._count_click(feedback_sudo, scores) else ""
            elif not problems:
                self._record_answer(feedback_sudo, scores, post, problems)
        except UserError as error:
            problems[""] = str(error)
        if problems:
            return self._render_feedback(feedback_sudo, token, {**post, **scores}, problems=problems)
        return request.redirect(f"/feedback/{token}?said={said}" if said else f"/feedback/{token}")

    def _feedback_of(self, token):
        """The feedback that the link opens, in sudo mode and in the customer's language; none for another link."""
        feedback_sudo = request.env["aftersales.feedback"]._by_token(self._as_text(token))
        lang = feedback_sudo.partner_id.lang
        if lang and request.env.user._is_public():
            request.update_context(lang=lang)
        return feedback_sudo.with_env(request.env).sudo()

    def _count_click(self, feedback_sudo, scores):
        with request.env.cr.savepoint():
            return any(feedback_sudo._click(question, number) for question, number in list(scores.items())[:1])

    def _record_answer(self, feedback_sudo, scores, post, problems):
        comment = post.get("comment", "")[:COMMENT_LENGTH]
        if not scores and not comment and not feedback_sudo.answered_at:
            problems[""] = request.env._("Choose a number, or write a few words.")
            return
        with request.env.cr.savepoint():
            feedback_sudo._answer({**scores, "comment": comment, "consent": bool(post.get("consent"))})

    def _read_scores(self, post, problems):
        """The numbers that a visitor chose: question → int.

        :param dict problems: name of a field → what is wrong with it; updated
        """
        scores = {}
        for question, (lowest, highest) in QUESTIONS.items():
            typed = self._as_text(post.get(question))
            if typed in {str(number) for number in range(lowest, highest + 1)}:
                scores[question] = int(typed)
            elif typed:
                problems[question] = request.env._("Choose one of the numbers.")
        return scores

    def _render_feedback(self, feedback_sudo, token, typed=None, problems=None, clicked=None, said=None):
        names = (*QUESTIONS, "comment", "consent")
        known = {name: feedback_sudo[name] for name in names}
        values = {
            "feedback": feedback_sudo,
            "token": token,
            "typed": {**known, **(typed or {})},
            "problems": problems or {},
            "clicked": next(iter((clicked or {}).items()), None),
            "said": said,
            "until": request.env._("You can change it until %(day)s.", day=feedback_sudo._edit_until()),
            "is_editable": feedback_sudo._is_editable(),
            "page_name": "aftersales_feedback",
            "res_company": feedback_sudo.company_id,
        }
        return request.render("aftersales_portal.portal_feedback", values)

    def _render_no_feedback(self):
        values = {"page_name": "aftersales_feedback"}
        return request.render("aftersales_portal.portal_no_feedback", values, status=404)
