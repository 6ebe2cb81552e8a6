import functools
import inspect
from datetime import date, datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..facade import VERSION, schema
from ..facade.parts import obj

MAX_PAGE = 500


def facade(takes):
    """A public method of the façade: internal users only, checked input, plain output.

    :param dict takes: JSON Schema of its ``params``, the single source of the checks, of ``describe()`` and of
        docs/api.md
    """

    def decorate(method):
        @functools.wraps(method)
        def wrapper(self, params):
            self._ensure_internal()
            errors = schema.validate(takes, params)
            if errors:
                message = self.env._("%(method)s: %(errors)s", method=method.__name__, errors="; ".join(errors))
                raise UserError(message)
            return self._plain(method(self, schema.compact(takes, params)))

        wrapper.takes = takes
        return api.model(wrapper)

    return decorate


class AftersalesApi(models.AbstractModel):
    """The façade for scripts: XML-RPC, JSON-RPC and JSON-2.

    Every method takes one dict and answers with plain data: no null (false), dates as
    ``YYYY-MM-DD``, times as ``YYYY-MM-DD HH:MM:SS`` in UTC. Records are named by database id
    or by their name; an ambiguous name is refused with the candidates. Methods run with the
    rights of the caller. One is added in a class of its own that inherits the model, by `facade`.
    """

    _name = "aftersales.api"
    _description = "After-Sales Façade"

    @facade(obj())
    def describe(self, params):
        """Version of the façade and JSON Schema of the input of each method.

        :return: ``version`` and ``methods`` (name → ``summary`` and ``params``)
        """
        methods = self._methods()
        return {
            "version": VERSION,
            "methods": {name: {"summary": self._summary(name), "params": methods[name]} for name in methods},
        }

    @api.model
    def _methods(self):
        """JSON Schema of each method of the façade by its name, in the order in which they are defined."""
        classes = reversed(type(self).mro())
        return {name: value.takes for cls in classes for name, value in vars(cls).items() if hasattr(value, "takes")}

    def _summary(self, name):
        return inspect.getdoc(getattr(type(self), name)).split("\n\n")[0].replace("\n", " ")

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
        found = records.browse()
        for name in ("id",) if isinstance(value, int) else self._name_fields(model):
            found = records.search(Domain(name, "=", value) & domain, limit=10)
            if found:
                break
        if len(found) != 1:
            raise UserError(self._unclear_reference(found, value, key))
        return found.with_env(self.env)

    def _unclear_reference(self, found, value, key):
        """Why a reference names no record: there is none, or several are called so."""
        if not found:
            return self.env._(
                "%(key)s: there is no %(model)s %(value)s.",
                key=key,
                model=found._description,
                value=value,
            )
        return self.env._(
            "%(key)s: %(value)s is ambiguous; give one of these ids: %(candidates)s.",
            key=key,
            value=value,
            candidates=", ".join(f"{record.id} ({record.display_name})" for record in found),
        )

    def _name_fields(self, model):
        """Fields by which a text names a record, most exact first."""
        return {
            "product.product": ("default_code", "name"),
            "res.partner": ("ref", "email", "name"),
            "res.users": ("login", "name"),
            "aftersales.reason": ("code",),
            "aftersales.remedy.type": ("code",),
            "aftersales.disposition": ("code",),
        }.get(model, ("name",))

    def _optional_ref(self, model, value, key, domain=Domain.TRUE):
        return self._ref(model, value, key, domain) if value else self.env[model]

    def _lot_ref(self, value, key, product):
        """The serial that a reference names, of a product where one is given."""
        domain = Domain("product_id", "=", product.id) if product else Domain.TRUE
        return self._optional_ref("stock.lot", value, key, domain)

    def _day(self, text):
        return text and fields.Date.to_date(text)

    def _page(self, model, domain, limit, order=None):
        """One page of records.

        :param int limit: as the caller gives it, or None
        :return: the records, and whether there are more
        """
        limit = min(limit or 80, MAX_PAGE)
        records = self.env[model].search(domain, order=order, limit=limit + 1)
        return records[:limit], len(records) > limit

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
