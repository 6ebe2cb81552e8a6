from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AftersalesCommon


@tagged("post_install", "-at_install")
class TestOffer(AftersalesCommon):
    """What the shop offers, and what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))
        cls.rma = cls._rma(cls.order, 1, reason=cls._reason("defective"))

    def _offer(self, code="keep", amount=20.0, user=None, rma=None, **vals):
        return (
            self.env["aftersales.offer"]
            .with_user(user or self.manager)
            .create(
                {
                    "rma_line_id": (rma or self.rma).line_ids[:1].id,
                    "type_id": self._remedy(code).id,
                    "amount": amount if code == "keep" else 0.0,
                    **vals,
                }
            )
        )

    def test_an_accepted_offer_is_carried_out_as_it_was_made(self):
        self.rma.action_approve()
        offer = self._offer()
        self.assertIn("20.00", self.rma.message_ids[0].body)
        self.assertTrue(offer._accept())
        self.assertFalse(offer._accept())
        remedy = self.rma.remedy_ids
        self.assertEqual((remedy.code, remedy.agreed_amount), ("keep", 20))
        self.assertEqual((remedy.choice_by, remedy.choice_at), (offer.answered_by, offer.answered_at))
        self.assertEqual(self.rma.reception_status, "not_required")
        self.rma.action_settle()
        self.assertEqual((self.rma.state, self.rma.sudo().refund_ids.amount_total), ("done", 20))

    def test_to_accept_approves_what_was_not_decided(self):
        offer = self._offer("refund", user=self.agent)
        self.assertEqual(self.rma.state, "submitted")
        offer._accept()
        self.assertEqual((self.rma.state, self.rma.remedy_ids.code), ("approved", "refund"))

    def test_a_declined_offer_leaves_everything_as_it_was(self):
        self.rma.action_approve()
        offer = self._offer("replacement")
        self.assertTrue(offer._decline())
        self.assertFalse(offer._decline())
        self.assertEqual((offer.state, self.rma.remedy_ids.code), ("declined", "repair"))
        with self.assertRaisesRegex(UserError, "cannot become"), self.env.cr.savepoint():
            offer._accept()

    def test_what_is_withdrawn_or_settled_is_not_accepted(self):
        self.rma.action_approve()
        offer = self._offer("refund")
        offer.with_user(self.agent).action_withdraw()
        with self.assertRaisesRegex(UserError, "cannot become"), self.env.cr.savepoint():
            offer._accept()
        offer = self._offer("refund")
        self.rma.remedy_ids.with_user(self.manager)._change(self._remedy("keep"), terms={"agreed_amount": 5.0})
        self.rma.remedy_ids.action_apply()
        self.assertEqual(offer.state, "withdrawn")

    def test_a_refusal_withdraws_what_was_offered(self):
        offer = self._offer("refund")
        self.rma.action_reject("No.")
        self.assertEqual(offer.state, "withdrawn")
        with self.assertRaisesRegex(UserError, "nothing left"), self.env.cr.savepoint():
            self._offer("refund")

    def test_an_agent_offers_what_the_basis_gives_and_no_more(self):
        with self.assertRaisesRegex(AccessError, "Only a manager"), self.env.cr.savepoint():
            self._offer(user=self.agent)
        with self.assertRaises(AccessError):
            self._offer("refund", user=self.stranger)
        self.rma.user_id = self.manager
        with self.assertRaises(AccessError):
            self._offer("refund", user=self.agent)

    def test_an_offer_is_not_rewritten(self):
        offer = self._offer("refund", user=self.agent)
        with self.assertRaises(AccessError):
            offer.type_id = self._remedy("repair")
        with self.assertRaisesRegex(UserError, "cannot be set directly"), self.env.cr.savepoint():
            offer.sudo().state = "accepted"
        with self.assertRaisesRegex(UserError, "cannot be set directly"), self.env.cr.savepoint():
            self._offer("repair", state="accepted")

    def test_amounts_that_make_no_sense_are_refused(self):
        for amount, message in (
            (0.0, "Say what the customer gets"),
            (-1.0, "above zero"),
            (float("nan"), "above zero"),
            (100.01, "Only .*100.00 was paid"),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self._offer(amount=amount)

    def test_there_is_one_offer_at_a_time(self):
        self._offer("refund")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._offer("repair")
