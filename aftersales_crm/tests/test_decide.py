from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import PIXEL, AftersalesCommon


class TestDecide(AftersalesCommon):
    """Many returns decided at once, each by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 10))
        cls.rmas = cls.env["aftersales.rma"].concat(*(cls._rma(cls.order) for _number in range(3)))
        cls.late = cls._rma(cls.order, vals={"requested_on": "2099-01-01"})

    def _outcomes(self, answers):
        return [answer["outcome"] for answer in answers]

    def test_a_bad_one_is_reported_and_the_others_are_approved(self):
        answers = (self.rmas[0] | self.late | self.rmas[1]).with_user(self.agent).decide_each("approve")
        self.assertEqual(self._outcomes(answers), ["done", "failed", "done"])
        self.assertEqual(answers[1]["name"], self.late.name)
        self.assertIn("Kettle", answers[1]["message"])
        self.assertEqual(self.rmas[:2].mapped("state"), ["approved", "approved"])
        self.assertEqual(self.late.state, "submitted")

    def test_repeating_changes_nothing(self):
        rmas = self.rmas.with_user(self.agent)
        rmas.decide_each("approve")
        self.assertEqual(self._outcomes(rmas.decide_each("approve")), ["already"] * 3)
        self.assertEqual(len(rmas.remedy_ids), 3)

    def test_goodwill_is_granted_one_by_one_even_by_managers(self):
        answers = self.late.with_user(self.manager).decide_each("approve")
        self.assertEqual(self._outcomes(answers), ["failed"])
        self.assertEqual(self.late.state, "submitted")

    def test_many_are_refused_with_one_reason(self):
        answers = self.rmas.with_user(self.agent).decide_each("reject", "Not sold by us.")
        self.assertEqual(self._outcomes(answers), ["done"] * 3)
        self.assertEqual(set(self.rmas.mapped("reject_reason")), {"Not sold by us."})
        with self.assertRaisesRegex(UserError, "a reason for the refusal"):
            self.rmas.with_user(self.agent).decide_each("reject", "  ")

    def test_others_returns_are_not_decided(self):
        self.rmas[0].user_id = self.agent_all
        answers = self.rmas.with_user(self.agent).decide_each("approve")
        self.assertEqual(self._outcomes(answers), ["failed", "done", "done"])
        self.assertEqual(answers[0]["name"], f"#{self.rmas[0].id}")
        self.assertEqual(self.rmas[0].state, "submitted")

    def test_what_was_deleted_meanwhile_is_reported(self):
        draft = self._rma(self.order, submit=False)
        gone = draft.with_user(self.agent)
        draft.unlink()
        self.assertEqual(self._outcomes((gone | self.rmas[0].with_user(self.agent)).decide_each("approve"))[1], "done")

    def test_strangers_and_the_dock_decide_nothing(self):
        docker = new_test_user(self.env, "dock_only", groups="aftersales_crm.aftersales_crm_group_dock")
        for user in (self.stranger, docker):
            self.assertEqual(self._outcomes(self.rmas[0].with_user(user).decide_each("approve")), ["failed"])
            with self.assertRaises(AccessError):
                self.rmas[0].with_user(user).action_approve()
        self.assertEqual(self.rmas[0].state, "submitted")

    def test_an_unknown_decision_and_too_many_are_refused(self):
        rmas = self.rmas.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "at most 100"):
            rmas.decide_each("pay")
        with self.assertRaisesRegex(UserError, "at most 100"):
            rmas.browse(range(1, 102)).decide_each("approve")

    def test_the_list_tells_what_a_clerk_needs(self):
        rma = self._rma(self.order, photos=[{"name": "dent.png", "data": PIXEL}])
        self.env.invalidate_all()
        rma = rma.with_user(self.agent)
        read = rma.web_read(
            {
                name: {}
                for name in ("decide_goods", "decide_basis", "decide_why", "waiting_days", "photo_ids", "can_approve")
            }
        )[0]
        self.assertEqual(read["decide_goods"], "1 × Kettle · Changed my mind")
        self.assertEqual(read["decide_basis"], "Withdrawal")
        self.assertEqual((read["waiting_days"], read["can_approve"], len(read["photo_ids"])), (0, True, 1))
