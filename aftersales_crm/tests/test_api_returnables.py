from odoo.exceptions import AccessError, UserError

from .test_returnables import PROOF, KitCommon


class TestApiReturnables(KitCommon):
    """The façade speaks of everything that can come back."""

    def _call(self, method, user=None, **params):
        return getattr(self.env["aftersales.api"].with_user(user or self.agent), method)(params)

    def test_options_are_of_an_order_or_of_a_customer(self):
        order = self._order((self.kettle, 3))
        self._deliver(order, {self.kettle: 1})
        lines = self._call("return_options", order=order.name)["lines"]
        self.assertEqual(
            [(line["delivered"], line["undelivered"], line["returnable"]) for line in lines],
            [(1, False, 1), (0, True, 2)],
        )
        other = self._sold((self.kettle, 1))
        everything = self._call("return_options", partner=self.customer.id)
        self.assertEqual({line["order"] for line in everything["lines"]}, {order.name, other.name})
        with self.assertRaisesRegex(UserError, "Give order or partner"):
            self._call("return_options")

    def test_options_tell_every_check(self):
        order = self._sold((self.kettle, 1))
        line = self._call("return_options", order=order.id, reason="changed_mind")["lines"][0]
        self.assertEqual(line["best"], "withdrawal")
        self.assertIn("Withdrawal by law", line["why"][0])
        guarantee = line["bases"]["guarantee"]
        self.assertEqual((guarantee["outcome"], guarantee["return_shipping"]), ("fail", "shop"))
        self.assertIn("Only defects are covered.", [check["message"] for check in guarantee["checks"]])

    def test_units_before_their_delivery_are_asked_for(self):
        order = self._order((self.kettle, 3))
        self._deliver(order, {self.kettle: 1})
        line = {"sale_line_id": order.order_line.id, "undelivered": True, "quantity": 2}
        rma = self._call("request_return", lines=[line])
        self.assertEqual([(line["undelivered"], line["quantity"]) for line in rma["lines"]], [(True, 2)])
        with self.assertRaisesRegex(UserError, "only 0 can still be returned"):
            self._call("request_return", lines=[line])

    def test_parts_of_a_kit_and_other_units_are_asked_for(self):
        order = self._sold_kits(12)
        self.assertEqual(
            [
                (line["product"]["name"], line["returnable"])
                for line in self._call("return_options", order=order.id)["lines"]
            ],
            [("Pot", 12), ("Lid", 24)],
        )
        line = {"product": "Lid", "quantity": 1, "uom": "Dozens"}
        rma = self._call("request_return", order=order.name, lines=[line])
        self.assertEqual([(line["quantity"], line["paid_total"]) for line in rma["lines"]], [(12, 240)])

    def test_a_gift_is_brought_back_by_somebody_else(self):
        friend = self.env["res.partner"].create({"name": "Friend"})
        order = self._sold((self.kettle, 1))
        request = {"order": order.name, "partner": friend.id, "lines": [{"product": "Kettle", "quantity": 1}]}
        with self.assertRaisesRegex(UserError, "not an order of"):
            self._call("request_return", **request)
        rma = self._call("request_return", gift=True, **request)
        self.assertEqual(
            (rma["gift"], rma["partner"]["id"], rma["payer"]["id"], rma["payout_to"]["id"]),
            (True, friend.id, self.customer.id, self.customer.id),
        )

    def test_goods_bought_elsewhere_need_a_proof_and_a_managers_value(self):
        line = {"product": "Kettle", "quantity": 1, "reason": "defective", "proofs": [PROOF]}
        rma = self._call("request_return", partner=self.customer.id, lines=[line])
        self.assertEqual((rma["lines"][0]["sale_line_id"], rma["eligibility"]), (False, "review"))
        with self.assertRaisesRegex(AccessError, "Only a manager says"):
            self._call("request_return", partner=self.customer.id, lines=[{**line, "value": 30}])
        rma = self._call("request_return", user=self.manager, partner=self.customer.id, lines=[{**line, "value": 30}])
        self.assertEqual(rma["paid_total"], 30)
        with self.assertRaisesRegex(UserError, "say who brings it back"):
            self._call("request_return", lines=[line])
        with self.assertRaisesRegex(UserError, "value: -1 is less than 0"):
            self._call("request_return", partner=self.customer.id, lines=[{**line, "value": -1}])

    def test_what_was_opened_is_said_or_not_known(self):
        self.kettle.product_tmpl_id.aftersales_kind_id = self.env.ref("aftersales_crm.product_kind_hygiene")
        order = self._sold((self.kettle, 3))
        for facts, opened, outcome in (({}, False, "unknown"), ({"opened": False}, "no", "pass")):
            line = {"sale_line_id": order.order_line.id, "quantity": 1, **facts}
            line = self._call("request_return", lines=[line])["lines"][0]
            self.assertEqual((line["opened"], line["eligibility"]), (opened, outcome))
