from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from odoo.addons.aftersales_crm.tests.common import AftersalesCommon


class LoyaltyCommon(AftersalesCommon):
    """A shop with a program that keeps a ledger: a point for each unit of money, 100 points are 10 off an order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What other programs a database has would give points too.
        cls.env["loyalty.program"].search([]).active = False
        cls.program = cls._program()
        cls.card = cls.program._aftersales_card(cls.customer)
        cls.entries = cls.env["aftersales.loyalty.entry"]

    @classmethod
    def _program(cls, **vals):
        return cls.env["loyalty.program"].create(
            {
                "name": "Kettle Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "portal_point_name": "points",
                "company_id": cls.company.id,
                "rule_ids": [Command.create({"reward_point_amount": 1, "reward_point_mode": "money"})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "per_order",
                            "discount_applicability": "order",
                            "required_points": 100,
                        }
                    )
                ],
                "communication_plan_ids": [Command.clear()],
                "aftersales_ledger": True,
                **vals,
            }
        )

    def _quote(self, *items, **vals):
        """A quotation of ``(product, quantity[, line values])`` items with its points counted."""
        order = self._order(*(items or ((self.kettle, 1),)), confirm=False, **vals)
        order._update_programs_and_rewards()
        return order

    def _buy(self, quantity=1, price=100, **vals):
        """A confirmed order of kettles at a price each."""
        order = self._quote((self.kettle, quantity, {"price_unit": price}), **vals)
        order.action_confirm()
        return order

    def _claim(self, order):
        """Spend points of the customer's card on the reward of the program."""
        return order._apply_program_reward(self.program.reward_ids, self.card)

    def _sync(self):
        """What happens when the transaction ends."""
        self.env["sale.order"].sudo()._aftersales_sync_touched()

    def _grant(self, points, card=None, **vals):
        return self.entries._post([{"card": card or self.card, "kind": "grant", "points": points, **vals}])

    def _run(self, job):
        """Run a job of the ledger as its worker does."""
        self._sync()
        with self._worker() as env:
            getattr(env["aftersales.loyalty.entry"], job)()

    def _later(self, days):
        """The shop's noon, some days from now."""
        today = self.company._aftersales_today() + timedelta(days=days)
        return freeze_time(fields.Datetime.to_datetime(today) + timedelta(hours=11))

    def assertLedger(self, points=None, pending=None, card=None):
        """Balance and ledger are equal; and the balance and what waits are as named."""
        self._sync()
        self.assertFalse(self.entries._audit())
        card = card or self.card
        if points is not None:
            self.assertEqual(card.points, points)
        if pending is not None:
            self.assertEqual(card.aftersales_pending, pending)
