from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac

# What visitors may try within an hour: from one address, about one thing, all together.
LIMITS = {
    "find_order": (10, 5, 1000),
    "withdraw": (30, None, 3000),
    "register": (30, None, 3000),
    "transfer": (10, None, 1000),
    "withdraw_known": (None, 30, None),
    "feedback": (None, 60, None),
    "ask": (60, 20, 3000),
}
HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)


class AftersalesAttempt(models.Model):
    """What visitors have tried, so that nobody guesses, or has mails sent, at will.

    Addresses are kept as a keyed hash, and for a day.
    """

    _name = "aftersales.attempt"
    _description = "Attempt of a Visitor"
    _log_access = False

    kind = fields.Char(required=True, readonly=True)
    address = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    at = fields.Datetime(required=True, readonly=True)

    _by_address = models.Index("(address, at)")
    _by_subject = models.Index("(subject, at)")
    _by_time = models.Index("(at)")

    @api.model
    def _allow(self, kind, address, subject=""):
        """Count an attempt, unless there were too many.

        :param str kind: of ``LIMITS``
        :param str address: of the visitor
        :param str subject: what is guessed at
        :return: whether it may be done
        """
        # Visitors have no rights on the count.
        attempts_sudo = self.sudo()
        keys = {
            "address": attempts_sudo._key(kind, address),
            "subject": attempts_sudo._key(kind, f"subject {subject}"),
        }
        now = fields.Datetime.now()
        recent = [("kind", "=", kind), ("at", ">", now - HOUR)]
        by_address, by_subject, overall = LIMITS[kind]
        for name, limit in (("address", by_address), ("subject", by_subject), (None, overall)):
            domain = recent + ([(name, "=", keys[name])] if name else [])
            if limit and attempts_sudo.search_count(domain, limit=limit) >= limit:
                return False
        attempts_sudo.create({"kind": kind, "at": now, **keys})
        return True

    @api.model
    def _key(self, kind, text):
        return hmac(self.env, f"aftersales.attempt,{kind}", text or "")

    @api.autovacuum
    def _gc_attempts(self):
        self.sudo().search([("at", "<", fields.Datetime.now() - KEPT)]).unlink()
