import re
from ast import literal_eval
from datetime import timedelta
from pathlib import Path

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user
from odoo.tools import html2plaintext, mute_logger

from .common import AftersalesCommon

MAILS = Path(__file__).parent / "mail"
# What becomes of a mail: a new case, a word in the case that is open, a note in it, a note of the team.
NEW, GOES_ON, NOTE, TEAM_NOTE = "new", "goes_on", "note", "team_note"
# File: what becomes of it, and what of its case is then true.
EXPECTED = {
    "outlook_winmail": (NEW, {"subject": "Kettle does not heat", "files": {"winmail.dat"}, "order": "S04711"}),
    "gmail": (NEW, {"customer": False, "from": "nils.berg@gmail.example", "says": "descale the kettle – is vinegar"}),
    "apple_mail_inline_image": (NEW, {"files": {"lid.png"}, "says": "lid arrived scratched"}),
    "thunderbird_reply": (GOES_ON, {"says": "a cup of water each hour"}),
    "iphone_photos": (NEW, {"subject": "Washer", "files": {"WX-44871-B.png"}, "lot": "WX-44871-B"}),
    "auto_reply_german": (NOTE, {"says": "nicht im Büro"}),
    "auto_reply_polish": (NOTE, {"says": "Jestem na urlopie, odpiszę"}),
    "out_of_office_exchange": (TEAM_NOTE, {"says": "out of the office"}),
    "bounce_dsn": (NOTE, {"says": "User unknown"}),
    "bounce_without_report": (TEAM_NOTE, {"says": "wasn't able to deliver"}),
    "read_receipt": (NOTE, {"says": "was displayed"}),
    "no_subject": (
        NEW,
        {"subject": "My kettle hums so loudly that the cat has moved out, what can I do about it, please? It"},
    ),
    "iso_8859_2": (NEW, {"subject": "Żółty czajnik źle się zamyka", "says": "Proszę o naprawę"}),
    "windows_1250": (NEW, {"subject": "Reklamacja – pęknięta obudowa", "says": "„sama z siebie”"}),
    "koi8_r": (NEW, {"customer": False, "subject": "Чайник не работает", "says": "лампочка не горит"}),
    "utf8_base64": (NEW, {"customer": False, "subject": "Hibás a mosógép ☹", "says": "nem centrifugál. 🌀"}),
    "html_only": (NEW, {"subject": "Where is the manual?", "says": "manual of the kettle", "lacks": "alert"}),
    "number_in_subject": (GOES_ON, {"says": "Any news?"}),
    "number_guessed": (NEW, {"customer": False, "order": False, "says": "address that you have for me"}),
    "reply_with_another_subject": (GOES_ON, {"says": "at home on Tuesday"}),
    "forwarded": (NEW, {"subject": "Fwd: Your order is on its way", "order": "S04711", "says": "has not come yet"}),
    "mailing_list": (TEAM_NOTE, {"says": "kettles of the season"}),
    "two_aliases": (NEW, {"team": "Visits", "says": "who of you does it"}),
    "own_alias": (TEAM_NOTE, {"team": "Visits", "says": "received your message"}),
    "long_subject": (NEW, {"says": "See above."}),
    "unknown_charset": (NEW, {"says": "The lamp is dark – since yesterday."}),
}


