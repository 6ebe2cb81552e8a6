from datetime import datetime, time, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestProfile(AftersalesCommon):
    """A customer in numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create({"name": "ACME", "is_company": True, "email": "acme@example.com"})
        cls.buyer = cls.env["res.partner"].create({"name": "Bo", "parent_id": cls.firm.id})
        # Noon of the day of the shop, whatever the hour and the season.
        cls.noon = datetime.combine(cls.company._aftersales_today(), time(12))
        cls.days = (300, 200, 160, 60)
        cls.orders = cls.env["sale.order"].concat(*(cls._sold((cls.kettle, 2), partner=cls.buyer) for _day in cls.days))
        for order, days in zip(cls.orders, cls.days, strict=True):
            order.date_order = cls.noon - timedelta(days=days)
        cls.profiles = cls.env["aftersales.profile"]
        cls.profiles._refresh()

    def _profile(self, partner=None, user=None):
        return self.profiles.with_user(user or self.agent)._of(partner or self.buyer)

    def test_a_company_counts_what_its_contacts_bought_and_sent_back(self):
        rma = self._rma(self.orders[0]).sudo()
        rma.action_approve()
        self._receive(rma)
        self.profiles._refresh(self.firm.ids)
        profile = self._profile()
        self.assertEqual(profile.commercial_partner_id, self.firm)
        self.assertEqual(
            (profile.order_count, profile.revenue, profile.gap_days, profile.return_count, profile.open_returns),
            (4, 800.0, 100.0, 1, 1),
        )
        self.assertEqual((profile.units_delivered, profile.units_returned, profile.return_rate), (8, 1, 12.5))
        self.assertEqual(profile.churn_risk, "low")
        self.assertIn("Buys every 100 days; last order 60 days ago.", profile.summary)
        self.assertIn("12 %", profile.summary)

    def test_who_stays_away_is_at_risk_and_it_is_said_in_words(self):
        for days, risk, words in ((100, "watch", "later than usual"), (200, "high", "high risk to lose")):
            with self.subTest(days=days), freeze_time(fields.Datetime.now() + timedelta(days=days)):
                profile = self._profile()  # older than a day: made anew
                self.assertEqual(profile.churn_risk, risk)
                self.assertIn(words, profile.summary)

    def test_it_is_made_anew_when_it_is_a_day_old_and_not_before(self):
        profile = self._profile()
        self._sold((self.kettle, 1), partner=self.firm)
        self.assertEqual(self._profile().order_count, 4)
        with freeze_time(fields.Datetime.now() + timedelta(hours=24)):
            self.assertEqual(self._profile(), profile)
            self.assertEqual(profile.order_count, 5)

    def test_a_second_run_changes_nothing(self):
        stored = [name for name, field in self.profiles._fields.items() if field.store and name != "refreshed_at"]
        rows = []
        for _run in range(2):
            self.profiles._refresh()
            self.env.cr.execute(f"SELECT {', '.join(stored)} FROM aftersales_profile ORDER BY id")
            rows.append(self.env.cr.fetchall())
        self.assertTrue(rows[0])
        self.assertEqual(*rows)

    def test_what_is_cancelled_or_credited_counts_no_more(self):
        self.orders[0].invoice_ids._reverse_moves([{"date": fields.Date.today()}]).action_post()
        self.orders[3].state = "cancel"
        self.profiles._refresh(self.firm.ids)
        profile = self._profile()
        self.assertEqual((profile.order_count, profile.revenue), (3, 600.0))
        self.assertEqual(profile.last_order_on, (self.noon - timedelta(days=160)).date())

    def test_each_company_has_its_own_and_counts_in_its_own_money(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        other = self.env["res.company"].create({"name": "Other shop", "currency_id": euro.id})
        self.env["sale.order"].with_company(other).create(
            {
                "partner_id": self.firm.id,
                "company_id": other.id,
                "order_line": [Command.create({"product_id": self.kettle.id})],
                "state": "sale",
            }
        )
        self.profiles._refresh(self.firm.ids)
        both = self.profiles.search([("commercial_partner_id", "=", self.firm.id)])
        self.assertEqual(set(both.mapped("company_id")), {self.company, other})
        self.assertEqual(both.filtered(lambda row: row.company_id == other).currency_id, euro)
        mine = self.profiles.with_user(self.agent).search([("commercial_partner_id", "=", self.firm.id)])
        self.assertEqual(mine.company_id, self.company)

    def test_revenue_in_another_currency_is_converted_on_its_day(self):
        coin = self.env["res.currency"].create({"name": "XTC", "symbol": "x", "rounding": 0.01})
        self.env["res.currency.rate"].create({"currency_id": coin.id, "rate": 4.0, "name": "2020-01-01"})
        self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.buyer.id,
                "currency_id": coin.id,
                "invoice_line_ids": [Command.create({"name": "Visit", "price_unit": 100, "tax_ids": False})],
            }
        ).action_post()
        self.profiles._refresh(self.firm.ids)
        self.assertEqual(self._profile().revenue, 825.0)

    def test_the_last_answer_counts(self):
        document = {"partner_id": self.buyer.id, "commercial_partner_id": self.firm.id, "company_id": self.company.id}
        now = fields.Datetime.now()
        self.env["aftersales.feedback"].create(
            [
                {
                    **document,
                    "sale_order_id": order.id,
                    "nps": nps,
                    "asked_at": now,
                    "answered_at": now - timedelta(days),
                }
                for order, nps, days in zip(self.orders[:3], (9, 0, 10), (3, 1, 2), strict=True)
            ]
        )
        self.profiles._refresh(self.firm.ids)
        profile = self._profile()
        self.assertEqual((profile.nps, profile.mood), (0, "detractor"))
        self.assertIn("Recommends us 0 of 10", profile.summary)
        self.assertFalse(self._profile(self.customer))

    def test_a_contact_that_moves_takes_its_orders_along(self):
        other = self.env["res.partner"].create({"name": "Other firm", "is_company": True})
        self.buyer.parent_id = other
        self.env.flush_all()
        self.assertEqual(self._profile(other).order_count, 4)
        self.profiles._refresh()
        self.assertEqual(self._profile(self.firm).order_count, 0)

    def test_merged_customers_become_one(self):
        self._sold((self.kettle, 1))
        self.profiles._refresh(self.customer.ids)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | self.firm).ids, self.firm)
        self.assertEqual(self._profile(self.firm).order_count, 5)
        self.assertEqual(self.profiles.search_count([("commercial_partner_id", "=", self.firm.id)]), 1)

    # === Acting === #

    def test_calls_are_planned_once(self):
        profile = self._profile()
        for _click in range(2):
            profile.action_schedule_calls()
        call = self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "=", self.firm.id)])
        self.assertEqual((len(call), call.user_id), (1, self.agent))
        self.assertIn("Buys every", call.summary)
        action = profile.action_mail()
        self.assertEqual(action["context"]["default_res_ids"], self.firm.ids)

    def test_the_web_client_and_scripts_read_it(self):
        events = self.env["aftersales.profile"].with_user(self.agent)
        found = events.read_profile("sale.order", self.orders[0].id)
        self.assertEqual(found["id"], self._profile().id)
        self.assertTrue(found["words"])
        facade = self.env["aftersales.api"].with_user(self.agent)
        told = facade.customer_profile({"partner": self.buyer.id})
        self.assertEqual((told["customer"]["id"], told["orders"], told["revenue"]), (self.firm.id, 4, 800.0))
        self.assertEqual(told["last_order_on"], str(self._profile().last_order_on))
        self.assertFalse(told["nps"])
        self.assertEqual(list(facade.customer_profile({"partner": self.customer.id})), ["customer"])

    def test_agents_read_it_and_nobody_else_and_nobody_writes_it(self):
        profile = self._profile()
        for write in (lambda: profile.write({"segment": "lost"}), profile.unlink, lambda: profile.copy()):
            with self.assertRaises(AccessError):
                write()
        portal = new_test_user(self.env, "profile_portal", groups="base.group_portal")
        for user in (self.stranger, portal):
            profiles = self.profiles.with_user(user)
            for read in (
                lambda profiles=profiles: profiles.browse(profile.id).read(["revenue"]),
                lambda profiles=profiles: profiles.read_profile("res.partner", self.firm.id),
                lambda profiles=profiles: profiles.browse(profile.id).action_schedule_calls(),
                lambda profiles=profiles: profiles.browse(profile.id).action_refresh(),
            ):
                with self.assertRaises(AccessError):
                    read()
