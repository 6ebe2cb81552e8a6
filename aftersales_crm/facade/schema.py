"""A small JSON Schema validator that lists everything that is wrong at once.

It knows what the façade uses: ``type`` (one or several), ``enum``, ``format`` (``date``,
``date-time``), ``minimum``, ``maximum``, ``items``, ``properties``, ``required`` and
``additionalProperties: false``.
"""

import math
from datetime import datetime

FORMATS = {"date": "%Y-%m-%d", "date-time": "%Y-%m-%d %H:%M:%S"}
EXAMPLES = {"date": "2026-03-31", "date-time": "2026-03-31 14:30:00"}
MAX_INTEGER = 2**31 - 1


def is_type(name, value):
    if name == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if name == "integer":
        return isinstance(value, int) and abs(value) <= MAX_INTEGER
    if name == "number":
        return isinstance(value, (int, float)) and math.isfinite(value)
    return isinstance(value, {"string": str, "array": (list, tuple), "object": dict}[name])


def is_absent(schema, value):
    """Whether a key stands for nothing: XML-RPC has no null, and Odoo says false for it."""
    return value is None or (value is False and schema.get("type") != "boolean")


def validate(schema, value, path=""):
    """Check a value against a schema.

    :param dict schema: JSON Schema, as far as this module knows it
    :param value: what came in
    :param str path: where it is, for the messages
    :return: list of sentences, empty when all is well
    """
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(is_type(name, value) for name in types):
        return [f"{path or 'params'}: expected {' or '.join(types)}, not {shown(value)}"]
    if isinstance(value, dict):
        return validate_object(schema, value, path)
    if isinstance(value, (list, tuple)):
        return [
            error for index, item in enumerate(value) for error in validate(schema["items"], item, f"{path}[{index}]")
        ]
    return validate_scalar(schema, value, path)


def validate_object(schema, value, path):
    prefix = f"{path}." if path else ""
    known = schema["properties"]
    errors = [f"{prefix}{key}: unknown key" for key in value if key not in known]
    for key, part in known.items():
        if key not in value or is_absent(part, value[key]):
            if key in schema.get("required", ()):
                errors.append(f"{prefix}{key}: missing")
        else:
            errors += validate(part, value[key], f"{prefix}{key}")
    return errors


def validate_scalar(schema, value, path):
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {shown(value)} is none of {', '.join(map(str, schema['enum']))}"]
    if "minimum" in schema and value < schema["minimum"]:
        return [f"{path}: {shown(value)} is less than {schema['minimum']}"]
    if "maximum" in schema and value > schema["maximum"]:
        return [f"{path}: {shown(value)} is more than {schema['maximum']}"]
    if "format" in schema and parse(schema["format"], value) is None:
        return [f"{path}: {shown(value)} is no {schema['format']} like {EXAMPLES[schema['format']]}"]
    return []


def parse(kind, text):
    """The moment that a text stands for, or None.

    :param str kind: ``date`` or ``date-time``
    """
    try:
        moment = datetime.strptime(text, FORMATS[kind])
    except ValueError:
        return None
    # strptime takes single digits and years below 1000, the database's text form does not
    return moment if moment.strftime(FORMATS[kind]) == text and moment.year > 1900 else None


def shown(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def canonical(schema, value):
    """The same content in one form: defaults filled in, numbers as floats.

    :param dict schema: the schema that the value has passed
    """
    if isinstance(value, dict):
        parts = schema["properties"]
        defaults = {key: part["default"] for key, part in parts.items() if "default" in part}
        return {key: canonical(parts[key], item) for key, item in {**defaults, **value}.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(schema["items"], item) for item in value]
    return float(value) if schema["type"] == "number" else value


def compact(schema, value):
    """The value without the keys that stand for nothing, recursively.

    :param dict schema: the schema that the value has passed
    """
    if isinstance(value, dict):
        return {
            key: compact(schema["properties"][key], item)
            for key, item in value.items()
            if not is_absent(schema["properties"][key], item)
        }
    if isinstance(value, (list, tuple)):
        return [compact(schema["items"], item) for item in value]
    return value
