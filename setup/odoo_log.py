"""Reading Odoo's log: what our add-ons must not have written there."""

import re

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.]+): (?P<text>.*)", re.DOTALL)
_SEVERE = ("ERROR", "CRITICAL")
OURS = "aftersales"

# Not ours to mend, whatever the level.
EXCUSED = (
    # Odoo's own announcement that XML-RPC and JSON-RPC end with a later version.
    re.compile(r"/(xmlrpc|jsonrpc)\b.*deprecated", re.DOTALL),
    # Two requests met; Odoo runs the loser again.
    re.compile(r"could not serialize access"),
    # Libraries of Odoo's own pins, warned about by Python in a file that is not ours, whoever called it.
    re.compile(r"^\S+ (?!\S*aftersales_)\S+: DeprecationWarning"),
)
# Loggers that report, as a warning, an ordinary refusal to whoever asked.
REPORTERS = ("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")


def records(text):
    """Split a log into its records, tracebacks included.

    :param str text: a log
    :return: list of (level, logger, text) as str
    """
    found = []
    for line in text.splitlines():
        match = _RECORD.match(line)
        if match:
            found.append([match["level"], match["logger"], match["text"]])
        elif found:
            found[-1][2] += f"\n{line}"
    return [tuple(record) for record in found]


def problems(text, strict=False):
    """Warnings and errors that count against us.

    :param str text: a log
    :param bool strict: whatever was done touched our add-ons only, so that every warning counts; otherwise errors, and
        warnings that name us
    :return: list of "LEVEL logger: first and last line" (str)
    """
    counted = []
    for level, logger, message in records(text):
        excused = any(pattern.search(f"{logger} {message}") for pattern in EXCUSED)
        if not excused and _counts(level, logger, message, strict):
            lines = [line.strip() for line in message.strip().splitlines()] or [""]
            counted.append(f"{level} {logger}: {' … '.join(dict.fromkeys((lines[0], lines[-1])))}")
    return counted


def _counts(level, logger, message, strict):
    if level in _SEVERE:
        return True
    if level != "WARNING":
        return False
    return strict or (logger not in REPORTERS and OURS in f"{logger} {message}")
