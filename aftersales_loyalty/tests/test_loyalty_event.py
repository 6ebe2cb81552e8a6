from datetime import timedelta

from .common import LoyaltyCommon


class TestLoyaltyEvent(LoyaltyCommon):
    """Points in the history of the customer."""

    def _events(self, partner=None):
        self.env.flush_all()
        self.env.cr.precommit.run()
        partner = partner or self.customer
        return self.env["aftersales.event"].search([("partner_id", "=", partner.id), ("kind", "=", "points")])

    def _post(self, points, kind="grant", **vals):
        return self.env["aftersales.loyalty.entry"]._post(
            [{"card": self.card, "kind": kind, "points": points, "reason": "Because", **vals}]
        )

    def test_an_operation_is_one_row_whatever_lots_it_drew_from(self):
        today = self.company._aftersales_today()
        self._post(30, expires_on=today)
        self._post(30, kind="bonus", expires_on=False)
        spent = self._post(-50, "spend")
        self.assertEqual(len(spent), 2)
        titles = self._events().mapped("title")
        self.assertEqual(len([title for title in titles if title.startswith("−50 ")]), 1)
        self.assertIn("Because", titles[0])

    def test_what_waits_is_no_event_until_it_is_on_the_card(self):
        entry = self._post(40, pending=True)
        self.assertFalse(self._events())
        entry._release()
        self.assertEqual(len(self._events()), 1)

    def test_what_expires_is_an_event(self):
        yesterday = self.company._aftersales_today() - timedelta(days=1)
        self._post(30, expires_on=yesterday)
        self._post(12, kind="bonus", expires_on=yesterday)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_loyalty.aftersales_loyalty_expire_cron").method_direct_trigger()
        self.env.invalidate_all()
        self.assertIn("−42 ", " ".join(self._events().mapped("title")))

    def test_a_rebuild_gives_what_the_hooks_wrote(self):
        self._post(30)
        self._post(-10, "spend")
        self._buy()
        before = self._events().read(load=False)
        self.assertTrue(before)
        self.env["aftersales.event"]._rebuild()
        self.assertEqual(self._events().read(load=False), before)

    def test_the_history_follows_the_card(self):
        self._post(30)
        other = self.env["res.partner"].create({"name": "New owner"})
        self.card.partner_id = other
        self.assertFalse(self._events())
        self.assertTrue(self._events(other))

    def test_an_agent_reads_and_opens_it_and_a_stranger_does_not(self):
        self._post(30)
        event = self._events()
        self.assertTrue(event.with_user(self.agent).search([("id", "=", event.id)]))
        self.assertEqual(event.with_user(self.agent).action_open()["res_model"], "aftersales.loyalty.entry")
        self.assertFalse(event.with_user(self.stranger).has_access("read"))

    def test_merging_customers_merges_their_points(self):
        self._post(30)
        double = self.env["res.partner"].create({"name": "Ada K.", "email": "ada@example.com"})
        self.env["base.partner.merge.automatic.wizard"]._merge([self.customer.id, double.id], double)
        self.env.invalidate_all()
        before = self._events(double).read(load=False)
        self.assertTrue(before)
        self.env["aftersales.event"]._rebuild()
        self.assertEqual(self._events(double).read(load=False), before)
