from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import AftersalesCommon

# what happened on which day of March 2026 (asked on the 10th, answered within 14 days) → status on the day asked about
TOLD = [
    ([], 24, "due"),
    ([], 25, "accepted"),
    ([("reject", 12)], 24, "due"),
    ([("reject", 12)], 25, "accepted"),
    ([("approve", 12)], 25, "accepted"),
    ([("reject", 12), ("mail", 13)], 25, "answered"),
    ([("reject", 12), ("mail", 24)], 25, "answered"),
    ([("reject", 12), ("mail", 25)], 26, "accepted"),
    ([("approve", 12), ("mail", 26)], 27, "late"),
    ([("mail", 11), ("reject", 12)], 25, "accepted"),
    ([("reject", 12), ("failed", 13)], 25, "accepted"),
    ([("reject", 12), ("failed", 13), ("mail", 14)], 25, "answered"),
    ([("reject", 12), ("note", 13)], 25, "accepted"),
    ([("reject", 12), ("customer", 13)], 25, "accepted"),
    ([("reject", 12), ("phone", 13)], 25, "answered"),
    ([("reject", 12), ("phone", 25)], 26, "accepted"),
    ([("cancel", 12)], 25, False),
]


@freeze_time("2026-03-10 12:00:00")
class TestClaimSilence(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.laws = cls.env["aftersales.jurisdiction"].search([("country_ids", "in", cls.poland.ids)])
        cls.laws.write({"answer_days": 14, "silence": "accepted"})
        cls.order = cls._sold((cls.kettle, 40))

    def _claim(self, **item):
        item.setdefault("reason", self._reason("defective"))
        return self._rma(self.order, **item)

    def _step(self, rma, step):
        if step == "reject":
            rma.action_reject("It was dropped.")
        elif step == "approve":
            rma.action_approve()
        elif step == "cancel":
            rma.action_cancel()
        elif step == "note":
            rma.message_post(body="Told nobody.")
        elif step == "phone":
            wizard = Form(self.env["aftersales.rma.answer"].with_user(self.agent).with_context(default_rma_id=rma.id))
            wizard.note = "She was not amused."
            wizard.save().action_note()
        else:
            self._write(rma, step)

    def _write(self, rma, step):
        """A message to the customer, whose mail goes or fails, or one of the customer's own."""
        author = {"author_id": self.customer.id} if step == "customer" else {}
        message = rma.message_post(
            body="About your kettle.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
            **author,
        )
        notification = self.env["mail.notification"].sudo().search([("mail_message_id", "=", message.id)])
        notification.notification_status = "exception" if step == "failed" else "sent"

    def test_only_what_was_sent_is_an_answer(self):
        for steps, day, status in TOLD:
            with self.subTest(steps=steps, day=day):
                rma = self._claim()
                self.assertEqual((rma.answer_due_on, rma.answer_law_id.answer_days), (date(2026, 3, 24), 14))
                for step, on in steps:
                    with freeze_time(f"2026-03-{on} 12:00:00"):
                        self._step(rma, step)
                rma.invalidate_recordset()
                with freeze_time(f"2026-03-{day} 12:00:00"):
                    self.assertEqual(rma.answer_status, status)
                    found = rma.search([("id", "=", rma.id), ("answer_status", "=", status)])
                    self.assertEqual(found, rma)
                    rest = rma.search([("id", "=", rma.id), ("answer_status", "!=", status)])
                    self.assertFalse(rest)

    def test_the_mail_of_the_decision_is_an_answer(self):
        steps = self.env["aftersales.mail.step"].search([("code", "=", "refused")])
        steps.with_company(self.company).write({"since": date(2026, 1, 1)})
        rma = self._claim()
        rma.action_reject("It was dropped.")
        self.env.flush_all()
        self.env.cr.precommit.run()
        rma.invalidate_recordset()
        self.assertEqual(rma.answer_status, "due", "called for, not made")
        rma.sudo().mail_ids._send_last()
        rma.invalidate_recordset()
        self.assertEqual(rma.answer_status, "answered")
        self.env["mail.mail"].sudo().search([("res_id", "=", rma.id)]).state = "exception"
        rma.invalidate_recordset()
        self.assertEqual(rma.answer_status, "due", "it failed")

    def test_only_complaints_of_consumers_are_answered_in_time_by_law(self):
        business = self.env["res.partner"].create({"name": "B", "is_company": True, "country_id": self.poland.id})
        changed = self._rma(self.order)
        damaged = self._claim(reason=self._reason("wrong_item"))
        bought = self._sold((self.kettle, 1), partner=business)
        asked = self._rma(bought, reason=self._reason("defective"))
        self.assertEqual((changed.answer_due_on, asked.answer_due_on), (False, False))
        self.assertEqual(damaged.answer_due_on, date(2026, 3, 24))
        self.laws.answer_days = 0
        self.assertFalse(self._claim().answer_due_on)

    def test_silence_without_a_consequence_is_late_and_no_more(self):
        self.laws.silence = "nothing"
        rma = self._claim()
        with freeze_time("2026-04-01 12:00:00"):
            rma.invalidate_recordset()
            self.assertEqual(rma.answer_status, "overdue")
            self.assertNotIn("accepted", rma.answer_words)

    def test_silence_is_told_where_it_matters(self):
        rma = self._claim()
        with freeze_time("2026-04-01 12:00:00"):
            rma.invalidate_recordset()
            self.assertIn("counts as accepted", rma.answer_words)
            wizard = self.env["aftersales.rma.reject"].with_user(self.agent).create({"rma_id": rma.id, "reason": "No."})
            self.assertIn("counts as accepted", wizard.answer_words)
            row = rma.decide_each("reject", "No.")[0]
            self.assertEqual((row["outcome"], rma.state), ("failed", "submitted"))
            self.assertIn("counts as accepted", row["message"])
            queues = {q["key"]: q for q in self.env["aftersales.rma"].with_user(self.agent_all).overview()["queues"]}
            self.assertGreaterEqual(queues["answer"]["count"], 1)
            self.assertIn("may count as accepted", queues["answer"]["late"])
            wizard.action_reject()
            self.assertEqual(rma.state, "rejected")

    def test_an_answer_is_noted_once_it_was_given(self):
        rma = self._claim()
        note = self.env["aftersales.rma.answer"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "Decide"):
            note.create({"rma_id": rma.id}).action_note()
        rma.action_reject("It was dropped.")
        for moment, message in (("2026-03-10 12:00:01", "future"), ("2026-03-08 12:00:00", "before")):
            with self.subTest(moment=moment), self.assertRaisesRegex(UserError, message):
                note.create({"rma_id": rma.id, "answered_at": moment}).action_note()
        note.create({"rma_id": rma.id, "channel": "letter", "note": "Registered mail."}).action_note()
        self.assertIn("Registered mail.", rma.message_ids[0].body)
        with self.assertRaises(UserError):
            rma.write({"answer_noted_at": "2026-03-10 11:00:00"})
        rma.sudo().user_id = self.manager
        with self.assertRaises(AccessError):
            note.create({"rma_id": rma.id}).action_note()
