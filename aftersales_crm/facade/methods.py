"""What each method of `aftersales.api` takes, as JSON Schema. The single source of the
checks, of ``describe()`` and of docs/api.md."""

VERSION = "1.0"

CONDITIONS = ["unopened", "opened", "used", "damaged", "incomplete"]
BASES = ["withdrawal", "policy", "guarantee", "warranty", "delivery", "goodwill"]
STATES = ["draft", "submitted", "approved", "done", "rejected", "cancelled"]


def obj(required=(), **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def reference(what, name):
    return {"type": ["integer", "string"], "description": f"{what}: database id or {name}"}


def text(description, **more):
    return {"type": "string", "description": description, **more}


def number(description, **more):
    return {"type": "number", "description": description, **more}


def integer(description, **more):
    return {"type": "integer", "description": description, **more}


def flag(description):
    return {"type": "boolean", "description": f"{description}; true unless said otherwise", "default": True}


def day(description):
    return text(description, format="date")


def moment(description):
    return text(f"{description} (UTC)", format="date-time")


def array(items, description):
    return {"type": "array", "items": items, "description": description}


ORDER = reference("Sales order", "number")
RMA = reference("Return", "number")
PRODUCT = reference("Product", "internal reference or name")
LOT = reference("Serial or lot", "number")
PARTNER = reference("Customer", "reference, e-mail or name")
EXTERNAL_REF = text("Your own reference: the same call with it again gives the same record")

PHOTO = obj(required=("name", "data"), name=text("File name"), data=text("Content, base64 encoded"))
REQUEST_LINE = obj(
    required=("quantity",),
    sale_line_id=integer("Order line; or give `product`"),
    product=PRODUCT,
    lot=LOT,
    quantity=number("Units, in the product's unit of measure"),
    reason=text("Code of a return reason"),
    basis=text("Insist on a basis instead of the best one found", enum=BASES),
    remedy=text("Code of the remedy asked for"),
    note=text("What the customer says"),
    photos=array(PHOTO, "Photos of the product"),
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

SCHEMAS = {
    "describe": obj(),
    "return_options": obj(required=("order",), order=ORDER, on=day("Day on which rights are judged; today")),
    "request_return": obj(
        required=("lines",),
        external_ref=EXTERNAL_REF,
        order=ORDER,
        lines=array(REQUEST_LINE, "What comes back"),
        note=text("What the customer says"),
        requested_on=day("Day on which rights are judged; today"),
        submit=flag("Send the request at once"),
    ),
    "get_return": obj(required=("rma",), rma=RMA),
    "list_returns": obj(
        since=moment("Only those changed since"),
        state=text("Only those in this state", enum=STATES),
        limit=integer("At most so many; 80", minimum=1),
        after=integer("`next` of the page before"),
    ),
    "approve_return": obj(required=("rma",), rma=RMA, reason=text("Noted in the history")),
    "reject_return": obj(required=("rma", "reason"), rma=RMA, reason=text("The reason that the customer reads")),
    "cancel_return": obj(required=("rma",), rma=RMA, reason=text("Noted in the history")),
    "close_return_short": obj(required=("rma",), rma=RMA, reason=text("Noted in the history")),
    "mark_return_sent": obj(
        required=("rma",),
        rma=RMA,
        tracking=text("Tracking reference"),
        carrier=text("Carrier"),
        sent_on=moment("When it was handed over; now"),
    ),
    "receive_return": obj(required=("rma", "lines"), rma=RMA, lines=array(RECEIVED_LINE, "What arrived now")),
    "settle_return": obj(required=("rma",), rma=RMA),
    "warranty_status": obj(
        lot=LOT,
        order=ORDER,
        product=PRODUCT,
        on=day("Day asked for; today"),
        reason=text("Code of a return reason"),
    ),
    "customer_history": obj(
        required=("partner",),
        partner=PARTNER,
        limit=integer("At most so many; 80", minimum=1),
        before=text("`next` of the page before"),
        kinds=array(text("Kind of event"), "Only events of these kinds"),
    ),
}
