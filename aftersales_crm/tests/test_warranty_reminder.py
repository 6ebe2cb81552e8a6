from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 12:00:00")
class TestWarrantyReminder(AftersalesCommon):
    """Owners learn that a warranty ends: once for each unit, in time, and never too late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["aftersales.warranty.mail"]
        cls.step = cls.env.ref("aftersales_crm.mail_step_warranty_ending")
        cls.step.since = "2026-01-01"
        cls.term = cls.env["aftersales.warranty.term"].create({"name": "Three years", "duration": 36})
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term
        cls.order = cls._sold((cls.kettle, 3), (cls.washer, 2), lots={cls.washer: cls._lots(cls.washer, "W-1", "W-2")})
        cls.warranties = cls.env["aftersales.warranty"].search([("sale_order_id", "=", cls.order.id)])
        cls.kettles = cls.warranties.filtered(lambda w: w.product_id == cls.kettle)

    def _remind(self, day):
        with freeze_time(f"{day} 12:00:00"):
            before = self.env["mail.mail"].search([])
            self.warranties.invalidate_recordset()
            self.mails._cron_remind()
            for waiting in self.mails.search([("state", "=", "waiting")]).grouped("warranty_id").values():
                waiting._send_last()
            return self.env["mail.mail"].search([]) - before

    def test_each_unit_is_reminded_once_of_what_lasts_longest(self):
        self.assertFalse(self._remind("2028-02-08"))
        mail = self._remind("2028-02-09")
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.customer))
        self.assertIn("Kettle ends on 03/10/2028", mail.subject)
        self.assertIn("03/10/2028", mail.body_html)
        self.assertNotIn(self.order.name, mail.body_html)
        self.assertFalse(self._remind("2028-02-10"))
        mails = self._remind("2029-02-20")
        self.assertEqual(len(mails), 2)
        noted = self.mails.search([("warranty_id", "in", self.warranties.ids)]).warranty_id
        self.assertEqual(noted, (self.kettles | self.warranties.filtered("term_id")))

    def test_downtime_delays_it_and_the_last_day_still_counts(self):
        self.assertEqual(len(self._remind("2028-03-10")), 1)

    def test_what_has_ended_is_not_reminded_of(self):
        self.assertFalse(self._remind("2028-03-11"))

    def test_two_runs_at_once_note_it_once(self):
        with freeze_time("2028-03-01 12:00:00"):
            self.mails._cron_remind()
            self.mails._cron_remind()
        self.assertEqual(self.mails.search_count([("warranty_id", "in", self.warranties.ids)]), 1)

    def test_nothing_is_said_where_it_is_off_or_older_than_the_switch(self):
        for since, days in ((False, 30), ("2026-03-11", 30), ("2026-01-01", 0)):
            self.step.since, self.company.aftersales_reminder_days = since, days
            with self.subTest(since=since, days=days):
                self.assertFalse(self._remind("2028-03-01"))
        other = self.env["res.company"].create({"name": "Other shop"})
        self.step.with_company(other).since = "2026-01-01"
        self.step.since = False
        self.assertFalse(self._remind("2028-03-01"))

    def test_the_days_before_are_the_companys(self):
        self.company.aftersales_reminder_days = 60
        self.assertEqual(len(self._remind("2028-01-10")), 1)

    def test_void_unproved_and_short_ones_are_left_out(self):
        self.kettles._close("void", "Returned")
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "A fortnight", "duration": 14, "duration_unit": "days"}
        )
        values = {"product": self.kettle, "partner": self.customer, "purchase_date": date(2026, 3, 10)}
        short = self.env["aftersales.warranty"]._register_unit(values)
        self.kettle.product_tmpl_id.aftersales_term_ids = self.term
        unproved = self.env["aftersales.warranty"]._register_unit({**values, "verified": False})
        for day in ("2026-03-20", "2028-03-01", "2029-03-01"):
            self._remind(day)
        self.assertFalse(self.mails.search([("warranty_id", "in", (short | unproved | self.kettles).ids)]))

    def test_what_became_void_in_between_gets_no_mail(self):
        with freeze_time("2028-03-01 12:00:00"):
            self.mails._cron_remind()
            self.kettles._close("void", "Returned")
            mail = self.mails.search([("warranty_id", "=", self.kettles.id)])
            mail._send_last()
        self.assertEqual(mail.state, "skipped")

    def test_the_mail_speaks_the_customers_language_and_offers_to_extend(self):
        self._product(
            "Two more years",
            type="service",
            is_storable=False,
            list_price=89.0,
            aftersales_sold_term_id=self.env["aftersales.warranty.term"]
            .create({"name": "Two more years", "duration": 24, "start": "end"})
            .id,
        )
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        self.kettle.with_context(lang="de_DE").name = "Wasserkocher"
        template = self.step.template_id
        template.with_context(lang="de_DE").subject = "Garantie für {{ object.product_id.name }} endet"
        mail = self._remind("2028-03-01")
        self.assertEqual(mail.subject, "Garantie für Wasserkocher endet")
        self.assertIn("Two more years", mail.body_html)
        self.assertIn("89,00", mail.body_html)

    def test_each_owner_of_split_units_is_reminded(self):
        new = self.env["res.partner"].create({"name": "Jan", "email": "jan@example.com"})
        self.kettles._hand_over(new, self.company._aftersales_today(), 1)
        self.assertEqual(self._remind("2028-03-01").recipient_ids, self.customer | new)

    def test_an_agent_sees_the_log_and_only_a_manager_tries_again(self):
        self._remind("2028-03-01")
        log = self.mails.search([])
        self.assertTrue(log.with_user(self.agent).read(["state"]))
        log._close("failed", "x")
        log.with_user(self.manager).action_retry()
        self.assertEqual(set(log.mapped("state")), {"waiting"})
