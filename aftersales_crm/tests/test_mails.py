from base64 import b64decode
from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import AftersalesCommon

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


class TestMails(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steps = cls.env["aftersales.mail.step"].search([])
        cls.steps.is_on = True
        cls.order = cls._sold((cls.kettle, 5))

    def _commit(self):
        """End the transaction as far as mails are concerned."""
        self.env.cr.flush()

    def _send(self):
        """What the job does: the mails that wait go to the queue.

        :return: those of `mail.mail` that are new
        """
        self._commit()
        before = self.env["mail.mail"].search([])
        self.env["aftersales.rma.mail"].search([("state", "=", "waiting")])
        for mails in self.env["aftersales.rma.mail"].search([("state", "=", "waiting")]).grouped("rma_id").values():
            mails._send_last()
        return self.env["mail.mail"].search([]) - before

    def _codes(self, rma, state=None):
        self._commit()
        mails = self.env["aftersales.rma.mail"].search([("rma_id", "=", rma.id)])
        return [mail.step_id.code for mail in mails if state in (None, mail.state)]

    # === Once, at each step === #

    def test_each_step_tells_the_customer_once(self):
        rma = self._rma(self.order)
        asked = self._send()
        self.assertEqual(asked.recipient_ids, self.customer)
        self.assertIn(rma.name, asked.subject)
        self.assertEqual((asked.model, asked.res_id, asked.state), ("aftersales.rma", rma.id, "outgoing"))
        rma.action_approve()
        approved = self._send()
        self.assertIn("approved", approved.subject)
        self.assertIn(self.company.partner_id.name, approved.body_html)
        self._receive(rma)
        self.assertIn("is here", self._send().subject)
        rma.action_settle()
        self.assertEqual(len(self._send()), 1)
        rma.action_approve()
        self.assertFalse(self._send())
        self.assertEqual(len(self._codes(rma)), len(set(self._codes(rma))))
        self.assertLessEqual({"asked", "approved", "received", "refunded", "done"}, set(self._codes(rma)))

    def test_of_mails_that_wait_together_the_last_one_says_it_all(self):
        rma = self._rma(self.order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self._commit()
        mail = self._send()
        self.assertEqual(len(mail), 1)
        self.assertEqual(self._codes(rma, "waiting"), [])
        self.assertEqual(len(self._codes(rma, "sent")), 1)

    def test_a_step_that_is_undone_and_done_again_tells_nothing_new(self):
        rma = self._rma(self.order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self._send()
        before = self._codes(rma)
        rma.sudo().refund_ids.button_draft()
        self._commit()
        rma.sudo().refund_ids.action_post()
        self.assertEqual(rma.state, "done")
        self.assertFalse(self._send())
        self.assertEqual(self._codes(rma), before)

    def test_a_step_that_two_workers_note_is_told_once(self):
        rma = self._rma(self.order)
        mails = self.env["aftersales.rma.mail"]
        for _worker in range(2):
            mails._note(rma.id, "asked")
            mails._note(rma.id, "refunded", "1")
            self._commit()
        self.assertEqual(self._codes(rma), ["asked", "refunded"])

    def test_every_refusal_is_told_with_its_reason(self):
        rma = self._rma(self.order)
        rma.action_reject("Too late.")
        mail = self._send()
        self.assertIn("Too late.", mail.body_html)
        self.assertIn("tell us why", mail.body_html)
        rma.action_appeal()
        self.assertFalse(self._send())
        later = fields.Datetime.now() + timedelta(hours=1)
        rma._transition("rejected", {"decided_at": later, "reject_reason": "Still too late."})
        self.assertIn("Still too late.", self._send().body_html)

    def test_what_was_rolled_back_is_not_told(self):
        self._commit()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._rma(self.order)
            raise ZeroDivisionError
        self.assertFalse(self._send())

    # === Switches === #

    def test_without_the_switch_no_customer_gets_a_mail(self):
        self.steps.is_on = False
        rma = self._rma(self.order)
        rma.action_approve()
        self.assertEqual(self._codes(rma), [])

    def test_a_step_is_switched_for_each_company_alone(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(any(self.steps.with_company(other).mapped("is_on")))
        self.steps.with_company(other).is_on = True
        self.steps.is_on = False
        self.assertEqual(self._codes(self._rma(self.order)), [])

    def test_a_return_older_than_the_switch_is_left_alone(self):
        yesterday = self.company._aftersales_today() - timedelta(days=1)
        rma = self._rma(self.order, vals={"requested_on": yesterday})
        rma.with_user(self.manager).action_approve()
        self.assertEqual(self._codes(rma), [])
        self.steps.since = date(2020, 1, 1)
        rma.action_cancel()
        again = self._rma(self.order, vals={"requested_on": yesterday})
        self.assertEqual(self._codes(again), ["asked"])

    def test_only_a_manager_switches(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.steps[0].with_user(self.agent).is_on = False
        self.steps[0].with_user(self.manager).is_on = False

    # === Language, attachments, failures === #

    def test_the_mail_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.customer.lang = "pl_PL"
        template = self.env.ref("aftersales_crm.mail_template_asked")
        template.with_context(lang="pl_PL").subject = "Mamy zgłoszenie {{ object.name }}"
        rma = self._rma(self.order)
        self.assertEqual(self._send().subject, f"Mamy zgłoszenie {rma.name}")

    def test_the_approval_carries_slip_and_label_when_something_is_to_be_sent(self):
        rma = self._rma(self.order)
        self._send()
        label = rma.env["ir.attachment"].create({"name": "label.png", "raw": PNG})
        rma.label_ids = label
        rma.action_approve()
        mail = self._send()
        self.assertIn(label, mail.attachment_ids)
        self.assertTrue(any(rma.name.replace("/", "-") in name for name in mail.attachment_ids.mapped("name")))

    def test_who_brings_a_gift_back_does_not_learn_what_it_has_cost(self):
        eve = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        item = {"sale_line": self.order.order_line, "quantity": 1, "reason": self._reason("wrong_choice")}
        rma = self.env["aftersales.rma"]._request(eve, [item], {"is_gift": True})
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        for code in ("refunded", "done", "paid"):
            template = self.env.ref(f"aftersales_crm.mail_template_{code}")
            self.assertNotIn("100.00", template._render_field("body_html", rma.ids)[rma.id])
            rma.action_payer_agrees()
            self.assertIn("100.00", template._render_field("body_html", rma.ids)[rma.id])
            rma._write_guarded({"payer_agreed_at": False})

    def test_without_an_address_nothing_is_sent_and_the_log_says_why(self):
        self.customer.email = False
        rma = self._rma(self.order)
        self.assertFalse(self._send())
        mail = rma.mail_ids
        self.assertEqual(mail.state, "skipped")
        self.assertIn("no e-mail address", mail.detail)

    @mute_logger("odoo.addons.aftersales_crm.models.aftersales_step_mail", "odoo.addons.mail.models.mail_render_mixin")
    def test_a_mail_that_cannot_be_made_stops_no_other_and_is_tried_again(self):
        template = self.env.ref("aftersales_crm.mail_template_asked")
        subject = template.subject
        template.subject = "{{ object.nonsense }}"
        rma = self._rma(self.order)
        self.assertFalse(self._send())
        self.assertEqual(rma.mail_ids.state, "failed")
        self.assertIn("nonsense", rma.mail_ids.detail)
        template.subject = subject
        with self.assertRaises(AccessError):
            rma.mail_ids.with_user(self.agent).action_retry()
        rma.mail_ids.with_user(self.manager).action_retry()
        self.assertEqual(len(self._send()), 1)

    def test_the_job_sends_what_waits(self):
        rma = self._rma(self.order)
        self._commit()
        cron = self.env.ref("aftersales_crm.aftersales_rma_mail_cron")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(rma.mail_ids.state, "sent")
        self.assertEqual(self.env["mail.mail"].search([("res_id", "=", rma.id)]).mapped("state"), ["outgoing"])
