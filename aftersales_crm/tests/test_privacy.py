import io
import json
import zipfile

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import PIXEL, AftersalesCommon

NAME, MAIL, PHONE, WORD = "Zebulon Quist", "zebulon.quist@example.com", "+48 600 700 800", "xylophone"


class PrivacyCommon(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.env["res.partner"].create(
            {"name": NAME, "email": MAIL, "phone": PHONE, "country_id": cls.poland.id}
        )
        cls.order = cls._sold((cls.kettle, 2), partner=cls.person)
        cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=cls.order.invoice_ids.ids
        ).create({})._create_payments()
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment", "author_id": cls.person.id}
        cls.order.message_post(body=f"{NAME}: my {WORD} rings", **said)
        cls.rma = cls._rma(cls.order, vals={"note": f"{WORD} of {NAME}"}, description=f"The {WORD} is cracked").sudo()
        cls.rma.message_post(body=Markup("<p>Call %s</p>") % PHONE, attachments=[("a.txt", b"letter")], **said)
        cls.rma.line_ids.photo_ids = [Command.create({"name": f"{WORD}.png", "datas": PIXEL})]
        cls.case = cls.env["aftersales.case"].create(
            {"subject": f"{NAME} asks", "description": WORD, "partner_id": cls.person.id}
        )
        cls.guest_case = cls.env["aftersales.case"].create({"subject": f"A {WORD}", "email_from": f"{NAME} <{MAIL}>"})
        cls.env["aftersales.call.log"].create(
            {"res_model": "res.partner", "res_id": cls.person.id, "said": f"{NAME} wants a {WORD}"}
        ).action_log()
        cls.feedback = cls.env["aftersales.feedback"].create(
            {
                "partner_id": cls.person.id,
                "commercial_partner_id": cls.person.id,
                "company_id": cls.company.id,
                "sale_order_id": cls.order.id,
                "nps": 9,
                "comment": f"Love my {WORD}, {NAME}",
                "consent": True,
                "asked_at": fields.Datetime.now(),
                "answered_at": fields.Datetime.now(),
            }
        )
        failed = {"state": "failed", "detail": f"{MAIL} is unknown"}
        steps = cls.env["aftersales.mail.step"].search([])
        for step, model, link in (
            ("case_received", "case", {"case_id": cls.case.id}),
            ("case_closed", "case", {"case_id": cls.guest_case.id}),
            ("shipped", "delivery", {"picking_id": cls.order.picking_ids[:1].id}),
        ):
            step_id = steps.filtered(lambda one, code=step: one.code == code).id
            cls.env[f"aftersales.{model}.mail"].create({**failed, **link, "step_id": step_id})
        cls.env.cr.flush()

    def _settle(self):
        """Close all that is open."""
        self.rma.action_approve()
        self._receive(self.rma)
        self.rma.action_settle()
        for refund in self.rma.refund_ids:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=refund.ids
            ).create({})._create_payments()
        (self.case | self.guest_case).action_solve(f"Gave {NAME} a new {WORD}")
        self.env.cr.flush()


