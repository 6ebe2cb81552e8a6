from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import LoyaltyCommon


class BonusCommon(LoyaltyCommon):
    """Rules that give 50 points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.awards = cls.env["aftersales.loyalty.award"]
        cls.since = fields.Datetime.now() - timedelta(days=1)

    @classmethod
    def _bonus(cls, trigger, **vals):
        vals = {"name": f"For {trigger}", "program_id": cls.program.id, "points": 50, "since": cls.since, **vals}
        return cls.env["aftersales.loyalty.bonus"].create({"trigger": trigger, **vals})

    @classmethod
    def _person(cls, name, **vals):
        return cls.env["res.partner"].create({"name": name, "country_id": cls.poland.id, **vals})

    def _feedback(self, occasion=""):
        if not hasattr(self, "asked_order"):
            type(self).asked_order = self._order((self.kettle, 1), confirm=False)
        return self.env["aftersales.feedback"]._ask(self.asked_order, occasion, notify=False)

    def _on(self, day):
        return freeze_time(fields.Datetime.to_datetime(day) + timedelta(hours=11))


class TestBonus(BonusCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asked_order = cls._order((cls.kettle, 1), confirm=False)

    def test_an_answer_is_rewarded_once_however_often_it_is_changed(self):
        bonus = self._bonus("feedback")
        feedback = self._feedback()
        feedback._answer({"nps": 3})
        self.assertLedger(50)
        feedback._answer({"nps": 10, "comment": "On second thought"})
        feedback._react()
        self.assertLedger(50)
        entry = self.card.aftersales_entry_ids
        self.assertEqual((entry.kind, entry.bonus_id, entry.reason), ("bonus", bonus, bonus.name))
        self.assertEqual((entry.origin_model, entry.origin_id), (feedback._name, feedback.id))
        self.assertEqual(bonus.award_count, 1)

    def test_what_happened_before_the_switch_gives_nothing(self):
        off = self._bonus("feedback", since=False)
        self.assertFalse(off.is_on)
        feedback = self._feedback()
        feedback._answer({"nps": 9})
        off.with_user(self.manager).is_on = True
        self.assertTrue(off.since)
        feedback.answered_at = off.since - timedelta(minutes=1)
        feedback._react()
        self.assertFalse(self.awards.search([]))

    def test_a_customer_gets_it_as_often_as_the_rule_allows(self):
        self._bonus("feedback", limit_count=2, limit_months=6)
        today = self.company._aftersales_today()
        for day, balance in ((0, 50), (1, 100), (2, 100), (200, 150)):
            with self._on(today + timedelta(days=day)):
                self._feedback(str(day))._answer({"nps": 9})
                self.assertLedger(balance)
        refused = self.awards.search([("state", "=", "refused")])
        self.assertEqual(refused.reason, "The customer has had it as often as the rule allows.")

    def test_a_month_gives_no_more_than_its_budget(self):
        bonus = self._bonus("feedback", budget_points=120)
        for day, balance in (("2028-03-10", 50), ("2028-03-11", 100), ("2028-03-31", 100), ("2028-04-01", 150)):
            with self._on(day):
                self._feedback(day)._answer({"nps": 9})
                self.assertLedger(balance)
        self.assertEqual((bonus.spent_points, str(bonus.spent_month)), (50, "2028-04-01"))

    def test_two_workers_give_a_cause_once_and_a_budget_once(self):
        bonus = self._bonus("feedback", budget_points=60)
        feedback, second = self._feedback("a"), self._feedback("b")
        for one in feedback | second:
            one.write({"answered_at": fields.Datetime.now(), "nps": 9})
        gift = feedback._bonus_gift()
        self.assertTrue(self.awards._claim(bonus, gift))
        self.assertFalse(self.awards._claim(bonus, gift), "the same cause")
        self.assertTrue(bonus._spend(50, self.company._aftersales_today()))
        self.assertFalse(bonus._spend(50, self.company._aftersales_today()), "the same budget")

    def test_another_company_rewards_only_its_own(self):
        other = self.env["res.company"].create({"name": "Other shop", "aftersales_tz": "Europe/Warsaw"})
        self._bonus("feedback", company_id=other.id, program_id=self._program(name="O", company_id=other.id).id)
        self._feedback()._answer({"nps": 9})
        self.assertFalse(self.awards.search([]))
        with self.assertRaises(UserError):
            self._bonus("feedback", company_id=other.id)

    def test_a_program_that_is_over_gives_nothing_and_says_so(self):
        self._bonus("feedback")
        self.program.date_to = self.company._aftersales_today() - timedelta(days=1)
        self._feedback()._answer({"nps": 9})
        self.assertEqual(self.awards.search([]).mapped("state"), ["refused"])
        self.assertLedger(0)

    def test_numbers_that_make_no_sense_and_programs_without_ledger_are_refused(self):
        for vals in (
            {"points": 0},
            {"points": -5},
            {"points": float("nan")},
            {"points": float("inf")},
            {"friend_points": -1},
            {"limit_count": -1},
            {"limit_months": 0},
            {"budget_points": -1},
            {"late_days": 4000},
        ):
            with self.subTest(vals), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self._bonus("feedback", **vals)
        plain = self._program(name="Plain", aftersales_ledger=False)
        with self.assertRaises(ValidationError):
            self._bonus("feedback", program_id=plain.id)

    def test_agents_read_rules_and_what_they_gave_and_change_nothing(self):
        bonus = self._bonus("feedback")
        self._feedback()._answer({"nps": 9})
        award = self.awards.search([])
        self.assertEqual(award.with_user(self.agent).points, 50)
        for record, vals in ((bonus, {"points": 5}), (award, {"points": 5})):
            with self.assertRaises(AccessError):
                record.with_user(self.agent).write(vals)
        with self.assertRaises(AccessError):
            award.with_user(self.manager).write({"state": "void"})
        with self.assertRaises(AccessError):
            bonus.with_user(self.stranger).read(["points"])
        bonus.with_user(self.manager).points = 60

    # === Registered === #

    def test_a_registration_is_rewarded_when_it_is_accepted_and_a_unit_only_once(self):
        self._bonus("registered")
        self.washer.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "Five years", "duration": 60}
        )
        values = {
            "product": self.washer,
            "partner": self.customer,
            "purchase_date": self.company._aftersales_today(),
            "serial": "W-1",
            "verified": False,
        }
        warranty = self.env["aftersales.warranty"].with_user(self.agent)._register_unit(values)
        self.assertLedger(0)
        warranty.with_user(self.agent).action_accept_proof()
        self.assertLedger(50)
        warranty.sudo()._close("void", "sold")
        self.env["aftersales.warranty"]._register_unit({**values, "verified": True})
        self.assertLedger(50)
        self.env["aftersales.warranty"]._register_unit({**values, "serial": "W-2", "verified": True})
        self.assertLedger(100)

    # === Birthdays === #

    def _birthdays(self, day):
        with self._on(day):
            for bonus in self.env["aftersales.loyalty.bonus"]._rules("birthday"):
                for partner, birthday in bonus._birthdays(100):
                    bonus._give_birthday(self.env["res.partner"].browse(partner), birthday)

    def test_a_birthday_is_rewarded_once_a_year_also_when_the_job_is_late(self):
        self._bonus("birthday", late_days=5, since="2027-01-01 00:00:00")
        self.customer.aftersales_birthday = date(1990, 12, 30)
        for day, balance in (
            ("2027-12-29", 0),
            ("2028-01-02", 50),  # late, past the end of the year
            ("2028-01-03", 50),
            ("2028-12-30", 100),
            ("2030-01-05", 100),  # too late
        ):
            self._birthdays(day)
            self.assertLedger(balance)
        self.customer.aftersales_birthday = date(1990, 2, 1)
        self._birthdays("2031-02-01")
        self.customer.aftersales_birthday = date(1990, 3, 1)
        self._birthdays("2031-03-01")
        self.assertLedger(150)

    def test_who_was_born_on_29_february_has_a_birthday_each_year(self):
        self._bonus("birthday", late_days=0, since="2027-01-01 00:00:00")
        self.customer.aftersales_birthday = date(1992, 2, 29)
        for day, balance in (("2027-02-28", 50), ("2027-03-01", 50), ("2028-02-28", 50), ("2028-02-29", 100)):
            self._birthdays(day)
            self.assertLedger(balance)

    def test_a_birthday_is_for_members_and_for_days_that_can_be(self):
        self._bonus("birthday", since="2027-01-01 00:00:00")
        self._person("No member", aftersales_birthday=date(1990, 5, 5))
        self._birthdays("2027-05-05")
        self.assertFalse(self.awards.search([]))
        for day in (date(1850, 1, 1), self.company._aftersales_today() + timedelta(days=2)):
            with self.assertRaises(ValidationError):
                self.customer.aftersales_birthday = day
        with self.assertRaises(AccessError):
            self.customer.with_user(self.stranger).read(["aftersales_birthday"])

    def test_anonymising_a_customer_forgets_the_birthday(self):
        self.customer.aftersales_birthday = date(1990, 5, 5)
        self.env["aftersales.privacy"]._anonymise(self.customer)
        self.assertFalse(self.customer.aftersales_birthday)


class TestReferral(BonusCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bonus = cls._bonus("referral", points=100, friend_points=40)
        cls.friend = cls._person("Ben Nowak", email="ben@example.com", street="Long 5", zip="00-001", city="Warsaw")
        cls.code = cls.card.aftersales_referral_code
        cls.env["aftersales.return.policy"].create(
            {"name": "Thirty days", "sequence": 0, "window_days": 30, "window_start": "delivery"}
        )

    def _friends_order(self, friend=None, confirm=True, code=None):
        order = self._order((self.kettle, 1), partner=friend or self.friend, confirm=False)
        order.aftersales_referral_code = self.code if code is None else code
        if confirm:
            order.action_confirm()
        return order

    def _settle(self, days=0):
        with self._later(days):
            for award in self.awards.search([("state", "=", "pending")]):
                award._settle()
        self.env.invalidate_all()

    def test_both_are_rewarded_once_the_friend_can_no_longer_return(self):
        order = self._friends_order()
        award = self.awards.search([])
        self.assertEqual((award.partner_id, award.friend_id, award.state), (self.customer, self.friend, "pending"))
        self.assertEqual(sum(award.entry_ids.mapped("points")), 140)
        self.assertLedger(0, 100)
        self._settle(100)
        self.assertEqual(award.state, "pending", "nothing was delivered yet")
        self._deliver(order)
        self._settle(29)
        self.assertEqual(award.state, "pending")
        self.assertTrue(all(entry.release_on for entry in award.entry_ids))
        self._settle(31)
        self.assertEqual(award.state, "given")
        self.assertLedger(100, 0)
        friends = self.program._aftersales_card(self.friend)
        self.assertEqual(sum(friends.aftersales_entry_ids.filtered(lambda e: e.kind == "bonus").mapped("points")), 40)

    def test_nothing_is_given_when_all_comes_back_or_the_order_is_cancelled(self):
        order = self._friends_order()
        self._deliver(order)
        self._invoice(order)
        rma = self._rma(order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self._sync()
        self._settle(60)
        award = self.awards.search([])
        self.assertEqual((award.state, award.reason), ("void", "All of the friend's order came back."))
        self.assertLedger(0, 0)
        again = self._friends_order(self._person("Cleo", email="cleo@example.com"))
        again._action_cancel()
        self.assertEqual(self.awards.search([], limit=1).state, "void")
        self.assertLedger(0, 0)

    def test_nobody_refers_oneself_or_the_own_household(self):
        home = {"street": "Short 1", "zip": "00-950", "city": "Warsaw"}
        self.customer.write(home)
        cases = {
            "the same customer": self.customer,
            "the same company": self._person("Desk", parent_id=self.customer.id),
            "the same mail": self._person("Twin", email="ADA@example.com "),
            "the same home": self._person("Flatmate", email="mate@example.com", **{**home, "street": "short 1"}),
        }
        for name, person in cases.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "household"):
                self._friends_order(person, confirm=False)

    def test_a_code_is_for_the_first_order_only(self):
        self._order((self.kettle, 1), partner=self.friend)
        with self.assertRaisesRegex(UserError, "first order"):
            self._friends_order(confirm=False)
        guest = self._person("Ben again", email="Ben@Example.com")
        with self.assertRaisesRegex(UserError, "first order"):
            self._friends_order(guest, confirm=False)

    def test_two_first_orders_of_one_friend_are_rewarded_once(self):
        first = self._friends_order(confirm=False)
        second = self._friends_order(confirm=False)
        first.action_confirm()
        second.action_confirm()
        self.assertFalse(second.aftersales_referral_card_id)
        self.assertEqual(len(self.awards.search([])), 1)

    def test_an_unknown_code_is_refused_in_words(self):
        for code in ("", " "):
            self.assertFalse(self._friends_order(confirm=False, code=code).aftersales_referral_card_id)
        wrong = (self.code[:-1] + ("A" if self.code[-1] != "A" else "B"), "x", "🙂", "A" * 500, "AE-AAAAAA", "--")
        for code in wrong:
            with self.subTest(code), self.assertRaisesRegex(UserError, "do not know this code"):
                self._friends_order(confirm=False, code=code)
        self.bonus.since = False
        with self.assertRaisesRegex(UserError, "do not know this code"):
            self._friends_order(confirm=False)
        self.assertFalse(self.card.aftersales_referral_code)

    def test_a_code_is_read_as_people_type_it_and_found_by_it(self):
        typed = f" {self.code.lower().replace('-', ' ')} "
        self.assertEqual(self._friends_order(confirm=False, code=typed).aftersales_referral_card_id, self.card)
        found = self.env["loyalty.card"].search([("aftersales_referral_code", "=", self.code)])
        self.assertEqual(found, self.card)

    def test_a_member_refers_as_many_friends_as_the_rule_allows(self):
        self.bonus.limit_count = 1
        self._friends_order()
        with self.assertRaisesRegex(UserError, "as often as it can be"):
            self._friends_order(self._person("Cleo", email="cleo@example.com"), confirm=False)

    def test_the_code_of_a_confirmed_order_stays_and_nobody_writes_the_card(self):
        order = self._friends_order()
        for code in (False, "AE-AAAAAA"):
            with self.assertRaisesRegex(UserError, "is confirmed"):
                order.aftersales_referral_code = code
        order.aftersales_referral_code = self.code
        with self.assertRaises(AccessError):
            order.with_user(self.env.ref("base.user_admin")).aftersales_referral_card_id = self.card

    def test_the_budget_covers_both(self):
        self.bonus.budget_points = 139
        self._friends_order()
        award = self.awards.search([])
        self.assertEqual((award.state, award.reason), ("refused", "The budget of the month is used up."))
        self.bonus.budget_points = 140
        order = self._friends_order(self._person("Cleo", email="cleo@example.com"))
        self.assertEqual(self.bonus.spent_points, 140)
        order._action_cancel()
        self.assertEqual(self.bonus.spent_points, 0)
