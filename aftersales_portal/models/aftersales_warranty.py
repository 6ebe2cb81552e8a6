from odoo import api, models
from odoo.tools import consteq, hmac
from odoo.tools.misc import format_date

SIGNATURE = 32  # hexadecimal digits: 128 bits
SHOWN_DIGITS = 4


class AftersalesWarranty(models.Model):
    """A warranty in the customer's words."""

    _inherit = "aftersales.warranty"

    # === The customer's page === #

    def _portal_url(self):
        self.ensure_one()
        return f"/my/warranties/{self.id}"

    def _portal_day(self, day):
        # In words: a stranger may read it in another country.
        return format_date(self.env, day, date_format="long")

    def _portal_status(self):
        """Where the warranty stands.

        :return: ``(words, Bootstrap colour)``
        """
        self.ensure_one()
        dates = {"start": self._portal_day(self.start_date), "end": self._portal_day(self.end_date)}
        return {
            "pending": (self.env._("Begins on %(start)s", **dates), "info"),
            "active": (self.env._("Covered until %(end)s", **dates), "success"),
            "expired": (self.env._("Ended on %(end)s", **dates), "secondary"),
            "void": (self.env._("No longer valid"), "secondary"),
            "cancelled": (self.env._("No longer valid"), "secondary"),
        }[self.state]

    def _portal_title(self):
        """What kind of promise it is."""
        self.ensure_one()
        if self.source == "statutory":
            return self.env._("Your legal guarantee")
        return self.term_name or self.env._("Warranty")

    def _portal_terms(self):
        """What was promised, in sentences."""
        self.ensure_one()
        coverage = self.coverage or {}
        sentences = [
            self.env._(
                "It covers defects from %(start)s to %(end)s, both days included.",
                start=self._portal_day(self.start_date),
                end=self._portal_day(self.end_date),
            )
        ]
        sentences += self._portal_cover_sentences(coverage)
        if self.visit_words:
            sentences.append(self.env._("We come for maintenance on: %(days)s.", days=self.visit_words))
        if coverage.get("burden_months"):
            sentences.append(
                self.env._(
                    "A defect that shows within %(months)s months of delivery counts as having been there from the "
                    "start: you need not prove it.",
                    months=coverage["burden_months"],
                )
            )
        if excluded := self._portal_excluded():
            sentences.append(self.env._("It does not cover: %(reasons)s.", reasons=", ".join(excluded)))
        if self.source != "statutory" and self.sale_order_id.aftersales_is_consumer:
            sentences.append(self.env._("It comes on top of your rights by law: they stay as they are."))
        return sentences

    def _portal_cover_sentences(self, coverage):
        if self.source == "statutory":
            return [
                self.env._("The product is repaired or replaced free of charge: parts, work and the way to us."),
                self.env._("If that is not possible or takes too long, the price is reduced or paid back."),
            ]
        names = {
            "parts": self.env._("parts"),
            "labour": self.env._("work"),
            "shipping": self.env._("the way to us and back"),
        }
        words = {}
        for part, name in names.items():
            words.setdefault(coverage.get(part, 0), []).append(name)
        return [self._portal_share(percent, ", ".join(words[percent])) for percent in sorted(words, reverse=True)]

    def _portal_share(self, percent, parts):
        if percent == 100:
            return self.env._("Free of charge for you: %(parts)s.", parts=parts)
        if percent:
            return self.env._("We pay %(percent)s %% of: %(parts)s.", percent=percent, parts=parts)
        return self.env._("You pay yourself: %(parts)s.", parts=parts)

    def _portal_excluded(self):
        """Names of the reasons that the terms leave out."""
        codes = (self.coverage or {}).get("excluded_reasons", ())
        # Their names are part of the promise; customers see only the reasons of their own form.
        reasons_sudo = self.env["aftersales.reason"].sudo().with_context(active_test=False)
        return reasons_sudo.search([("code", "in", codes)]).mapped("name") if codes else []

    # === Papers === #

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Warranty %(product)s", product=self.product_id.name)

    # === The public page === #

    def _public_token(self):
        """Names the warranty in its public address: signed, so that none can be guessed."""
        self.ensure_one()
        return f"{self.id}-{self._public_signature()}"

    def _public_signature(self):
        # The signature's key is a secret of the database.
        return hmac(self.sudo().env, "aftersales_portal.warranty", self.id)[:SIGNATURE]

    def _public_url(self):
        self.ensure_one()
        return f"{self.get_base_url()}/warranty/{self._public_token()}"

    @api.model
    def _by_public_token(self, token):
        """The warranty of a public address; the database is asked only for signed ones.

        :param str token: what a visitor sent
        :return: `aftersales.warranty` in sudo mode, empty when the address is none of ours
        """
        text, _dash, signature = token.partition("-")
        if not (text.isdecimal() and text.isascii() and len(text) < 10 and signature.isascii()):
            return self.browse()
        warranty_sudo = self.sudo().browse(int(text))  # the signature is the right to read the public facts
        valid = consteq(warranty_sudo._public_signature(), signature)
        return warranty_sudo.exists() if valid else self.browse()

    def _public_title(self):
        """What kind of promise it is, for a stranger."""
        self.ensure_one()
        if self.source == "statutory":
            return self.env._("Legal guarantee")
        return self.term_name or self.env._("Warranty")

    def _public_serial(self):
        """The serial number with all but its end hidden."""
        self.ensure_one()
        name = self.lot_id.name or ""
        shown = min(SHOWN_DIGITS, len(name) // 2)
        return "•" * (len(name) - shown) + name[len(name) - shown :]
