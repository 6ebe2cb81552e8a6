"""The parts that JSON Schemas of the methods of `aftersales.api` are made of."""


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


def choice(description):
    return {"type": "boolean", "description": description}


def day(description):
    return text(description, format="date")


def moment(description):
    return text(f"{description} (UTC)", format="date-time")


def array(items, description):
    return {"type": "array", "items": items, "description": description}


UNIT = reference("Unit of measure", "name")
ORDER = reference("Sales order", "number")
RMA = reference("Return", "number")
CASE = reference("Case", "number")
PRODUCT = reference("Product", "internal reference or name")
LOT = reference("Serial or lot", "number")
PARTNER = reference("Customer", "reference, e-mail or name")
EXTERNAL_REF = text("Your own reference: the same call with it again gives the same record")
LIMIT = integer("At most so many; 80", minimum=1)
CONDITIONS = ["unopened", "opened", "used", "damaged", "incomplete"]
PHOTO = obj(required=("name", "data"), name=text("File name"), data=text("Content, base64 encoded"))
