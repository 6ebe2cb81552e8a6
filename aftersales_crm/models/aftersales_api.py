import functools
import inspect
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..facade import schema
from ..facade.methods import SCHEMAS, VERSION

MAX_PAGE = 500


def facade(method):
    """A public method of the façade: internal users only, checked input, plain output."""
    name = method.__name__

    @functools.wraps(method)
    def wrapper(self, params):
        self._ensure_internal()
        errors = schema.validate(SCHEMAS[name], params)
        if errors:
            message = self.env._("%(method)s: %(errors)s", method=name, errors="; ".join(errors))
            raise UserError(message)
        return self._plain(method(self, schema.compact(SCHEMAS[name], params)))

    return api.model(wrapper)


class AftersalesApi(models.AbstractModel):
    """The façade for scripts: XML-RPC, JSON-RPC and JSON-2.

    Every method takes one dict and answers with plain data: no null (false), dates as
    ``YYYY-MM-DD``, times as ``YYYY-MM-DD HH:MM:SS`` in UTC. Records are named by database id
    or by their name; an ambiguous name is refused with the candidates. Methods run with the
    rights of the caller.
    """

    _name = "aftersales.api"
    _description = "After-Sales Façade"

    # === Methods === #

    @facade
    def describe(self, params):
        """Version of the façade and JSON Schema of the input of each method.

        :return: ``version`` and ``methods`` (name → ``summary`` and ``params``)
        """
        return {
            "version": VERSION,
            "methods": {name: {"summary": self._summary(name), "params": SCHEMAS[name]} for name in SCHEMAS},
        }

    @facade
    def return_options(self, params):
        """What of an order may come back: on which basis, until when, at what cost.

        :return: ``order`` and ``lines``, each with ``sale_line_id``, ``product``, ``lots``,
            ``delivered``, ``returnable``, ``remedies``, ``reason_codes`` and ``bases`` (basis →
            ``eligible``, ``until``, ``fee``, ``reasons``)
        """
        order = self._ref("sale.order", params["order"], "order")
        on = self._day(params.get("on")) or order.company_id._aftersales_today()
        reasons = self.env["aftersales.reason"].search([("company_id", "in", (order.company_id.id, False))])
        lines = order.order_line.filtered(lambda line: line.product_id and not line.display_type)
        units = [self._option_unit(line) for line in lines]
        judged = self.env["aftersales.eligibility"]._evaluate(units, on)
        counts = self.env["stock.move"].concat(*(unit["moves"] for unit in units))._aftersales_units()
        codes = reasons.mapped("code")
        return {
            "order": {"id": order.id, "name": order.name},
            "lines": [self._option(unit, result, counts, codes) for unit, result in zip(units, judged, strict=True)],
        }

    @facade
    def request_return(self, params):
        """Ask for a return of delivered units; sent at once unless ``submit`` is false.

        The system finds the best basis for the customer. Units that span several deliveries
        are split into several lines.

        :return: the return, as `get_return` gives it
        :raise UserError: when more units are asked for than can be returned, a serial was not
            delivered, a photo is none, or ``external_ref`` stands for another request
        """
        order = self._optional_ref("sale.order", params.get("order"), "order")
        items = [self._item(line, order, f"lines[{index}]") for index, line in enumerate(params["lines"])]
        if not items:
            raise UserError(self.env._("lines: say what comes back"))
        orders = self.env["sale.order"].concat(*(item["sale_line"].order_id for item in items))
        partner = order.partner_id or orders[0].partner_id
        vals = {"note": params.get("note")}
        if params.get("requested_on"):
            vals["requested_on"] = params["requested_on"]

        content = schema.canonical(SCHEMAS["request_return"], params)

        def create():
            rma = self.env["aftersales.rma"]._request(partner, items, vals, submit=params.get("submit", True))
            if params.get("external_ref"):
                rma._write_guarded({"external_ref": params["external_ref"]})
            return rma

        rma, _created = self.env["aftersales.external.ref"]._once(
            "aftersales.rma", orders[0].company_id, params.get("external_ref"), content, create
        )
        return self._return(rma)

    @facade
    def get_return(self, params):
        """One return with its lines, remedies and documents.

        :return: ``id, name, external_ref, state, eligibility, reception_status,
            settlement_status, payout_status, paid_at, requested_on, decided_at, sent_at,
            tracking_ref, reject_reason, partner, orders, currency, paid_total, refunded_total``,
            ``lines``, ``remedies``, ``pickings``, ``refunds`` and ``repairs``
        """
        return self._return(self._rma(params))

    @facade
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
        limit = min(params.get("limit", 80), MAX_PAGE)
        rmas = self.env["aftersales.rma"].search(domain, order="id", limit=limit + 1)
        page = rmas[:limit]
        return {
            "returns": [self._return(rma) for rma in page],
            "next": page[-1:].id if len(rmas) > limit else False,
        }

    @facade
    def approve_return(self, params):
        """Approve a return: remedies are drafted and the goods announced to the warehouse.

        :return: the return
        :raise AccessError: when a manager has to decide
        """
        rma = self._rma(params)
        rma.action_approve()
        return self._noted(rma, params)

    @facade
    def reject_return(self, params):
        """Refuse a return with a reason that the customer reads; its units are free again.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_reject(params["reason"])
        return self._return(rma)

    @facade
    def cancel_return(self, params):
        """Withdraw a return while nothing came and nothing was paid.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_cancel()
        return self._noted(rma, params)

    @facade
    def close_return_short(self, params):
        """End an approved return whose remaining goods never came.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_close_short()
        return self._noted(rma, params)

    @facade
    def mark_return_sent(self, params):
        """Note that the customer has handed the goods over to a carrier.

        :return: the return
        """
        rma = self._rma(params)
        rma.action_mark_sent(params.get("tracking"), params.get("carrier"), params.get("sent_on"))
        return self._return(rma)

    @facade
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

    @facade
    def settle_return(self, params):
        """Carry out every remedy that is due; ``done`` when all is settled.

        A remedy that Odoo refuses is ``failed`` with its ``error``; call again after mending.

        :return: the return
        :raise UserError: when nothing is due yet
        """
        rma = self._rma(params)
        rma.action_settle()
        return self._return(rma)

    @facade
    def warranty_status(self, params):
        """Whether a unit is covered on a day, and why: by serial, or by order and product.

        :return: ``verdict`` (``covered``, ``not_covered``, ``unknown``), ``reasons``, ``coverage``
            and ``warranties`` (``id, term, source, start, end, state, days_left, coverage``)
        """
        unit, company = self._warranty_unit(params)
        on = self._day(params.get("on")) or company._aftersales_today()
        verdict = self.env["aftersales.entitlement"]._judge([unit], on)[0]
        return {
            "verdict": verdict["verdict"],
            "reasons": verdict["reasons"],
            "coverage": verdict["coverage"],
            "warranties": [self._warranty(warranty, on) for warranty in verdict["warranties"]],
        }

    @facade
    def customer_history(self, params):
        """What happened with a customer, newest first, in pages.

        A company's history includes that of its contacts. What the caller may not read is
        left out.

        :return: ``events`` (``id, date, kind, title, amount, currency, res_model, res_id,
            partner, user``) and ``next`` (for ``before``, or false)
        """
        partner = self._ref("res.partner", params["partner"], "partner")
        domain = Domain("commercial_partner_id", "=", partner.commercial_partner_id.id)
        if partner != partner.commercial_partner_id:
            domain = Domain("partner_id", "=", partner.id)
        if params.get("kinds"):
            domain &= Domain("kind", "in", params["kinds"])
        if params.get("before"):
            moment, event_id = self._cursor(params["before"])
            domain &= Domain("date", "<", moment) | (Domain("date", "=", moment) & Domain("id", "<", event_id))
        limit = min(params.get("limit", 80), MAX_PAGE)
        events = self.env["aftersales.event"].search(domain, limit=limit + 1)
        page = events[:limit]
        more = len(events) > limit
        return {
            "events": [self._event(event) for event in page],
            "next": self._make_cursor(page[-1]) if more else False,
        }

    # === Input === #

    def _ensure_internal(self):
        """The portal uses the services behind the façade, never the façade."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("aftersales.api is for internal users only."))

    def _ref(self, model, value, key, domain=Domain.TRUE):
        """The record that a reference names.

        :param str model: model of the record
        :param value: database id (int) or name (str)
        :param str key: the parameter, for the message
        :param domain: further restriction, e.g. the product of a serial
        :raise UserError: when there is none, or the name is ambiguous
        """
        records = self.env[model].with_context(active_test=False)
        if isinstance(value, int):
            found = records.search(Domain("id", "=", value) & domain)
        else:
            found = records.browse()
            for name in self._name_fields(model):
                found = records.search(Domain(name, "=", value) & domain, limit=10)
                if found:
                    break
        if len(found) == 1:
            return found.with_env(self.env)
        if not found:
            raise UserError(
                self.env._(
                    "%(key)s: there is no %(model)s %(value)s.",
                    key=key,
                    model=records._description,
                    value=value,
                )
            )
        candidates = ", ".join(f"{record.id} ({record.display_name})" for record in found)
        raise UserError(
            self.env._(
                "%(key)s: %(value)s is ambiguous; give one of these ids: %(candidates)s.",
                key=key,
                value=value,
                candidates=candidates,
            )
        )

    def _name_fields(self, model):
        """Fields by which a text names a record, most exact first."""
        return {
            "product.product": ("default_code", "name"),
            "res.partner": ("ref", "email", "name"),
            "aftersales.reason": ("code",),
            "aftersales.remedy.type": ("code",),
            "aftersales.disposition": ("code",),
        }.get(model, ("name",))

    def _optional_ref(self, model, value, key, domain=Domain.TRUE):
        return self._ref(model, value, key, domain) if value else self.env[model]

    def _rma(self, params):
        return self._ref("aftersales.rma", params["rma"], "rma")

    def _day(self, text):
        return text and fields.Date.to_date(text)

    def _item(self, line, order, key):
        """An item for `aftersales.rma._request` from a line of the call."""
        sale_line = self._sale_line(line, order, key)
        lot_domain = Domain("product_id", "=", sale_line.product_id.id)
        return {
            "sale_line": sale_line,
            "quantity": line["quantity"],
            "lot": self._optional_ref("stock.lot", line.get("lot"), f"{key}.lot", lot_domain),
            "reason": self._optional_ref("aftersales.reason", line.get("reason"), f"{key}.reason"),
            "remedy": self._optional_ref("aftersales.remedy.type", line.get("remedy"), f"{key}.remedy"),
            "basis": line.get("basis"),
            "note": line.get("note"),
            "photos": line.get("photos"),
        }

    def _sale_line(self, line, order, key):
        if line.get("sale_line_id"):
            domain = Domain("order_id", "=", order.id) if order else Domain.TRUE
            return self._ref("sale.order.line", line["sale_line_id"], f"{key}.sale_line_id", domain)
        if not line.get("product"):
            raise UserError(self.env._("%(key)s: give sale_line_id, or product with order or lot.", key=key))
        product = self._ref("product.product", line["product"], f"{key}.product")
        lines = order.order_line.filtered(lambda sale_line: sale_line.product_id == product)
        if not order and line.get("lot"):
            lot = self._ref("stock.lot", line["lot"], f"{key}.lot", Domain("product_id", "=", product.id))
            lines = self._deliveries_of(lot).sale_line_id[-1:]
        if len(lines) == 1:
            return lines
        if not lines:
            raise UserError(
                self.env._(
                    "%(key)s: no order line of %(product)s was found; give its order.",
                    key=key,
                    product=product.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(key)s: %(product)s stands on several lines of %(order)s; give one of these "
                "sale_line_id: %(candidates)s.",
                key=key,
                product=product.display_name,
                order=order.name,
                candidates=", ".join(map(str, lines.ids)),
            )
        )

    def _entry(self, line, rma, key):
        """An entry for `aftersales.rma._receive` from a line of the call."""
        rma_line = self._ref("aftersales.rma.line", line["line_id"], f"{key}.line_id", Domain("rma_id", "=", rma.id))
        lot_domain = Domain("product_id", "=", rma_line.product_id.id)
        return {
            "line": rma_line,
            "quantity": line["quantity"],
            "lot": self._optional_ref("stock.lot", line.get("lot"), f"{key}.lot", lot_domain),
            "condition": line.get("condition"),
            "accepted": line.get("accepted", True),
            "disposition": self._optional_ref("aftersales.disposition", line.get("disposition"), f"{key}.disposition"),
        }

    def _deliveries_of(self, lot):
        """Deliveries of order lines that brought a serial to a customer, oldest first."""
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "=", lot.id),
                ("state", "=", "done"),
                ("location_dest_id.usage", "=", "customer"),
            ],
            order="date, id",
        )
        return lines.move_id.filtered(lambda move: move._aftersales_is_delivery())

    def _warranty_unit(self, params):
        """The unit that `warranty_status` asks about, and its company."""
        reason = self._optional_ref("aftersales.reason", params.get("reason"), "reason")
        product = self._optional_ref("product.product", params.get("product"), "product")
        if params.get("lot"):
            domain = Domain("product_id", "=", product.id) if product else Domain.TRUE
            lot = self._ref("stock.lot", params["lot"], "lot", domain)
            move = self._deliveries_of(lot)[-1:]
            company = move.company_id or self.env.company
            return {"move": move, "lot": lot, "product": lot.product_id, "reason": reason}, company
        if not (params.get("order") and product):
            raise UserError(self.env._("Give lot, or order and product."))
        order = self._ref("sale.order", params["order"], "order")
        lines = order.order_line.filtered(lambda line: line.product_id == product)
        moves = lines.move_ids.filtered(lambda move: move._aftersales_is_delivery())
        unit = {
            "move": moves[-1:],
            "lot": self.env["stock.lot"],
            "product": product,
            "reason": reason,
        }
        return unit, order.company_id

    # === Output === #

    def _plain(self, value):
        """Only what every protocol can carry: no null, no dates as objects."""
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [self._plain(item) for item in value]
        if isinstance(value, datetime):
            return fields.Datetime.to_string(value)
        if isinstance(value, date):
            return fields.Date.to_string(value)
        return False if value is None else value

    def _named(self, record):
        return {"id": record.id, "name": record.display_name} if record else False

    def _product(self, product):
        return {
            "id": product.id,
            "code": product.default_code or False,
            "name": product.name,
        }

    def _noted(self, rma, params):
        if params.get("reason"):
            rma.message_post(body=params["reason"])
        return self._return(rma)

    def _return(self, rma):
        """A return as plain data."""
        return {
            "id": rma.id,
            "name": rma.name,
            "external_ref": rma.external_ref,
            "state": rma.state,
            "eligibility": rma.eligibility,
            "reception_status": rma.reception_status,
            "settlement_status": rma.settlement_status,
            "payout_status": rma.payout_status,
            "paid_at": rma.paid_at,
            "requested_on": rma.requested_on,
            "decided_at": rma.decided_at,
            "sent_at": rma.sent_at,
            "tracking_ref": rma.tracking_ref,
            "reject_reason": rma.reject_reason,
            "partner": self._named(rma.partner_id),
            "orders": [self._named(order) for order in rma.sale_order_ids],
            "currency": rma.currency_id.name,
            "paid_total": rma.paid_total,
            "refunded_total": rma.refunded_total,
            "lines": [self._return_line(line) for line in rma.line_ids],
            "remedies": [self._remedy(remedy) for remedy in rma.remedy_ids],
            "pickings": [
                {"id": picking.id, "name": picking.name, "state": picking.state} for picking in rma.picking_ids
            ],
            "refunds": [
                {
                    "id": move.id,
                    "name": move.name,
                    "state": move.state,
                    "amount": move.amount_total,
                    "payment_state": move.payment_state,
                }
                for move in rma.refund_ids
            ],
            "repairs": [{"id": repair.id, "name": repair.name, "state": repair.state} for repair in rma.repair_ids],
        }

    def _return_line(self, line):
        return {
            "id": line.id,
            "sale_line_id": line.sale_line_id.id,
            "product": self._product(line.product_id),
            "lot": self._named(line.lot_id),
            "quantity": line.quantity,
            "reason": line.reason_id.code,
            "basis": line.basis,
            "eligibility": line.eligibility,
            "reasons": (line.basis_reasons or "").splitlines(),
            "warranty_verdict": line.warranty_verdict,
            "remedy": line._remedy_type().code,
            "received": line.received_quantity,
            "accepted": line.accepted_quantity,
            "rejected": line.rejected_quantity,
            "settled": line.settled_quantity,
            "paid_total": line.paid_total,
            "fee": line.fee,
            "refunded_total": line.refunded_total,
        }

    def _remedy(self, remedy):
        return {
            "id": remedy.id,
            "line_id": remedy.rma_line_id.id,
            "type": remedy.code,
            "quantity": remedy.quantity,
            "amount": remedy.amount,
            "state": remedy.state,
            "error": remedy.error,
            "done_at": remedy.done_at,
        }

    def _option_unit(self, line):
        """An order line as a unit for eligibility: one more unit of its last delivery."""
        moves = line.move_ids.filtered(lambda move: move._aftersales_is_delivery())
        return {
            "sale_line": line,
            "moves": moves,
            "move": moves[-1:],
            "lot": self.env["stock.lot"],
            "product": line.product_id,
            "quantity": 1.0,
            "paid": self.env["aftersales.rma.line"]._paid_for(line, line.product_id, 1.0),
            "reason": self.env["aftersales.reason"],
            "photos": None,
        }

    def _option(self, unit, result, counts, reason_codes):
        moves = unit["moves"]
        lots = self.env["stock.lot"]
        for move in moves.filtered(lambda move: move.product_id.tracking != "none"):
            lots |= move._aftersales_lots_left()
        offered = [judged["remedies"] for judged in result["bases"].values() if judged["eligible"]]
        return {
            "sale_line_id": unit["sale_line"].id,
            "product": self._product(unit["product"]),
            "lots": [self._named(lot) for lot in lots],
            "delivered": sum(counts[move]["delivered"] for move in moves),
            "returnable": sum(counts[move]["returnable"] for move in moves),
            "remedies": list(dict.fromkeys(code for codes in offered for code in codes)),
            "reason_codes": reason_codes,
            "bases": {
                basis: {key: judged[key] for key in ("eligible", "until", "fee", "reasons")}
                for basis, judged in result["bases"].items()
            },
        }

    def _warranty(self, warranty, on):
        state = warranty._state_on(on)
        return {
            "id": warranty.id,
            "term": warranty.term_name,
            "source": warranty.source,
            "start": warranty.start_date,
            "end": warranty.end_date,
            "state": state,
            "days_left": (warranty.end_date - on).days if state == "active" else 0,
            "coverage": {part: (warranty.coverage or {}).get(part, 0) for part in ("parts", "labour", "shipping")},
        }

    def _event(self, event):
        return {
            "id": event.id,
            "date": event.date,
            "kind": event.kind,
            "title": event.title,
            "amount": event.amount,
            "currency": event.currency_id.name,
            "res_model": event.res_model,
            "res_id": event.res_id,
            "partner": self._named(event.partner_id),
            "user": self._named(event.user_id),
        }

    def _make_cursor(self, event):
        text = f"{event.date.isoformat()}|{event.id}"
        return urlsafe_b64encode(text.encode()).decode()

    def _cursor(self, text):
        try:
            moment, event_id = urlsafe_b64decode(text.encode()).decode().split("|")
            return datetime.fromisoformat(moment), int(event_id)
        except ValueError:
            raise UserError(self.env._("before: give the “next” of a page before, unchanged.")) from None

    def _summary(self, name):
        return inspect.getdoc(getattr(type(self), name)).split("\n\n")[0].replace("\n", " ")
