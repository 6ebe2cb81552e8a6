from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.aftersales_crm.models.aftersales_remedy import OPEN_STATES


class AftersalesRma(models.Model):
    """The customer chooses another remedy, as long as none has begun."""

    _inherit = "aftersales.rma"

    def _portal_remedy(self, author, post):
        """Choose another remedy for a line; repeated, it changes nothing.

        :param author: `res.partner` who chooses
        :param dict post: ``choice``, the ids of line and remedy type as text, e.g. ``12-3``
        :raise UserError: when it is too late, or the line's basis does not offer it
        """
        line_id, _, type_id = post.get("choice", "").partition("-")
        line = self.line_ids.filtered(lambda line: str(line.id) == line_id)
        types = self._portal_remedy_types()
        wanted = types.filtered(lambda remedy_type: str(remedy_type.id) == type_id)
        if line and wanted and line._portal_remedy_type() == wanted:
            return
        if not line or wanted not in line._portal_choices(types):
            raise UserError(self.env._("That can no longer be chosen. Write to us instead."))
        self._portal_say(
            author,
            self.env._("%(product)s: please “%(remedy)s”.", product=line.product_id.display_name, remedy=wanted.name),
        )
        line._portal_choose(wanted)

    def _portal_remedy_types(self):
        """Every remedy, to be looked up once for all lines."""
        return self.env["aftersales.remedy.type"].search(Domain.TRUE)

    # === Offers === #

    def _portal_offers(self):
        """Offers that wait for the customer's answer."""
        self.ensure_one()
        return self.offer_ids.filtered(lambda offer: offer.state == "open" and offer._is_possible())

    def _portal_accept(self, author, post):
        """Accept an offer; repeated, it changes nothing.

        :param author: `res.partner` who accepts
        :param dict post: ``offer``, its id as text
        :raise UserError: when it is not there, or too late
        """
        offer = self._portal_offer(post)
        if offer._accept():
            self._portal_say(author, self.env._("Accepted: %(offer)s.", offer=offer.display_name))

    def _portal_decline(self, author, post):
        """Decline an offer; see `_portal_accept`."""
        offer = self._portal_offer(post)
        if offer._decline():
            self._portal_say(author, self.env._("Declined: %(offer)s.", offer=offer.display_name))

    def _portal_offer(self, post):
        offer = self.offer_ids.filtered(lambda offer: str(offer.id) == post.get("offer"))
        if not offer:
            raise UserError(self.env._("There is no such offer any more."))
        return offer


class AftersalesRmaLine(models.Model):
    """What the customer may still choose for a line."""

    _inherit = "aftersales.rma.line"

    def _portal_remedy_type(self):
        """The remedy that is planned; empty where there are several."""
        self.ensure_one()
        types = self._live_remedies().type_id or self._remedy_type()
        return types if len(types) == 1 else types.browse()

    def _portal_choices(self, types):
        """Remedies that the customer may choose instead of the one that is planned.

        :param types: every `aftersales.remedy.type`
        """
        self.ensure_one()
        none = types.browse()
        remedies = self._live_remedies()
        # What was agreed on with the customer stands.
        begun = any(remedy.state not in OPEN_STATES or remedy.agreed_amount for remedy in remedies)
        if self.state not in ("submitted", "approved") or begun or self.keeps_goods:
            return none
        if self.state == "approved" and not remedies:
            return none
        # Until it is decided, another door may lead to money back for a defect.
        any_door = self.state == "submitted" and self.reason_id.kind == "defect"
        codes = (self.remedy_bases or {}) if any_door else self._open_remedies()
        offered = types.filtered(lambda remedy_type: remedy_type.offered and remedy_type.code in codes)
        return self.company_id._aftersales_portal_remedies(offered) - self._portal_remedy_type()

    def _portal_choose(self, remedy_type):
        """Plan another remedy; see `_portal_choices` for which."""
        choice = self._prepare_choice_vals()
        self._write_guarded({"requested_remedy_id": remedy_type.id, **choice})
        if self.state == "submitted":
            self._judge()
        for remedy in self._live_remedies():
            changed = remedy._change(remedy_type)
            changed._write_guarded({"choice_by": choice["choice_by"], "choice_at": choice["choice_at"]})
