import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import AftersalesCommon


class TestWarrantyCheck(AftersalesCommon):
    """The check of a warranty as an agent asks for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+48 600 700 800"
        cls.washer.barcode, cls.kettle.default_code = "5901111111111", "KET-1"
        cls.lots = cls._lots(cls.washer, "CHK-1", "CHK-2")
        cls.order = cls._sold((cls.washer, 2), (cls.kettle, 3), lots={cls.washer: cls.lots}, client_order_ref="SHOP-77")
        cls.check = cls.env["aftersales.warranty.check"].with_user(cls.agent)

    def _units(self, code):
        found = self.check.find(code)
        if found["kind"] == "verdict":
            return [(found["product"], found["lot"])]
        return [(hit["product"], hit["lot"]) for hit in found.get("hits", [])]

    def test_a_unit_is_found_by_whatever_is_known(self):
        washers = [("Washer", "CHK-1"), ("Washer", "CHK-2")]
        everything = [*washers, ("[KET-1] Kettle", False)]
        cases = [
            ("CHK-1", washers[:1]),
            (" chk-1\r", washers[:1]),
            ("5901111111111", washers),
            ("KET-1", everything[2:]),
            (self.order.name, everything),
            ("SHOP-77", everything),
            ("Kowalska", everything),
            ("ada@example.com", everything),
            ("600 700 800", everything),
            ("nobody of this name", []),
            ("%%%", []),
            ("C", []),
        ]
        for code, units in cases:
            with self.subTest(code=code):
                self.assertCountEqual(self._units(code), units)
        for nonsense in (None, 7, ["CHK-1"], "\x00", "x" * 10000):
            with self.subTest(nonsense=nonsense):
                self.assertEqual(self.check.find(nonsense)["kind"], "nothing")

    def test_the_card_says_everything_and_is_plain_data(self):
        card = self.check.find("CHK-1", self._reason("defective").id)
        self.assertEqual((card["kind"], card["verdict"]), ("verdict", "covered"))
        self.assertIn("Covered until", card["verdict_label"])
        self.assertEqual([right["by_law"] for right in card["rights"]], [True])
        self.assertEqual([part["percent"] for part in card["rights"][0]["parts"]], [100, 100, 100])
        self.assertIn("for the seller to prove", card["burden"])
        self.assertEqual((card["customer"], card["order"]), (self.customer.display_name, self.order.name))
        self.assertEqual([step["code"] for step in card["steps"]], ["return", "warranty", "order", "history"])
        json.dumps(card)
        hits = json.loads(json.dumps(self.check.find(self.order.name)))["hits"]
        self.assertTrue(all(isinstance(hit["until"], str) for hit in hits))

    def test_another_reason_or_day_is_judged_at_once(self):
        unit = self.check.find("CHK-1")["unit"]
        mind, late = self._reason("changed_mind").id, str(self.company._aftersales_today() + timedelta(days=3000))
        self.assertEqual(self.check.judge(unit, mind)["verdict"], "not_covered")
        self.assertEqual(self.check.judge(unit, False, late)["verdict"], "not_covered")
        self.assertEqual(self.check.judge(unit)["verdict"], "covered")
        for wrong in ("2026-13-45", "soon", [], {"a": 1}):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "is no day"):
                self.check.judge(unit, False, wrong or "soon")

    def test_what_happened_is_told(self):
        rma = self._rma(self.order, lot=self.lots[0], reason=self._reason("defective"))
        rma.action_approve()
        self._receive(rma)
        card = self.check.find("CHK-1")
        self.assertEqual([document["name"] for document in card["documents"]][:1], [rma.name])
        self.assertEqual(card["steps"][0]["label"], f"Open {rma.name}")
        self.assertEqual(self.check.step("return", card["unit"])["res_id"], rma.id)
        new = self.env["res.partner"].create({"name": "Bert New", "country_id": self.poland.id})
        warranties = self.env["aftersales.warranty"].search([("lot_id", "=", self.lots[1].id)])
        warranties._transfer(new, self.company._aftersales_today(), "Sold on")
        card = self.check.find("CHK-2")
        self.assertEqual(card["customer"], "Bert New")
        self.assertIn("Bert New has it from Ada Kowalska", card["happened"][0]["text"])
        self.assertEqual(self._units("Bert New"), [("Washer", "CHK-2")])

    def test_the_next_steps_open_what_they_say(self):
        found = self.check.find("CHK-1")
        reason = self._reason("defective")
        action = self.check.step("return", found["unit"], reason.id)
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent).with_context(**action["context"]))
        self.assertEqual(wizard.reason_id, reason)
        chosen = wizard.save().line_ids.filtered("quantity")
        self.assertEqual((chosen.product_id, chosen.lot_id, chosen.quantity), (self.washer, self.lots[0], 1))
        models = {code: self.check.step(code, found["unit"])["res_model"] for code in ("warranty", "order", "history")}
        self.assertEqual(
            models, {"warranty": "aftersales.warranty", "order": "sale.order", "history": "aftersales.event"}
        )
        with self.assertRaisesRegex(UserError, "not possible"):
            self.check.step("repair", found["unit"])
        with self.assertRaisesRegex(UserError, "not possible"):
            self.check.step("_card", found["unit"])
        nothing = self.check.find("nobody of this name")
        self.assertEqual([step["code"] for step in nothing["steps"]], ["register"])
        self.assertEqual(self.check.step("register")["res_model"], "aftersales.warranty.registration")

    def test_only_agents_of_the_company_check(self):
        unit = self.check.find("CHK-1")["unit"]
        portal = new_test_user(self.env, "check_portal", groups="base.group_portal")
        for user in (self.stranger, portal):
            check = self.check.with_user(user)
            for call in (check.start, lambda c=check: c.find("CHK-1"), lambda c=check: c.judge(unit)):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call()
            with self.assertRaises(AccessError):
                check.step("order", unit)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        far = new_test_user(
            self.env,
            "check_far",
            groups="aftersales_crm.aftersales_crm_group_agent",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        check = self.check.with_user(far).with_company(elsewhere)
        for code in ("CHK-1", self.order.name, "Kowalska", "5901111111111"):
            with self.subTest(code=code):
                self.assertEqual(check.find(code)["kind"], "nothing")
        for wrong in (unit, {"lot_id": unit["lot_id"]}, {}, {"move_id": 2**40}, {"move_id": "1"}, [], 5):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "not known here"):
                check.judge(wrong)


@tagged("post_install", "-at_install")
class TestWarrantyCheckTour(AftersalesCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_bundles()

    def test_a_clerk_checks_by_keyboard_alone(self):
        lot = self._lots(self.washer, "TOUR-CHECK-1")
        self.washer.product_tmpl_id.aftersales_term_ids = self.env["aftersales.warranty.term"].create(
            {"name": "Five years on the motor", "duration": 60}
        )
        self._sold((self.kettle, 1))
        self._sold((self.washer, 1), lots={self.washer: lot})
        self.start_tour("/odoo/aftersales-check", "aftersales_crm_warranty_check", login=self.agent.login)
        line = self.env["aftersales.rma.line"].search([("lot_id", "=", lot.id)])
        self.assertEqual((line.reason_id.code, line.quantity), ("wrong_item", 1))
