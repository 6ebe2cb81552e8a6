from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import LoyaltyCommon


class TestLoyaltyDesk(LoyaltyCommon):
    """What staff sees of points, with the lowest rights that suffice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_grant_limit = 100
        cls.card.points = 50

    def _read(self, user, records, views=("list", "search")):
        """Read records as the web client does."""
        records = records.with_user(user)
        self.env.invalidate_all()
        found = records.get_views([(False, view) for view in views])["models"]
        specification = {name: {} for name in found[records._name]["fields"]}
        return records.web_search_read([("id", "in", records.ids)], specification)

    def test_agents_read_the_statement_and_the_members(self):
        for user in (self.agent, self.manager):
            entries = self._read(user, self.card.aftersales_entry_ids, ("list", "form", "pivot", "graph", "search"))
            self.assertTrue(entries["length"])
            action = self.card.with_user(user).action_aftersales_statement()
            self.assertEqual(action["res_model"], "aftersales.loyalty.entry")
            form = Form(self.card.with_user(user), view="aftersales_loyalty.loyalty_card_view_form_member")
            self.assertIn("50", form.points_display)

    def test_a_manager_without_rights_on_sales_sets_the_ledger(self):
        with Form(self.program.with_user(self.manager), view="loyalty.loyalty_program_view_form") as form:
            form.aftersales_point_value = 0.2
            form.aftersales_expiry = "earned"
            form.aftersales_expiry_months = 6
        self.assertEqual(self.program.aftersales_point_value, 0.2)
        with self.assertRaises(AccessError):
            self.program.with_user(self.agent).aftersales_point_value = 1

    def test_who_is_no_agent_reads_nothing(self):
        with self.assertRaises(AccessError):
            self._read(self.stranger, self.card.aftersales_entry_ids)

    def test_an_entry_opens_its_document_or_its_card(self):
        order = self._buy()
        entry = self.env["aftersales.loyalty.entry"].search([("origin_id", "=", order.id)], limit=1)
        self.assertEqual(entry.document, order.name)
        self.assertEqual(entry.with_user(self.agent).action_open()["res_model"], "sale.order")
        by_hand = self.card.aftersales_entry_ids.filtered(lambda entry: not entry.origin_id)[:1]
        self.assertEqual(by_hand.with_user(self.agent).action_open()["res_model"], "loyalty.card")

    def test_customer_and_order_show_their_points(self):
        order = self._buy()
        self.env.invalidate_all()
        partner = self.customer.with_user(self.agent)
        self.assertEqual(partner.aftersales_member_count, 1)
        self.assertEqual(partner.aftersales_points, self.card.points)
        self.assertEqual(partner.aftersales_points_pending, self.card.aftersales_pending)
        self.assertEqual(partner.action_aftersales_view_points()["res_id"], self.card.id)
        order = order.with_user(self.agent)
        self.assertEqual(order.aftersales_points_net, 100)
        action = order.action_aftersales_view_points()
        found = self.env["aftersales.loyalty.entry"].with_user(self.agent).search(action["domain"])
        self.assertEqual(sum(found.mapped("points")), 100)

    def test_the_profile_tells_the_tier(self):
        tiers = self.env["aftersales.loyalty.tier"].create(
            [
                {"program_id": self.program.id, "name": "Copper", "sequence": 1, "threshold": 0},
                {"program_id": self.program.id, "name": "Gold", "sequence": 2, "threshold": 1000},
            ]
        )
        self._buy()
        self._sync()
        self.card._aftersales_raise_tiers()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.card.aftersales_tier_id, tiers[0])
        api = self.env["aftersales.api"].with_user(self.agent)
        words = api.customer_profile({"partner": self.customer.id})["words"]
        self.assertIn("Member in Copper: 900 points to Gold.", words)
        page = self.env["aftersales.loyalty.overview"].with_user(self.manager).read_overview()
        self.assertEqual([row["count"] for row in page["tiers"]], [0, 1, 0])
        standing = api.loyalty_statement({"partner": self.customer.id})
        self.assertEqual((standing["tier"]["name"], standing["next_tier"]["missing"]), ("Copper", 900))

    # === By hand === #

    def _wizard(self, user=None, **vals):
        action = self.card.with_user(user or self.agent).action_aftersales_grant()
        wizard = Form(
            self.env["aftersales.loyalty.grant"].with_user(user or self.agent).with_context(**action["context"])
        )
        for name, value in {"points": 20, "reason": "A gift", **vals}.items():
            wizard[name] = value
        return wizard.save()

    def test_points_are_given_and_taken_in_a_dialog(self):
        self._wizard().action_apply()
        self.assertEqual(self.card.points, 70)
        self._wizard(direction="take", points=30).action_apply()
        self.assertEqual(self.card.points, 40)
        last = self.company._aftersales_today().replace(month=12, day=31)
        self._wizard(expiry="day", expires_on=last, points=5).action_apply()
        entry = self.card.aftersales_entry_ids.sorted("id")[-1]
        self.assertEqual((entry.expires_on, entry.reason, entry.user_id), (last, "A gift", self.agent))
        self._wizard(expiry="never", points=5).action_apply()
        self.assertFalse(self.card.aftersales_entry_ids.sorted("id")[-1].expires_on)
        self.assertFalse(self.env["aftersales.loyalty.entry"]._audit())

    def test_the_dialog_tells_an_agent_the_limit(self):
        self.assertIn("100", self._wizard().left)
        self.assertFalse(self._wizard(self.manager).left)
        with self.assertRaises(AccessError):
            self._wizard(points=100.01).action_apply()
        self._wizard(self.manager, points=5000).action_apply()

    def test_what_makes_no_sense_is_refused_in_words(self):
        for vals, message in (
            ({"points": 0}, "at least 0.01"),
            ({"points": -5}, "given or taken"),
            ({"points": 1e11}, "nobody has"),
            ({"points": 51, "direction": "take"}, "no more can be taken"),
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, message):
                self._wizard(self.manager, **vals).action_apply()
        wizard = self._wizard(self.manager)
        for points in (float("nan"), float("inf")):
            wizard.points = points
            with self.assertRaisesRegex(UserError, "no number"):
                wizard.action_apply()
        self.assertEqual(self.card.points, 50)

    def test_an_archived_card_takes_nothing(self):
        wizard = self._wizard()
        self.card.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            wizard.action_apply()

    # === Audit === #

    def test_the_audit_finds_a_card_that_differs(self):
        audit = self.env["aftersales.loyalty.difference"].with_user(self.manager)
        action = audit.action_audit()
        self.assertFalse(audit.search(action["domain"]))
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_card SET points = points + 7 WHERE id = %s", [self.card.id])
        self.env.invalidate_all()
        found = audit.search(audit.action_audit()["domain"])
        self.assertEqual((found.card_id.id, found.points - found.posted), (self.card.id, 7))
        self.assertEqual(found.action_open()["res_id"], self.card.id)
        with self.assertRaises(AccessError):
            self.env["aftersales.loyalty.difference"].with_user(self.agent).action_audit()
