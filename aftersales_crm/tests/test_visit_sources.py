from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AftersalesCommon

NOW = datetime(2026, 3, 10, 12)


@freeze_time(NOW)
class TestVisitSources(AftersalesCommon):
    """Visits come of orders and service plans, each once, and their customers are told, each once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visits = cls.env["aftersales.case"]
        cls.installation = cls.env["product.product"].create(
            {"name": "Installation", "type": "service", "list_price": 50.0, "invoice_policy": "delivery"}
        )
        cls.installation.aftersales_visit_kind = "installation"
        cls.term = cls.env["aftersales.warranty.term"].create({"name": "Plan", "duration": 24, "visit_months": 6})
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term

    # === Orders === #

    def test_an_order_makes_its_visit_once_and_takes_it_along(self):
        salesman = new_test_user(self.env, "visit_salesman", groups="sales_team.group_sale_salesman")
        order = self._order((self.kettle, 1), (self.installation, 1), confirm=False, user_id=salesman.id)
        order.with_user(salesman).action_confirm()
        visit = order.order_line.aftersales_visit_ids
        self.assertEqual((visit.type, visit.visit_kind, visit.state), ("visit", "installation", "new"))
        self.assertEqual((visit.product_id, visit.partner_id, visit.visit_from), (self.kettle, self.customer, False))
        order.order_line._aftersales_make_visits()
        self.assertEqual(order.order_line.aftersales_visit_ids, visit)
        order.with_user(salesman)._action_cancel()
        self.assertEqual(visit.state, "cancelled")
        order.action_draft()
        order.with_user(salesman).action_confirm()
        self.assertEqual((order.order_line.aftersales_visit_ids, visit.is_open), (visit, True))

    def test_a_visit_that_solved_it_delivers_its_line(self):
        order = self._order((self.installation, 2))
        line, visit = order.order_line, order.order_line.aftersales_visit_ids
        visit.write({"visit_outcome": "absent", "repeat_needed": True})
        visit.action_visit_done()
        self.assertEqual(line.qty_delivered, 0)
        visit.repeat_ids.visit_outcome = "solved"
        visit.repeat_ids.action_visit_done()
        self.assertEqual(line.qty_delivered, 2)

    def test_a_line_added_later_makes_its_visit_and_others_none(self):
        order = self._order((self.kettle, 1))
        self.assertFalse(order.order_line.aftersales_visit_ids)
        order.order_line = [(0, 0, {"product_id": self.installation.id})]
        self.assertEqual(len(order.order_line.aftersales_visit_ids), 1)

    # === Service plans === #

    def _plan(self):
        lot = self._lots(self.washer, f"L-{self.env['stock.lot'].search_count([])}")
        self._sold((self.washer, 1), lots={self.washer: lot})
        return self.env["aftersales.warranty"].search([("lot_id", "=", lot.id), ("term_id", "=", self.term.id)])

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.aftersales_visit_plan_cron").method_direct_trigger()

    def test_plans_make_their_visits_in_time_each_once(self):
        plan = self._plan()
        self._run()
        self.assertFalse(plan.visit_ids)  # off
        self.company.aftersales_visits_on = True
        for day, count in (("2026-08-26", 0), ("2026-08-27", 1), ("2026-08-28", 1), ("2027-02-24", 2)):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                self._run()
                plan.invalidate_recordset(["visit_ids"])
                self.assertEqual(len(plan.visit_ids), count)
        first = plan.visit_ids.sorted("visit_due")[0]
        self.assertEqual(
            (first.visit_kind, first.visit_due, first.lot_id), ("maintenance", date(2026, 9, 10), plan.lot_id)
        )
        plan._close("void", "Sold")
        self.assertEqual(set(plan.visit_ids.mapped("state")), {"cancelled"})

    def test_what_a_pause_of_the_job_left_out_is_caught_up_and_old_plans_are_left_alone(self):
        old = self._plan()
        with freeze_time(NOW + timedelta(days=1)):
            self.company.aftersales_visits_on = True
            plan = self._plan()
        with freeze_time("2027-09-20 12:00:00"):
            self._run()
        self.assertFalse(old.visit_ids)
        self.assertEqual(
            plan.visit_ids.sorted("visit_due").mapped("visit_plan_date"),
            [date(2026, 9, 11), date(2027, 3, 11), date(2027, 9, 11)],
        )

    # === Told before === #

    def _told(self):
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.aftersales_visit_remind_cron").method_direct_trigger()
            self.env.ref("aftersales_crm.aftersales_visit_mail_cron").method_direct_trigger()

    def _visit(self, start):
        return self.visits.with_user(self.agent).create(
            {
                "type": "visit",
                "visit_kind": "home_repair",
                "subject": "It leaks",
                "partner_id": self.customer.id,
                "visit_from": start,
                "visit_to": start + timedelta(hours=2),
            }
        )

    def _codes(self, visit):
        self.env.cr.precommit.run()
        self._told()
        mails = self.env["aftersales.visit.mail"].search([("case_id", "=", visit.id)], order="id")
        return [(mail.step_id.code, mail.state) for mail in mails]

    def test_the_customer_is_told_of_each_window_and_the_day_before_once(self):
        start = datetime(2026, 3, 20, 7)
        with freeze_time(NOW - timedelta(days=1)):
            before = self._visit(start)
        self.env.flush_all()
        self.assertEqual(self._codes(before), [])  # switched off
        for code in ("promised", "moved", "tomorrow"):
            self.env.ref(f"aftersales_crm.mail_step_visit_{code}").is_on = True
        visit = self._visit(start)
        promised = [("visit_promised", "sent")]
        self.assertEqual(self._codes(visit), promised)
        self.assertEqual(self._codes(visit), promised)
        visit.write({"visit_from": start + timedelta(days=1), "visit_to": start + timedelta(days=1, hours=2)})
        visit.write({"subject": "Still"})
        moved = [*promised, ("visit_moved", "sent")]
        self.assertEqual(self._codes(visit), moved)
        for now, count in (("2026-03-19 22:30", 2), ("2026-03-19 23:30", 3), ("2026-03-20 12:00", 3)):
            with self.subTest(now=now), freeze_time(now):
                self.assertEqual(len(self._codes(visit)), count)
        self.assertIn("March 21", self.env["mail.mail"].search([], limit=1).subject)
        self.assertEqual(self._codes(before), [])

    def test_what_could_not_be_sent_is_tried_again_by_a_manager(self):
        step = self.env.ref("aftersales_crm.mail_step_visit_promised")
        vals = {"case_id": self._visit(datetime(2026, 3, 20, 7)).id, "step_id": step.id, "state": "failed"}
        mail = self.env["aftersales.visit.mail"].create(vals)
        self.assertIn("action_retry", mail.with_user(self.manager).get_view(view_type="list")["arch"])
        with self.assertRaises(AccessError):
            mail.with_user(self.agent).action_retry()
        mail.with_user(self.manager).action_retry()
        self._told()
        self.assertEqual(mail.state, "sent")

    def test_nothing_is_said_of_a_visit_that_was_called_off(self):
        for code in ("promised", "tomorrow"):
            self.env.ref(f"aftersales_crm.mail_step_visit_{code}").is_on = True
        visit = self._visit(NOW + timedelta(days=1))
        self.env.flush_all()
        self.env.cr.precommit.run()
        visit.action_cancel()
        self.assertEqual(self._codes(visit), [("visit_promised", "skipped")])
        late = self._visit(NOW + timedelta(hours=20))
        self.assertEqual(self._codes(late), [("visit_promised", "sent")])  # told today: no reminder

    # === First-time fix === #

    def _done(self, outcome, day, **vals):
        with freeze_time(day):
            visit = self._visit(datetime.fromisoformat(day) + timedelta(hours=1)).sudo()
            visit.write({"visit_outcome": outcome, "product_id": self.washer.id, **vals})
            visit.action_visit_done()
        return visit

    def test_first_time_fix_is_solved_at_once_without_a_repeat_in_thirty_days(self):
        partners = self.env["res.partner"].create([{"name": str(number)} for number in range(5)])
        self._done("solved", "2026-04-01", partner_id=partners[0].id)
        self._done("not_solved", "2026-04-01", partner_id=partners[1].id, repeat_needed=True)
        for partner, day in ((partners[2], "2026-04-30"), (partners[3], "2026-05-02")):
            self._done("solved", "2026-04-01", partner_id=partner.id)
            self._done("solved", day, partner_id=partner.id)
        self.env.flush_all()
        report = self.env["aftersales.visit.report"].with_user(self.agent_all)
        domain = [("partner_id", "in", partners.ids)]
        rows = dict(report._read_group(domain, ["partner_id"], ["fixed_rate:avg"]))
        self.assertEqual(rows[partners[0]], 100)
        self.assertEqual(rows[partners[1]], 0)
        self.assertEqual((rows[partners[2]], rows[partners[3]]), (50, 100))
