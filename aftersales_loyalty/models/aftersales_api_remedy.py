from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.aftersales_crm.facade.parts import RMA, integer, number, obj, text
from odoo.addons.aftersales_crm.models.aftersales_api import facade
from odoo.addons.aftersales_crm.models.aftersales_remedy import OPEN_STATES


class AftersalesApi(models.AbstractModel):
    """What becomes of units instead of what was planned, credit and points among it."""

    _inherit = "aftersales.api"

    @facade(
        obj(
            required=("rma", "line_id", "remedy"),
            rma=RMA,
            line_id=integer("Line of the return"),
            remedy=text("Code of a remedy type"),
            quantity=number("Units, in the product's unit; all that wait unless said otherwise"),
            reason=text("How the customer chose it, where the law gives them money"),
            points=number("Points, of the remedy `points`"),
        )
    )
    def choose_remedy(self, params):
        """Plan another remedy for units of an approved return; the same again changes nothing.

        :return: the return
        :raise UserError: when the remedy has begun, or the law gives money and nothing says how the customer chose
        """
        rma = self._rma(params)
        line = self._ref("aftersales.rma.line", params["line_id"], "line_id", Domain("rma_id", "=", rma.id))
        wanted = self._ref("aftersales.remedy.type", params["remedy"], "remedy")
        remedies = line._live_remedies().filtered(lambda remedy: remedy.state in OPEN_STATES)
        planned = remedies.filtered(lambda remedy: remedy.type_id == wanted)
        if planned and not (planned[0]._is_for_customer_to_choose(wanted) and not planned[0].choice_at):
            return self._return(rma)
        remedy = (planned or remedies)[:1]
        if not remedy:
            raise UserError(self.env._("line_id: nothing of it waits for a remedy"))
        remedy._ensure_choice(wanted, params.get("reason"))
        terms = {"choice_note": params.get("reason") if remedy._is_for_customer_to_choose(wanted) else None}
        remedy._change(wanted, params.get("quantity"), {**terms, "agreed_points": params.get("points")})
        return self._return(rma)

    def _remedy(self, remedy):
        given = {"credit": remedy.credit_points, "credit_until": remedy.credit_until, "chosen_at": remedy.choice_at}
        return {**super()._remedy(remedy), **given}
