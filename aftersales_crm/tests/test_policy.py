from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import AftersalesCommon

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class PolicyCommon(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("aftersales_crm.return_policy_standard")
        cls.business = cls.env["res.partner"].create(
            {"name": "Business", "is_company": True, "country_id": cls.poland.id}
        )

    @classmethod
    def _sold_to(cls, partner, *items):
        return cls._sold(*(items or [(cls.kettle, 4)]), partner=partner)

    def _kind(self, code):
        return self.env.ref(f"aftersales_crm.product_kind_{code}")


@freeze_time("2026-03-10 12:00:00")
class TestPolicy(PolicyCommon):
    def test_a_line_keeps_every_term_of_its_policy(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self._kind("hygiene")
        self.policy.write({"keep_limit": 12, "approval_days": 7, "evidence": "photo", "advance_replacement": True})
        self.policy.excluded_kind_ids = self._kind("hygiene")
        line = self._order((self.kettle, 1)).order_line
        terms = line.aftersales_policy_terms
        self.policy.write({"keep_limit": 0, "approval_days": 0, "evidence": "none", "excluded_kind_ids": False})
        self.kettle.product_tmpl_id.aftersales_kind_id = False
        kept = {key: terms[key] for key in ("keep_limit", "approval_days", "evidence", "advance_replacement")}
        self.assertEqual(kept, {"keep_limit": 12, "approval_days": 7, "evidence": "photo", "advance_replacement": True})
        self.assertEqual((terms["kind"]["code"], terms["excludes_kind"], terms["advance_days"]), ("hygiene", True, 14))

    def test_amounts_and_days_below_zero_are_refused(self):
        for field in ("keep_limit", "approval_days", "advance_days", "way_back_fee"):
            with (
                self.subTest(field=field),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.policy[field] = -1
                self.policy.flush_recordset()

    # === Evidence === #

    def test_the_policy_asks_for_evidence(self):
        for evidence, given, outcome in (
            ("none", {}, "pass"),
            ("photo", {}, "review"),
            ("photo", {"photos": [{"name": "p.png", "data": PIXEL}]}, "pass"),
            ("photo_note", {"photos": [{"name": "p.png", "data": PIXEL}]}, "review"),
            ("photo_note", {"photos": [{"name": "p.png", "data": PIXEL}], "note": "Too loud"}, "pass"),
        ):
            with self.subTest(evidence=evidence, given=list(given)):
                self.policy.evidence = evidence
                rma = self._rma(self._sold_to(self.business), **given)
                self.assertEqual((rma.line_ids.basis, rma.eligibility), ("policy", outcome))

    def test_no_evidence_is_asked_for_on_a_statutory_withdrawal(self):
        self.policy.evidence = "photo_note"
        rma = self._rma(self._sold((self.kettle, 1)))
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("withdrawal", "pass"))

    # === Costs === #

    def test_the_way_back_is_deducted_once_and_never_where_the_law_gives_the_right(self):
        self.policy.write({"return_shipping": "deducted", "way_back_fee": 9.9, "fee_type": "percent", "fee_amount": 10})
        products = [self.kettle, self._product("Toaster", list_price=50)]
        order = self._sold_to(self.business, *((product, 1) for product in products))
        items = [
            {"sale_line": line, "quantity": 1, "reason": self._reason("changed_mind")} for line in order.order_line
        ]
        rma = self.env["aftersales.rma"].with_user(self.agent)._request(self.business, items)
        self.assertEqual(rma.line_ids.mapped("fee"), [19.9, 5])
        consumer = self._sold((self.kettle, 2))
        self.assertEqual(self._rma(consumer).line_ids.fee, 0)
        self.assertEqual(self._rma(consumer, reason=self._reason("defective")).line_ids.fee, 0)

    def test_what_is_deducted_never_exceeds_what_was_paid(self):
        self.policy.write({"return_shipping": "deducted", "way_back_fee": 500})
        self.assertEqual(self._rma(self._sold_to(self.business)).line_ids.fee, 100)

    # === Goods that stay === #

    def test_what_is_worth_little_need_not_come_back(self):
        self.policy.keep_limit = 150
        order = self._sold((self.kettle, 4))
        small = self._rma(order, 1)
        small.action_approve()
        self.assertTrue(small.line_ids.keeps_goods)
        self.assertEqual((small.reception_status, len(small.picking_ids)), ("not_required", 0))
        small.action_settle()
        self.assertEqual((small.state, small.refunded_total), ("done", 100))
        self.assertEqual(order.order_line.aftersales_settled_qty, 1)
        large = self._rma(order, 2)
        large.action_approve()
        self.assertEqual((large.line_ids.keeps_goods, large.reception_status), (False, "waiting"))
        with self.assertRaisesRegex(UserError, "only 1 can still be returned"):
            self._rma(order, 2)

    def test_what_is_to_be_repaired_or_is_doubtful_comes_back(self):
        self.policy.keep_limit = 150
        order = self._sold((self.kettle, 4))
        repair = self._rma(order, reason=self._reason("defective"))
        doubtful = self._rma(order, reason=self._reason("damaged_in_transit"))
        self.assertEqual((repair | doubtful).line_ids.mapped("keeps_goods"), [False, False])

    def test_nobody_decides_by_hand_that_goods_stay(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        with self.assertRaisesRegex(UserError, "keeps_goods"):
            rma.line_ids.keeps_goods = True

    # === Kinds === #

    def test_a_kind_is_left_out_of_withdrawal_or_policy(self):
        law = self.env["aftersales.jurisdiction"]._for_country(self.poland, date(2026, 3, 10))
        for code, opened, withdrawal in (
            ("custom", None, "fail"),
            ("perishable", False, "fail"),
            ("hygiene", None, "unknown"),
            ("hygiene", True, "fail"),
            ("hygiene", False, "pass"),
            ("media", True, "fail"),
            (False, True, "pass"),
        ):
            with self.subTest(kind=code, opened=opened):
                self.kettle.product_tmpl_id.aftersales_kind_id = code and self._kind(code)
                order = self._sold((self.kettle, 1))
                unit = self.env["aftersales.eligibility"]._prepare_unit(
                    order.order_line, move=order.order_line.move_ids, opened=opened
                )
                result = self.env["aftersales.eligibility"]._evaluate([unit], date(2026, 3, 11))[0]
                self.assertEqual(result["bases"]["withdrawal"]["outcome"], withdrawal)
                self.assertEqual(result["bases"]["policy"]["outcome"], "pass")
        self.assertIn(self._kind("custom"), law.excluded_kind_ids)

    def test_while_nobody_knows_whether_it_was_opened_a_person_decides(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self._kind("hygiene")
        order = self._sold((self.kettle, 3))
        rma = self._rma(order)
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("withdrawal", "unknown"))
        self.assertIn("which is not known", rma.line_ids.basis_reasons)
        self.assertEqual(self._rma(order, opened=False).eligibility, "pass")
        self.assertEqual(self._rma(order, opened=True).line_ids.basis, "policy")

    def test_a_policy_leaves_kinds_out_but_not_defects(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self._kind("custom")
        self.policy.excluded_kind_ids = self._kind("custom")
        order = self._sold((self.kettle, 2))
        rma = self._rma(order)
        self.assertEqual(rma.eligibility, "fail")
        self.assertIn("not for “Made to measure”", rma.line_ids.basis_reasons)
        self.assertEqual(self._rma(order, reason=self._reason("defective")).line_ids.basis, "guarantee")

    def test_a_service_is_one_without_being_told(self):
        service = self._product("Installation", type="service", is_storable=False)
        line = self._order((service, 1)).order_line
        self.assertEqual(line.aftersales_policy_terms["kind"]["code"], "service")
        self.assertEqual(line.aftersales_return_until, date(2026, 4, 9))

    def test_kinds_are_read_by_all_staff_and_written_by_managers(self):
        kind = self._kind("hygiene")
        self.assertTrue(kind.with_user(self.stranger).name)
        for user in (self.stranger, self.agent_all):
            self.assertFalse(kind.with_user(user).has_access("write"))
        kind.with_user(self.manager).note = "Our own words"
        portal = new_test_user(self.env, "portal_kinds", groups="base.group_portal")
        self.assertFalse(kind.with_user(portal).has_access("read"))

    def test_another_companys_policy_does_not_apply(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.policy.copy({"company_id": other.id, "sequence": 1, "window_days": 99})
        self.assertEqual(self._order((self.kettle, 1)).order_line.aftersales_policy_id, self.policy)

    # === What is told === #

    def test_a_withdrawal_in_time_is_one_whatever_was_chosen(self):
        self.policy.write({"fee_type": "percent", "fee_amount": 20})
        order = self._sold((self.kettle, 5))
        for reason in ("changed_mind", "wrong_choice", "late_delivery", "other"):
            rma = self._rma(order, reason=self._reason(reason), basis="policy")
            self.assertEqual((rma.line_ids.basis, rma.line_ids.fee), ("withdrawal", 0), reason)
            self.assertIn("whatever was chosen", rma.line_ids.basis_reasons)
        late = self._rma(order, basis="policy", vals={"requested_on": "2026-03-30"})
        self.assertEqual((late.line_ids.basis, late.line_ids.fee), ("policy", 20))

    def test_who_was_not_informed_has_twelve_months_more(self):
        order = self._sold((self.kettle, 2))
        asked = {"requested_on": "2027-03-24"}
        self.assertEqual(self._rma(order, vals=asked).eligibility, "fail")
        order.aftersales_not_informed = True
        self.assertEqual(self._rma(order, vals=asked).line_ids.basis, "withdrawal")

    def test_a_refusal_names_every_right_that_was_looked_at(self):
        order = self._sold((self.kettle, 1))
        line = self._rma(order, vals={"requested_on": "2026-05-01"}).line_ids
        self.assertEqual((line.basis, line.eligibility), ("policy", "fail"))
        self.assertEqual(
            line.basis_reasons,
            "Return policy: ended on 04/09/2026.\nWithdrawal by law: ended on 03/24/2026.",
        )
        order = self._sold_to(self.business)
        reasons = self._rma(order, vals={"requested_on": "2026-05-01"}).line_ids.basis_reasons
        self.assertTrue(reasons.startswith("Return policy: ended on 04/09/2026."), reasons)

    def test_a_right_that_a_person_may_confirm_is_not_replaced_by_the_policy(self):
        rma = self._rma(self._sold_to(self.business), reason=self._reason("damaged_in_transit"))
        self.assertEqual((rma.line_ids.basis, rma.eligibility), ("delivery", "review"))
        self.assertEqual(rma.line_ids.basis_reasons, "A photo is missing.")

    def test_why_shows_every_check_with_its_outcome(self):
        line = self._rma(self._sold((self.kettle, 1))).line_ids
        explanation = str(line.basis_explanation)
        for text in ("Bought as a consumer.", "no exception for this product", "Only defects are covered."):
            self.assertIn(text, explanation)
        shown = explanation.count("<li>")
        self.assertEqual(shown, sum(len(checks) for checks in line.basis_checks.values()))


class TestExpiry(PolicyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.approval_days = 10
        cls.order = cls._sold_to(cls.business)

    def _approved(self, order=None, **kwargs):
        rma = self._rma(order or self.order, **kwargs)
        rma.action_approve()
        return rma

    def _run(self, days):
        with freeze_time(self.company._aftersales_today() + timedelta(days=days)), self.enter_registry_test_mode():
            self.env.ref("aftersales_crm.ir_cron_expire_approvals").method_direct_trigger()
        self.env.invalidate_all()

    def test_an_approval_that_nobody_acts_on_is_closed(self):
        rma = self._approved()
        self.assertEqual(rma.expires_on, self.company._aftersales_today() + timedelta(days=10))
        self._run(10)
        self.assertEqual(rma.state, "approved")
        for _twice in range(2):
            self._run(11)
            self.assertEqual((rma.state, rma.expired, rma.remedy_ids.state), ("cancelled", True, "cancelled"))
        self.assertEqual(sum("nothing was sent" in (body or "") for body in rma.message_ids.mapped("body")), 1)
        self.assertEqual(set(rma.sudo().picking_ids.mapped("state")), {"cancel"})
        self.assertEqual(self._rma(self.order, 4).state, "submitted", "its units are free again")

    def test_what_was_sent_received_or_begun_is_left_alone(self):
        sent, received, begun = (self._approved() for _number in range(3))
        sent.action_mark_sent("PL1")
        self._receive(received)
        begun.remedy_ids._write_guarded({"state": "pending"})
        self._run(30)
        self.assertEqual((sent | received | begun).mapped("state"), ["approved"] * 3)

    def test_approvals_from_before_the_setting_never_expire(self):
        self.policy.approval_days = 0
        order = self._sold_to(self.business)
        rma = self._approved(order)
        self.policy.approval_days = 1
        again = self._approved(order)
        self._run(400)
        self.assertEqual((rma | again).mapped("state"), ["approved"] * 2)
        self.assertFalse((rma | again).filtered("expires_on"))

    def test_a_withdrawal_has_at_least_the_days_of_the_law(self):
        rma = self._approved(self._sold((self.kettle, 1)))
        self.assertEqual(rma.line_ids.basis, "withdrawal")
        self.assertEqual(rma.expires_on, self.company._aftersales_today() + timedelta(days=14))

    def test_what_expired_is_taken_up_again_with_the_rights_of_its_day(self):
        rma = self._approved(quantity=3)
        self._run(60)
        with freeze_time(self.company._aftersales_today() + timedelta(days=60)):
            rma.action_appeal()
            self.assertEqual((rma.state, rma.eligibility, rma.expired), ("submitted", "pass", False))
            rma.action_approve()
            self.assertEqual(rma.expires_on, self.company._aftersales_today() + timedelta(days=10))
        self.assertEqual(rma.remedy_ids.mapped("state"), ["cancelled", "draft"])
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, rma.refunded_total), ("done", 300))

    def test_what_was_cancelled_by_a_person_stays_so(self):
        rma = self._approved()
        rma.action_cancel()
        with self.assertRaisesRegex(UserError, "was cancelled"):
            rma.action_appeal()

    def test_nobody_writes_the_day_by_hand(self):
        rma = self._approved()
        for vals in ({"expires_on": "2099-01-01"}, {"expired": True}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                rma.with_user(self.manager).write(vals)
