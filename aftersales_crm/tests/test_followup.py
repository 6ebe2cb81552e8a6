from ast import literal_eval
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import AftersalesCommon


class FollowupCommon(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_send_weekends = True
        cls.customer.write({"phone": "+48 500 500 500", "tz": False})
        cls.template = cls.env.ref("aftersales_crm.mail_template_followup_howto")
        cls.Job = cls.env["aftersales.followup.job"]
        cls.plan = cls._plan_of("delivered", (3, "mail"))

    @classmethod
    def _plan_of(cls, trigger, *steps, since="2026-01-01", **vals):
        templates = {
            "warranty_end": "mail_template_followup_warranty",
            "refund_paid": "mail_template_followup_refund",
        }
        mail = cls.env.ref(f"aftersales_crm.{templates.get(trigger, 'mail_template_followup_howto')}")
        mails = {"mail": mail.id, "feedback": cls.env.ref("aftersales_crm.mail_template_feedback").id}
        lines = [
            Command.create({"name": kind, "days": days, "kind": kind, "mail_template_id": mails.get(kind)})
            for days, kind in steps
        ]
        values = {"name": trigger, "trigger": trigger, "since": since, "step_ids": lines, **vals}
        return cls.env["aftersales.followup.plan"].create(values)

    @classmethod
    def _sold_on(cls, moment, **vals):
        with freeze_time(moment):
            order = cls._order((cls.kettle, 1), date_order=datetime.fromisoformat(moment), **vals)
            order.date_order = datetime.fromisoformat(moment)
            cls._deliver(order)
            return order

    def _plan_at(self, moment, plan=None, days=2):
        with freeze_time(moment):
            (plan or self.plan)._plan(fields.Datetime.now() + timedelta(days=days))
        return self.Job.search([("plan_id", "=", (plan or self.plan).id)], order="due_at, id")

    def _send_at(self, moment):
        """What the job does at a moment; gives the mails that are new."""
        before = self.env["mail.mail"].search([])
        self.env.flush_all()
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.aftersales_followup_send_cron").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["mail.mail"].search([]) - before

    def _local(self, job, zone="Europe/Warsaw"):
        return fields.Datetime.context_timestamp(job.with_context(tz=zone), job.due_at).strftime("%Y-%m-%d %H:%M")


class TestFollowupPlan(FollowupCommon):
    """Who is due, and when."""

    def test_a_step_is_planned_once_for_each_document(self):
        orders = self._sold_on("2026-06-01 09:00:00") | self._sold_on("2026-06-01 09:30:00")
        jobs = self._plan_at("2026-06-03 12:00:00")
        self.assertEqual(jobs.mapped("res_id"), orders.ids)
        self.assertEqual(self._local(jobs[0]), "2026-06-04 10:00")
        self.assertEqual(self._plan_at("2026-06-03 13:00:00"), jobs)

    def test_a_day_has_its_hours_over_a_change_of_the_clock(self):
        step = self.plan.step_ids
        for sold, days, zone, due in (
            ("2026-03-27 12:00:00", 1, False, "2026-03-28 09:00:00"),
            ("2026-03-27 12:00:00", 2, False, "2026-03-29 08:00:00"),
            ("2026-10-23 12:00:00", 1, False, "2026-10-24 08:00:00"),
            ("2026-10-23 12:00:00", 2, False, "2026-10-25 09:00:00"),
            ("2026-10-23 12:00:00", 2, "America/New_York", "2026-10-25 14:00:00"),
            ("2026-10-23 23:30:00", 1, False, "2026-10-25 09:00:00"),
            ("2026-10-23 12:00:00", 1, "Asia/Tokyo", "2026-10-24 01:00:00"),
        ):
            with self.subTest(sold=sold, days=days, zone=zone):
                step.days, self.customer.tz = days, zone
                order = self._sold_on(sold)
                job = self._plan_at(sold, days=3).filtered(lambda job, order=order: job.res_id == order.id)
                self.assertEqual(job.due_at, datetime.fromisoformat(due))
                self.assertEqual(self.company._aftersales_waking(self.customer, job.due_at), job.due_at)

    def test_nobody_is_written_to_at_night_or_at_a_weekend(self):
        step = self.plan.step_ids
        for time, weekends, due in (
            (22.0, True, "2026-06-05 09:00"),
            (7.5, True, "2026-06-04 09:00"),
            (20.0, True, "2026-06-05 09:00"),
            (19.5, True, "2026-06-04 19:30"),
        ):
            with self.subTest(time=time):
                step.time, self.company.aftersales_send_weekends = time, weekends
                order = self._sold_on("2026-06-01 09:00:00")
                job = self._plan_at("2026-06-03 09:00:00").filtered(lambda job, order=order: job.res_id == order.id)
                self.assertEqual(self._local(job), due)
        self.company.aftersales_send_weekends = False
        for time, due in ((22.0, "2026-06-08 09:00"), (10.0, "2026-06-05 10:00")):
            step.time = time
            order = self._sold_on("2026-06-02 09:00:00")
            job = self._plan_at("2026-06-07 09:00:00").filtered(lambda job, order=order: job.res_id == order.id)
            self.assertEqual(self._local(job), due)

    def test_nothing_older_than_the_switch_is_followed_up(self):
        self.plan.since = "2026-06-02"
        old, new = self._sold_on("2026-06-01 12:00:00"), self._sold_on("2026-06-01 22:30:00")
        self.assertEqual(self._plan_at("2026-06-04 09:00:00").mapped("res_id"), new.ids)
        self.assertTrue(old)
        self.plan.is_on = False
        self.assertFalse(self.plan.since)
        with freeze_time("2026-06-09 23:00:00"):
            self.plan.is_on = True
        self.assertEqual(self.plan.since, date(2026, 6, 10))

    def test_only_whom_the_plan_is_meant_for(self):
        tag = self.env["res.partner.category"].create({"name": "Friends"})
        goods = self.env["product.category"].create({"name": "Goods"})
        self.kettle.categ_id = self.env["product.category"].create({"name": "Kettles", "parent_id": goods.id})
        other = self.env["product.category"].create({"name": "Other"})
        self.env["res.lang"]._activate_lang("de_DE")
        other_company = self.env["res.company"].create({"name": "Other shop"})
        order = self._sold_on("2026-06-01 09:00:00")
        for vals, expected in (
            ({"category_ids": goods.ids}, True),
            ({"category_ids": other.ids}, False),
            ({"tag_ids": tag.ids}, False),
            ({"country_ids": self.poland.ids}, True),
            ({"country_ids": self.env.ref("base.de").ids}, False),
            ({"lang": self.customer.lang}, True),
            ({"lang": "de_DE"}, False),
            ({"company_id": self.company.id}, True),
            ({"company_id": other_company.id}, False),
        ):
            with self.subTest(values=vals):
                plan = self._plan_of("delivered", (3, "mail"), **vals)
                self.assertEqual(self._plan_at("2026-06-03 12:00:00", plan).mapped("res_id"), order.ids * expected)
        self.customer.category_id = tag
        plan = self._plan_of("delivered", (3, "mail"), tag_ids=tag.ids)
        self.assertTrue(self._plan_at("2026-06-03 12:00:00", plan))

    def test_each_occasion_finds_its_documents(self):
        with freeze_time("2026-06-01 09:00:00"):
            order = self._sold((self.kettle, 2))
            self.env["sale.order"].browse(order.id).date_order = "2026-06-01 09:00:00"
            warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])
            case = self.env["aftersales.case"]._open([{"subject": "Hello", "partner_id": self.customer.id}])
            case.action_close()
        before_end = warranty.end_date - timedelta(days=11)
        silence = self._plan_of("silence", (90, "mail"))
        self.assertEqual(self._plan_at("2026-08-29 09:00:00", silence).mapped("res_id"), order.ids)
        closed = self._plan_of("case_closed", (1, "feedback"))
        self.assertEqual(self._plan_at("2026-06-01 09:30:00", closed).mapped("res_id"), case.ids)
        ending = self._plan_of("warranty_end", (10, "mail"))
        jobs = self._plan_at(f"{before_end} 09:00:00", ending)
        self.assertEqual(jobs.mapped("res_id"), warranty.ids)
        self.assertEqual(self._local(jobs), f"{before_end + timedelta(days=1)} 10:00")
        newer = self._sold_on("2026-09-01 09:00:00")
        again = self._plan_of("silence", (90, "mail"))
        self.assertFalse(self._plan_at("2026-09-02 09:00:00", again))
        self.assertTrue(newer)

    def test_a_refund_is_followed_up_when_it_is_paid(self):
        with freeze_time("2026-06-01 09:00:00"):
            rma = self._rma(self._sold((self.kettle, 2))).sudo()
        plan = self._plan_of("refund_paid", (4, "mail"), (10, "feedback"))
        self.assertFalse(self._plan_at("2026-06-05 09:00:00", plan))
        self.env.flush_all()
        self.cr.execute(
            "UPDATE aftersales_rma SET payout_status = 'paid', paid_at = '2026-06-05' WHERE id = %s", [rma.id]
        )
        self.assertEqual(self._plan_at("2026-06-08 09:00:00", plan).mapped("kind"), ["mail"])
        self.assertEqual(self._plan_at("2026-06-14 09:00:00", plan).mapped("kind"), ["mail", "feedback"])

    def test_the_preview_shows_what_is_then_planned(self):
        orders = [self._sold_on(f"2026-06-0{day} 09:00:00") for day in (1, 2, 3)]
        with freeze_time("2026-06-03 12:00:00"):
            before = self.Job.search_count([])
            preview = (
                self.env["aftersales.followup.preview"]
                .with_user(self.manager)
                .create({"plan_id": self.plan.id, "days": 2})
            )
            shown = [(line.document_name, line.due_at, line.partner_id.id, line.reason) for line in preview.line_ids]
            self.assertEqual(self.Job.search_count([]), before)
        jobs = self._plan_at("2026-06-03 12:00:00")
        self.assertEqual(shown, [(job.document_name, job.due_at, job.partner_id.id, False) for job in jobs])
        self.assertEqual([row[0] for row in shown], [order.name for order in orders[:2]])
        self.customer.aftersales_followup_optout = True
        with freeze_time("2026-06-04 12:00:00"):
            preview = preview.create({"plan_id": self.plan.id, "days": 9})
            self.assertEqual(preview.line_ids.mapped("reason"), ["opted_out"])
        with self.assertRaises(AccessError):
            preview.with_user(self.agent).create({"plan_id": self.plan.id})

    def test_a_plan_at_work_keeps_its_occasion_and_its_texts_fit(self):
        self._sold_on("2026-06-01 09:00:00")
        self._plan_at("2026-06-03 12:00:00")
        with self.assertRaises(UserError):
            self.plan.trigger = "silence"
        for trigger, kind in (("warranty_end", "feedback"), ("case_closed", "mail"), ("delivered", "sms")):
            with self.subTest(trigger), self.assertRaises(ValidationError):
                self._plan_of(trigger, (1, kind))

    def test_shipped_plans_are_off(self):
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "aftersales_crm"), ("model", "=", "aftersales.followup.plan")]
        )
        plans = self.env["aftersales.followup.plan"].browse(shipped.mapped("res_id"))
        self.assertEqual(len(plans), 4)
        self.assertFalse(any(plans.mapped("is_on")))


