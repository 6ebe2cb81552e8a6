"""docs/api.md, written from the methods of the façade and their schemas."""

import inspect

from . import VERSION

HEADER = f"""# The façade `aftersales.api`

Version {VERSION}. This page is written from the code
(`AFTERSALES_WRITE_DOCS=1 python3 setup test aftersales_crm/tests/test_api.py`); a test fails when the two differ.

Every method takes one dictionary named `params` and answers with plain data: `false` instead of
null, dates as `YYYY-MM-DD`, times as `YYYY-MM-DD HH:MM:SS` in UTC. Records are named by database id
or by their name; an ambiguous name is refused with the candidates. Unknown keys, wrong types and
missing keys are refused with one message that lists them all. Methods run with the rights of the
caller, who must be an internal user. `external_ref` makes a creating call safe to repeat.
"""


def render(model):
    """The page as Markdown.

    :param model: `aftersales.api`
    """
    parts = [HEADER]
    for name, schema in model._methods().items():
        docstring = inspect.getdoc(getattr(type(model), name))
        parts.append(f"## `{name}`\n\n{prose(docstring)}\n")
        if schema["properties"]:
            rows = [row(path, part, needed) for path, part, needed in keys(schema)]
            parts.append("| key | type | |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def prose(docstring):
    """A docstring with its ``:return:`` and ``:raise …:`` as paragraphs."""
    text = []
    for line in docstring.splitlines():
        stripped = line.strip().replace("``", "`")
        if stripped.startswith(":return:"):
            stripped = "\n**Gives** " + stripped.removeprefix(":return:").strip()
        elif stripped.startswith(":raise"):
            error, _colon, why = stripped.removeprefix(":raise ").partition(":")
            stripped = f"\n**Refuses** ({error}) {why.strip()}"
        text.append(stripped)
    return "\n".join(text).strip()


def keys(schema, prefix=""):
    """Every key of a schema with its path, nested ones after their parent."""
    for key, part in schema["properties"].items():
        yield prefix + key, part, key in schema["required"]
        if part["type"] == "array" and part["items"]["type"] == "object":
            yield from keys(part["items"], f"{prefix}{key}[].")


def row(path, part, needed):
    types = part["type"] if isinstance(part["type"], list) else [part["type"]]
    label = part.get("format") or " or ".join(types)
    about = part.get("description", "")
    if "enum" in part:
        about += ": " + ", ".join(f"`{value}`" for value in part["enum"])
    return f"| `{path}` | {label} | {'**required.** ' if needed else ''}{about} |"
