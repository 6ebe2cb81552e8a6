from odoo.http import request, route

from .portal_returns import PortalReturns

# What customers switch: name in the form → field of the contact that says no to it.
CHOICES = {
    "sms": "aftersales_sms_optout",
    "followup": "aftersales_followup_optout",
}


class PortalPreferences(PortalReturns):
    """How a customer wants to hear from the shop: language and channels."""

    @route("/my/preferences", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_my_preferences(self, saved=None, **kw):
        """What the visitor has chosen so far."""
        # Customers have no right on all that stands on their contact.
        partner_sudo = request.env.user.partner_id.sudo()
        values = {
            **self._prepare_portal_layout_values(),
            "languages": request.env["res.lang"].get_installed(),
            "lang": partner_sudo.lang or request.env.lang,
            "choices": {name: not partner_sudo[field] for name, field in CHOICES.items()},
            "partner": partner_sudo,
            "saved": bool(saved),
            "page_name": "aftersales_preferences",
        }
        return request.render("aftersales_portal.portal_my_preferences", values)

    @route("/my/preferences", type="http", auth="user", website=True, methods=["POST"])
    def portal_my_preferences_save(self, **post):
        """Keep what was chosen, of the visitor's own contact and nothing else of it."""
        self._ensure_post()
        vals = {field: not post.get(name) for name, field in CHOICES.items()}
        lang = self._as_text(post.get("lang"))
        if lang not in dict(request.env["res.lang"].get_installed()):
            lang = request.env.lang
        request.env.user.partner_id.sudo().write({**vals, "lang": lang})
        answer = request.redirect(request.env["ir.http"]._url_for("/my/preferences?saved=1", lang))
        answer.set_cookie("frontend_lang", lang)
        return answer
