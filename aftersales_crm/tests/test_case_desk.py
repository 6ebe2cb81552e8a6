from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common import AftersalesCommon

AGENT_ALL = "aftersales_crm.aftersales_crm_group_agent_all"


class TestCaseDesk(AftersalesCommon):
    """The desk knows whose turn it is, what the customer is entitled to, and fills in what comes of a case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serial = cls._lots(cls.washer, "SN-DESK")
        cls.order = cls._order((cls.washer, 1), (cls.kettle, 1))
        cls._deliver(cls.order, lots={cls.washer: cls.serial})
        cls.case = cls._case("It leaks")

    @classmethod
    def _case(cls, subject="Help", **vals):
        return cls.env["aftersales.case"].create({"subject": subject, "partner_id": cls.customer.id, **vals})

    # === Whose turn === #

    def test_it_waits_for_us_until_we_answer(self):
        case = self.case.with_user(self.agent)
        self.assertEqual(case.waiting_since, case.create_date)
        asked = fields.Datetime.now() - timedelta(hours=2)
        case._customer_spoke(asked)
        self.assertEqual(case.waiting_since, asked)
        case._we_answered(asked + timedelta(hours=1))
        self.assertFalse(case.waiting_since)
        case._customer_spoke()
        self.assertTrue(case.waiting_since)
        case.action_wait_customer()
        self.assertFalse(case.waiting_since)
        case.action_start()
        self.assertTrue(case.waiting_since)
        case.action_solve()
        self.assertFalse(case.waiting_since)

    def test_who_takes_a_case_begins_with_it(self):
        case = self.case.with_user(self.agent)
        case.action_take()
        self.assertEqual((case.user_id, case.state), (self.agent, "in_progress"))
        with self.assertRaisesRegex(UserError, "already"):
            case.with_user(self.manager).action_take()

    def test_what_has_helped_is_asked_for(self):
        self.case.with_user(self.agent).action_start()
        action = self.case.with_user(self.agent).action_open_solve()
        wizard = self.env["aftersales.case.solve"].with_user(self.agent).with_context(**action["context"]).create({})
        wizard.solution = "<p>A new seal</p>"
        wizard.action_solve()
        self.assertEqual((self.case.state, str(self.case.solution)), ("solved", "<p>A new seal</p>"))

    def test_the_form_opens_for_an_agent(self):
        form = Form(self.env["aftersales.case"].with_user(self.agent))
        form.subject = "It smells"
        form.partner_id = self.customer
        form.sale_order_id = self.order
        form.product_id = self.kettle
        self.assertEqual(form.entitlement, "guarantee")
        case = form.save()
        self.assertEqual((case.customer_order_count, case.customer_case_count), (1, 1))
        self.assertGreaterEqual(case.customer_warranty_count, 2)

    # === Entitlement === #

    def test_entitlement_follows_the_unit_and_the_day(self):
        plan_term = self.env["aftersales.warranty.term"].create(
            {"name": "Care", "duration": 60, "visit_months": 6, "start": "manual"}
        )
        lost = self._lots(self.washer, "SN-LOST")
        cases = (
            ({"lot_id": self.serial.id}, "guarantee"),
            ({"sale_order_id": self.order.id, "product_id": self.kettle.id}, "guarantee"),
            ({"sale_order_id": self.order.id}, "unknown"),
            ({"product_id": self.kettle.id}, "unknown"),
            ({"lot_id": lost.id}, "unknown"),
        )
        for vals, expected in cases:
            with self.subTest(vals=vals):
                case = self._case(**vals).with_user(self.agent)
                self.assertEqual(case.entitlement, expected)
                self.assertTrue(case.entitlement_words)
        case = self._case(product_id=self.kettle.id).with_user(self.agent)
        case.sale_order_id = self.order
        self.assertEqual(case.entitlement, "guarantee")
        with freeze_time(fields.Datetime.now() + timedelta(days=365 * 6)):
            late = self._case(lot_id=self.serial.id).with_user(self.agent)
            self.assertEqual((late.entitlement, case.entitlement), ("paid", "guarantee"))
            today = self.company._aftersales_today()
            self.env["aftersales.warranty"].create(
                {
                    "product_id": self.washer.id,
                    "lot_id": self.serial.id,
                    "partner_id": self.customer.id,
                    "term_id": plan_term.id,
                    "start_date": today,
                }
            )
            late.invalidate_recordset()
            self.assertEqual(late.entitlement, "plan")

    # === Documents === #

    def test_a_return_of_the_case_is_filled_in(self):
        case = self._case("It leaks", lot_id=self.serial.id, description="<p>Water!</p>").with_user(self.agent)
        action = case.action_make_rma()
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent).with_context(**action["context"]))
        self.assertEqual((wizard.sale_order_id, wizard.partner_id), (self.order, self.customer))
        self.assertIn("Water!", wizard.note)
        wizard.reason_id = self._reason("defective")
        saved = wizard.save()
        self.assertEqual(saved.line_ids.filtered("quantity").lot_id, self.serial)
        saved.action_create()
        self.assertEqual((case.rma_count, case.rma_ids.team_id), (1, case.team_id))
        self.assertEqual(case.rma_ids.line_ids.lot_id, self.serial)
        self.assertEqual(case.rma_ids.action_open_case()["res_id"], case.id)

    def test_a_repair_of_the_case_is_filled_in(self):
        clerk = new_test_user(self.env, "case_repairer", groups=f"{AGENT_ALL},stock.group_stock_user")
        case = self._case(lot_id=self.serial.id).with_user(clerk)
        context = case.action_make_repair()["context"]
        repair = Form(self.env["repair.order"].with_user(clerk).with_context(**context)).save()
        self.assertEqual((repair.lot_id, repair.product_id, repair.under_warranty), (self.serial, self.washer, True))
        self.assertEqual((case.repair_count, repair.aftersales_case_id), (1, case))

    def test_a_case_is_opened_from_what_it_is_about(self):
        self.kettle.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "Two years", "duration": 24}
        )
        sold = self._sold((self.kettle, 1))
        warranty = self.env["aftersales.warranty"].search([("sale_order_id", "=", sold.id)], limit=1)
        records = (self.customer, self.order, self.serial, warranty, self.kettle, self.kettle.product_tmpl_id)
        for record in records:
            with self.subTest(record=record):
                record = record.with_user(self.agent)
                before = record.aftersales_case_count
                action = record.action_aftersales_open_case()
                case = self.env["aftersales.case"].with_user(self.agent).with_context(**action["context"])
                case = case.create({"subject": "Called"})
                self.env.invalidate_all()
                self.assertEqual(record.aftersales_case_count, before + 1)
                self.assertEqual((case.user_id, case.channel), (self.agent, "phone"))
                self.assertIn(case, case.search(record.action_aftersales_view_cases()["domain"]))
        self.assertEqual(
            self.env["aftersales.case"].search([("lot_id", "=", self.serial.id)]).sale_order_id, self.order
        )

    def test_strangers_make_nothing_of_it(self):
        case = self.case.with_user(self.stranger)
        for refused in (case.action_take, case.action_open_solve, case.action_make_rma, case.action_answer):
            with self.subTest(refused=refused), self.assertRaises(AccessError):
                refused()


class TestCaseList(AftersalesCommon):
    """What a list and a kanban of cases cost."""

    def test_a_list_of_80_cases_costs_the_queries_of_8(self):
        order = self._order((self.kettle, 1), (self.washer, 2))
        lots = self._lots(self.washer, "SN-1", "SN-2")
        self._deliver(order, lots={self.washer: lots})
        about = [
            {"sale_order_id": order.id, "product_id": self.kettle.id},
            {"lot_id": lots[0].id},
            {"lot_id": lots[1].id, "user_id": self.agent.id},
            {"partner_id": False, "email_from": "who@example.com"},
        ]
        base = {"subject": "Help", "partner_id": self.customer.id}
        cases = self.env["aftersales.case"].create([{**base, **about[number % 4]} for number in range(80)])
        model = self.env["aftersales.case"].with_user(self.agent_all)
        for kind in ("list", "kanban"):
            fields_of_view = model.get_views([(False, kind)])["models"]["aftersales.case"]["fields"]
            arch = model.get_views([(False, kind)])["views"][kind]["arch"]
            spec = {name: {} for name in fields_of_view if f'name="{name}"' in arch}
            for name in ("partner_id", "user_id", "product_id", "lot_id", "team_id", "company_id"):
                if name in spec:
                    spec[name] = {"fields": {"display_name": {}}}
            counts = []
            for amount in (80, 80, 8):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                found = model.web_search_read([("id", "in", cases.ids)], spec, limit=amount)
                self.assertEqual(len(found["records"]), amount)
                counts.append(self.cr.sql_log_count - before)
            with self.subTest(kind=kind):
                self.assertEqual(counts[1], counts[2])
