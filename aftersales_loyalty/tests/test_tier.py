from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import LoyaltyCommon


class TierCommon(LoyaltyCommon):
    """A program with two tiers: Silver from 500 points, Gold from 1,000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tiers = cls.env["aftersales.loyalty.tier"]
        cls.silver = cls._tier("Silver", 500, sequence=1)
        cls.gold = cls._tier(
            "Gold",
            1000,
            sequence=2,
            multiplier=1.5,
            window_days=14,
            free_return=True,
            warranty_months=6,
            commitment_percent=50,
        )
        cls._update()
        cls.customer.lang = "en_US"

    @classmethod
    def _tier(cls, name, threshold, **vals):
        program = vals.pop("program", cls.program)
        return cls.env["aftersales.loyalty.tier"].create(
            {"program_id": program.id, "name": name, "threshold": threshold, **vals}
        )

    @classmethod
    def _update(cls, program=None):
        """What the nightly job does for a program."""
        cls.env["aftersales.loyalty.tier"]._update(program or cls.program)

    def _earn(self, points, card=None, day=None):
        day = {"date": day} if day else {}
        return self.entries._post([{"card": card or self.card, "kind": "earn", "points": points, **day}])

    def _tell(self):
        """What the mail queue gets: subjects."""
        mails = self.env["mail.mail"]
        before = mails.search([])
        for card in self.env["loyalty.card"]._aftersales_to_tell(100):
            card._aftersales_tell_tier()
        return (mails.search([]) - before).mapped("subject")

    def _on(self, day):
        """The shop's noon of a day."""
        return freeze_time(fields.Datetime.to_datetime(day) + timedelta(hours=11))


