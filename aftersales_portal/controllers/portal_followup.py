from odoo.http import request, route

from .portal_returns import PortalReturns


class PortalFollowup(PortalReturns):
    """A customer ends the mails of the follow-up: by the page, or by the button of the mail program (RFC 8058)."""

    @route("/followup/stop/<string:token>", type="http", auth="public", website=True, methods=["GET"], readonly=True)
    def portal_followup_stop(self, token, done=None, **kw):
        """Asks first: whatever opens the links of a mail ends nothing."""
        partner_sudo = self._stopping_partner(token)
        return self._render_stop(partner_sudo, token, done=bool(done))

    # Mail programs post without a session: the token, which only the mail carries, is the right.
    @route("/followup/stop/<string:token>", type="http", auth="public", website=True, methods=["POST"], csrf=False)
    def portal_followup_stop_confirm(self, token, again=None, **post):
        """End the follow-up, or take it up again."""
        self._ensure_post()
        partner_sudo = self._stopping_partner(token)
        if not partner_sudo:
            return self._render_stop(partner_sudo, token)
        partner_sudo.aftersales_followup_optout = not again
        if "List-Unsubscribe" in post:  # mail programs follow no redirect (RFC 8058, 3.1)
            return self._render_stop(partner_sudo, token, done=True)
        return request.redirect(f"/followup/stop/{token}?done=1")

    def _stopping_partner(self, token):
        partner_sudo = request.env["res.partner"]._aftersales_by_stop_token(self._as_text(token))
        if partner_sudo.lang and request.env.user._is_public():
            request.update_context(lang=partner_sudo.lang)
        return partner_sudo.with_env(request.env).sudo()

    def _render_stop(self, partner_sudo, token, done=False):
        values = {"partner": partner_sudo, "token": token, "done": done, "page_name": "aftersales_followup"}
        status = 200 if partner_sudo else 404
        return request.render("aftersales_portal.portal_followup_stop", values, status=status)
