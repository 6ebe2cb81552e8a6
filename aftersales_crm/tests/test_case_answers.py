from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestCaseAnswers(AftersalesCommon):
    """While answering, what has helped others is offered: as far as the agent may read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.solved = cls._solved("Washer leaks at the door", "<p>Replace the <b>door seal</b></p>", cls.washer)
        cls.other = cls._solved("Invoice was lost", "<p>Sent again from the archive</p>")
        cls.case = cls._case("My washer is leaking!", product_id=cls.washer.id)

    @classmethod
    def _case(cls, subject, **vals):
        return cls.env["aftersales.case"].create({"subject": subject, "partner_id": cls.customer.id, **vals})

    @classmethod
    def _solved(cls, subject, solution, product=None, **vals):
        case = cls._case(subject, product_id=product.id if product else False, **vals)
        case.action_solve(solution)
        return case

    def _found(self, query=False, user=None):
        suggestions = self.case.with_user(user or self.agent_all).answer_suggestions(query)
        return [solution["id"] for solution in suggestions["solutions"]]

    def test_what_has_helped_others_is_offered(self):
        kettle = self._solved("Kettle leaks", "<p>New lid</p>", self.kettle)
        self.assertEqual(self._found(), [self.solved.id, kettle.id])
        self.assertEqual(self._found("door seals"), [self.solved.id])
        self.assertEqual(self._found("ARCHIVED"), [self.other.id])
        self.assertEqual(self._found("lid door"), [self.solved.id, kettle.id])
        for nothing in ("xyzzy", "' | !", "a & b", "\\", "<p>", "b", 7):
            with self.subTest(query=nothing):
                self._found(nothing)
        self.solved.action_reopen()
        self.assertEqual(self._found(), [kettle.id])

    def test_rights_and_company_decide_in_the_query(self):
        company = self.env["res.company"].create({"name": "Second shop"})
        foreign = self._solved("Washer leaks", "<p>Secret</p>", company_id=company.id)
        self.solved.user_id = self.manager
        self.assertFalse(self._found(user=self.agent))
        self.agent_all.company_ids |= company
        self.assertEqual(self._found(), [self.solved.id])
        self.assertNotIn(foreign.id, self._found())
        with self.assertRaises(AccessError):
            self._found(user=self.stranger)
        portal = new_test_user(self.env, "answers_portal", groups="base.group_portal")
        self.case.partner_id = portal.partner_id
        with self.assertRaises(AccessError):
            self._found(user=portal)

    def test_documents_of_the_product_are_offered(self):
        template = self.washer.product_tmpl_id
        documents = self.env["product.document"].create(
            [
                {"name": name, "raw": text, "mimetype": "text/plain", "res_model": model, "res_id": res_id}
                for name, text, model, res_id in (
                    ("Manual", b"How to wash wool", "product.template", template.id),
                    ("Leaflet", b"When it is leaking, close the tap", "product.product", self.washer.id),
                    ("Foreign", b"leaking", "product.template", self.kettle.product_tmpl_id.id),
                )
            ]
        )
        names = [row["name"] for row in self.case.with_user(self.agent).answer_suggestions()["documents"]]
        self.assertEqual(names, ["Leaflet", "Manual"])
        found = self.case.with_user(self.agent).answer_suggestions("wool")["documents"]
        self.assertEqual([row["id"] for row in found], documents[0].ir_attachment_id.ids)

    def test_templates_are_offered_and_the_composer_is_filled_in(self):
        names = [row["name"] for row in self.case.with_user(self.agent).answer_suggestions()["templates"]]
        self.assertIn("Ask for photos", names)
        context = self.case.with_user(self.agent).action_answer()["context"]
        composer = self.env["mail.compose.message"].with_user(self.agent).with_context(**context).create({})
        self.assertEqual((composer.partner_ids, composer.subject), (self.customer, "Re: My washer is leaking!"))
        composer.template_id = self.env.ref("aftersales_crm.mail_template_case_photos")
        self.assertIn("Hello Ada Kowalska", composer.body)
        composer.action_send_mail()
        self.assertTrue(self.case.last_answer_at)
        self.assertFalse(self.case.waiting_since)

    def test_the_index_serves_the_search(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        words = self.case._search_words("leaks")
        vector = self.env["aftersales.case"]._solutions.get_definition(self.env.registry)
        self.assertIn("gin", vector)
        expression = vector.split("(", 1)[1].rsplit(") WHERE", 1)[0]
        self.env.cr.execute(
            f"EXPLAIN SELECT id FROM aftersales_case WHERE solution IS NOT NULL AND {expression}"
            " @@ to_tsquery('simple', %s)",
            (f"{words[0]}:*",),
        )
        self.assertIn("aftersales_case_solutions", "".join(row for (row,) in self.env.cr.fetchall()))
