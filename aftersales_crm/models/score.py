from odoo import fields


class Score(fields.Integer):
    """A number that somebody may give: none is another thing than 0, and no average counts it."""

    falsy_value = None

    def convert_to_column(self, value, record, values=None, validate=True):
        return self._number(value)

    def convert_to_cache(self, value, record, validate=True):
        return self._number(value)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_read(self, value, record, use_display_name=True):
        return value

    def _number(self, value):
        return None if value is None or value is False else int(value)
