from datetime import date, timedelta

from freezegun import freeze_time

from odoo.tools import mute_logger

from .common import LoyaltyCommon

REMINDER = "odoo.addons.aftersales_loyalty.models.aftersales_loyalty_reminder"


@freeze_time("2026-03-10 11:00:00")
class TestExpiry(LoyaltyCommon):
    """Points end on their last day, the customer knows before, and whoever is active keeps them."""

    def _night(self, day):
        """The job on a day, whenever it ran before.

        :return: the mails it made
        """
        with freeze_time(f"{day} 11:00:00"), self.enter_registry_test_mode():
            before = self.env["mail.mail"].search([])
            self.env.ref("aftersales_loyalty.aftersales_loyalty_expire_cron").method_direct_trigger()
            self.env.invalidate_all()
            return self.env["mail.mail"].search([]) - before

    def _left(self, card=None):
        """What the lots of a card have left, by their last day."""
        lots = (card or self.card).aftersales_entry_ids.filtered(lambda entry: entry.remaining > 0)
        return sorted((str(lot.expires_on), lot.remaining) for lot in lots)

    def _expired(self, card=None):
        return (card or self.card).aftersales_entry_ids.filtered(lambda entry: entry.kind == "expire")

    # === Expiry === #

    def test_points_are_good_through_their_last_day(self):
        lot = self._grant(50, expires_on=date(2026, 4, 30))
        self._grant(7, expires_on=False)
        self._night("2026-04-30")
        self.assertLedger(57)
        self._night("2026-05-01")
        self.assertLedger(7)
        expired = self._expired()
        self.assertEqual((expired.points, expired.lot_id, expired.remaining), (-50, lot, 0))
        self.assertEqual((expired.date, expired.company_id), (date(2026, 5, 1), self.company))
        self._night("2026-05-02")
        self.assertEqual(self._expired(), expired)

    def test_only_what_is_left_of_a_lot_expires(self):
        self._grant(50, expires_on=date(2026, 4, 30))
        self._grant(30, expires_on=date(2026, 3, 31))
        self.entries._post([{"card": self.card, "kind": "spend", "points": -45.5}])
        self._night("2026-12-01")
        self.assertEqual(sorted(self._expired().mapped("points")), [-34.5])
        self.assertLedger(0)

    def test_when_points_end_is_the_programs_rule_of_the_day_they_came_in(self):
        for rule, end in (
            ({"aftersales_expiry": "never"}, False),
            ({"aftersales_expiry": "earned", "aftersales_expiry_months": 6}, date(2026, 9, 10)),
            ({"aftersales_expiry": "activity", "aftersales_expiry_months": 1}, date(2026, 4, 10)),
            (
                {"aftersales_expiry": "fixed", "aftersales_expiry_day": 31, "aftersales_expiry_month": "12"},
                date(2026, 12, 31),
            ),
            (
                {"aftersales_expiry": "fixed", "aftersales_expiry_day": 30, "aftersales_expiry_month": "2"},
                date(2027, 2, 28),
            ),
        ):
            with self.subTest(rule=rule):
                self.program.write(rule)
                self.assertEqual(self._grant(10).expires_on, end)
        self.assertEqual(len(self.card.aftersales_entry_ids), 5)

    def test_a_change_of_the_rule_leaves_the_points_that_are_there(self):
        self.program.write({"aftersales_expiry": "earned", "aftersales_expiry_months": 12})
        self._grant(10)
        self.program.aftersales_expiry_months = 1
        self._night("2027-03-10")
        self.assertLedger(10)

    def test_each_program_expires_on_its_companys_day(self):
        self.company.aftersales_tz = "Pacific/Kiritimati"
        self._grant(10, expires_on=date(2026, 3, 10))
        self._night("2026-03-10")  # it is the 11th there
        self.assertLedger(0)

    # === Activity === #

    def test_who_buys_or_spends_keeps_the_points(self):
        self.program.write({"aftersales_expiry": "activity", "aftersales_expiry_months": 6})
        self._grant(150)
        self.assertEqual(self._left(), [("2026-09-10", 150)])
        with freeze_time("2026-08-01 11:00:00"):
            self._buy(price=40)
        self._night("2026-09-11")
        self.assertLedger(190)
        self.assertEqual(self._left(), [("2027-02-01", 40), ("2027-02-01", 150)])
        with freeze_time("2027-01-20 11:00:00"):
            self.entries._post([{"card": self.card, "kind": "spend", "points": -10}])
        self._night("2027-07-20")
        self.assertLedger(180)
        self._night("2027-07-21")
        self.assertLedger(0)

    def test_what_was_given_until_a_named_day_ends_on_it(self):
        self.program.write({"aftersales_expiry": "activity", "aftersales_expiry_months": 6})
        self._grant(20, expires_on=date(2026, 4, 30))
        with freeze_time("2026-04-20 11:00:00"):
            self._buy(price=40)
        self._night("2026-05-01")
        self.assertLedger(40)

    def test_an_order_of_which_nothing_was_kept_is_no_activity(self):
        self.program.write({"aftersales_expiry": "activity", "aftersales_expiry_months": 6})
        self._grant(120)
        for waits in (True, False):
            self.program.aftersales_waits = waits
            with freeze_time("2026-08-01 11:00:00"):
                order = self._quote((self.kettle, 1))
                self._claim(order)
                order.action_confirm()
                self._sync()
            with freeze_time("2026-08-02 11:00:00"):
                order._action_cancel()
                self._sync()
        self.assertLedger(120, 0)
        self._night("2026-09-11")
        self.assertLedger(0)

    # === Reminders === #

    def _reminding(self, days=30):
        self.program.aftersales_reminder_days = days

    def test_a_customer_is_reminded_once_and_in_time(self):
        self._reminding()
        self._grant(50, expires_on=date(2026, 6, 30))
        self._grant(20, expires_on=date(2026, 6, 25))
        self._grant(9, expires_on=date(2026, 12, 31))
        self.assertFalse(self._night("2026-05-25"))
        mail = self._night("2026-05-31")
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.customer))
        self.assertIn("06/25/2026", mail.subject)
        for words in ("20 points", "50 points", "06/30/2026", "/my/loyalty"):
            self.assertIn(words, mail.body_html)
        self.assertNotIn("12/31/2026", mail.body_html)
        self.assertFalse(self._night("2026-06-01"))
        self._night("2026-07-01")
        self.assertLedger(9)

    def test_after_a_downtime_it_is_caught_up_and_the_points_stay_a_week(self):
        self._reminding()
        self._grant(50, expires_on=date(2026, 6, 30))
        self.assertEqual(len(self._night("2026-08-20")), 1)
        self.assertEqual(self._left(), [("2026-08-27", 50)])
        self.assertFalse(self._night("2026-08-27"))
        self.assertLedger(50)
        self._night("2026-08-28")
        self.assertLedger(0)

    def test_a_reminder_of_a_few_days_leaves_these_days(self):
        self._reminding(3)
        self._grant(50, expires_on=date(2026, 6, 30))
        self.assertFalse(self._night("2026-06-26"))
        self.assertTrue(self._night("2026-06-27"))
        self.assertEqual(self._left(), [("2026-06-30", 50)])

    def test_points_that_activity_prolonged_are_announced_anew(self):
        self._reminding()
        self.program.write({"aftersales_expiry": "activity", "aftersales_expiry_months": 6})
        self._grant(50)
        self.assertTrue(self._night("2026-08-20"))
        with freeze_time("2026-08-25 11:00:00"):
            self._buy(price=40)
        self.assertFalse(self._night("2026-09-20"))
        self.assertTrue(self._night("2027-02-10"))

    def test_a_mail_that_cannot_be_made_stops_no_other_and_its_points_stay(self):
        self._reminding()
        other = self.program._aftersales_card(self.env["res.partner"].create({"name": "Bo", "email": "bo@example.com"}))
        for card in (self.card, other):
            self._grant(50, card=card, expires_on=date(2026, 6, 30))
        template = self.env.ref("aftersales_loyalty.mail_template_points_expiring")
        body = template.body_html
        template.body_html = f'<t t-if="object.partner_id.name == \'Bo\'" t-out="object.nonsense"/>{body}'
        with mute_logger(REMINDER, "odoo.addons.mail.models.mail_render_mixin"), self.assertLogs(REMINDER, "WARNING"):
            self.assertEqual(len(self._night("2026-06-10")), 1)
        with mute_logger(REMINDER, "odoo.addons.mail.models.mail_render_mixin"):
            self._night("2026-07-01")
        self.assertLedger(0)
        self.assertLedger(50, card=other)
        template.body_html = body
        self.assertTrue(self._night("2026-07-02"))
        self.assertEqual(self._left(other), [("2026-07-09", 50)])

    def test_nothing_is_said_to_whom_no_mail_reaches_nor_about_what_is_closed(self):
        self._reminding()
        self._grant(50, expires_on=date(2026, 6, 30))
        for change, undo in (
            (lambda: self.customer.write({"email": False}), lambda: self.customer.write({"email": "a@example.com"})),
            (lambda: self.card.write({"active": False}), lambda: self.card.write({"active": True})),
            (lambda: self.program.write({"active": False}), lambda: self.program.write({"active": True})),
        ):
            self._grant(1, expires_on=date(2026, 6, 30))
            change()
            self.assertFalse(self._night("2026-06-10"))
            undo()
        self._night("2026-07-01")
        self.assertLedger(0)

    def test_the_mail_speaks_the_customers_language_and_the_cards_currency(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        wallet = self.env["loyalty.program"].create(
            {
                "name": "Wallet",
                "program_type": "ewallet",
                "applies_on": "future",
                "company_id": self.company.id,
                "portal_point_name": self.company.currency_id.symbol,
                "communication_plan_ids": [(5, 0, 0)],
                "aftersales_ledger": True,
                "aftersales_reminder_days": 30,
            }
        )
        self._grant(12.5, card=wallet._aftersales_card(self.customer), expires_on=date(2026, 6, 30))
        template = self.env.ref("aftersales_loyalty.mail_template_points_expiring")
        template.with_context(
            lang="de_DE"
        ).subject = "Punkte gut bis {{ format_date(object._aftersales_expires_first()) }}"
        mail = self._night("2026-06-10")
        self.assertEqual(mail.subject, "Punkte gut bis 30.06.2026")
        self.assertIn("12,50", mail.body_html)

    # === Two companies, many cards, two workers === #

    def test_two_companies_and_currencies_expire_by_themselves(self):
        other = self.env["res.company"].create(
            {"name": "Other shop", "currency_id": self._other_currency().id, "aftersales_tz": "Europe/Warsaw"}
        )
        theirs = self._program(company_id=other.id, currency_id=other.currency_id.id, aftersales_reminder_days=0)
        self._reminding()
        their_card = theirs._aftersales_card(self.customer)
        for card in (self.card, their_card):
            self._grant(50, card=card, expires_on=date(2026, 6, 30))
        self.assertEqual(len(self._night("2026-07-15")), 1)
        self.assertLedger(50)
        self.assertLedger(0, card=their_card)
        self.assertEqual(self._expired(their_card).company_id, other)

    def _other_currency(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency = currencies.search([("name", "=", "PLN")]) - self.company.currency_id
        currency = currency or currencies.search([("name", "=", "EUR")])
        currency.active = True
        return currency

    def test_many_cards_take_one_statement(self):
        partners = self.env["res.partner"].create([{"name": f"Member {number}"} for number in range(40)])
        cards = self.env["loyalty.card"].create(
            [{"program_id": self.program.id, "partner_id": partner.id} for partner in partners]
        )
        day = date(2026, 4, 30)
        vals = [
            {"card": card, "kind": "grant", "points": 5, "expires_on": day + timedelta(n)}
            for card in cards
            for n in (0, 1)
        ]
        self.entries._post(vals)
        self.env.flush_all()
        today = date(2026, 5, 10)
        over = self.entries._over_sql(self.program.sudo(), today)
        before = self.env.cr.sql_log_count
        self.entries.sudo()._expire_cards(cards.ids, over, today)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.assertEqual(set(cards.mapped("points")), {0})
        self.assertFalse(self.entries._audit())

    def test_who_loses_nothing_by_expiry_keeps_debts_and_waiting_points(self):
        self.entries._post([{"card": self.card, "kind": "takeback", "points": -25}])
        self._grant(12, pending=True)
        self._night("2030-01-01")
        self.assertLedger(-25, 12)

    def test_a_years_last_day_clamps_to_the_month(self):
        self.program.write({"aftersales_expiry": "activity", "aftersales_expiry_months": 1})
        with freeze_time("2026-01-31 11:00:00"):
            self._grant(10)
            self._buy(price=5)
        self.assertEqual({day for day, _points in self._left()}, {"2026-02-28"})
        self._night("2026-02-28")
        self.assertLedger(15)
