import os
import unittest
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..facade import schema
from ..facade.document import render
from ..models.aftersales_api_return import REQUEST
from .common import AftersalesCommon

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


class TestApi(AftersalesCommon):
    def _call(self, method, user=None, **params):
        return getattr(self.env["aftersales.api"].with_user(user or self.agent), method)(params)

    def test_a_script_takes_a_return_from_request_to_refund(self):
        order = self._sold((self.kettle, 3))
        options = self._call("return_options", order=order.name)
        line = options["lines"][0]
        self.assertEqual((line["delivered"], line["returnable"]), (3, 3))
        self.assertTrue(line["bases"]["withdrawal"]["eligible"])
        rma = self._call(
            "request_return",
            external_ref="shop-1",
            lines=[{"sale_line_id": line["sale_line_id"], "quantity": 2, "reason": "changed_mind"}],
        )
        self.assertEqual((rma["state"], rma["lines"][0]["basis"]), ("submitted", "withdrawal"))
        self.assertEqual(self._call("return_options", order=order.id)["lines"][0]["returnable"], 1)
        rma = self._call("approve_return", rma=rma["name"])
        self._call("mark_return_sent", rma=rma["id"], tracking="PL123")
        received = {"line_id": rma["lines"][0]["id"], "quantity": 1}
        rma = self._call("receive_return", rma=rma["id"], lines=[received])
        self.assertEqual(rma["reception_status"], "partial")
        rma = self._call("settle_return", rma=rma["id"])
        self.assertEqual((rma["state"], rma["refunded_total"]), ("approved", 100))
        self._call("receive_return", rma=rma["id"], lines=[received])
        rma = self._call("settle_return", rma=rma["id"])
        self.assertEqual((rma["state"], rma["refunded_total"]), ("done", 200))
        self.assertEqual(rma, self._call("settle_return", rma=rma["id"]))
        self.assertEqual(rma, self._call("list_returns", state="done")["returns"][-1])

    def test_the_same_reference_gives_the_same_return(self):
        order = self._sold((self.kettle, 3))
        lines = [{"sale_line_id": order.order_line.id, "quantity": 1}]
        first = self._call("request_return", external_ref="X", lines=lines)
        self.assertEqual(first["id"], self._call("request_return", external_ref="X", lines=lines)["id"])
        lines[0]["quantity"] = 2
        with self.assertRaisesRegex(UserError, "already stands for"):
            self._call("request_return", external_ref="X", lines=lines)

    def test_everything_wrong_is_told_at_once(self):
        with self.assertRaises(UserError) as caught:
            self._call("request_return", lines=[{"quantity": "two", "colour": "red"}], requested_on="soon")
        message = str(caught.exception)
        for part in ("lines[0].quantity: expected number", "lines[0].colour: unknown key", "requested_on"):
            self.assertIn(part, message)
        with self.assertRaisesRegex(UserError, "rma: missing"):
            self._call("get_return")

    def test_an_ambiguous_serial_is_refused_with_its_candidates(self):
        oven = self._product("Oven", tracking="serial")
        first, second = self._lots(self.washer, "S1"), self._lots(oven, "S1")
        with self.assertRaisesRegex(UserError, f"{first.id} .*{second.id} "):
            self._call("warranty_status", lot="S1")
        self.assertEqual(self._call("warranty_status", lot="S1", product="Oven")["verdict"], "unknown")

    def test_a_warranty_is_known_by_serial_and_by_order(self):
        lot = self._lots(self.washer, "W9")
        order = self._sold((self.washer, 1), lots={self.washer: lot})
        options = self._call("return_options", order=order.id)["lines"][0]
        self.assertEqual([lot["name"] for lot in options["lots"]], ["W9"])
        by_lot = self._call("warranty_status", lot="W9")
        self.assertEqual((by_lot["verdict"], by_lot["warranties"][0]["source"]), ("covered", "statutory"))
        self.assertEqual(by_lot, self._call("warranty_status", order=order.name, product="Washer"))
        self.assertEqual(self._call("warranty_status", lot="W9", on="2099-01-01")["verdict"], "not_covered")

    def test_the_history_comes_in_pages_without_gaps(self):
        order = self._sold((self.kettle, 1))
        self._rma(order)
        self.env.cr.flush()
        whole = self._call("customer_history", partner=self.customer.id)
        self.assertLessEqual(
            {"order", "delivery", "invoice", "warranty", "return"}, {e["kind"] for e in whole["events"]}
        )
        self.assertFalse(whole["next"])
        pages, cursor = [], False
        while True:
            page = self._call("customer_history", partner=self.customer.id, limit=2, before=cursor)
            pages += page["events"]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(pages, whole["events"])

    def test_strangers_and_customers_get_nothing(self):
        order = self._sold((self.kettle, 1))
        with self.assertRaises(AccessError):
            self._call("return_options", user=self.stranger, order=order.id)
        portal = new_test_user(self.env, "portal_api", groups="base.group_portal")
        for method in self.env["aftersales.api"]._methods():
            with self.assertRaisesRegex(AccessError, "internal users"):
                self._call(method, user=portal)

    def test_every_method_is_described(self):
        described = self._call("describe")["methods"]
        added = set(dir(self.env["aftersales.api"])) - set(dir(self.env["base"]))
        self.assertEqual(set(described), {name for name in added if not name.startswith("_")})
        self.assertTrue(all(method["summary"] for method in described.values()))

    def test_the_document_equals_the_code(self):
        page = render(self.env["aftersales.api"])
        if os.environ.get("AFTERSALES_WRITE_DOCS"):
            DOCUMENT.write_text(page, encoding="utf-8")
        if not DOCUMENT.exists():
            raise unittest.SkipTest("docs/api.md is not part of this installation")
        # Other add-ons describe their methods after ours.
        self.assertTrue(DOCUMENT.read_text(encoding="utf-8").startswith(page.rstrip("\n")), "docs/api.md is outdated")


class TestSchema(AftersalesCommon):
    def test_values_are_told_from_what_stands_for_nothing(self):
        value = {"lines": [], "note": False, "submit": False, "external_ref": None}
        self.assertEqual(schema.validate(REQUEST, value), [])
        self.assertEqual(schema.compact(REQUEST, value), {"lines": [], "submit": False})

    def test_numbers_that_are_none_are_refused(self):
        part = {"type": "number"}
        for bad in (float("nan"), float("inf"), True, "1", None):
            self.assertTrue(schema.validate(part, bad), bad)
        self.assertTrue(schema.validate({"type": "integer"}, 2**31))
