from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..facade import schema
from ..facade.parts import (
    CONDITIONS,
    EXTERNAL_REF,
    LIMIT,
    LOT,
    ORDER,
    PARTNER,
    PHOTO,
    PRODUCT,
    RMA,
    UNIT,
    array,
    choice,
    day,
    flag,
    integer,
    moment,
    number,
    obj,
    text,
)
from .aftersales_api import facade

BASES = ["withdrawal", "policy", "guarantee", "warranty", "delivery", "goodwill"]
STATES = ["draft", "submitted", "approved", "done", "rejected", "cancelled"]

REQUEST_LINE = obj(
    required=("quantity",),
    sale_line_id=integer("Order line; or give `product`"),
    product={**PRODUCT, "description": f"{PRODUCT['description']}; with an order line, a component of its kit"},
    lot=LOT,
    quantity=number("Units, in `uom`"),
    uom={**UNIT, "description": f"{UNIT['description']}; the product's own unless said otherwise"},
    undelivered=choice("Of what is still to be delivered"),
    opened=choice("Whether its seal was broken, or the download begun; leave out what is not known"),
    reason=text("Code of a return reason"),
    basis=text("Insist on a basis instead of the best one found", enum=BASES),
    remedy=text("Code of the remedy asked for"),
    remedy_choice=text("How the customer chose it, where it stands in for money that the law gives them"),
    note=text("What the customer says"),
    photos=array(PHOTO, "Photos of the product"),
    proofs=array(PHOTO, "Proof of purchase of goods bought elsewhere, as photo or PDF; these need no order"),
    value=number("What goods bought elsewhere are worth, taxes included; a manager says", minimum=0),
)
REQUEST = obj(
    required=("lines",),
    external_ref=EXTERNAL_REF,
    order=ORDER,
    partner={**PARTNER, "description": "Who brings it back; the customer of the order unless said otherwise"},
    gift=choice("The one who brings it back is not the customer who paid"),
    lines=array(REQUEST_LINE, "What comes back"),
    note=text("What the customer says"),
    requested_on=day("Day on which rights are judged; today"),
    submit=flag("Send the request at once"),
)
RECEIVED_LINE = obj(
    required=("line_id", "quantity"),
    line_id=integer("Line of the return"),
    quantity=number("Units that arrived now"),
    lot=LOT,
    condition=text("What it looks like", enum=CONDITIONS),
    accepted=flag("Taken back"),
    disposition=text("Code of a disposition; `restock` unless said otherwise"),
)
ONE = obj(required=("rma",), rma=RMA)
ONE_WITH_NOTE = obj(required=("rma",), rma=RMA, reason=text("Noted in the history"))


