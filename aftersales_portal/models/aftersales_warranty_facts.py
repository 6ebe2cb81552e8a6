from odoo import models


class AftersalesWarranty(models.Model):
    """What became of a warranty, in the customer's words: registered, in repair, extended, limited."""

    _inherit = "aftersales.warranty"

    def _portal_status(self):
        self.ensure_one()
        if self.state in ("pending", "active") and not self.is_verified:
            return self.env._("Not confirmed yet"), "info"
        if self.state == "active" and self.suspended_since:
            return self.env._("In repair since %(day)s", day=self._portal_day(self.suspended_since)), "info"
        return super()._portal_status()

    def _portal_terms(self):
        return super()._portal_terms() + self._portal_repair_sentences()

    def _portal_repair_sentences(self):
        """What repairs did to its days."""
        sentences = []
        if self.suspended_days:
            sentences.append(
                self.env._("Repairs took %(days)s days: it lasts so much longer.", days=self.suspended_days)
            )
        if self.suspended_since:
            sentences.append(
                self.env._(
                    "The product is in repair. Meanwhile the time stands still: the last day moves on until you "
                    "have it back."
                )
            )
        if self.is_extended:
            months = (self.coverage or {}).get("repair_months")
            sentences.append(
                self.env._("A repair has extended it by %(months)s months.", months=months)
                if months
                else self.env._("A repair has extended it.")
            )
        return sentences

    def _portal_cover_sentences(self, coverage):
        sentences = super()._portal_cover_sentences(coverage)
        months = coverage.get("months") or {}
        if months.get("parts"):
            sentences.append(self.env._("Parts: for the first %(months)s months.", months=months["parts"]))
        if months.get("labour"):
            sentences.append(self.env._("Work: for the first %(months)s months.", months=months["labour"]))
        if months.get("shipping"):
            sentences.append(
                self.env._("The way to us and back: for the first %(months)s months.", months=months["shipping"])
            )
        if coverage.get("max_claims"):
            sentences.append(self.env._("It can be used %(count)s times at most.", count=coverage["max_claims"]))
        if self.source != "statutory" and not coverage.get("transferable", True):
            sentences.append(self.env._("It is yours alone: a new owner of the product cannot take it over."))
        return sentences

    # === Owners === #

    def _is_buyer(self):
        """Whether who has it now is who ordered the product: the order is no business of a later owner."""
        self.ensure_one()
        return self.sale_order_id.partner_id.commercial_partner_id == self.commercial_partner_id
