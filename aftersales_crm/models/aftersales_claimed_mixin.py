from odoo import models
from odoo.tools import SQL


class AftersalesClaimedMixin(models.AbstractModel):
    # Rows whose field ``aftersales_claimed_qty`` counts the units that returns lay claim to.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _name = "aftersales.claimed.mixin"
    _description = "Counter of claimed units"

    def _aftersales_add_claims(self, deltas):
        """Change the counters of claims.

        The UPDATE of the shared row makes two claims at once wait for each other: the second
        fails to serialize and Odoo runs it again, when it sees the first.

        :param dict deltas: ``{record: change of its claims in the product's unit}``
        """
        self.flush_recordset(["aftersales_claimed_qty"])
        table = SQL.identifier(self._table)
        self.env.cr.execute(
            SQL(
                """UPDATE %(table)s
                      SET aftersales_claimed_qty = GREATEST(
                              COALESCE(aftersales_claimed_qty, 0) + claim.delta, 0)
                     FROM (VALUES %(deltas)s) AS claim(id, delta)
                    WHERE %(table)s.id = claim.id""",
                table=table,
                deltas=SQL(", ").join(SQL("(%s, %s::numeric)", record.id, delta) for record, delta in deltas.items()),
            )
        )
        self.invalidate_recordset(["aftersales_claimed_qty"])
