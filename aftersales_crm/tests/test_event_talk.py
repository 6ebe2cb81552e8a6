from datetime import timedelta

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import AftersalesCommon


class TestEventTalk(AftersalesCommon):
    """Calls and messages in the customer history, and the history in pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))
        cls.rma = cls._rma(cls.order).sudo()
        cls.case = cls.env["aftersales.case"].create({"subject": "It whistles", "partner_id": cls.customer.id})
        cls.events = cls.env["aftersales.event"]
        cls.events._rebuild()

    def _of(self, *kinds):
        self.env.cr.flush()
        return self.events.search([("partner_id", "=", self.customer.id), ("kind", "in", kinds)])

    def _rows(self):
        self.env.cr.flush()
        self.env.cr.execute("SELECT source_key, res_model, res_id, kind, date, title, user_id FROM aftersales_event")
        return sorted(self.env.cr.fetchall())

    def _log(self, document, said="Works again", user=None):
        log = self.env["aftersales.call.log"].with_user(user or self.agent)
        log = log.with_context(default_res_model=document._name, default_res_id=document.id)
        with Form(log) as form:
            form.said = said
        return form.record.action_log()

    def test_a_call_is_logged_on_customer_order_return_and_case(self):
        for document in (self.customer, self.order, self.case, self.rma):
            self._log(document)
        calls = self._of("call")
        self.assertEqual(
            {(call.res_model, call.res_id) for call in calls},
            {(record._name, record.id) for record in (self.customer, self.order, self.case, self.rma)},
        )
        self.assertEqual(calls.user_id, self.agent)
        about_order = calls.filtered(lambda call: call.res_model == "sale.order")
        self.assertEqual(about_order.title, f"{self.order.name} · The customer called · Works again")
        self.assertFalse(self.order.activity_ids, "nothing is left to do")

    def test_a_planned_call_counts_when_it_is_made(self):
        activity = self.order.activity_schedule("mail.mail_activity_data_call", summary="Ask how it goes")
        self.assertFalse(self._of("call"))
        activity.action_feedback("All is <b>well</b>")
        self.assertIn("Ask how it goes", self._of("call").title)
        todo = self.order.activity_schedule("mail.mail_activity_data_todo", summary="Look it up")
        todo.action_feedback("Done")
        self.assertEqual(len(self._of("call")), 1, "only calls are")

    def test_who_may_not_read_a_document_logs_no_call_on_it(self):
        other = self.env["aftersales.case"].create(
            {"subject": "Another's", "partner_id": self.customer.id, "user_id": self.agent_all.id}
        )
        with self.assertRaises(AccessError):
            self._log(other)
        with self.assertRaises(UserError):
            self._log(self.company)
        with self.assertRaises(UserError):
            self._log(self.order, said="  ")

    def test_what_people_write_is_history_and_what_the_system_writes_is_not(self):
        comment = "mail.mt_comment"
        self.order.message_post(body=Markup("<p>When does it&nbsp;come?</p>"), author_id=self.customer.id,
                                message_type="email", subtype_xmlid=comment)  # fmt: skip
        self.rma.with_user(self.agent).message_post(body="Tomorrow", message_type="comment", subtype_xmlid=comment)
        self.case.message_post(body="A note", message_type="comment", subtype_xmlid="mail.mt_note")
        self.case.message_post(body="Sent by itself", message_type="notification", subtype_xmlid=comment)
        self.case.message_post(body="Away", message_type="auto_comment", subtype_xmlid=comment)
        messages = self._of("message")
        self.assertEqual(
            sorted((message.title, message.user_id) for message in messages),
            sorted([(f"{self.order.name} · When does it come?", self.env["res.users"]),
                    (f"{self.rma.name} · Tomorrow", self.agent)]),
        )  # fmt: skip

    def test_a_rebuild_equals_what_the_hooks_wrote(self):
        comment = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self._log(self.case)
        self._log(self.customer, "Thanks " * 40)
        gone = self.case.message_post(body="Never mind", **comment)
        changed = self.case.message_post(body="It whistles", **comment)
        self.env.cr.flush()
        gone.unlink()
        self.case._message_update_content(changed, body=Markup("It <i>sings</i> &amp; whistles"))
        self.case.subject = "It sings"
        call = self.env["mail.activity"].with_context(active_test=False).search([("res_model", "=", "aftersales.case")])
        call.feedback = "She hangs up"
        rows = self._rows()
        titles = [row[5] for row in rows]
        self.assertIn(f"{self.case.name} · It sings & whistles", titles)
        self.assertIn(f"{self.case.name} · The customer called · She hangs up", titles)
        self.events._rebuild()
        self.assertEqual(self._rows(), rows)
        self.env.cr.execute("DELETE FROM aftersales_event")
        self.events._rebuild()
        self.assertEqual(self._rows(), rows)
        call.action_unarchive()
        self.assertNotIn(f"mail.activity,{call.id}", [row[0] for row in self._rows()])

    def test_calls_and_messages_follow_the_rights_on_their_document(self):
        self.case.user_id = self.agent_all
        self._log(self.case, user=self.agent_all)
        self._log(self.customer)
        self.env.cr.flush()
        domain = [("partner_id", "=", self.customer.id), ("kind", "=", "call")]
        self.assertEqual(self.events.with_user(self.agent).search(domain).res_model, "res.partner")
        self.assertEqual(len(self.events.with_user(self.agent_all).search(domain)), 2)

    # === Pages === #

    def test_pages_neither_skip_nor_repeat_and_a_company_has_those_of_its_contacts(self):
        firm = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        people = self.env["res.partner"].create([{"name": name, "parent_id": firm.id} for name in ("Bo", "Cy")])
        for number in range(9):
            self._log(people[number % 2], f"Call {number}")
        self.env.cr.flush()
        events, seen, cursor = self.events.with_user(self.agent), [], False
        while True:
            page, cursor = events._page(firm, 4, cursor)
            seen += page.ids
            if not cursor:
                break
        self.assertEqual(seen, events.search([("commercial_partner_id", "=", firm.id)]).ids)
        self.assertEqual(len(seen), 9)
        self.assertEqual(len(events._page(people[0], 40)[0]), 5)
        year = events.browse(seen[0]).date.year
        self.assertEqual(len(events._page(firm, 40, kinds=["call"], year=year)[0]), 9)
        self.assertFalse(events._page(firm, 40, year=year - 1)[0])

    def test_the_web_client_reads_a_page_with_what_is_open(self):
        # Not due yet, whatever the hour and the time zone.
        self.order.invoice_ids.invoice_date_due = self.company._aftersales_today() + timedelta(days=7)
        events = self.events.with_user(self.agent)
        found = events.read_timeline("sale.order", self.order.id)
        self.assertEqual(found["customer"]["id"], self.customer.id)
        self.assertLessEqual(
            {"order", "delivery", "invoice", "return", "case"}, {row["kind"] for row in found["events"]}
        )
        self.assertFalse(found["next"])
        opened = {group["key"]: group for group in found["open"]}
        self.assertEqual(opened["cases"]["records"][0]["res_id"], self.case.id)
        self.assertEqual(opened["returns"]["records"][0]["res_id"], self.rma.id)
        self.assertEqual(opened["unpaid"]["records"][0]["amount"], 200.0)
        self.assertIn(self.env.cr.now().year, found["years"])
        only = events.read_timeline("res.partner", self.customer.id, kind="return")
        self.assertEqual({row["kind"] for row in only["events"]}, {"return"})
        action = events.open_document("aftersales.case", self.case.id)
        self.assertEqual((action["res_model"], action["res_id"]), ("aftersales.case", self.case.id))

    def test_odd_questions_are_refused_in_words(self):
        events = self.events.with_user(self.agent)
        odd = (
            (("res.users", 2), {}),
            (("res.partner", 2**40), {}),
            (("res.partner", "1"), {}),
            (("res.partner", [1]), {}),
            ((["res.partner"], 1), {}),
            (("sale.order", self.order.id), {"before": "zzz"}),
            (("sale.order", self.order.id), {"before": "MjAyNi0wMS0wMXw5OTk5OTk5OTk5OQ=="}),
            (("sale.order", self.order.id), {"kind": "zzz"}),
            (("sale.order", self.order.id), {"kind": ["order"]}),
            (("sale.order", self.order.id), {"year": 12}),
            (("sale.order", self.order.id), {"year": "2026"}),
        )
        for args, options in odd:
            with self.subTest(args=args, **options), self.assertRaises(UserError):
                events.read_timeline(*args, **options)

    def test_the_timeline_is_for_agents(self):
        with self.assertRaises(AccessError):
            self.events.with_user(self.stranger).read_timeline("res.partner", self.customer.id)
        hidden = self.env["aftersales.case"].create({"subject": "Not theirs", "user_id": self.agent_all.id})
        with self.assertRaises(AccessError):
            self.events.with_user(self.agent).open_document("aftersales.case", hidden.id)
