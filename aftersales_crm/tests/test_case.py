from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestCase(AftersalesCommon):
    """A case has a team, a state that moves by its table, and is seen by whom it concerns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.env["aftersales.case"].create({"subject": "It leaks", "partner_id": cls.customer.id})

    def test_a_new_case_has_number_team_and_address(self):
        self.assertRegex(self.case.name, r"^CASE/\d{4}/\d{5}$")
        self.assertEqual(self.case.team_id.company_id, self.company)
        self.assertEqual((self.case.state, self.case.email_from), ("new", "ada@example.com"))
        self.assertEqual(self.case.access_url, f"/my/cases/{self.case.id}")

    def test_every_company_has_a_team(self):
        company = self.env["res.company"].create({"name": "Second shop"})
        self.assertEqual(self.env["aftersales.team"]._default_team(company).company_id, company)

    def test_it_moves_along_its_table(self):
        case = self.case.with_user(self.agent)
        case.action_start()
        self.assertEqual((case.state, case.user_id), ("in_progress", self.agent))
        case.action_wait_customer()
        case.action_solve("<p>A new seal</p>")
        self.assertTrue(case.solved_at and not case.is_open)
        case.action_close()
        with self.assertRaisesRegex(UserError, "cannot become"):
            case.action_wait_internal()
        case.action_reopen()
        self.assertEqual((case.is_open, case.solved_at, case.closed_at, case.reopened), (True, False, False, 1))
        case.action_reopen()
        self.assertEqual(case.reopened, 1)

    def test_nobody_writes_its_state(self):
        other = self.case.copy()
        for vals in (
            {"state": "closed"},
            {"first_answer_at": "2026-01-01"},
            {"is_open": False},
            {"external_ref": "x"},
            {"merged_into_id": other.id},  # mails to the case would go there
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "cannot be set directly"):
                self.case.with_user(self.manager).write(vals)
        with self.assertRaisesRegex(UserError, "history"):
            self.case.unlink()

    def test_agents_see_their_own_and_free_ones(self):
        self.case.user_id = self.agent_all
        with self.assertRaises(AccessError):
            self.case.with_user(self.agent).read(["subject"])
        self.assertEqual(self.case.with_user(self.agent_all).subject, "It leaks")
        step = self.env["aftersales.mail.step"].search([("code", "=", "case_received")])
        mail = self.env["aftersales.case.mail"].create({"case_id": self.case.id, "step_id": step.id})
        self.assertEqual(mail.with_user(self.agent_all).search([("case_id", "=", self.case.id)]), mail)
        self.assertFalse(mail.with_user(self.agent).search([("case_id", "=", self.case.id)]))
        with self.assertRaises(AccessError):
            self.case.with_user(self.stranger).read(["subject"])

    def test_customers_see_their_own_and_write_nothing(self):
        other = new_test_user(self.env, "case_other", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.case.with_user(other).read(["subject"])
        portal = new_test_user(self.env, "case_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        mine = self.case.with_user(portal)
        self.assertEqual(mine.subject, "It leaks")
        for refused in (
            lambda: mine.write({"subject": "x"}),
            lambda: mine.read(["priority"]),
            lambda: mine.read(["goodwill_total"]),
            lambda: mine.read(["merged_into_id"]),
            lambda: mine.read(["visit_note"]),
            lambda: mine.message_post(body="x", message_type="comment", author_id=self.agent.partner_id.id),
            mine.action_close,
            lambda: mine.create({"subject": "x"}),
        ):
            with self.assertRaises(AccessError):
                refused()

    def test_only_colleagues_are_responsible(self):
        other = self.env["res.company"].create({"name": "Another shop"})
        stranger = new_test_user(
            self.env,
            "case_elsewhere",
            groups="aftersales_crm.aftersales_crm_group_agent",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        customer = new_test_user(self.env, "case_customer", groups="base.group_portal")
        for user in (stranger, customer):
            with self.subTest(user=user.login), self.assertRaisesRegex(ValidationError, "no colleague"):
                self.case.with_user(self.agent_all).user_id = user

    def test_parts_belong_together(self):
        lot = self._lots(self.washer, "SN-CASE")
        with self.assertRaisesRegex(ValidationError, "serial number of"):
            self.case.write({"product_id": self.kettle.id, "lot_id": lot.id})
        with self.assertRaises(ValidationError):
            self.case.parent_id = self.case

    def test_it_is_part_of_the_history(self):
        self.env["aftersales.event"]._write_touched()
        event = self.env["aftersales.event"].search([("res_model", "=", "aftersales.case")])
        self.assertEqual((event.kind, event.res_id), ("case", self.case.id))
