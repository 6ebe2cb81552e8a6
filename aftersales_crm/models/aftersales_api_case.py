from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..facade import schema
from ..facade.parts import CASE, EXTERNAL_REF, LOT, ORDER, PARTNER, PRODUCT, obj, reference, text
from .aftersales_api import facade

PRIORITIES = {"normal": "0", "soon": "1", "high": "2", "urgent": "3"}
TYPES = ["question", "problem", "complaint", "visit", "other"]
NEW_CASE = obj(
    required=("type", "subject", "partner"),
    external_ref=EXTERNAL_REF,
    type=text("What it is", enum=TYPES),
    subject=text("In a few words"),
    description=text("What the customer says, plain text"),
    partner=PARTNER,
    order=ORDER,
    product=PRODUCT,
    lot=LOT,
    team=reference("Team", "name"),
    priority=text("How urgent; normal", enum=list(PRIORITIES)),
)


class AftersalesApi(models.AbstractModel):
    """Cases."""

    _inherit = "aftersales.api"

    @facade(NEW_CASE)
    def open_case(self, params):
        """Open a case for a customer; it goes to its team, and to whom the team's rule picks.

        :return: the case: ``id, name, type, subject, description, state, priority, channel, external_ref, asked_on,
            partner, order, product, lot, entitlement, entitlement_reasons, team, user, parent, first_answer_at,
            last_customer_at, last_answer_at, solved_at, closed_at, reopened, solution, returns`` and ``commitments``
            (``id, kind, state, promised_on, first_promised_on, kept_on``)
        :raise UserError: when the customer is not known, the order is another customer's, the serial was not
            delivered with the order, or ``external_ref`` stands for another call
        """
        cases = self.env["aftersales.case"]
        cases.check_access("create")
        values = self._case_values(params)
        case, _created = self.env["aftersales.external.ref"]._once(
            "aftersales.case",
            self.env["res.company"].browse(values["company_id"]),
            params.get("external_ref"),
            schema.canonical(NEW_CASE, params),
            lambda: cases._open([values]),
        )
        return self._case(case)

    @facade(obj(required=("case",), case=CASE))
    def get_case(self, params):
        """One case with its commitments.

        :return: the case, as `open_case` gives it
        """
        return self._case(self._ref("aftersales.case", params["case"], "case"))

    @facade(obj(required=("case",), case=CASE, solution=text("What solved it, plain text")))
    def solve_case(self, params):
        """The customer has been helped; a case that is solved already is left alone.

        :return: the case, as `open_case` gives it
        :raise UserError: when the case was closed or cancelled
        """
        case = self._ref("aftersales.case", params["case"], "case")
        if case.state != "solved":
            solution = params.get("solution")
            case.action_solve(solution and plaintext2html(solution))
        return self._case(case)

    def _case_values(self, params):
        """Values of the new case."""
        partner = self._ref("res.partner", params["partner"], "partner")
        order = self._optional_ref("sale.order", params.get("order"), "order")
        product = self._optional_ref("product.product", params.get("product"), "product")
        lot = self._lot_ref(params.get("lot"), "lot", product)
        self._ensure_case_fits(partner, order, product, lot)
        company = order.company_id or self.env.company
        team = self._optional_ref("aftersales.team", params.get("team"), "team", Domain("company_id", "=", company.id))
        return {
            "type": params["type"],
            "subject": params["subject"],
            "description": plaintext2html(params.get("description", "")),
            "priority": PRIORITIES[params.get("priority", "normal")],
            "channel": "rpc",
            "external_ref": params.get("external_ref"),
            "company_id": company.id,
            "partner_id": partner.id,
            "sale_order_id": order.id,
            "product_id": (product or lot.product_id).id,
            "lot_id": lot.id,
            **({"team_id": team.id} if team else {}),
        }

    def _ensure_case_fits(self, partner, order, product, lot):
        """Refuse what does not belong together."""
        if not order:
            return
        # Where goods went is looked up for whoever may see the order.
        deliveries_sudo = order.sudo().order_line._aftersales_deliveries()
        names = {"order": order.name, "partner": partner.display_name}
        if order.partner_id.commercial_partner_id != partner.commercial_partner_id:
            raise UserError(self.env._("order: %(order)s is not an order of %(partner)s.", **names))
        if lot and lot not in deliveries_sudo.move_line_ids.lot_id:
            raise UserError(self.env._("lot: %(lot)s was not delivered with %(order)s.", lot=lot.name, **names))
        if product and product not in order.order_line.product_id | deliveries_sudo.product_id:
            raise UserError(
                self.env._("product: %(product)s is not on %(order)s.", product=product.display_name, **names)
            )

    # === Output === #

    def _case(self, case):
        plain = ("type", "subject", "state", "channel", "external_ref", "asked_on", "entitlement", "reopened")
        moments = ("first_answer_at", "last_customer_at", "last_answer_at", "solved_at", "closed_at")
        words = {code: word for word, code in PRIORITIES.items()}
        return {
            "id": case.id,
            "name": case.name,
            **{name: case[name] for name in plain + moments},
            "description": case._plain_description(),
            "solution": str(case.solution or "") or False,
            "priority": words[case.priority],
            "entitlement_reasons": (case.entitlement_words or "").splitlines(),
            "partner": self._named(case.partner_id),
            "order": self._named(case.sale_order_id),
            "product": self._product(case.product_id) if case.product_id else False,
            "lot": self._named(case.lot_id),
            "team": self._named(case.team_id),
            "user": self._named(case.user_id),
            "parent": self._named(case.parent_id),
            "returns": [self._named(rma) for rma in case.rma_ids],
            "commitments": self._case_commitments(case),
        }

    def _case_commitments(self, case):
        """What was promised on a case."""
        self.env["aftersales.commitment"]._sync_pending()  # by this call too
        names = ("id", "kind", "state", "promised_on", "first_promised_on", "kept_on")
        return [{name: commitment[name] for name in names} for commitment in case.commitment_ids]
