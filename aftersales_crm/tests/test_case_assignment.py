from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AftersalesCommon

AGENT_ALL = "aftersales_crm.aftersales_crm_group_agent_all"


class TestCaseAssignment(AftersalesCommon):
    """New cases go to whom the team's rule picks; the absent are passed over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob, cls.cid = cls.people = cls.env["res.users"].concat(
            *(new_test_user(cls.env, f"case_{name}", groups=AGENT_ALL) for name in ("ann", "bob", "cid"))
        )
        cls.team = cls.env["aftersales.team"].create({"name": "Turns", "member_ids": cls.people.ids})

    def _open(self, count=1, **vals):
        base = {"subject": "Help", "partner_id": self.customer.id, "team_id": self.team.id}
        return self.env["aftersales.case"]._open([{**base, **vals} for _number in range(count)])

    def test_by_hand_nobody_gets_it(self):
        self.assertFalse(self._open().user_id)

    def test_in_turn_everybody_gets_one_after_the_other(self):
        self.team.assignment = "in_turn"
        self.assertEqual([case.user_id for case in self._open(4)], [self.ann, self.bob, self.cid, self.ann])
        self.assertEqual(self._open().user_id, self.bob)
        self.assertEqual(self._open(user_id=self.manager.id).user_id, self.manager)

    def test_the_least_busy_gets_it(self):
        self.team.assignment = "manual"
        self._open(2, user_id=self.ann.id)
        self._open(1, user_id=self.bob.id, priority="3")
        waiting = self._open(2, user_id=self.cid.id)
        waiting.action_wait_customer()
        self.team.assignment = "least_busy"
        self.assertEqual(self._open().user_id, self.cid)
        self.assertEqual(set(self._open(2).mapped("user_id")), {self.ann, self.cid})

    def test_the_absent_are_passed_over(self):
        self.team.assignment = "in_turn"
        now = fields.Datetime.now()
        self.ann.out_of_office_from = now - timedelta(days=1)
        resource = self.env["resource.resource"].create({"name": "Bob", "user_id": self.bob.id})
        leave = self.env["resource.calendar.leaves"].create(
            {"resource_id": resource.id, "date_from": now - timedelta(days=1), "date_to": now + timedelta(days=1)}
        )
        self.assertEqual(self._open(2).user_id, self.cid)
        self.cid.active = False
        free = self._open()
        self.assertFalse(free.user_id)
        leave.unlink()
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.ir_cron_assign_cases").method_direct_trigger()
        self.assertEqual(free.user_id, self.bob)

    def test_who_sees_own_cases_only_keeps_what_they_open(self):
        self.team.assignment = "in_turn"
        case = self.env["aftersales.case"].with_user(self.agent)
        case = case.create({"subject": "Called", "partner_id": self.customer.id, "team_id": self.team.id})
        self.assertEqual(case.user_id, self.agent)

    def test_of_two_at_once_one_leaves_it_to_the_job(self):
        self.team.assignment = "in_turn"
        self.patch(type(self.team), "_lock_turn", lambda team: (_ for _ in ()).throw(SerializationFailure()))
        case = self._open()
        self.assertFalse(case.user_id)
        self.env.flush_all()
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id.code", "=", "model._cron_assign()")]))

    def test_handing_over_sends_one_message_per_person(self):
        cases = self._open(3, user_id=self.ann.id)
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        wizard = self.env["aftersales.case.reassign"].with_user(self.ann).create({"case_ids": cases.ids})
        wizard.user_id = self.bob
        wizard.action_assign()
        self.assertEqual(cases.user_id, self.bob)
        told = self.env["mail.message"].search([("id", ">", before), ("partner_ids", "in", self.bob.partner_id.ids)])
        self.assertEqual(len(told), 1)
        for case in cases:
            self.assertIn(case.name, told.body)
        self.team.assignment = "in_turn"
        wizard.with_user(self.manager).sudo(False).user_id = False
        cases.with_user(self.manager)._reassign()
        self.assertEqual(cases.user_id, self.people)

    def test_nobody_hands_over_what_they_do_not_see(self):
        cases = self._open(2, user_id=self.ann.id)
        with self.assertRaises(AccessError):
            cases.with_user(self.agent)._reassign(self.agent)
        with self.assertRaises(AccessError):
            cases.with_user(self.stranger).action_open_reassign()
        cases[0].user_id = self.agent
        cases[0].with_user(self.agent)._reassign(self.bob)
        self.assertEqual(cases[0].user_id, self.bob)
