"""A running server, reached from outside through odoorpc."""

from http.client import HTTPException
from urllib.parse import urlsplit

import odoorpc

from console import Failure

# A request is never meant to take that long: batches are small.
TIMEOUT = 300
# External names are read in pages of this many.
PAGE = 20000
# What is true years ago needs no log of who wrote it today; dates and names are in the file's language and in UTC.
CONTEXT = {"lang": "en_US", "tz": "UTC", "tracking_disable": True, "mail_create_nosubscribe": True}


class Refused(Exception):
    """The server answered, and said no."""


class Connection:
    """One login on one database.

    :param str url: of the server
    :param str database: its name
    :param str login: of a user who may sell, deliver, invoice and decide returns
    :param str password: or an API key
    :param str module: under which the records of this run keep their external names
    :raise Failure: no server, no such database, wrong login
    """

    def __init__(self, url, database, login, password, module):
        self.module = module
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        try:
            self._odoo = odoorpc.ODOO(
                parts.hostname or url,
                protocol="jsonrpc+ssl" if secure else "jsonrpc",
                port=parts.port or (443 if secure else 80),
                timeout=TIMEOUT,
            )
            self._odoo.login(database, login, password)
        except odoorpc.error.RPCError as error:
            raise Failure(f"{url} refuses the login {login} on database {database}: {_sentence(error)}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise Failure(f"no Odoo server answers on {url} ({getattr(error, 'reason', error)})") from None

    def call(self, model, method, *args, **kwargs):
        """Call a method on the server with the context of a history that is being written.

        :raise Refused: the server says no; nothing was changed
        :raise Failure: the server does not answer
        """
        kwargs["context"] = {**CONTEXT, **kwargs.get("context", {})}
        return self._execute(model, method, args, kwargs)

    def api(self, method, **params):
        """Call a method of ``aftersales.api`` as any script would.

        :return: what the method gives (dict)
        :raise Refused: as for ``call``
        """
        return self._execute("aftersales.api", method, [params], {})

    def _execute(self, model, method, args, kwargs):
        try:
            return self._odoo.execute_kw(model, method, list(args), kwargs)
        except odoorpc.error.RPCError as error:
            raise Refused(_sentence(error)) from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Failure(f"the server does not answer any more ({reason}); run again to carry on") from None

    def load(self, model, columns, rows):
        """Create records under external names, all or none; the database keeps a name from being used twice.

        :param str model: of the records
        :param list columns: as Odoo's import names them; the first one is ``id``
        :param list rows: cells (str)
        :raise Refused: why nothing was created
        """
        answer = self.call(model, "load", columns, rows)
        if not answer["ids"]:
            raise Refused("; ".join(str(message["message"]) for message in answer["messages"][:3]))

    def known(self, model):
        """Records that earlier batches and runs have made.

        :return: dict of external name (str, without module) to id (int)
        """
        found, last = {}, 0
        while True:
            domain = [["module", "=", self.module], ["model", "=", model], ["id", ">", last]]
            rows = self.call("ir.model.data", "search_read", domain, ["name", "res_id"], limit=PAGE, order="id")
            found.update((row["name"], row["res_id"]) for row in rows)
            if len(rows) < PAGE:
                return found
            last = rows[-1]["id"]

    def name(self, text):
        """External name with its module, as ``load`` wants it (str)."""
        return f"{self.module}.{text}"


def _sentence(error):
    """What the server said in its last line (str)."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines) or "no reason given"
