from odoo import fields, models


class AftersalesWarrantyProof(models.Model):
    """A registration that was accepted: each unit once, whoever registers it again."""

    _inherit = "aftersales.warranty.proof"

    def _checked(self, outcome):
        result = super()._checked(outcome)
        if outcome == "accepted":
            self._bonus_registered()
        return result

    def _bonus_registered(self):
        for proof in self:
            lot = proof.warranty_ids.lot_id[:1]
            gift = {
                "key": f"unit:{lot.id}" if lot else f"registration:{proof.id}",
                "partner": proof.partner_id,
                "company": proof.company_id,
                "at": fields.Datetime.now(),
                "origin": proof,
            }
            self.env["aftersales.loyalty.bonus"]._reward("registered", [gift])
