from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import AftersalesCommon

PROCESS = "odoo.addons.aftersales_crm.models.aftersales_withdrawal_process"


class WithdrawalCommon(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-11-02 10:00:00"):
            cls.order = cls._sold((cls.kettle, 2), (cls.washer, 1), lots={cls.washer: cls._lots(cls.washer, "W1")})
        cls._dated(cls.order, "2026-11-02 10:00:00")

    @classmethod
    def _dated(cls, order, moment):
        """Have an order and its deliveries happen at a moment (the database is not frozen)."""
        order.date_order = moment
        order.picking_ids.filtered(lambda picking: picking.state == "done").move_ids.date = moment

    def _state(self, at="2026-11-10 12:00:00", order=None, process=True, **vals):
        """A statement as the page records it."""
        order = self.order if order is None else order
        with freeze_time(at):
            statement = self.env["aftersales.withdrawal"]._record_once(
                {
                    "person_name": "Ada Kowalska",
                    "email": "ada@example.com",
                    "contract": order.name if order else "I forgot",
                    "lang": "en_US",
                    **vals,
                }
            )
            if process:
                statement._process()
        return statement


class TestWithdrawal(WithdrawalCommon):
    # === In time or late === #

    def test_the_day_of_the_statement_counts_in_the_time_zone_of_the_shop(self):
        # Delivered on 2 November: the period ends with 16 November, in Warsaw an hour ahead of UTC.
        for at, timeliness, state in (
            ("2026-11-02 10:00:01", "in_time", "accepted"),
            ("2026-11-16 22:59:59", "in_time", "accepted"),
            ("2026-11-16 23:00:00", "late", "to_decide"),
            ("2027-11-16 12:00:00", "late", "to_decide"),
        ):
            with self.subTest(at=at), self.env.cr.savepoint() as savepoint:
                statement = self._state(at)
                self.assertEqual((statement.timeliness, statement.state), (timeliness, state))
                self.assertEqual(str(statement.until), "2026-11-16")
                savepoint.rollback()

    def test_who_was_not_told_of_the_right_has_twelve_months_more(self):
        self.order.aftersales_not_informed = True
        for at, timeliness in (("2027-11-16 22:59:59", "in_time"), ("2027-11-16 23:00:00", "late")):
            with self.subTest(at=at), self.env.cr.savepoint() as savepoint:
                self.assertEqual(self._state(at).timeliness, timeliness)
                savepoint.rollback()

    def test_the_period_begins_with_the_last_of_the_deliveries(self):
        order = self._order((self.kettle, 2))
        self._deliver(order, {self.kettle: 1})
        self._dated(order, "2026-10-01 10:00:00")
        half = self._state("2026-11-10 12:00:00", order)
        self.assertEqual((half.timeliness, half.until), ("in_time", False))
        self.assertEqual(sorted(half.line_ids.mapped("undelivered")), [False, True])
        self.assertEqual(half.rma_ids.state, "approved")

    def test_an_order_that_is_still_to_come_is_withdrawn_from(self):
        order = self._order((self.kettle, 2))
        statement = self._state("2026-11-10 12:00:00", order)
        self.assertEqual((statement.timeliness, statement.state), ("in_time", "accepted"))
        self.assertEqual((statement.line_ids.undelivered, statement.line_ids.quantity), (True, 2))
        self.assertEqual(statement.rma_ids.reception_status, "not_required")

    def test_a_business_has_no_such_right_and_is_answered(self):
        self.order.aftersales_is_consumer = False
        statement = self._state()
        self.assertEqual((statement.timeliness, statement.state), ("no_right", "to_decide"))
        self.assertIn("for consumers only", " ".join(statement._answer()))
        statement._acknowledge_once()
        self.assertTrue(statement.acknowledged_at)

    def test_the_rest_of_the_world_has_no_such_right_and_is_answered(self):
        self.customer.country_id = self.env.ref("base.us")
        statement = self._state()
        self.assertEqual((statement.timeliness, statement.state), ("no_right", "to_decide"))
        self.assertIn("no right to withdraw", " ".join(statement._answer()))

    def test_a_sealed_product_is_checked_by_a_person_and_the_rest_approved(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_hygiene")
        order = self._sold((self.kettle, 1), (self._product("Lamp"), 1))
        self._dated(order, "2026-11-02 10:00:00")
        statement = self._state(order=order)
        self.assertEqual(sorted(statement.line_ids.mapped("verdict")), ["in_time", "review"])
        self.assertEqual(sorted(statement.rma_ids.mapped("state")), ["approved", "submitted"])
        self.assertIn("One thing we still have to check", " ".join(statement._answer()))

    # === What becomes of it === #

    def test_in_time_the_return_is_opened_approved_and_dated(self):
        statement = self._state("2026-11-16 22:59:59")
        rma = statement.rma_ids
        self.assertEqual((rma.state, rma.partner_id), ("approved", self.customer))
        self.assertEqual(str(rma.requested_on), "2026-11-16")
        self.assertEqual(str(rma.refund_by), "2026-11-30")
        self.assertEqual(set(rma.line_ids.mapped("basis")), {"withdrawal"})
        self.assertEqual(rma.remedy_ids.mapped("code"), ["refund", "refund"])
        self.assertEqual(sum(rma.line_ids.mapped("quantity")), 3)
        self.assertIn("by 11/30/2026", " ".join(statement._answer()))

    def test_single_products_are_withdrawn_from(self):
        entry = self.order._aftersales_withdrawal()[self.order][0]["entry"]
        statement = self._state(
            whole_order=False,
            sale_order_id=self.order.id,
            line_ids=[(0, 0, self.env["aftersales.withdrawal"]._prepare_line_vals(entry, 1))],
        )
        self.assertEqual((statement.rma_ids.line_ids.product_id, statement.rma_ids.line_ids.quantity), (self.kettle, 1))

    def _form_of(self, statement):
        """The dialog in which an agent says what is meant."""
        action = statement.with_user(self.agent).action_match()
        return Form(self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"]))

    def test_words_for_parts_are_read_by_a_person(self):
        statement = self._state(whole_order=False, parts="only the kettle")
        self.assertEqual((statement.state, statement.sale_order_id), ("to_decide", self.order))
        self.assertFalse(statement.rma_ids)
        with self.assertRaises(UserError):
            self._form_of(statement).save().action_match()
        form = self._form_of(statement)
        with form.line_ids.edit(0) as line:
            line.quantity = 1
        form.save().action_match()
        self.assertEqual((statement.state, statement.rma_ids.state), ("accepted", "approved"))
        self.assertEqual((statement.line_ids.product_id, statement.line_ids.quantity), (self.kettle, 1))
        self.assertIn("only the kettle", statement.rma_ids.note)

    def test_of_an_order_of_which_nothing_is_left_it_says_so(self):
        self._state()
        statement = self._state(form_key="again")
        self.assertIn("part of a return already", statement.error)
        self.assertIn("part of a return already", " ".join(statement._answer()))

    def test_what_is_part_of_another_return_is_said_and_left_to_people(self):
        first = self._state()
        self.assertEqual(first.state, "accepted")
        second = self._state(form_key="again")
        self.assertEqual(second.state, "to_decide")
        self.assertTrue(second.activity_ids)

    def test_staff_decide_what_came_late(self):
        statement = self._state("2026-12-24 12:00:00")
        self.assertTrue(statement.activity_ids)
        statement.with_user(self.agent).action_open_return()
        self.assertEqual((statement.state, statement.rma_ids.state), ("accepted", "submitted"))
        self.assertNotIn("You have withdrawn in time", " ".join(statement._answer()))

    def test_what_odoo_refuses_is_left_to_people_with_its_order_and_verdict(self):
        with patch.object(type(self.env["aftersales.rma"]), "_request", side_effect=UserError("Not like that.")):
            statement = self._state()
        self.assertEqual((statement.state, statement.error), ("to_decide", "Not like that."))
        self.assertEqual((statement.sale_order_id, statement.timeliness), (self.order, "in_time"))
        statement.with_user(self.agent).action_open_return()
        self.assertEqual((statement.state, statement.rma_ids.state), ("accepted", "approved"))

    @mute_logger(PROCESS)
    def test_what_breaks_behind_a_statement_leaves_it_and_is_tried_again(self):
        with patch.object(type(self.env["aftersales.rma"]), "_request", side_effect=ZeroDivisionError("boom")):
            statement = self._state()
        self.assertEqual((statement.state, statement.error, statement.attempts), ("received", "boom", 1))
        self.assertEqual(len(statement.activity_ids), 1)
        self.assertFalse(statement.rma_ids)
        with self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.ir_cron_withdrawal").method_direct_trigger()
        self.assertEqual((statement.state, statement.error, len(statement.rma_ids)), ("accepted", False, 1))
        self.assertTrue(statement.acknowledged_at)

    # === Recording === #

    def test_the_same_form_twice_is_one_statement(self):
        vals = {"person_name": "Ada", "email": "ada@example.com", "contract": "S1", "form_key": "one form"}
        statements = self.env["aftersales.withdrawal"]
        with self.enter_registry_test_mode():
            first, second = statements._submit(vals), statements._submit(vals)
            self.assertEqual(first, second)
            self.assertNotEqual(first, statements._submit({**vals, "form_key": "another"}))

    def test_the_time_is_the_servers(self):
        statement = self._state("2026-11-10 12:00:00", submitted_at="2020-01-01 00:00:00")
        self.assertEqual(statement.submitted_at, datetime(2026, 11, 10, 12))
        self.assertTrue(statement.name.startswith("WDR/"))

    def test_the_history_of_the_customer_tells_of_it(self):
        statement = self._state()
        unknown = self._state(email="other@example.com")
        self.env.flush_all()
        self.env.cr.precommit.run()
        events = self.env["aftersales.event"].search([("res_model", "=", "aftersales.withdrawal")])
        self.assertEqual(events.mapped("res_id"), statement.ids)
        self.assertEqual((events.partner_id, events.date), (self.customer, statement.submitted_at))
        self.assertEqual(unknown.state, "to_match")

    # === Which order === #

    def test_number_and_address_together_find_the_order(self):
        name = self.order.name
        for contract, email, found in (
            (name, "ada@example.com", True),
            (f"order {name.lower()}, of Monday", "Ada <ADA@example.com>", True),
            (name, "eve@example.com", False),
            (name[:-1], "ada@example.com", False),
            ("%", "ada@example.com", False),
            ("no idea", "ada@example.com", False),
        ):
            with self.subTest(contract=contract, email=email):
                statement = self._state(contract=contract, email=email, process=False)
                self.assertEqual(statement._find_order(), self.order if found else self.order.browse())

    def test_a_quotation_is_no_contract(self):
        quotation = self._order((self.kettle, 1), confirm=False)
        statement = self._state(order=quotation)
        self.assertEqual(statement.state, "to_match")
        with self.assertRaises(UserError):
            statement._match(quotation)

    def test_an_agent_matches_by_hand_and_the_return_is_opened(self):
        statement = self._state(email="other@example.com")
        statement._acknowledge_once()
        first = statement.acknowledged_at
        self.assertEqual((statement.state, statement.timeliness), ("to_match", False))
        self.assertTrue(statement.activity_ids)
        form = self._form_of(statement)
        form.sale_order_id = self.order.with_user(self.agent)
        form.save().action_match()
        self.assertEqual((statement.state, statement.rma_ids.state), ("accepted", "approved"))
        self.assertEqual(str(statement.rma_ids.requested_on), "2026-11-10")
        self.assertEqual(statement.acknowledged_at, first)
        # Who was told that the order is looked up now hears what follows; the link to the return is not for them.
        self.assertIn("You have withdrawn in time", statement.mail_id.body_html)
        self.assertNotIn("Follow your return", statement.mail_id.body_html)

    def test_the_opening_page_counts_what_waits(self):
        def count(**options):
            queues = self.env["aftersales.rma"].with_user(self.agent).overview(**options)["queues"]
            return next(queue["count"] for queue in queues if queue["key"] == "withdrawals")

        before = count(), count(mine=True)
        statement = self._state(email="other@example.com")
        self.assertEqual((count(), count(mine=True)), (before[0] + 1, before[1]))
        statement.activity_ids.user_id = self.agent
        self.assertEqual(count(mine=True), before[1] + 1)
        statement._acknowledge_once()
        statement.with_user(self.agent).action_close()
        self.assertEqual(count(), before[0])

    # === Rights === #

    def test_nobody_rewrites_what_was_stated(self):
        statement = self._state()
        for user in (self.agent, self.manager):
            for vals in ({"submitted_at": "2026-11-01 00:00:00"}, {"person_name": "Eve"}, {"state": "closed"}):
                with self.assertRaises(UserError):
                    statement.with_user(user).write(vals)
        for vals in ({"submitted_at": "2026-11-01 00:00:00"}, {"line_ids": []}, {"state": "closed"}):
            with self.assertRaises(UserError):
                statement.write(vals)
        for record in (statement.line_ids[0], statement):
            with self.assertRaises(UserError):
                record.write({"quantity": 1} if record != statement else {"name": "1"})
        with self.assertRaises(UserError):
            statement.unlink()

    def test_an_agent_sees_withdrawals_and_a_stranger_does_not(self):
        statement = self._state()
        Form(statement.with_user(self.agent))
        self.assertTrue(statement.with_user(self.agent).web_search_read([("id", "=", statement.id)], {"name": {}}))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            statement.with_user(self.stranger).read(["name"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            statement.with_user(self.stranger).action_close()

    # === The confirmation === #

    def test_the_confirmation_has_content_date_and_time_and_a_pdf(self):
        statement = self._state(process=False)
        statement._process()
        with patch.object(
            type(self.env["ir.actions.report"]), "_render_qweb_pdf", return_value=(b"%PDF-1.4 receipt", "pdf")
        ):
            statement._acknowledge_once()
        mail = statement.mail_id
        for text in (
            statement.name,
            self.order.name,
            "Ada Kowalska",
            "01:00:00 PM (Europe/Warsaw)",
            "The whole contract",
        ):
            self.assertIn(text, mail.body_html)
        self.assertEqual((mail.email_to, mail.state), ("ada@example.com", "outgoing"))
        self.assertEqual(mail.attachment_ids.mapped("name"), [f"Withdrawal {statement.name.replace('/', '-')}.pdf"])
        statement._acknowledge_once()
        self.assertEqual(statement.mail_id, mail)

    def test_a_confirmation_that_the_mail_server_refuses_is_sent_again(self):
        statement = self._state()
        statement._acknowledge_once()
        cron = self.env.ref("aftersales_crm.ir_cron_withdrawal")
        statement.mail_id.write({"state": "exception", "failure_reason": "no such mailbox"})
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((statement.mail_id.state, statement.acknowledge_error), ("outgoing", "no such mailbox"))
        self.assertIn("did not arrive", statement.activity_ids.summary)
        statement.mail_id.state = "sent"
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(statement.acknowledge_error)

    def test_a_confirmation_that_cannot_be_made_is_tried_again(self):
        template = self.env.ref("aftersales_crm.mail_template_withdrawal")
        subject, template.subject = template.subject, "{{ object.nonsense }}"
        statement = self._state()
        with mute_logger("odoo.addons.aftersales_crm.models.aftersales_withdrawal_mail", "odoo.addons.mail"):
            statement._acknowledge_once()
        self.assertIn("nonsense", statement.acknowledge_error)
        self.assertFalse(statement.acknowledged_at)
        template.subject = subject
        statement._acknowledge_once()
        self.assertTrue(statement.acknowledged_at)
        self.assertFalse(statement.acknowledge_error)

    def test_the_confirmation_and_the_buttons_speak_the_language_of_the_consumer(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.env["ir.module.module"]._load_module_terms(["aftersales_crm"], ["pl_PL"])
        labels = (
            self.env["aftersales.jurisdiction"]
            .with_context(lang="pl_PL")
            ._withdrawal_labels(self.poland, self.company._aftersales_today())
        )
        self.assertEqual(labels, (14, "Odstąp od umowy tutaj", "Potwierdź odstąpienie od umowy"))
        template = self.env.ref("aftersales_crm.mail_template_withdrawal")
        template.with_context(lang="pl_PL").subject = "Mamy {{ object.name }}"
        statement = self._state(lang="pl_PL")
        statement._acknowledge_once()
        self.assertEqual(statement.mail_id.subject, f"Mamy {statement.name}")

    def test_the_pdf_says_the_same(self):
        statement = self._state()
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("aftersales_crm.withdrawal_receipt_report", statement.ids)[0]
            .decode()
        )
        for text in (
            statement.name,
            self.order.name,
            "Ada Kowalska",
            "01:00:00 PM (Europe/Warsaw)",
            "The whole contract",
        ):
            self.assertIn(text, html)

    def test_a_late_statement_is_told_what_is_still_possible(self):
        statement = self._state("2026-12-24 12:00:00")
        answer = " ".join(statement._answer())
        self.assertIn("ended on 11/16/2026", answer)
        self.assertIn("statutory guarantee until 11/02/2028", answer)

    def test_the_model_form_has_the_address_of_the_shop(self):
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("aftersales_crm.withdrawal_form_report", self.company.ids)[0]
            .decode()
        )
        self.assertIn(self.company.name, html)
        self.assertIn("hereby give notice", html)
