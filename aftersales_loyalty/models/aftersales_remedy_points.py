import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..ledger import LIMIT


class AftersalesRemedy(models.Model):
    """Points: as many as were agreed on, for the trouble; what was bought stays with the customer.

    No price is given back, so nothing is booked; what points are worth counts as goodwill.
    """

    _inherit = "aftersales.remedy"

    agreed_points = fields.Float(readonly=True, digits=(16, 2), help="As agreed on with the customer.")

    # === Constrains === #

    @api.constrains("agreed_points")
    def _check_agreed_points(self):
        for remedy in self.filtered("agreed_points"):
            if not (math.isfinite(remedy.agreed_points) and 0 < remedy.agreed_points < LIMIT):
                raise ValidationError(self.env._("The points must be a number above zero."))

    # === CRUD === #

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"agreed_points"}

    # === Applying === #

    def _apply_points(self):
        """Grant the agreed points on the customer's loyalty card.

        :raise UserError: when none were agreed on, or no loyalty program is in use
        """
        # See _apply_refund.
        for remedy_sudo in self.sudo():
            if not remedy_sudo.agreed_points:
                raise UserError(self.env._("%(remedy)s: agree on points first.", remedy=remedy_sudo.display_name))
            program = remedy_sudo._points_program()
            card = remedy_sudo._top_up(program, remedy_sudo.agreed_points)
            remedy_sudo._write_guarded({"card_id": card.id, "credit_points": remedy_sudo.agreed_points})
        self._finish()
        self.rma_line_id._sync_claims()
        self.sudo()._tell_credit()

    def _points_program(self):
        self.ensure_one()
        programs = self.env["loyalty.program"]
        return programs._aftersales_ensure_crediting("points", self.company_id, self.currency_id)

    def _change(self, remedy_type, quantity=None, terms=None):
        remedy = super()._change(remedy_type, quantity, terms)
        points = (terms or {}).get("agreed_points") or 0.0
        if remedy.agreed_points != points:
            remedy._write_guarded({"agreed_points": points})
        return remedy

    # === Goodwill === #

    def _goodwill_cost_points(self):
        return self._points_program()._aftersales_worth(self.agreed_points, self.company_id)

    def _goodwill_words(self):
        if self.code != "points":
            return super()._goodwill_words()
        return f"{self.type_id.name}, {self.agreed_points:g}"


class AftersalesCase(models.Model):
    """Points as a goodwill."""

    _inherit = "aftersales.case"

    def _ensure_giveable(self, vals):
        if vals["type"].code == "points":
            vals = {**vals, "amount": vals.get("points") or 0.0, "product": None}
        return super()._ensure_giveable(vals)

    def _prepare_goodwill_vals(self, vals):
        result = super()._prepare_goodwill_vals(vals)
        if vals["type"].code == "points":
            result.update(agreed_amount=0.0, sent_product_id=False, agreed_points=vals["points"])
        return result
