from typing import NamedTuple

from odoo import fields, models


class Fact(NamedTuple):
    """How a document stands towards one kind of promise."""

    kept_at: object = None  # when it was done, None while it is owed (datetime)
    paused: bool = False  # whether we wait for the customer


class AftersalesCommitmentMixin(models.AbstractModel):
    # A document on which something can be promised. What its documents say about each kind is
    # `_commitment_facts`; everything else follows from it. (No docstring: Odoo's models that inherit this
    # would show it as theirs.)

    _name = "aftersales.commitment.mixin"
    _description = "Document with Commitments"

    # === Hooks === #

    def _commitment_facts(self, kind):
        """How the documents stand towards a kind of promise; those that are left out call for none of it."""
        return {}

    def _commitment_day(self):
        """The day of the document: promises are made by rules that were on by then."""
        self.ensure_one()
        return self.company_id._aftersales_date(self.create_date or fields.Datetime.now())

    def _commitment_start(self, kind):
        """When the clock of a promise begins to go (UTC)."""
        return fields.Datetime.now()

    def _commitment_by_law(self, kind):
        """Until when law or policy want it (UTC); None where they say nothing."""
        return

    # === Words === #

    def _promise_clocks(self):
        """The most urgent promise of each document, for the countdown.

        :return: dict of document → JSON-safe dict, False without one
        """
        commitments = self.env["aftersales.commitment"]
        commitments._sync_pending()
        link = commitments._links()[self._name]
        owed = commitments.search([(link, "in", self.ids), ("closing", "=", False)])
        by_document = owed.grouped(link)
        return {document: by_document.get(document._origin, owed.browse())._as_clock() for document in self}

    # === Actions === #

    def action_aftersales_promise(self):
        """Ask what is promised and until when."""
        self.ensure_one()
        link = self.env["aftersales.commitment"]._links()[self._name]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise"),
            "res_model": "aftersales.promise",
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{link}": self.id},
        }
