from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import AftersalesCommon


class TestCaseMerge(AftersalesCommon):
    """Several cases about the same matter become one, with everything that belongs to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls._cases("It leaks", "Still leaks")
        cls.other = cls._cases("Mine too", partner_id=cls.stranger.partner_id.id)

    @classmethod
    def _cases(cls, *subjects, **vals):
        base = {"partner_id": cls.customer.id}
        return cls.env["aftersales.case"].create([{**base, "subject": subject, **vals} for subject in subjects])

    def _merge(self, cases, user, **vals):
        context = cases.with_user(user).action_open_merge()["context"]
        wizard = Form(self.env["aftersales.case.merge"].with_user(user).with_context(**context))
        for name, value in vals.items():
            setattr(wizard, name, value)
        return wizard.save().action_merge()

    def test_what_belongs_to_a_case_moves_with_it(self):
        order = self._sold((self.kettle, 1))
        message = self.second.message_post(body="Look", attachments=[("photo.txt", b"wet")], message_type="comment")
        self.second.message_subscribe(self.stranger.partner_id.ids)
        self.second.write({"sale_order_id": order.id})
        rma = self.env["aftersales.rma"].create({"partner_id": self.customer.id, "case_id": self.second.id})
        self.second.activity_schedule("mail.mail_activity_data_todo", user_id=self.agent.id)
        call = {"res_model": self.second._name, "res_id": self.second.id, "said": "Asked when"}
        self.env["aftersales.call.log"].with_user(self.agent).create(call).action_log()
        action = self._merge(self.first | self.second, self.agent)
        self.env.cr.flush()
        self.assertEqual(action["res_id"], self.first.id)
        self.assertEqual((message.res_id, message.attachment_ids.res_id), (self.first.id, self.first.id))
        self.assertIn(self.stranger.partner_id, self.first.message_partner_ids)
        self.assertEqual((rma.case_id, self.first.sale_order_id), (self.first, order))
        self.assertEqual(len(self.first.activity_ids), 1)
        self.assertEqual((self.second.state, self.second.merged_into_id), ("cancelled", self.first))
        self.assertIn(self.first.name, self.second.message_ids[0].body)
        self.assertEqual(self.env["aftersales.event"].search([("title", "like", "Asked when")]).res_id, self.first.id)
        before = len(self.first.message_ids)
        self._merge(self.first | self.second, self.agent, target_id=self.first)
        self.assertEqual(len(self.first.message_ids), before)

    def test_what_was_promised_moves_with_it(self):
        promises = self.env["aftersales.commitment"]
        soon, late = (fields.Datetime.now() + timedelta(hours=hours) for hours in (2, 40))
        promises._promise(self.first, "delivery", on=late)
        promises._promise(self.second, "delivery", on=soon)
        promises._promise(self.second, "replacement", on=late)
        feedback = self.env["aftersales.feedback"]._ask(self.second)
        self._merge(self.first | self.second, self.agent)
        owed = {promise.kind: promise.promised_on for promise in self.first.commitment_ids}
        self.assertEqual((owed["delivery"], owed["replacement"]), (soon, late))
        self.assertFalse(self.second.commitment_ids.filtered(lambda promise: not promise.closing))
        self.assertEqual(feedback.case_id, self.first)

    def test_visits_and_goodwill_move_with_it(self):
        self.company.aftersales_goodwill_limit = 20.0
        self.plug = self._product("Plug", standard_price=4.0)
        self._stock(self.plug, 10)
        visit = self.env["aftersales.case"].browse(self.second.with_user(self.agent).action_make_visit()["res_id"])
        gift = {"type": self._remedy("gift"), "reason": "Late", "product": self.plug, "quantity": 4}
        given = self.second.with_user(self.agent)._give(gift)
        self._merge(self.first | self.second, self.agent)
        self.assertEqual((visit.origin_case_id, self.first.visit_count), (self.first, 1))
        self.assertEqual((given.case_id, self.first.goodwill_total), (self.first, 16.0))
        more = self.first.with_user(self.agent)._give({**gift, "quantity": 2})
        self.assertEqual(more.approval, "waiting", "what was given before counts towards the limit")

    def test_a_visit_that_is_expected_stays(self):
        start = fields.Datetime.now() + timedelta(days=3)
        vals = {"type": "visit", "visit_kind": "home_repair"}
        asked = self._cases("Come", **vals)
        promised = self._cases("Come", visit_from=start, visit_to=start + timedelta(hours=2), **vals)
        with self.assertRaisesRegex(UserError, "let it stay"):
            (promised | self.first).with_user(self.agent)._merge_into(self.first)
        (promised | asked).with_user(self.agent)._merge_into(promised)
        self.assertEqual((asked.merged_into_id, promised.is_open), (promised, True))

    def test_different_customers_stay_apart_unless_a_manager_says_so(self):
        both = self.first | self.other
        with self.assertRaisesRegex(UserError, "different customers"):
            self._merge(both, self.agent_all)
        with self.assertRaisesRegex(UserError, "different customers"):
            both.with_user(self.agent_all)._merge_into(self.first, confirmed=True)
        with self.assertRaisesRegex(UserError, "different customers"):
            self._merge(both, self.manager)
        self._merge(both, self.manager, is_confirmed=True)
        self.assertEqual(self.other.merged_into_id, self.first)

    def test_nobody_merges_into_a_merged_one_or_without_rights(self):
        (self.second).with_user(self.agent)._merge_into(self.first)
        third = self._cases("Again")
        with self.assertRaisesRegex(UserError, "was merged"):
            third.with_user(self.agent)._merge_into(self.second)
        third.user_id = self.manager
        with self.assertRaises(AccessError):
            third.with_user(self.agent)._merge_into(self.first)
        with self.assertRaises(AccessError):
            third.with_user(self.stranger).action_open_merge()