class AftersalesApi(models.AbstractModel):
    """Returns, from the request to the remedy."""

    _inherit = "aftersales.api"

    @facade(REQUEST)
    def request_return(self, params):
        """Ask for a return of units of one or several orders; sent at once unless ``submit`` is false.

        The system finds the best basis for the customer. Units that span several deliveries
        are split into several lines, kits into their components.

        :return: the return, as `get_return` gives it
        :raise UserError: when more units are asked for than can be returned, a serial was not
            delivered, a photo is none, or ``external_ref`` stands for another request
        """
        order = self._optional_ref("sale.order", params.get("order"), "order")
        items = [self._item(line, order, f"lines[{index}]") for index, line in enumerate(params["lines"])]
        if not items:
            raise UserError(self.env._("lines: say what comes back"))
        orders = self.env["sale.order"].concat(*(item["sale_line"].order_id for item in items))
        partner = self._optional_ref("res.partner", params.get("partner"), "partner") or orders[:1].partner_id
        if not partner:
            raise UserError(self.env._("partner: say who brings it back"))
        rma, _created = self.env["aftersales.external.ref"]._once(
            "aftersales.rma",
            orders[:1].company_id or self.env.company,
            params.get("external_ref"),
            schema.canonical(REQUEST, params),
            lambda: self._create_return(partner, items, params),
        )
        return self._return(rma)

    def _create_return(self, partner, items, params):
        vals = {"note": params.get("note"), "is_gift": params.get("gift", False)}
        if params.get("requested_on"):
            vals["requested_on"] = params["requested_on"]
        rma = self.env["aftersales.rma"]._request(partner, items, vals, submit=params.get("submit", True))
        if params.get("external_ref"):
            rma._write_guarded({"external_ref": params["external_ref"]})
        return rma

    @facade(ONE)
    def get_return(self, params):
        """One return with its lines, remedies and documents.

        :return: ``id, name, external_ref, state, eligibility, reception_status,
            settlement_status, payout_status, paid_at, requested_on, decided_at, sent_at,
            tracking_ref, reject_reason, expires_on, expired, partner, gift, payer, payer_agreed_at,
            payout_to, orders, currency, paid_total, refunded_total``, ``lines``, ``remedies``,
            ``pickings``, ``refunds`` and ``repairs``
        """
        return self._return(self._rma(params))

    @facade(
        obj(
            since=moment("Only those changed since"),
            state=text("Only those in this state", enum=STATES),
            limit=LIMIT,
            after=integer("`next` of the page before"),
        )
    )
    def list_returns(self, params):
        """Returns in the order of their creation, in pages.

        :return: ``returns`` (as `get_return` gives them) and ``next`` (for ``after``, or false)
        """
        domain = Domain.TRUE
        if params.get("since"):
            domain &= Domain("write_date", ">=", params["since"])
        if params.get("state"):
            domain &= Domain("state", "=", params["state"])
        if params.get("after"):
            domain &= Domain("id", ">", params["after"])
        rmas, more = self._page("aftersales.rma", domain, params.get("limit"), order="id")
        return {
            "returns": [self._return(rma) for rma in rmas],
            "next": more and rmas[-1].id,
        }

    @facade(ONE_WITH_NOTE)
    def approve_return(self, params):
        """Approve a return: remedies are drafted and the goods announced to the warehouse.

        :return: the return
        :raise AccessError: when a manager has to decide
        :raise UserError: when it is goodwill and no ``reason`` is given
        """
        rma = self._rma(params)
        rma.action_approve(params.get("reason"))
        return self._return(rma)

    @facade(obj(required=("rma", "reason"), rma=RMA, reason=text("The reason that the customer reads")))
    def reject_return(self, params):
        """Refuse a return with a reason that the customer reads; its units are free again.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_reject(params["reason"])
        return self._return(rma)

    @facade(ONE_WITH_NOTE)
    def cancel_return(self, params):
        """Withdraw a return while nothing came and nothing was paid.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_cancel()
        return self._noted(rma, params)

    @facade(ONE_WITH_NOTE)
    def close_return_short(self, params):
        """End an approved return whose remaining goods never came.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_close_short()
        return self._noted(rma, params)

    @facade(
        obj(
            required=("rma",),
            rma=RMA,
            tracking=text("Tracking reference"),
            carrier=text("Carrier"),
            sent_on=moment("When it was handed over; now"),
        )
    )
    def mark_return_sent(self, params):
        """Note that the customer has handed the goods over to a carrier.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_mark_sent(params.get("tracking"), params.get("carrier"), params.get("sent_on"))
        return self._return(rma)

    @facade(obj(required=("rma", "lines"), rma=RMA, lines=array(RECEIVED_LINE, "What arrived now")))
    def receive_return(self, params):
        """Receive goods into stock and note what was found about them.

        :return: the return
        :raise UserError: when a line has already arrived in full, or a serial is missing
        """
        rma = self._rma(params)
        entries = [self._entry(line, rma, f"lines[{index}]") for index, line in enumerate(params["lines"])]
        if not entries:
            raise UserError(self.env._("lines: say what arrived"))
        rma._receive(entries)
        return self._return(rma)

    @facade(ONE)
    def settle_return(self, params):
        """Carry out every remedy that is due; ``done`` when all is settled.

        A remedy that Odoo refuses is ``failed`` with its ``error``; call again after mending.

        :return: the return
        :raise UserError: when nothing is due yet
        """
        rma = self._rma(params)
        rma.action_settle()
        return self._return(rma)

    # === Input === #

    def _rma(self, params):
        return self._ref("aftersales.rma", params["rma"], "rma")

    def _noted(self, rma, params):
        if params.get("reason"):
            rma.message_post(body=params["reason"])
        return self._return(rma)

    def _item(self, line, order, key):
        """An item for `aftersales.rma._request` from a line of the call."""
        sale_line = self._sale_line(line, order, key)
        product = self._optional_ref("product.product", line.get("product"), f"{key}.product") or sale_line.product_id
        return {
            "sale_line": sale_line,
            "product": product,
            "quantity": line["quantity"],
            "uom": self._optional_ref("uom.uom", line.get("uom"), f"{key}.uom"),
            "lot": self._lot_ref(line.get("lot"), f"{key}.lot", product),
            "undelivered": line.get("undelivered", False),
            "opened": line.get("opened"),
            "reason": self._optional_ref("aftersales.reason", line.get("reason"), f"{key}.reason"),
            "remedy": self._optional_ref("aftersales.remedy.type", line.get("remedy"), f"{key}.remedy"),
            "chosen": line.get("remedy_choice"),
            "basis": line.get("basis"),
            "note": line.get("note"),
            "photos": line.get("photos"),
            "proofs": line.get("proofs"),
            "value": line.get("value"),
        }

    def _sale_line(self, line, order, key):
        """The order line that a line of the call means: by id, or by product with order or serial.

        None for goods bought elsewhere, that come with a proof of purchase.
        """
        if line.get("sale_line_id"):
            domain = Domain("order_id", "=", order.id) if order else Domain.TRUE
            return self._ref("sale.order.line", line["sale_line_id"], f"{key}.sale_line_id", domain)
        if not line.get("product"):
            raise UserError(self.env._("%(key)s: give sale_line_id, or product with order or lot.", key=key))
        if line.get("proofs") and not order:
            return self.env["sale.order.line"]
        product = self._ref("product.product", line["product"], f"{key}.product")
        lines = order.order_line._aftersales_selling(product)
        if not order and line.get("lot"):
            lot = self._lot_ref(line["lot"], f"{key}.lot", product)
            lines = lot._aftersales_deliveries().sale_line_id[-1:]
        if len(lines) != 1:
            raise UserError(self._unclear_sale_line(lines, product, key))
        return lines

    def _unclear_sale_line(self, lines, product, key):
        """Why a product names no order line: there is none, or several."""
        if not lines:
            return self.env._(
                "%(key)s: no order line of %(product)s was found; give its order.",
                key=key,
                product=product.display_name,
            )
        return self.env._(
            "%(key)s: %(product)s stands on several lines of %(order)s; give one of these "
            "sale_line_id: %(candidates)s.",
            key=key,
            product=product.display_name,
            order=lines.order_id.name,
            candidates=", ".join(map(str, lines.ids)),
        )

    def _entry(self, line, rma, key):
        """An entry for `aftersales.rma._receive` from a line of the call."""
        rma_line = self._ref("aftersales.rma.line", line["line_id"], f"{key}.line_id", Domain("rma_id", "=", rma.id))
        return {
            "line": rma_line,
            "quantity": line["quantity"],
            "lot": self._lot_ref(line.get("lot"), f"{key}.lot", rma_line.product_id),
            "condition": line.get("condition"),
            "accepted": line.get("accepted", True),
            "disposition": self._optional_ref("aftersales.disposition", line.get("disposition"), f"{key}.disposition"),
        }