class TestFollowupJob(FollowupCommon):
    """What is done, once, and what is left out."""

    def _due(self, order=None, plan=None):
        order = order or self._sold_on("2026-06-01 09:00:00")
        jobs = self._plan_at("2026-06-03 12:00:00", plan)
        return jobs.filtered(lambda job: job.res_id == order.id)

    def test_a_mail_goes_out_once_with_a_way_to_say_no(self):
        job = self._due()
        self.assertFalse(self._send_at("2026-06-04 07:59:00"))
        mail = self._send_at("2026-06-04 08:01:00")
        self.assertEqual((job.state, mail.recipient_ids, mail.state), ("sent", self.customer, "outgoing"))
        if self.customer._aftersales_stop_url():
            headers = literal_eval(mail.headers)
            self.assertEqual(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
            url = headers["List-Unsubscribe"].strip("<>")
            self.assertIn(url.rpartition("/")[2], mail.body_html)
        self.assertFalse(self._send_at("2026-06-04 08:20:00"))

    def test_ten_days_of_downtime_bring_no_storm(self):
        late, soon = self._sold_on("2026-06-01 09:00:00"), self._sold_on("2026-06-09 09:00:00")
        self._plan_at("2026-06-14 09:00:00")
        mails = self._send_at("2026-06-14 09:00:00")
        self.assertEqual(mails.mapped("res_id"), soon.ids)
        states = {job.res_id: (job.state, job.reason) for job in self.Job.search([])}
        self.assertEqual(states, {late.id: ("skipped", "too_late"), soon.id: ("sent", False)})

    def test_what_is_late_waits_for_the_morning(self):
        job = self._due()
        self.assertFalse(self._send_at("2026-06-04 20:30:00"))
        self.assertEqual((job.state, self._local(job), job.tries), ("planned", "2026-06-05 09:00", 0))
        self.assertTrue(self._send_at("2026-06-05 07:00:00"))

    def test_of_two_workers_one_takes_a_job(self):
        job = self._due()
        self.assertTrue(job._claim())
        self.assertFalse(job._claim())
        with freeze_time("2026-06-04 08:01:00"):
            job._execute()
        self.assertEqual(job.state, "sent")

    def test_what_was_interrupted_is_tried_once_more_and_said(self):
        job = self._due()
        with freeze_time("2026-06-04 08:01:00"):
            self.assertTrue(job._claim())
        self.assertFalse(self._send_at("2026-06-04 08:20:00"))
        self.assertEqual(job.state, "sending")
        self.assertEqual(len(self._send_at("2026-06-04 08:40:00")), 1)
        self.assertEqual((job.state, job.tries), ("sent", 2))
        self.assertIn("twice", job.detail)
        other = self._due(self._sold_on("2026-06-01 09:30:00"))
        other.write({"state": "sending", "tries": 2, "claimed_at": "2026-06-04 08:01:00"})
        self.assertFalse(self._send_at("2026-06-04 09:00:00"))
        self.assertEqual(other.state, "failed")
        with self.assertRaises(AccessError):
            other.with_user(self.agent_all).action_retry()
        with freeze_time("2026-06-04 09:00:00"):
            other.with_user(self.manager).action_retry()
        self.assertEqual(len(self._send_at("2026-06-04 09:10:00")), 1)

    @mute_logger(
        "odoo.addons.aftersales_crm.models.aftersales_followup_job", "odoo.addons.mail.models.mail_render_mixin"
    )
    def test_what_fails_keeps_its_error_and_stops_no_other(self):
        bad = self.template.copy({"body_html": '<p t-out="object.nothing" />'})
        good, broken = self._due(), self._plan_of("delivered", (3, "mail"))
        broken.step_ids.mail_template_id = bad
        failing = self._due(self.env["sale.order"].browse(good.res_id), broken)
        self.assertEqual(len(self._send_at("2026-06-04 08:01:00")), 1)
        self.assertEqual((good.state, failing.state), ("sent", "failed"))
        self.assertTrue(failing.detail)

    def test_nobody_is_congratulated_who_has_no_reason_to_be_glad(self):
        def returned(order):
            self._rma(order)

        def back(order):
            picking = order.picking_ids
            wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
            wizard.product_return_moves.quantity = 1
            back = wizard._create_return()
            back.move_ids.write({"quantity": 1, "picked": True})
            back._action_done()

        def complaint(order):
            self.env["aftersales.case"]._open([{"subject": "Broken", "partner_id": order.partner_id.id}])

        def opted_out(order):
            partner = order.partner_id.copy({"email": order.partner_id.email.upper()})
            partner.aftersales_followup_optout = True

        def blacklisted(order):
            self.env["mail.blacklist"]._add(order.partner_id.email)

        for reason, prepare in (
            ("returned", returned),
            ("returned", back),
            ("open_case", complaint),
            ("opted_out", opted_out),
            ("blacklisted", blacklisted),
            ("no_address", lambda order: order.partner_id.write({"email": False})),
            ("cancelled", lambda order: self._cancel(order)),
            ("off", lambda order: self.plan.write({"since": False})),
        ):
            with self.subTest(reason=reason, how=prepare.__name__):
                self.plan.since = "2026-01-01"
                name = f"{reason}-{prepare.__name__}"
                partner = self.env["res.partner"].create({"name": name, "email": f"{name.strip('<>')}@example.com"})
                order = self._sold_on("2026-06-01 09:00:00", partner=partner)
                job = self._due(order)
                prepare(order)
                job._claim()
                with freeze_time("2026-06-04 08:01:00"):
                    job._execute()
                self.assertEqual((job.state, job.reason), ("skipped", reason))

    def _cancel(self, order):
        self.env.flush_all()
        self.cr.execute("UPDATE sale_order SET state = 'cancel' WHERE id = %s", [order.id])
        self.env.invalidate_all()

    def test_silence_ends_with_the_next_order(self):
        plan = self._plan_of("silence", (3, "mail"))
        job = self._due(plan=plan)
        self._sold_on("2026-06-04 07:00:00")
        self._send_at("2026-06-04 08:01:00")
        self.assertEqual(job.reason, "ordered")

    def test_somebody_calls(self):
        plan = self._plan_of("delivered", (3, "call"), user_id=self.agent.id)
        job = self._due(plan=plan)
        self._send_at("2026-06-04 08:01:00")
        order = self.env["sale.order"].browse(job.res_id)
        activity = order.activity_ids.filtered(lambda activity: activity.user_id == self.agent)
        self.assertEqual((job.state, activity.date_deadline), ("sent", date(2026, 6, 4)))
        self.assertIn("Ada", activity.summary)

    def test_feedback_is_asked_for_once(self):
        plan = self._plan_of("delivered", (3, "feedback"))
        first, second = self._due(plan=plan), self._due(self._sold_on("2026-06-01 10:00:00"), plan)
        self.env["aftersales.feedback"]._ask(self.env["sale.order"].browse(second.res_id), notify=False)
        mail = self._send_at("2026-06-04 08:01:00")
        self.assertEqual((mail.model, first.state), ("aftersales.feedback", "sent"))
        self.assertEqual((second.state, second.reason), ("skipped", "asked"))

    def test_an_sms_needs_a_gateway(self):
        text = self.env["sms.template"].create(
            {"name": "Hello", "model_id": self.env["ir.model"]._get_id("sale.order"), "body": "Hello {{ object.name }}"}
        )
        plan = self._plan_of("delivered", (9, "mail"))
        plan.step_ids.write({"days": 3, "kind": "sms", "sms_template_id": text.id})
        self.env["iap.account"].search([]).unlink()
        first = self._due(plan=plan)
        self._send_at("2026-06-04 08:01:00")
        self.assertEqual((first.state, first.reason), ("skipped", "no_gateway"))
        self.env["iap.account"].create({"service_id": self.env.ref("sms.iap_service_sms").id})
        second = self._due(self._sold_on("2026-06-01 10:00:00"), plan)
        self._send_at("2026-06-04 08:01:00")
        sms = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((second.state, sms.state), ("sent", "outgoing"))

    def test_how_to_documents_are_linked(self):
        self.env["product.document"].create(
            {
                "name": "Getting started.pdf",
                "raw": b"x",
                "res_model": "product.template",
                "res_id": self.kettle.product_tmpl_id.id,
                "attached_on_sale": "sale_order",
            }
        )
        self._due()
        self.assertIn("Getting started.pdf", self._send_at("2026-06-04 08:01:00").body_html)

    def test_merged_contacts_stay_left_alone(self):
        other = self.env["res.partner"].create({"name": "Ada", "aftersales_followup_optout": True})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((other | self.customer).ids, self.customer)
        self.assertTrue(self.customer.aftersales_followup_optout)

    def test_agents_see_plans_and_managers_the_log(self):
        job = self._due()
        self.assertTrue(self.plan.with_user(self.agent).name)
        for user, record, operation in (
            (self.agent, job, "read"),
            (self.stranger, self.plan, "read"),
            (self.agent_all, self.plan, "write"),
            (self.manager, job, "write"),
        ):
            self.assertFalse(record.with_user(user).has_access(operation))
        self.assertTrue(job.with_user(self.manager).document_name)
