from odoo import models

from ..facade import schema
from ..facade.parts import EXTERNAL_REF, PARTNER, PHOTO, PRODUCT, array, day, obj, text
from .aftersales_api import facade

REGISTRATION = obj(
    required=("product", "partner", "purchase_date"),
    external_ref=EXTERNAL_REF,
    product=PRODUCT,
    lot={
        "type": ["integer", "string"],
        "description": "Serial or lot: database id or number; a number that is new becomes known",
    },
    partner=PARTNER,
    purchase_date=day("Day of purchase"),
    seller=text("Where it was bought"),
    proof=array(PHOTO, "Receipt or invoice: photos or PDF"),
)


class AftersalesApi(models.AbstractModel):
    """Registration of goods that were bought elsewhere."""

    _inherit = "aftersales.api"

    @facade(REGISTRATION)
    def register_warranty(self, params):
        """Register a product that was bought elsewhere: it gets a warranty for each term of the product.

        :return: the warranty that lasts longest (``id, term, source, start, end, state, days_left,
            coverage, product, lot, partner, verified``) and ``warranties``, all that were made
        :raise UserError: when the product has no warranty terms, the serial number is registered or was
            bought here, the day of purchase cannot be, or ``external_ref`` stands for another call
        """
        self.env["aftersales.warranty"].check_access("read")
        values = self._registration_values(params)
        warranty, _created = self.env["aftersales.external.ref"]._once(
            "aftersales.warranty",
            self.env.company,
            params.get("external_ref"),
            schema.canonical(REGISTRATION, params),
            lambda: self.env["aftersales.warranty"]._register_unit(values)[:1],
        )
        return self._registered(warranty)

    def _registration_values(self, params):
        """What is registered, as `aftersales.warranty._register_unit` takes it."""
        product = self._ref("product.product", params["product"], "product")
        lot = params.get("lot")
        known = isinstance(lot, int)
        return {
            "product": product,
            "lot": self._lot_ref(lot if known else None, "lot", product),
            "serial": lot if not known else None,
            "partner": self._ref("res.partner", params["partner"], "partner"),
            "purchase_date": self._day(params["purchase_date"]),
            "seller": params.get("seller"),
            "proofs": params.get("proof"),
            "external_ref": params.get("external_ref"),
        }

    def _registered(self, warranty):
        on = warranty.company_id._aftersales_today()
        made = warranty.proof_id.warranty_ids.sorted(lambda w: (w != warranty, w.id))
        return {
            **self._warranty(warranty, on),
            "product": self._product(warranty.product_id),
            "lot": self._named(warranty.lot_id),
            "partner": self._named(warranty.partner_id),
            "verified": warranty.is_verified,
            "warranties": [self._warranty(one, on) for one in made],
        }
