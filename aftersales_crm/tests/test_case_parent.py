import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import AftersalesCommon


class TestCaseParent(AftersalesCommon):
    """One fault of many customers: answered, solved and closed at once, each customer by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Owner {number}", "email": f"owner{number}@example.com"} for number in range(3)]
        )
        cls.cases = cls.env["aftersales.case"].create(
            [{"subject": "Pump leaks", "partner_id": partner.id} for partner in cls.partners]
        )
        cls.parent = cls._attach(cls.cases, cls.agent)

    @classmethod
    def _attach(cls, cases, user, **vals):
        context = cases.with_user(user).action_open_attach()["context"]
        wizard = cls.env["aftersales.case.attach"].with_user(user).with_context(**context)
        action = wizard.create({"subject": "Series B", **vals}).action_attach()
        return cls.env["aftersales.case"].browse(action["res_id"])

    def _run(self, method, user=None, **vals):
        """As the web client does it: the wizard, then chunk by chunk; gives the answers by case."""
        parent = self.parent.with_user(user or self.agent)
        wizard = Form(
            self.env["aftersales.case.batch"]
            .with_user(user or self.agent)
            .with_context(**getattr(parent, method)()["context"])
        )
        for name, value in vals.items():
            setattr(wizard, name, value)
        self.wizard = wizard.save()
        params = json.loads(json.dumps(self.wizard.action_run()["params"]))
        answers = self.wizard.run_each(params["ids"])
        return {answer["id"]: answer["outcome"] for answer in answers}

    def test_cases_are_put_together(self):
        self.assertEqual((self.cases.parent_id, self.parent.child_count), (self.parent, 3))
        self.assertEqual((self.parent.type, self.parent.user_id), ("problem", self.agent))
        with self.assertRaisesRegex(UserError, "name a new one"):
            self._attach(self.cases, self.agent, subject=False)
        with self.assertRaises(ValidationError):
            self._attach(self.parent, self.agent)
        with self.assertRaises(AccessError):
            self._attach(self.cases, self.stranger)

    def test_each_customer_gets_a_mail_of_their_own(self):
        note = self.env["ir.attachment"].with_user(self.agent).create({"name": "how.txt", "raw": b"Close the tap"})
        self.cases[2].write({"partner_id": False, "email_from": False})
        outcomes = self._run("action_answer_children", body="<p>A new pump is on its way.</p>")
        self.assertEqual(list(outcomes.values()).count("done"), 2)
        self.assertEqual(outcomes[self.cases[2].id], "failed")
        for case in self.cases[:2]:
            message = case.message_ids.filtered(lambda m: m.message_type == "comment")
            self.assertEqual(message.partner_ids, case.partner_id)
            self.assertEqual(message.notified_partner_ids & self.partners, case.partner_id)
            self.assertTrue(case.last_answer_at)
        again = self.wizard.run_each(self.cases.ids)
        self.assertEqual([answer["outcome"] for answer in again], ["already", "already", "failed"])
        self.wizard.attachment_ids = note
        fourth = self.cases.create({"subject": "Mine too", "partner_id": self.customer.id, "parent_id": self.parent.id})
        self.wizard.run_each(fourth.ids)
        copy = fourth.message_ids.attachment_ids
        self.assertEqual((copy.res_id, copy.raw, copy == note), (fourth.id, b"Close the tap", False))

    def test_a_template_speaks_the_language_of_each(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("aftersales_crm.mail_template_case_solved").copy({"name": "News"})
        template.body_html = "<p>Hello <t t-out='object.partner_id.name'/></p>"
        template.with_context(lang="fr_FR").body_html = "<p>Bonjour <t t-out='object.partner_id.name'/></p>"
        self.partners[1].lang = "fr_FR"
        self._run("action_answer_children", template_id=template)
        bodies = [case.message_ids.filtered(lambda m: m.message_type == "comment").body for case in self.cases]
        for body, words in zip(bodies, ("Hello Owner 0", "Bonjour Owner 1", "Hello Owner 2"), strict=True):
            self.assertIn(words, body)

    def test_all_are_solved_and_closed(self):
        self.cases[0].user_id = self.manager  # out of the agent's sight
        outcomes = self._run("action_solve_children", solution="<p>New pump</p>")
        self.assertEqual(outcomes[self.cases[0].id], "failed")
        self.assertEqual((self.cases[1:] | self.parent).mapped("state"), ["solved"] * 3)
        self.assertIn("New pump", self.cases[1].solution)
        self.assertEqual(set(self._run("action_solve_children", self.manager).values()), {"done", "already"})
        self._run("action_close_children", self.manager)
        self.assertEqual(set((self.cases | self.parent).mapped("state")), {"closed"})

    def test_only_the_cases_of_the_fault_are_touched(self):
        foreign = self.env["aftersales.case"].create({"subject": "Else", "partner_id": self.customer.id})
        self._run("action_solve_children")
        for ids in (foreign.ids, ["x"], [[1]], "1", list(range(1, 200))):
            with self.subTest(ids=ids), self.assertRaises(UserError):
                self.wizard.run_each(ids)
        with self.assertRaisesRegex(UserError, "Write an answer"):
            self._run("action_answer_children")
        with self.assertRaises(AccessError):
            self.parent.with_user(self.stranger).action_answer_children()
        self.assertTrue(foreign.is_open)
