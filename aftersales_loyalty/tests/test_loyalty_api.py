import os
import unittest
from datetime import timedelta
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.aftersales_crm.facade.document import render

from .common import LoyaltyCommon

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


class TestLoyaltyApi(LoyaltyCommon):
    """Scripts read statements and give points, with the rights of their user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.aftersales_grant_limit = 100
        cls.today = cls.company._aftersales_today()
        cls.params = {"partner": cls.customer.email, "program": cls.program.id}

    def _call(self, method, user=None, **params):
        return getattr(self.env["aftersales.api"].with_user(user or self.agent), method)({**self.params, **params})

    def _give(self, points=40, user=None, **params):
        return self._call("loyalty_grant", user, points=points, reason="Sorry for the wait", **params)

    def test_points_are_given_and_stand_in_the_statement(self):
        before = self._call("loyalty_statement")
        last = self.today + timedelta(days=90)
        given = self._give(expires_on=str(last), external_ref="shop-1")
        entry = given["entry"]
        self.assertEqual((entry["kind"], entry["points"], entry["reason"]), ("grant", 40, "Sorry for the wait"))
        self.assertEqual((entry["expires_on"], entry["remaining"], entry["external_ref"]), (str(last), 40, "shop-1"))
        after = self._call("loyalty_statement")
        self.assertEqual(after["balance"], before["balance"] + 40)
        self.assertEqual(after["entries"][0], entry)
        self.assertIn({"points": 40, "on": str(last)}, after["expiring"])
        self.assertFalse(self.env["aftersales.loyalty.entry"]._audit())

    def test_the_same_reference_gives_points_once(self):
        first = self._give(external_ref="shop-2")
        again = self._give(external_ref="shop-2")
        self.assertEqual((first["entry"]["id"], first["balance"]), (again["entry"]["id"], again["balance"]))
        with self.assertRaisesRegex(UserError, "other content"):
            self._give(points=41, external_ref="shop-2")

    def test_another_worker_gives_points_once(self):
        partner = self.customer.id
        with self._worker() as env:
            call = env["aftersales.api"].with_user(self.manager.id).loyalty_grant
            params = {**self.params, "partner": partner, "points": 5, "reason": "Twice", "external_ref": "shop-3"}
            first = call(params)
            second = call(params)
        self.assertEqual(first["entry"]["id"], second["entry"]["id"])

    def test_points_are_taken_from_several_lots_with_one_reference(self):
        self._give(30)
        self._give(30, expires_on=str(self.today + timedelta(days=9)))
        balance = self._call("loyalty_statement")["balance"]
        for _again in range(2):
            taken = self._give(-50, self.manager, external_ref="shop-4")
        self.assertEqual(taken["balance"], balance - 50)
        self.assertEqual(taken["entry"]["kind"], "adjust")
        self.assertFalse(self.env["aftersales.loyalty.entry"]._audit())

    def test_who_has_no_card_has_no_points_until_some_are_given(self):
        stranger = self.env["res.partner"].create({"name": "Nowa", "email": "nowa@example.com"})
        empty = self._call("loyalty_statement", partner=stranger.id)
        self.assertEqual((empty["card"], empty["balance"], empty["entries"]), (False, 0, []))
        given = self._give(partner=stranger.id)
        self.assertTrue(given["card"])
        self.assertEqual(given["balance"], 40)

    def test_the_statement_comes_in_pages_and_periods(self):
        for points in (1, 2, 3):
            self._give(points)
        whole = self._call("loyalty_statement")["entries"]
        page = self._call("loyalty_statement", limit=2)
        rest = self._call("loyalty_statement", limit=500, offset=2)
        self.assertTrue(page["more"])
        self.assertFalse(rest["more"])
        self.assertEqual(page["entries"] + rest["entries"], whole)
        day = str(self.today)
        self.assertEqual(self._call("loyalty_statement", **{"from": day, "to": day})["entries"][:3], whole[:3])
        later = str(self.today + timedelta(days=1))
        self.assertFalse(self._call("loyalty_statement", **{"from": later})["entries"])
        with self.assertRaisesRegex(UserError, "is after"):
            self._call("loyalty_statement", **{"from": later, "to": day})

    def test_bad_input_is_refused_and_writes_nothing(self):
        entries = self.env["aftersales.loyalty.entry"]
        before = entries.search_count([])
        cases = (
            ({"points": float("nan")}, "expected number"),
            ({"points": 0}, "at least 0.01"),
            ({"points": 0.001}, "at least 0.01"),
            ({"points": 1e300}, "is more than"),
            ({"points": "many"}, "expected number"),
            ({"reason": "  "}, "Say why"),
            ({"partner": "nobody@example.com"}, "there is no"),
            ({"program": "No such"}, "there is no"),
            ({"expires_on": "2001-01-01"}, "expired already"),
            ({"expires_on": "soon"}, "is no date"),
            ({"points": -1e6}, "no more can be taken"),
            ({"points": -1, "expires_on": "2099-01-01"}, "no last day"),
            ({"colour": "red"}, "unknown key"),
        )
        for vals, message in cases:
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, message):
                self._call("loyalty_grant", self.manager, **{"points": 5, "reason": "Why", **vals})
        self.assertEqual(entries.search_count([]), before)

    def test_a_program_that_ended_gives_nothing(self):
        self.program.date_to = self.today - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "has ended"):
            self._give()

    def test_agents_stay_within_the_limit_also_in_small_steps(self):
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self._give(101)
        self._give(60)
        with self.assertRaisesRegex(AccessError, "40 more points"):
            self._give(41)
        self._give(40)
        with self.assertRaisesRegex(AccessError, "0 more points"):
            self._give(-1)
        self._give(1000, self.manager)

    def test_strangers_and_customers_get_nothing(self):
        portal = new_test_user(self.env, "portal_points", groups="base.group_portal")
        for user in (self.stranger, portal):
            with self.assertRaises(AccessError):
                self._call("loyalty_statement", user)
            with self.assertRaises(AccessError):
                self._give(user=user)

    def test_the_only_program_need_not_be_named(self):
        others = self.env["loyalty.program"].search([("aftersales_ledger", "=", True)]) - self.program
        others.aftersales_ledger = False
        self.params = {"partner": self.customer.id}
        self.assertEqual(self._give()["program"]["id"], self.program.id)
        self.program.copy({"name": "Second"}).aftersales_ledger = True
        with self.assertRaisesRegex(UserError, "ambiguous"):
            self._give()

    def test_the_document_describes_these_methods_too(self):
        if os.environ.get("AFTERSALES_WRITE_DOCS") or not DOCUMENT.exists():
            raise unittest.SkipTest("docs/api.md is being written, or not part of this installation")
        page = render(self.env["aftersales.api"])
        self.assertIn("## `loyalty_statement`", page)
        self.assertEqual(DOCUMENT.read_text(encoding="utf-8"), page)
