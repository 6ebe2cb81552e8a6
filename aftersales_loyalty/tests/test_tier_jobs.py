from datetime import timedelta

from .test_bonus import BonusCommon
from .test_tier import TierCommon


class TestTierJobs(TierCommon):
    """The jobs, as the scheduler runs them."""

    def _run(self, cron):
        with self.enter_registry_test_mode():
            self.env.ref(f"aftersales_loyalty.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def test_the_nightly_job_moves_members_and_has_them_told(self):
        firm = self._tier("Base", 0, sequence=0)
        other = self.program._aftersales_card(self.env["res.partner"].create({"name": "New", "email": "n@example.com"}))
        self._earn(600)
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -600}])
        self._run("ir_cron_tier_news")
        self.assertEqual(self.card.aftersales_tier_told_id, self.silver)
        with self._on(self.card.aftersales_tier_until + timedelta(days=1)):
            self._run("ir_cron_tier")
            self.assertEqual((self.card.aftersales_tier_id, other.aftersales_tier_id), (firm, firm))
            self.assertEqual(other.aftersales_tier_told_id, firm, "nobody is told of what every member has")
            mails = self.env["mail.mail"].search_count([])
            self._run("ir_cron_tier_news")
            self._run("ir_cron_tier_news")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails + 1)

    def test_a_program_that_is_archived_or_keeps_no_ledger_is_left_alone(self):
        self._earn(600)
        for change in ({"active": False}, {"aftersales_ledger": False}):
            self.program.write({"active": True, "aftersales_ledger": True})
            self.program.write(change)
            self.assertNotIn(self.program.id, self.tiers._programs())
            self.assertFalse(self.tiers._of(self.customer, self.company)[self.customer])
            self._run("ir_cron_tier")

    def test_a_shop_without_tiers_pays_nothing_for_them(self):
        (self.silver | self.gold).unlink()
        order = self._quote()
        for call in (
            lambda: self.tiers._of(self.customer, self.company),
            lambda: self.card._aftersales_raise_tiers(),
            lambda: order._aftersales_fix_tier(),
            lambda: order._aftersales_multipliers(),
            lambda: self.env["aftersales.commitment.rule"]._tier_percent(order),
            lambda: self.customer._aftersales_tier_cards(self.tiers._programs_of(self.company)),
        ):
            call()
            with self.assertQueryCount(0):
                call()


class TestBonusJobs(BonusCommon):
    def _run(self, cron):
        with self.enter_registry_test_mode():
            self.env.ref(f"aftersales_loyalty.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def test_birthdays_and_referrals_are_seen_to_by_their_jobs(self):
        self._bonus("birthday", late_days=3, since=self.since - timedelta(days=40))
        self._bonus("referral", points=100, friend_points=10)
        today = self.company._aftersales_today()
        self.customer.aftersales_birthday = today.replace(year=today.year - 30, day=min(today.day, 28))
        with self._on(today.replace(day=min(today.day, 28)) + timedelta(days=2)):
            self._run("ir_cron_birthday")
            self._run("ir_cron_birthday")
        self.assertLedger(50)
        friend = self._person("Ben", email="ben@example.com")
        order = self._order((self.kettle, 1), partner=friend, confirm=False)
        order.aftersales_referral_code = self.card.aftersales_referral_code
        order.action_confirm()
        self._deliver(order)
        with self._later(60):
            self._run("ir_cron_referral")
        self.assertLedger(150, 0)