class TestCaseMail(AftersalesCommon):
    """Mails as programs really send them: what becomes of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "shop.example"})
        cls.company.alias_domain_id = domain
        cls.agent.email = "agent@shop.example"
        cls.team = cls.env["aftersales.team"]._default_team(cls.company)
        cls.team.write({"name": "Service", "alias_name": "service", "sequence": 1})
        cls.visits = cls.env["aftersales.team"].create({"name": "Visits", "alias_name": "visits"})
        cls.lot = cls._lots(cls.washer, "WX-44871-B")
        cls.order = cls._order((cls.kettle, 1))
        cls.order.name = "S04711"
        cls.washers = cls._order((cls.washer, 1))
        cls._deliver(cls.washers, lots={cls.washer: cls.lot})
        cls.case = cls.env["aftersales.case"]._open(
            [{"subject": "Washer leaks", "partner_id": cls.customer.id, "channel": "email", "user_id": cls.agent.id}]
        )
        cls.question = cls.case.with_user(cls.agent).message_post(
            body="Is the hose at the back tight?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=cls.customer.ids,
        )
        cls.case.action_wait_customer()

    def _read(self, name):
        raw = (MAILS / f"{name}.eml").read_bytes()
        raw = raw.replace(b"@MESSAGE@", self.question.message_id.encode())
        return raw.replace(b"@CASE@", self.case.name.encode())

    def _receive_mail(self, raw):
        """What the gateway does with a mail.

        :return: the cases that are new, and the messages
        """
        cases, messages = self.env["aftersales.case"], self.env["mail.message"]
        old_cases, old_messages = cases.search([]), messages.search([])
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].with_user(self.env.ref("base.user_root")).message_process(False, raw)
        return cases.search([]) - old_cases, messages.search([]) - old_messages

    def _become(self, name, raw):
        """What has become of a mail, with its message and the case or team that it went to."""
        state = self.case.state
        cases, messages = self._receive_mail(raw)
        message = messages.filtered(lambda message: message.message_type == "email")
        self.assertEqual(len(message), 1, name)
        place = self.env[message.model].browse(message.res_id)
        if message.subtype_id.internal:
            self.assertEqual((len(cases), self.case.state), (0, state), name)
            return (NOTE if place == self.case else TEAM_NOTE), message, place
        self.assertEqual(cases, place - self.case, name)
        return (GOES_ON if place == self.case else NEW), message, place

    def test_each_mail_becomes_what_it_should(self):
        for name, (becomes, facts) in EXPECTED.items():
            with self.subTest(mail=name):
                point = self.env.cr.savepoint(flush=True)
                became, message, place = self._become(name, self._read(name))
                self.assertEqual(became, becomes)
                self._check(facts, message, place)
                if becomes == NEW:
                    self._check_new(facts, place)
                elif becomes == GOES_ON:
                    self.assertEqual(self.case.state, "in_progress")
                point.close(rollback=True)

    def _check(self, facts, message, place):
        said = " ".join(re.sub(r"[*/_]", "", html2plaintext(message.body)).split())
        self.assertIn(facts.get("says", ""), said)
        self.assertNotIn(facts.get("lacks", "\x00"), message.body)
        self.assertLessEqual(facts.get("files", set()), set(message.attachment_ids.mapped("name")))
        if "team" in facts:
            team = place if place._name == "aftersales.team" else place.team_id
            self.assertEqual(team.name, facts["team"])

    def _check_new(self, facts, case):
        customer = self.customer if facts.get("customer", True) else self.env["res.partner"]
        self.assertEqual((case.partner_id, case.channel, case.state), (customer, "email", "new"))
        self.assertTrue(case.subject.strip() and len(case.subject) <= 120)
        self.assertIn(facts.get("subject", ""), case.subject)
        self.assertIn(facts.get("from", "@"), case.email_from)
        self.assertTrue(case.last_customer_at)
        self.assertNotRegex(case._plain_description(), r"\*|cid:")
        for fact, field in (("order", "sale_order_id"), ("lot", "lot_id")):
            if fact in facts:
                self.assertEqual(case[field].name, facts[fact])

    # === Once, and in the right place === #

    def _mail(self, sender="ada@example.com", to="service@shop.example", subject="Hello", **headers):
        number = self.env["ir.sequence"].sudo().search_count([]) + len(self.env["mail.message"].search([]))
        lines = {
            "From": sender,
            "To": to,
            "Subject": subject,
            "Message-ID": f"<made-{number}@example.com>",
            "Content-Type": "text/plain; charset=utf-8",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return ("\n".join(f"{name}: {value}" for name, value in lines.items()) + "\n\nIt is about S04711.").encode()

    def test_a_mail_that_is_delivered_twice_makes_one_case(self):
        raw = self._read("gmail")
        self.assertEqual(len(self._receive_mail(raw)[0]), 1)
        for name in ("gmail", "auto_reply_german", "auto_reply_german"):
            cases, messages = self._receive_mail(self._read(name))
            self.assertFalse(cases)
        self.assertFalse(messages)

    def test_a_stranger_who_guesses_a_number_learns_nothing(self):
        case, messages = self._receive_mail(self._read("number_guessed"))
        self.assertEqual((case.partner_id, case.sale_order_id), (self.env["res.partner"], self.env["sale.order"]))
        note = messages.filtered(lambda message: message.subtype_id.internal and "S04711" in message.body)
        self.assertEqual(len(note), 1)
        self.assertNotIn(self.case.name, case._plain_description())
        self.assertEqual(self.case.state, "waiting_customer")

    def test_people_of_the_customer_and_staff_may_go_by_the_number(self):
        self.env["res.partner"].create({"name": "Jan", "email": "jan@example.com", "parent_id": self.customer.id})
        follower = self.env["res.partner"].create({"name": "Fitter", "email": "fitter@example.com"})
        self.case.message_subscribe(follower.ids)
        self.stranger.email = "clerk@shop.example"
        subject = f"Re: {self.case.name.lower()}"
        for sender, belongs in (
            ("Jan <JAN@example.com>", True),
            ("fitter@example.com", True),
            ("agent@shop.example", True),
            ("clerk@shop.example", False),
            ("ada@example.com.evil.example", False),
        ):
            with self.subTest(sender=sender):
                cases, _messages = self._receive_mail(self._mail(sender, subject=subject))
                self.assertEqual(not cases, belongs)

    def test_staff_who_answer_by_mail_answer_the_customer(self):
        self.case.action_start()
        _cases, messages = self._receive_mail(
            self._mail("agent@shop.example", In_Reply_To=self.question.message_id, subject="Re: x")
        )
        self.assertEqual(messages.filtered("notified_partner_ids").notified_partner_ids, self.customer)
        self.assertGreaterEqual(self.case.last_answer_at, self.question.create_date.replace(microsecond=0))
        self.assertFalse(self.case.last_customer_at)

    def test_answers_come_back_to_the_team(self):
        self.assertEqual(self.question.reply_to.rsplit("<", 1)[-1].strip(">"), "service@shop.example")

    def test_defaults_of_an_alias_set_nothing_that_is_guarded(self):
        self.team.alias_id.alias_defaults = str(
            {**literal_eval(self.team.alias_defaults), "state": "closed", "priority": "2"}
        )
        case, _messages = self._receive_mail(self._read("gmail"))
        self.assertEqual((case.state, case.priority), ("new", "2"))

    def test_a_sender_with_several_contacts_is_found_as_odoo_finds_them(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        partners = self.env["res.partner"].create(
            [
                {"name": "Theirs", "email": "two@example.org", "company_id": elsewhere.id},
                {"name": "Ours", "email": "Two <two@example.org>"},
            ]
        )
        case, _messages = self._receive_mail(self._mail("two@example.org"))
        self.assertEqual(case.partner_id, partners[1])

    def test_each_company_gets_its_own_case(self):
        second = self.env["res.company"].create({"name": "Second"})
        second.alias_domain_id = self.company.alias_domain_id
        self.env["aftersales.team"]._default_team(second).alias_name = "second"
        to = "second@shop.example, service@shop.example, visits@shop.example"
        cases, _messages = self._receive_mail(self._mail(to=to))
        self.assertEqual(sorted(cases.mapped("team_id.name")), ["Service", "Service"])
        self.assertEqual(cases.company_id, self.company + second)

    def test_a_stranger_becomes_a_customer_by_one_click(self):
        case, _messages = self._receive_mail(self._read("gmail"))
        case.with_user(self.agent).action_create_customer()
        self.assertEqual(
            (case.partner_id.name, case.partner_id.email_normalized), ("Nils Berg", "nils.berg@gmail.example")
        )
        self.assertEqual(case.message_ids.filtered(lambda m: m.message_type == "email").author_id, case.partner_id)
        self.assertIn(case.partner_id, case.message_partner_ids)

    def test_an_answer_long_after_the_end_makes_a_case_that_goes_on(self):
        self.case._transition("closed")
        self.case._write_guarded({"closed_at": fields.Datetime.now() - timedelta(days=31)})
        case, _messages = self._receive_mail(self._read("reply_with_another_subject"))
        self.assertEqual((case.previous_id, case.partner_id), (self.case, self.customer))
        self.assertEqual((self.case.state, case.team_id), ("closed", self.case.team_id))
        self.case._write_guarded({"closed_at": fields.Datetime.now() - timedelta(days=29)})
        self.assertFalse(self._receive_mail(self._read("thunderbird_reply"))[0])
        self.assertEqual((self.case.state, self.case.reopened), ("in_progress", 1))

    def test_automatic_mails_end_where_they_are(self):
        """Whatever marks a mail as nobody's, it makes no case and is not answered."""
        self.env["aftersales.mail.step"].search([]).is_on = True
        for name, value, ends in (
            ("Auto-Submitted", "auto-generated; x=y", True),
            ("Auto-Submitted", "no", False),
            ("Precedence", "Bulk", True),
            ("Precedence", "list", False),
            ("X-Auto-Response-Suppress", "OOF", True),
            ("Return-Path", "<>", True),
            ("Subject", "Out of Office: Ada", True),
            ("Subject", "RE: Automatic reply: Ada", False),
            ("From", "mailer-daemon@elsewhere.example", True),
            ("To", "service@shop.example, bounce@shop.example", True),
        ):
            with self.subTest(header=name, value=value):
                cases, _messages = self._receive_mail(self._mail(**{name.replace("-", "_"): value}))
                self.env.cr.flush()
                self.assertEqual(not cases, ends)
                self.assertEqual(len(self._acknowledgements(cases)), not ends)

    def test_nobody_brings_mails_in_over_rpc(self):
        portal = new_test_user(self.env, "mail_portal", groups="base.group_portal")
        threads = self.env["mail.thread"].with_user(portal)
        before = len(self.case.message_ids)
        for name in ("message_route", "message_parse", "message_new"):
            with self.assertRaises(AccessError):
                get_public_method(self.case.with_user(portal), name)
        for name in ("auto_reply_german", "number_in_subject"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                threads.message_process(False, self._read(name).decode())
        self.assertEqual(len(self.case.message_ids), before)

    def test_odd_mails_arrive_too(self):
        for number, (headers, body, says) in enumerate(
            (
                ("Subject: =?utf-8?Q?a=00b?=", b"b\x00c", "bc"),
                ("Content-Type: text/plain; charset=rot13", "Grüße".encode(), "Grüße"),
                ("Subject: no charset", "Grüße".encode("latin-1"), "Grüße"),
                ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", b"!!", ""),
                ("Content-Type: multipart/mixed; boundary=x", b"--x\nContent-Type: text/plain\n\nno end", "no end"),
                ("Content-Type: multipart/mixed", b"no parts", ""),
                ("Content-Type: text/html", b"<div>" * 3000 + b"deep", ""),
                ("Subject: long", b"word/9 " * 200_000, "word/9 word/9"),
                ("Subject: " + "a" * 100_000, b"b" * 100_000, "bbb"),
                ("Content-Type: text/html", b"<!-- " + b"<b " * 70_000 + b"-->said", "said"),
            )
        ):
            with self.subTest(headers=headers):
                raw = f"From: odd{number}@example.org\nTo: service@shop.example\n{headers}\n\n".encode() + body
                case, messages = self._receive_mail(raw)
                self.assertEqual(len(case), 1)
                self.assertIn(says, html2plaintext(messages.filtered(lambda m: m.message_type == "email").body))
                self.assertLessEqual(len(case.description), 30_000)

    # === Acknowledgement === #

    def _acknowledgements(self, cases):
        return self.env["aftersales.case.mail"].search([("case_id", "in", cases.ids)])

    def _acknowledge(self, cases):
        self.env.cr.flush()
        before = self.env["mail.mail"].search([])
        for mails in (
            self._acknowledgements(cases).filtered(lambda mail: mail.state == "waiting").grouped("case_id").values()
        ):
            mails._send_last()
        return self.env["mail.mail"].search([]) - before

    def test_an_acknowledgement_goes_out_once_when_it_is_switched_on(self):
        case, _messages = self._receive_mail(self._mail())
        self.assertFalse(self._acknowledge(case))
        self.env.ref("aftersales_crm.mail_step_case_received").is_on = True
        case, messages = self._receive_mail(self._mail(subject="Second"))
        mail = self._acknowledge(case)
        self.assertEqual((mail.recipient_ids, mail.model, mail.res_id), (self.customer, "aftersales.case", case.id))
        self.assertIn(case.name, mail.subject)
        self.assertIn("auto-replied", mail.headers)
        self.assertEqual(mail.reply_to.rsplit("<", 1)[-1].strip(">"), "service@shop.example")
        self.assertIn(mail.references, messages.mapped("message_id"))
        self.assertFalse(case.first_answer_at)
        raw = self._mail(subject="Re: yours", In_Reply_To=mail.message_id)
        self.assertFalse(self._receive_mail(raw)[0])
        self.assertFalse(self._acknowledge(case))

    def test_the_day_of_a_switch_is_that_of_the_company_past_midnight_too(self):
        with freeze_time("2026-03-10 23:30:00"):  # the 11th in Warsaw
            self.env.ref("aftersales_crm.mail_step_case_received").is_on = True
            case, _messages = self._receive_mail(self._mail(subject="Late at night"))
            self.assertTrue(self._acknowledge(case))

    def test_a_stranger_is_acknowledged_at_their_address(self):
        self.env.ref("aftersales_crm.mail_step_case_received").is_on = True
        case, _messages = self._receive_mail(self._read("gmail"))
        mail = self._acknowledge(case)
        self.assertIn("nils.berg@gmail.example", mail.email_to)
        self.assertFalse(mail.recipient_ids)

    def test_two_robots_that_answer_each_other_come_to_an_end(self):
        self.env.ref("aftersales_crm.mail_step_case_received").is_on = True
        sent = 0
        for number in range(8):
            case, _messages = self._receive_mail(
                self._mail("robot@elsewhere.example", subject=f"We got your mail {number}")
            )
            sent += len(self._acknowledge(case))
        self.assertEqual(sent, 5)
        self.assertEqual(self._acknowledgements(case).state, "skipped")

    # === Recognition === #

    def _written(self, text, partner=None, **vals):
        values = {"subject": text, "partner_id": (partner or self.customer).id, "channel": "rpc", **vals}
        return self.env["aftersales.case"]._open([values])

    def test_what_customers_name_is_linked_if_it_is_theirs(self):
        other = self.env["res.partner"].create({"name": "Bob", "email": "bob@example.com"})
        rma = self._rma(self.washers)
        both = self._order((self.kettle, 1))
        for text, partner, order, lot in (
            ("order s04711", self.customer, self.order, False),
            ("(S04711)", self.customer, self.order, False),
            ("WX-44871-B.", self.customer, self.washers, self.lot),
            (f"about {rma.name}", self.customer, self.washers, False),
            (f"S04711 or {both.name}?", self.customer, False, False),
            ("S04711 and WX-44871-B", other, False, False),
            ("S0471 XS04711", self.customer, False, False),
        ):
            with self.subTest(text=text):
                case = self._written(text, partner)
                self.assertEqual(
                    (case.sale_order_id, case.lot_id), (order or self.order.browse(), lot or self.lot.browse())
                )
                if lot:
                    self.assertEqual(case.product_id, self.washer)
                if partner == other:
                    self.assertFalse(case.message_ids.filtered(lambda m: "S04711" in m.body))
        self.assertTrue(rma.case_id)

    def test_what_is_linked_already_stays(self):
        case = self._written("WX-44871-B", sale_order_id=self.order.id)
        self.assertEqual((case.sale_order_id, case.lot_id), (self.order, self.lot))
        case = self._written("WX-44871-B", product_id=self.kettle.id)
        self.assertFalse(case.lot_id)

    def test_a_batch_costs_what_one_costs(self):
        cases = self.env["aftersales.case"].create(
            [{"subject": f"S04711 and item-{n}", "partner_id": self.customer.id} for n in range(22)]
        )
        self.env.flush_all()
        counts = []
        for batch in (cases[:2], cases[2:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tokens = batch._tokens()
            found = batch._documents_named([token for names in tokens.values() for token in names])
            batch._units_of_customers(found)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        cases._recognise()
        self.assertEqual(cases.sale_order_id, self.order)

    def test_what_answers_a_merged_case_goes_on_where_it_went(self):
        target = self.env["aftersales.case"].create({"subject": "The same", "partner_id": self.customer.id})
        self.case._merge_into(target)
        for name in ("thunderbird_reply", "number_in_subject"):
            cases, messages = self._receive_mail(self._read(name))
            self.assertFalse(cases)
            self.assertEqual(messages[:1].res_id, target.id)

    def test_staff_answer_a_stranger_without_the_right_to_make_contacts(self):
        case, _messages = self._receive_mail(self._read("gmail"))
        action = case.with_user(self.agent).action_answer()
        self.assertEqual(len(action["context"]["default_partner_ids"]), 1)
