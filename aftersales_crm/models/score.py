from odoo import fields


class Given:
    """A number that somebody may give: none is another thing than 0, and no average counts it."""

    falsy_value = None

    def convert_to_column(self, value, record, values=None, validate=True):
        return self._number(value)

    def convert_to_cache(self, value, record, validate=True):
        return self._number(value)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def _number(self, value):
        return None if value is None or value is False else self._kind(value)


class Score(Given, fields.Integer):
    """A whole number, as somebody gave it."""

    _kind = int


class Figure(Given, fields.Float):
    """What a number counts for in a mean."""

    _kind = float