@tagged("-at_install", "post_install")
class TestPrivacy(PrivacyCommon):
    """A customer's after-sales record, without the customer."""

    def _found(self):
        """Columns of our tables, and messages of our documents, where something personal is left."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb')
                  AND (table_name LIKE 'aftersales%'
                       OR table_name IN ('mail_message', 'mail_tracking_value', 'mail_activity', 'mail_mail'))"""
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT id FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s)',
                [[f"%{text}%" for text in (NAME, MAIL, WORD, PHONE)]],
            )
            found += [(table, column, row[0]) for row in self.env.cr.fetchall()]
        return found

    def _wizard(self):
        return self.env["privacy.lookup.wizard"].create({"name": NAME, "email": MAIL})

    def test_what_is_open_is_refused_with_the_list_of_it(self):
        with self.assertRaises(UserError) as refused:
            self._wizard().action_aftersales_anonymise()
        for open_matter in (self.rma, self.case, self.guest_case):
            self.assertIn(open_matter.name, str(refused.exception))
        self.assertIn(NAME, self.feedback.comment, "nothing was half done")

    def test_nothing_tells_who_it_was_and_the_figures_stay(self):
        self._settle()
        self.assertGreater(len(self._found()), 10)
        kept = (
            self.order.amount_total,
            self.rma.refunded_total,
            self.rma.name,
            sorted(self.order.invoice_ids.mapped("name")),
        )
        files = self.rma.line_ids.photo_ids.ids
        self._wizard().action_aftersales_anonymise()
        # Orders and their mails keep what Odoo's own documents say: those of ours say nothing.
        rows = [row for row in self._found() if not self._is_of_odoo(*row)]
        self.assertEqual(rows, [])
        self.assertFalse(self.env["ir.attachment"].browse(files).exists())
        self.assertFalse(self.rma.message_attachment_count)
        self.assertEqual(
            (
                self.order.amount_total,
                self.rma.refunded_total,
                self.rma.name,
                sorted(self.order.invoice_ids.mapped("name")),
            ),
            kept,
        )
        self.assertEqual((self.feedback.nps, self.feedback.mood), (9, "promoter"))
        self.assertEqual(self.person.name, NAME, "the contact is Odoo's to archive or delete")
        events = self.env["aftersales.event"].search([("partner_id", "=", self.person.id)])
        self.assertLessEqual({"order", "invoice", "return", "case", "feedback", "call"}, set(events.mapped("kind")))

    def _is_of_odoo(self, table, column, row_id):
        if table not in ("mail_message", "mail_mail", "mail_tracking_value"):
            return False
        message = self.env["mail.message" if table == "mail_message" else table.replace("_", ".")].browse(row_id)
        message = message if table == "mail_message" else message.mail_message_id
        return message.model not in ("aftersales.rma", "aftersales.case", "aftersales.withdrawal") and (
            message.message_type not in ("email", "comment")
        )

    def test_doing_it_again_changes_nothing_and_each_time_is_on_record(self):
        self._settle()
        for _time in range(2):
            self._wizard().action_aftersales_anonymise()
        logs = self.env["privacy.log"].search([], order="id desc", limit=2)
        self.assertEqual(len(logs), 2)
        for log in logs:
            self.assertIn("anonymised", log.execution_details)
            self.assertNotIn("Zebulon", log.anonymized_name)
        events = self.env["aftersales.event"]
        self.env.cr.flush()
        self.env.cr.execute("SELECT source_key, title FROM aftersales_event ORDER BY source_key")
        rows = self.env.cr.fetchall()
        events._rebuild()
        self.env.cr.execute("SELECT source_key, title FROM aftersales_event ORDER BY source_key")
        self.assertEqual(self.env.cr.fetchall(), rows)

    def test_others_are_left_alone(self):
        other = self._rma(self._sold((self.kettle, 1)), vals={"note": "Not of your business"}).sudo()
        namesake = self.env["res.partner"].create({"name": NAME, "email": "another@example.com"})
        told = self.env["aftersales.case"].create({"subject": "A namesake asks", "partner_id": namesake.id})
        self._settle()
        self._wizard().action_aftersales_anonymise()
        self.assertEqual((other.note, told.subject), ("Not of your business", "A namesake asks"))

    def test_the_lookup_names_feedback_too(self):
        wizard = self._wizard()
        wizard.action_lookup()
        found = {(line.res_model, line.res_id) for line in wizard.line_ids}
        for record in (self.feedback, self.rma, self.case, self.guest_case):
            self.assertIn((record._name, record.id), found)

    def test_it_is_not_for_agents(self):
        with self.assertRaises(AccessError):
            self.env["privacy.lookup.wizard"].with_user(self.agent_all).create({"name": NAME, "email": MAIL})
        with self.assertRaises(AccessError):
            self.person.with_user(self.agent_all).action_aftersales_record()


@tagged("-at_install", "post_install")
class TestCustomerRecord(PrivacyCommon, HttpCase):
    """The whole record as a ZIP."""

    def _get(self, user, partner=None):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/aftersales/record/{(partner or self.person).id}")

    def test_a_manager_gets_what_the_customer_may_have(self):
        self.case.message_post(body="Careful with him", message_type="comment", subtype_xmlid="mail.mt_note")
        answer = self._get(self.manager)
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "application/zip"))
        self.assertIn("no-store", answer.headers["Cache-Control"])
        with zipfile.ZipFile(io.BytesIO(answer.content)) as record:
            self.assertIsNone(record.testzip())
            names = record.namelist()
            returns = json.loads(record.read("data/aftersales.rma.json"))
            messages = json.loads(record.read("data/messages.json"))
            page = record.read("index.html").decode()
        self.assertEqual([row["name"] for row in returns], [self.rma.name])
        self.assertNotIn("access_token", returns[0])
        self.assertIn(f"Call {PHONE}", [row["text"].strip() for row in messages])
        self.assertNotIn("Careful with him", page)
        self.assertFalse([row for row in messages if "Careful" in row["text"]])
        for model in ("case", "feedback", "warranty", "event"):
            self.assertIn(f"data/aftersales.{model}.json", names)
        self.assertTrue([name for name in names if name.startswith("files/") and name.endswith("xylophone.png")])
        self.assertTrue([name for name in names if name.endswith("a.txt")])
        self.assertIn(self.order.name, page)

    def test_nobody_else_gets_it(self):
        for user in (self.agent, self.agent_all, self.stranger):
            self.assertEqual(self._get(user).status_code, 404)
        self.assertEqual(self._get(self.manager, self.env["res.partner"].browse(2**31 - 1)).status_code, 404)
        self.authenticate(None, None)
        answer = self.url_open(f"/aftersales/record/{self.person.id}", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
