import re

from odoo import models
from odoo.fields import Domain


class AftersalesFinder(models.AbstractModel):
    """What the screens that are scanned into have in common: reading a code, and what it may stand for."""

    _name = "aftersales.finder"
    _description = "Search by What Is Scanned or Typed"

    def _clean_code(self, code):
        """A code without what scanners add to it; empty for what is none."""
        return re.sub(r"[\x00-\x1f]", "", code).strip()[:100] if isinstance(code, str) else ""

    def _literal(self, code):
        """A code for ``=ilike``, in which nothing is a wildcard."""
        return re.sub(r"([\\%_])", r"\\\1", code)

    def _companies_or_none(self):
        return Domain("company_id", "in", (False, *self.env.companies.ids))

    def _product_domain(self, code):
        """Products with this barcode, of one unit or of a package, or with this reference."""
        return (
            Domain("barcode", "=", code)
            | Domain("product_uom_ids.barcode", "=", code)
            | Domain("default_code", "=", code)
        )

    def _customer_domains(self, code, partner="partner_id"):
        """Domains on records of customers with this in their name or e-mail, and with this phone.

        :param str partner: path from the records to the customer
        """
        part = self._literal(code)
        yield Domain(f"{partner}.complete_name", "ilike", part) | Domain(f"{partner}.email", "ilike", part)
        if len(re.sub(r"\D", "", code)) >= 5:
            yield Domain(f"{partner}.phone_mobile_search", "ilike", code)