class TestTier(TierCommon):
    def test_a_member_rises_as_soon_as_the_points_are_earned(self):
        today = self.company._aftersales_today()
        self._earn(499)
        self.assertFalse(self.card.aftersales_tier_id)
        self._earn(1)
        self.assertEqual(self.card.aftersales_tier_id, self.silver)
        self.assertEqual(self.card.aftersales_tier_since, today)
        self.assertEqual(self.card.aftersales_tier_until, today + relativedelta(months=12, days=-1))
        self._earn(500)
        self.assertEqual(self.card.aftersales_tier_id, self.gold)

    def test_points_that_wait_count_from_the_day_of_the_order(self):
        self.program.aftersales_waits = True
        self._buy(price=600)
        self._sync()
        self.assertEqual((self.card.points, self.card.aftersales_pending), (0, 600))
        self.assertEqual(self.card.aftersales_tier_id, self.silver)

    def test_what_is_given_or_granted_lifts_nobody(self):
        for kind in ("grant", "bonus", "adjust"):
            self.entries._post([{"card": self.card, "kind": kind, "points": 600}])
        self._update()
        self.assertFalse(self.card.aftersales_tier_id)

    def test_a_return_takes_nothing_before_the_period_is_over(self):
        self._earn(600)
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -300}])
        self._update()
        self.assertEqual(self.card.aftersales_tier_id, self.silver)
        with self._on(self.card.aftersales_tier_until + timedelta(days=1)):
            self._update()
        self.assertFalse(self.card.aftersales_tier_id)
        self.assertFalse(self.card.aftersales_tier_until)

    def test_an_order_that_is_cancelled_lifts_nobody(self):
        self._earn(500)
        until = self.card.aftersales_tier_until
        for waits in (False, True):
            with self.subTest(waits=waits):
                self.program.aftersales_waits = waits
                order = self._buy(7)
                self.assertEqual(self.card.aftersales_tier_id, self.gold)
                order._action_cancel()
                self.assertEqual(self.card.aftersales_tier_id, self.silver)
                self.assertEqual(self.card.aftersales_tier_until, until)

    def test_what_counted_in_the_period_decides_about_the_next(self):
        day = self.company._aftersales_today()
        self._earn(1000)
        self._earn(500, day=day + timedelta(days=200))
        until = self.card.aftersales_tier_until
        with self._on(until):
            self._update()
            self.assertEqual(self.card.aftersales_tier_id, self.gold, "its last day")
        with self._on(until + timedelta(days=1)):
            self._update()
            self.assertEqual(self.card.aftersales_tier_id, self.gold, "1,500 points counted in the period")
            self.assertEqual(self.card.aftersales_tier_until, until + relativedelta(months=12))
            self._update()
            self.assertEqual(self.card.aftersales_tier_until, until + relativedelta(months=12), "once")

    def test_a_job_that_stood_still_for_years_catches_up_period_by_period(self):
        self._earn(1000)
        since = self.card.aftersales_tier_since
        self._earn(600, day=since + relativedelta(months=14))
        with self._on(since + relativedelta(months=30)):
            self._update()
            # Gold for the first two years, then what the second brought: Silver.
            self.assertEqual(self.card.aftersales_tier_id, self.silver)
            self.assertEqual(self.card.aftersales_tier_since, since + relativedelta(months=24))
            self.assertEqual(self.card.aftersales_tier_until, since + relativedelta(months=36, days=-1))
        with self._on(since + relativedelta(months=80)):
            self._update()
            self.assertFalse(self.card.aftersales_tier_id)

    def test_a_calendar_year_begins_with_nothing_and_keeps_what_the_last_one_brought(self):
        self.program.aftersales_tier_period = "year"
        with self._on("2027-11-05"):
            self._earn(700)
            self.assertEqual(str(self.card.aftersales_tier_until), "2027-12-31")
        with self._on("2028-01-01"):
            self._update()
            self.assertEqual(self.card.aftersales_tier_id, self.silver)
            self.assertEqual(str(self.card.aftersales_tier_until), "2028-12-31")
            progress = self.card._aftersales_tier_progress()
            self.assertEqual((progress["have"], progress["missing"], progress["keep_missing"]), (0, 1000, 500))
        with self._on("2029-01-01"):
            self._update()
            self.assertFalse(self.card.aftersales_tier_id)

    def test_progress_tells_what_is_missing(self):
        self._earn(620)
        progress = self.card._aftersales_tier_progress()
        self.assertEqual((progress["tier"], progress["next"]), (self.silver, self.gold))
        self.assertEqual((progress["have"], progress["need"], progress["missing"]), (620, 1000, 380))
        self.assertEqual(progress["basis"], "points")
        self.assertEqual(progress["until"], fields.Date.to_string(self.card.aftersales_tier_until))
        self._earn(400)
        self.assertFalse(self.card._aftersales_tier_progress()["next"])

    def test_an_agent_sees_tier_and_what_is_missing_on_customer_and_case(self):
        self._earn(620)
        customer = self.customer.with_user(self.agent)
        self.assertEqual(customer.aftersales_tier_id, self.silver)
        self.assertEqual(customer.aftersales_tier_words, "380 points to Gold")
        contact = self.env["res.partner"].create({"name": "Her desk", "parent_id": self.customer.id})
        self.assertEqual(contact.with_user(self.agent).aftersales_tier_id, self.silver)
        case = (
            self.env["aftersales.case"]
            .with_user(self.agent)
            .create({"subject": "It leaks", "partner_id": self.customer.id})
        )
        self.assertEqual(case.aftersales_tier_id, self.silver)
        self.assertFalse(self.tiers._of(self.stranger.partner_id, self.company)[self.stranger.partner_id])

    # === Money === #

    def test_money_spent_counts_invoices_less_credit_notes_of_the_whole_company(self):
        self.program.aftersales_tier_basis = "spend"
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        buyer = self.env["res.partner"].create({"name": "Buyer", "parent_id": firm.id})
        card = self.program._aftersales_card(buyer)
        order = self._order((self.kettle, 6), partner=buyer)
        self._deliver(order)
        self.assertFalse(card.aftersales_tier_id)
        invoice = self._invoice(order)
        self.assertEqual(card.aftersales_tier_id, self.silver, "at once")
        self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"journal_id": invoice.journal_id.id}
        ).refund_moves()
        invoice.reversal_move_ids.action_post()
        self.assertEqual(card._aftersales_tier_progress()["have"], 0)
        with self._on(card.aftersales_tier_until + timedelta(days=1)):
            self._update()
        self.assertFalse(card.aftersales_tier_id)

    def test_money_of_another_currency_counts_at_the_rate_of_its_day(self):
        company = self.company
        foreign = self.env.ref("base.CHF") if company.currency_id.name != "CHF" else self.env.ref("base.SEK")
        foreign.active = True
        day = company._aftersales_today()
        foreign.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            [
                {"currency_id": foreign.id, "company_id": company.id, "name": day - timedelta(days=50), "rate": 4},
                {"currency_id": foreign.id, "company_id": company.id, "name": day - timedelta(days=10), "rate": 2},
            ]
        )
        program = self._program(name="Abroad", currency_id=foreign.id, aftersales_tier_basis="spend")
        self._tier("Platinum", 1500, program=program)
        self._update(program)
        card = program._aftersales_card(self.customer)
        for back, amount in ((20, 100), (0, 500)):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": day - timedelta(days=back),
                    "invoice_line_ids": [
                        Command.create({"name": "x", "quantity": 1, "price_unit": amount, "tax_ids": []})
                    ],
                }
            )
            move.action_post()
        self.assertEqual(card._aftersales_tier_progress()["have"], 1400)
        own = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": day,
                "currency_id": foreign.id,
                "invoice_line_ids": [Command.create({"name": "x", "quantity": 1, "price_unit": 100, "tax_ids": []})],
            }
        )
        own.action_post()
        self.assertEqual(card._aftersales_tier_progress()["have"], 1500)
        self.assertEqual(card.aftersales_tier_id.name, "Platinum")

    def test_another_company_counts_neither_its_money_nor_its_members(self):
        other = self.env["res.company"].create({"name": "Other shop", "aftersales_tz": "Europe/Warsaw"})
        program = self._program(name="Other club", company_id=other.id)
        tier = self._tier("Other", 100, program=program)
        self._update(program)
        self._earn(200, card=program._aftersales_card(self.customer))
        self._earn(600)
        self.assertEqual(self.tiers._of(self.customer, self.company)[self.customer], self.silver)
        self.assertEqual(self.tiers._of(self.customer, other)[self.customer], tier)
        with self.assertRaises(AccessError):
            tier.with_user(self.manager).with_company(self.company).read(["name"])

    # === Telling === #

    def test_members_are_told_of_rise_notice_and_drop_once_each(self):
        self._earn(600)
        self.assertEqual(self._tell(), ["Kettle Club: welcome to Silver"])
        self.assertFalse(self._tell())
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -300}])
        until = self.card.aftersales_tier_until
        with self._on(until - timedelta(days=31)):
            self._update()
            self.assertFalse(self._tell())
        with self._on(until - timedelta(days=20)):
            self._update()
            (notice,) = self._tell()
            self.assertIn("Silver is yours until", notice)
            self._update()
            self.assertFalse(self._tell())
        with self._on(until + timedelta(days=3)):
            self._update()
            self.assertEqual(self._tell(), ["Kettle Club: your tier has changed"])
            self._update()
            self.assertFalse(self._tell())

    def test_nobody_is_told_of_tiers_from_before_there_were_any(self):
        program = self._program(name="New club")
        card = program._aftersales_card(self.customer)
        self._earn(800, card=card)
        self._tier("First", 500, program=program)
        self._tier("Base", 0, program=program)
        self._update(program)
        self.assertEqual(card.aftersales_tier_id.name, "First")
        self.assertFalse(self._tell())

    def test_mails_speak_the_language_of_the_member_and_name_what_is_missing(self):
        self._earn(1200)
        template = self.env.ref("aftersales_loyalty.mail_template_tier_up")
        body = str(template._render_field("body_html", self.card.ids)[self.card.id])
        self.assertIn("1.5 times the points", body)
        self.assertIn("14 more days to send something back", body)
        self.assertEqual(template._render_lang(self.card.ids), {self.card.id: "en_US"})
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -300}])
        template = self.env.ref("aftersales_loyalty.mail_template_tier_notice")
        body = str(template._render_field("body_html", self.card.ids)[self.card.id])
        self.assertIn("100 points", body)

    # === Rules === #

    def test_thresholds_that_make_no_sense_are_refused(self):
        for vals in (
            {"name": "Late", "threshold": 700, "sequence": 3},
            {"name": "Twin", "threshold": 1000, "sequence": 2},
            {"name": "Negative", "threshold": -1, "sequence": 0},
            {"name": "Huge", "threshold": 1e12, "sequence": 9},
            {"name": "No number", "threshold": float("nan"), "sequence": 9},
            {"name": "Less", "threshold": 2000, "multiplier": 0.5, "sequence": 9},
            {"name": "Shorter", "threshold": 2000, "window_days": -3, "sequence": 9},
            {"name": "Slower", "threshold": 2000, "commitment_percent": 120, "sequence": 9},
        ):
            error = ValidationError if vals["name"] == "Late" else IntegrityError
            with (
                self.subTest(vals["name"]),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
                self.env.cr.savepoint(),
            ):
                self._tier(**vals)

    def test_a_tier_with_members_is_archived_not_deleted_and_kept_until_its_end(self):
        self._earn(600)
        with self.assertRaises(UserError):
            self.silver.unlink()
        self.silver.active = False
        self._update()
        self.assertEqual(self.card.aftersales_tier_id, self.silver)
        with self._on(self.card.aftersales_tier_until + timedelta(days=1)):
            self._update()
        self.assertFalse(self.card.aftersales_tier_id)

    def test_nobody_writes_a_tier_but_the_system(self):
        manager = self.card.with_user(self.manager)
        with self.assertRaises(AccessError):
            manager.write({"aftersales_tier_id": self.gold.id})
        seller = self._quote().with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(AccessError):
            seller.write({"aftersales_tier_id": self.gold.id})
        with self.assertRaises(AccessError):
            self.gold.with_user(self.agent).write({"threshold": 1})
        self.gold.with_user(self.manager).write({"threshold": 1100})

    def test_points_of_a_merged_card_count_for_the_one_that_is_left(self):
        other = self.env["res.partner"].create({"name": "Ada K."})
        first = self.program._aftersales_card(other)
        self._earn(600, card=first)
        first._aftersales_merge_into(self.card)
        first.active = False
        self._update()
        self.assertEqual(self.card._aftersales_tier_progress()["have"], 600)
        self.assertEqual(self.card.aftersales_tier_id, self.silver)

    def test_the_job_costs_as_much_for_many_members_as_for_one(self):
        def cost():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._update()
            return self.env.cr.sql_log_count - before

        self._earn(600)
        self._update()
        one = cost()
        partners = self.env["res.partner"].create([{"name": f"Member {number}"} for number in range(30)])
        cards = self.env["loyalty.card"].create(
            [{"program_id": self.program.id, "partner_id": partner.id, "points": 0} for partner in partners]
        )
        self.entries._post([{"card": card, "kind": "earn", "points": 700} for card in cards])
        self.assertLessEqual(cost(), one)
