import base64
from datetime import date

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common import PIXEL, AftersalesCommon

TODAY = "2026-03-10"
BROKEN = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"x" * 99
PROOF = {"name": "receipt.png", "data": PIXEL}


@freeze_time("2026-03-10 12:00:00")
class TestRegistration(AftersalesCommon):
    """Goods that were bought elsewhere get the warranties of their product."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        terms = cls.env["aftersales.warranty.term"]
        cls.term = terms.create({"name": "Two years", "duration": 24})
        cls.late = terms.create({"name": "A year of service", "duration": 12, "start": "registration"})
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term | cls.late
        cls.kettle.product_tmpl_id.aftersales_term_ids = cls.term
        cls.owner = cls.env["res.partner"].create({"name": "Jan Nowak", "email": "jan@example.com"})

    def _register(self, user=None, **values):
        values = {
            "product": self.washer,
            "partner": self.owner,
            "purchase_date": date(2025, 12, 31),
            "serial": "W-1",
            **values,
        }
        return self.env["aftersales.warranty"].with_user(user or self.agent)._register_unit(values)

    def _api(self, user=None, **params):
        params = {
            "product": self.washer.id,
            "partner": "jan@example.com",
            "purchase_date": "2025-12-31",
            "lot": "W-1",
            **params,
        }
        return self.env["aftersales.api"].with_user(user or self.agent).register_warranty(params)

    # === What it gives === #

    def test_each_term_counts_from_its_day(self):
        warranties = self._register(proofs=[PROOF])
        self.assertEqual(
            warranties.mapped(lambda w: (w.term_name, str(w.start_date), str(w.end_date), w.source)),
            [
                ("Two years", "2025-12-31", "2027-12-31", "registration"),
                ("A year of service", TODAY, "2027-03-10", "registration"),
            ],
        )
        self.assertEqual(set(warranties.mapped("is_verified")), {True})
        self.assertEqual((warranties.lot_id.name, warranties.partner_id), ("W-1", self.owner))
        self.assertEqual(warranties.proof_file_ids.mapped("name"), ["receipt.png"])
        self.assertEqual(base64.b64encode(warranties.proof_file_ids.raw).decode(), PIXEL)

    def test_a_term_that_has_ended_is_left_out(self):
        warranties = self._register(purchase_date=date(2020, 1, 1))
        self.assertEqual(warranties.term_id, self.late)

    def test_a_known_number_is_found_whatever_its_case(self):
        lot = self._lots(self.washer, "WASH_9")
        self.assertEqual(self._register(serial=" wash_9 ").lot_id, lot)
        self.assertNotEqual(self._register(serial="washx9").lot_id, lot)

    def test_a_verdict_counts_what_was_registered(self):
        lot = self._register().lot_id
        unit = {
            "move": self.env["stock.move"],
            "lot": lot,
            "product": self.washer,
            "reason": self._reason("defective"),
        }
        verdict = self.env["aftersales.entitlement"]._judge([unit], date(2026, 4, 1))[0]
        self.assertEqual(verdict["verdict"], "covered")

    # === What is refused === #

    def test_what_cannot_be_is_said_and_leaves_nothing(self):
        archived = self._product("Old", active=False, aftersales_term_ids=[Command.set(self.term.ids)])
        service = self._product("Work", type="service", aftersales_term_ids=[Command.set(self.term.ids)])
        lots = self.env["stock.lot"].search_count([])
        cases = [
            ({"purchase_date": date(2026, 3, 11)}, "lies in the future"),
            ({"purchase_date": date(1926, 3, 11)}, "more than 30 years ago"),
            ({"purchase_date": date(2020, 1, 1), "product": self.kettle, "serial": ""}, "ended on 01/01/2022"),
            ({"product": archived, "serial": ""}, "is archived"),
            ({"product": service, "serial": ""}, "nothing that one owns"),
            ({"product": self._product("Cup"), "serial": ""}, "no warranty of ours"),
            ({"product": self.kettle}, "has no serial numbers"),
            ({"serial": " "}, "enter it"),
            ({"serial": "9" * 65}, "at most 64"),
            ({"quantity": 2.0}, "one unit"),
            ({"product": self.kettle, "serial": "", "quantity": float("nan")}, "at least one"),
            ({"product": self.kettle, "serial": "", "quantity": -1.0}, "at least one"),
            ({"lot": self._lots(self._product("Oven", tracking="serial"), "O1")}, "of another product"),
            ({"proofs": [{"name": "a.txt", "data": base64.b64encode(b"hello").decode()}]}, "neither a photo nor a PDF"),
            ({"proofs": [{"name": "a.png", "data": "%%%"}]}, "not valid base64"),
            ({"proofs": [{"name": "a.jpg", "data": base64.b64encode(BROKEN).decode()}]}, "is damaged"),
            ({"proofs": [PROOF] * 11}, "At most 10"),
        ]
        before = self.env["aftersales.warranty"].search_count([])
        for values, words in cases:
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                self._register(**values)
        self.assertEqual(self.env["aftersales.warranty"].search_count([]), before)
        self.assertLessEqual(self.env["stock.lot"].search_count([]), lots + 2)

    def test_a_unit_is_registered_once(self):
        self._register()
        with self.assertRaisesRegex(UserError, "registered already, for Jan Nowak"):
            self._register(serial="w-1")
        with self.assertRaisesRegex(UserError, "We know W-1 already"):
            self._register(partner=self.customer, by_customer=True)
        with self.assertRaisesRegex(UserError, "among your products already"):
            self._register(by_customer=True)

    def test_the_database_refuses_a_second_registration(self):
        warranty = self._register()[:1]
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            warranty.sudo()._with_system().copy({"is_single": True})
            self.env.flush_all()

    def test_what_was_bought_here_is_covered_already(self):
        lot = self._lots(self.washer, "W-7")
        order = self._sold((self.washer, 1), lots={self.washer: lot})
        with self.assertRaisesRegex(UserError, f"bought here by Ada Kowalska with {order.name}"):
            self._register(serial="W-7")
        with self.assertRaises(UserError) as caught:
            self._register(serial="W-7", by_customer=True)
        for secret in ("Ada", order.name):
            self.assertNotIn(secret, str(caught.exception))

    def test_a_void_registration_makes_room_for_another(self):
        self._register().sudo()._close("void", "Wrong")
        self.assertTrue(self._register())

    def test_goods_without_numbers_are_registered_as_many_as_there_are(self):
        for _ in range(2):
            self.assertEqual(self._register(product=self.kettle, serial="", quantity=3).quantity, 3)

    # === By whom === #

    def test_an_agent_registers_by_the_wizard(self):
        wizard = Form(self.env["aftersales.warranty.registration"].with_user(self.agent))
        wizard.partner_id = self.owner
        wizard.product_id = self.washer
        wizard.purchase_date = "2019-01-01"
        self.assertIn("A year of service: until 03/10/2027", wizard.cover)
        wizard.purchase_date = "2025-12-31"
        wizard.serial = "W-2"
        record = wizard.save()
        record.write({"proof": PIXEL, "proof_name": "receipt.png"})
        action = record.action_register()
        warranties = self.env["aftersales.warranty"].with_user(self.agent).search(action["domain"])
        self.assertEqual((len(warranties), warranties.proof_file_ids.mapped("name")), (2, ["receipt.png"]))

    def test_nobody_registers_for_another_company_or_without_being_staff(self):
        other = self.env["res.company"].create({"name": "Other shop"})
        vals = {"partner_id": self.owner.id, "product_id": self.washer.id, "serial": "W", "purchase_date": TODAY}
        wizards = self.env["aftersales.warranty.registration"]
        with self.assertRaises(AccessError):
            wizards.with_user(self.agent).create({**vals, "company_id": other.id}).action_register()
        with self.assertRaises(AccessError):
            wizards.with_user(self.stranger).create(vals)
        with self.assertRaises(AccessError):
            self._api(user=self.stranger)

    def test_a_context_puts_nothing_in(self):
        agent = self.agent
        warranties = (
            self.env["aftersales.warranty"]
            .with_user(agent)
            .with_context(default_closing="void", default_end_date="2090-01-01", default_is_verified=False)
        )
        made = warranties._register_unit(
            {"product": self.washer, "partner": self.owner, "purchase_date": date(2025, 12, 31), "serial": "W-8"}
        )
        self.assertEqual((made[:1].closing, str(made[:1].end_date), made[:1].is_verified), (False, "2027-12-31", True))

    def test_a_script_repeats_its_call(self):
        first = self._api(external_ref="R1", proof=[PROOF], seller="Fair")
        self.assertEqual((first["end"], first["verified"], first["lot"]["name"]), ("2027-12-31", True, "W-1"))
        self.assertEqual(len(first["warranties"]), 2)
        self.assertEqual(first, self._api(external_ref="R1", proof=[PROOF], seller="Fair"))
        with self.assertRaisesRegex(UserError, "already stands for"):
            self._api(external_ref="R1", lot="W-2")
        with self.assertRaisesRegex(UserError, "registered already"):
            self._api()
        lot = self._lots(self.washer, "W-3")
        self.assertEqual(self._api(lot=lot.id)["lot"]["id"], lot.id)
        with self.assertRaisesRegex(UserError, "there is no"):
            self._api(lot=2**31 - 1)

    def test_nobody_marks_a_registration_by_hand(self):
        warranty = self._register(verified=False)[:1].with_user(self.manager)
        for vals in ({"is_verified": True}, {"proof_id": False}, {"is_single": False}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                warranty.write(vals)

    # === The proof === #

    def test_an_agent_accepts_a_proof(self):
        warranties = self._register(verified=False, proofs=[PROOF])
        waiting = [("is_verified", "=", False), ("closing", "=", False)]
        self.assertEqual(
            self.env["aftersales.warranty"].with_user(self.agent).search(waiting), warranties.sorted("end_date")
        )
        overview = self.env["aftersales.rma"].with_user(self.agent).overview(mine=True)
        self.assertEqual([queue["count"] for queue in overview["queues"] if queue["key"] == "proofs"], [2])
        warranties[:1].action_accept_proof()
        self.assertEqual(set(warranties.mapped("is_verified")), {True})
        self.assertEqual(warranties.proof_id.checked_by, self.agent)
        mail = self.env["mail.mail"].search([("subject", "ilike", "is registered")])
        self.assertEqual(mail.recipient_ids, self.owner)
        self.assertIn("12/31/2027", mail.body_html)
        warranties.action_accept_proof()
        self.assertEqual(self.env["mail.mail"].search_count([("subject", "ilike", "is registered")]), 1)

    def test_an_agent_refuses_a_proof_with_a_reason(self):
        warranties = self._register(verified=False)
        action = warranties[:1].action_open_refuse_proof()
        wizards = self.env["aftersales.warranty.refuse"].with_user(self.agent).with_context(**action["context"])
        wizards.create({"reason": "The receipt names another product."}).action_refuse()
        self.assertEqual(set(warranties.mapped("state")), {"void"})
        mail = self.env["mail.mail"].search([("subject", "ilike", "about the registration")])
        self.assertIn("names another product", mail.body_html)
        with self.assertRaises(AccessError):
            warranties.with_user(self.stranger).action_accept_proof()

    def test_a_portal_user_reads_no_proof(self):
        user = new_test_user(self.env, "portal_jan", groups="base.group_portal", partner_id=self.owner.id)
        warranty = self._register(proofs=[PROOF])[:1]
        theirs = warranty.with_user(user)
        self.assertEqual(theirs.read(["end_date"])[0]["id"], warranty.id)
        for name in ("proof_id", "purchase_date", "seller", "proof_file_ids"):
            with self.subTest(name), self.assertRaises(AccessError):
                theirs.read([name])
        with self.assertRaises(AccessError):
            warranty.proof_file_ids.with_user(user).read(["datas"])

    # === New owners === #

    def _hand_over(self, warranty, **vals):
        vals = {"warranty_id": warranty.id, "partner_id": self.customer.id, **vals}
        return self.env["aftersales.warranty.transfer"].with_user(self.agent).create(vals).action_transfer()

    def test_a_unit_goes_with_all_that_its_terms_let_go(self):
        self.late.transferable = False
        warranties = self._register()
        self._hand_over(warranties[:1])
        self.assertEqual(warranties.mapped("partner_id.name"), ["Ada Kowalska", "Jan Nowak"])
        with self.assertRaisesRegex(UserError, "do not let a new owner"):
            self._hand_over(warranties[1:])
        mails = self.env["mail.mail"].search([("subject", "ilike", "warranty")], order="id desc", limit=2)
        self.assertEqual(mails.recipient_ids, self.customer | self.owner)
        former = mails.filtered(lambda mail: mail.recipient_ids == self.owner)
        self.assertIn("ada@example.com", former.body_html)
        self.assertNotIn("Ada", former.body_html)

    def test_some_of_several_units_go(self):
        order = self._sold((self.kettle, 3))
        warranty = self.env["aftersales.warranty"].search(
            [("sale_order_id", "=", order.id), ("source", "=", "statutory")]
        )
        with self.assertRaisesRegex(UserError, "between one and 3"):
            self._hand_over(warranty, partner_id=self.owner.id, quantity=4)
        self._hand_over(warranty, partner_id=self.owner.id, quantity=1)
        rows = self.env["aftersales.warranty"].search([("sale_order_id", "=", order.id)])
        self.assertEqual(
            sorted(rows.mapped(lambda w: (w.source, w.quantity, w.partner_id.name))),
            sorted(
                (source, count, name)
                for source in ("statutory", "commercial")
                for count, name in ((2, "Ada Kowalska"), (1, "Jan Nowak"))
            ),
        )
