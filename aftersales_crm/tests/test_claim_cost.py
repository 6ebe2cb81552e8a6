from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import AftersalesCommon


@freeze_time("2026-03-10 12:00:00")
class TestClaimCost(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heater = cls._product("Heater", list_price=123.0, taxes=cls.tax, standard_price=40.0)
        cls.spring = cls._product("Spring", list_price=9.0, standard_price=3.5)
        cls.tax.price_include_override = "tax_included"
        cls.order = cls._sold((cls.heater, 10))
        cls._stock(cls.heater, 10)
        cls._stock(cls.spring, 10)

    def _claim(self, remedy="refund", quantity=1, **item):
        item.setdefault("reason", self._reason("defective"))
        rma = self._rma(self.order, quantity, remedy=self._remedy(remedy), vals={"requested_on": "2026-09-01"}, **item)
        rma.action_approve()
        return rma

    def _settled(self, remedy="refund", quantity=1, **item):
        rma = self._claim(remedy, quantity, **item)
        self._receive(rma)
        rma.action_settle()
        return rma

    def _costs(self, rma):
        costs = self.env["aftersales.claim.cost"].search([("rma_id", "=", rma.id)])
        return sorted((cost.kind, cost.amount) for cost in costs)

    def _ship(self, rma):
        picking = rma.remedy_ids.sudo().move_ids.picking_id
        picking.move_ids.picked = True
        picking.button_validate()
        return picking

    def test_a_refund_costs_what_it_credits_without_taxes(self):
        rma = self._settled("refund", 2)
        self.assertEqual(self._costs(rma), [("remedy", 200.0)])
        self.assertEqual(rma.with_user(self.agent).cost_total, 200.0)
        note = rma.sudo().refund_ids
        note.button_draft()
        self.assertEqual(self._costs(rma), [], "an undone document costs nothing")
        note.action_post()
        self.assertEqual(self._costs(rma), [("remedy", 200.0)])
        for _twice in range(2):
            rma.line_ids._book_costs()
        self.assertEqual(self._costs(rma), [("remedy", 200.0)])
        note._reverse_moves(cancel=True)
        self.assertEqual(self._costs(rma), [])

    def test_a_replacement_costs_its_goods_and_its_parcel(self):
        rma = self._settled("replacement", 2)
        self.assertEqual(self._costs(rma), [])
        picking = self._ship(rma)
        self.assertEqual(self._costs(rma), [("remedy", 80.0)])
        picking.carrier_price = 12.0
        self.assertEqual(self._costs(rma), [("remedy", 80.0), ("shipping", 12.0)])
        picking.carrier_price = 10.0
        self.assertEqual(self._costs(rma), [("remedy", 80.0), ("shipping", 10.0)])

    def test_a_repair_costs_its_parts(self):
        rma = self._settled("repair")
        repair = rma.sudo().repair_ids
        part = {"repair_line_type": "add", "product_id": self.spring.id, "product_uom_qty": 2}
        repair.move_ids = [Command.create(part)]
        self.assertEqual(self._costs(rma), [])
        repair.action_repair_start()
        repair.move_ids.quantity = 2
        repair.action_repair_end()
        self.assertEqual(repair.state, "done")
        self.assertEqual(self._costs(rma), [("parts", 7.0)])

    def test_a_label_is_shared_out_to_the_cent_and_a_cancelled_parcel_costs_nothing(self):
        kettles = self._sold((self.heater, 1), (self.kettle, 2))
        reason = self._reason("defective")
        items = [{"sale_line": line, "quantity": line.product_uom_qty, "reason": reason} for line in kettles.order_line]
        rma = (
            self.env["aftersales.rma"]
            .with_user(self.agent)
            ._request(self.customer, items, {"requested_on": "2026-09-01"})
        )
        rma.action_approve()
        parcel = rma.sudo().picking_ids
        parcel.carrier_price = 10.0
        self.assertEqual(self._costs(rma), [("shipping", 3.33), ("shipping", 6.67)])
        parcel.action_cancel()
        self.assertEqual(self._costs(rma), [])

    def test_what_is_no_claim_costs_nothing_here(self):
        rma = self._rma(self.order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual((rma.state, self._costs(rma), rma.has_claims), ("done", [], False))
        line = rma.line_ids
        with self.assertRaisesRegex(ValidationError, "no claim"):
            self.env["aftersales.claim.cost"].with_user(self.agent).create({"rma_line_id": line.id, "amount": 5})

    def test_costs_follow_the_basis_that_a_manager_chooses(self):
        rma = self._settled()
        self.assertTrue(self._costs(rma))
        line = rma.line_ids.with_user(self.manager)
        line.write({"basis": "goodwill", "decision_reason": "A good customer."})
        self.assertEqual(self._costs(rma), [])
        line.write({"basis": "guarantee", "decision_reason": "It was a defect."})
        self.assertEqual(self._costs(rma), [("remedy", 100.0)])

    def test_staff_types_working_time_and_nobody_rewrites_documents(self):
        rma = self._settled()
        with Form(rma.with_user(self.agent)) as form, form.cost_ids.new() as cost:
            cost.rma_line_id = rma.line_ids
            cost.kind = "labour"
            cost.amount = 30.0
            cost.note = "One hour"
        self.assertEqual(self._costs(rma), [("labour", 30.0), ("remedy", 100.0)])
        costs = self.env["aftersales.claim.cost"].with_user(self.agent).search([("rma_id", "=", rma.id)])
        booked = costs.filtered("source")
        for change in (
            lambda: booked.write({"amount": 1.0}),
            lambda: booked.unlink(),
            lambda: costs.create(
                {"rma_line_id": rma.line_ids.id, "amount": 1, "source": f"account.move,{rma.refund_ids.id}"}
            ),
            lambda: (costs - booked).write({"amount": float("nan")}),
            lambda: (costs - booked).write({"amount": 0.0}),
        ):
            with self.assertRaises(UserError):
                change()
        (costs - booked).unlink()
        warranty = rma.line_ids.warranty_id
        self.assertEqual(warranty.with_user(self.agent).claim_cost_total, 100.0)

    def test_who_sees_the_costs(self):
        rma = self._settled()
        rma.sudo().user_id = self.manager
        costs = self.env["aftersales.claim.cost"]
        self.assertFalse(costs.with_user(self.agent).search([("rma_id", "=", rma.id)]))
        self.assertTrue(costs.with_user(self.agent_all).search([("rma_id", "=", rma.id)]))
        with self.assertRaises(AccessError):
            costs.with_user(self.stranger).search([])
        rows = costs.with_user(self.agent_all)._read_group(
            [("rma_id", "=", rma.id)], ["product_id", "categ_id", "term_id", "basis", "date:month"], ["amount:sum"]
        )
        self.assertEqual((len(rows), rows[0][0], rows[0][-1]), (1, self.heater, 100.0))

    def test_two_companies_keep_their_costs_apart_each_in_its_currency(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.env.ref("base.CHF").id})
        rma = self._settled()
        costs = self.env["aftersales.claim.cost"].search([("rma_id", "=", rma.id)])
        self.assertEqual((costs.company_id, costs.currency_id), (self.company, self.company.currency_id))
        foreigner = new_test_user(
            self.env,
            "aftersales_foreigner",
            groups="aftersales_crm.aftersales_crm_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(costs.with_user(foreigner).search([]))

    def test_costs_of_an_order_in_another_currency_are_the_companys(self):
        foreign = self.env.ref("base.EUR")
        if foreign == self.company.currency_id:
            foreign = self.env.ref("base.USD")
        foreign.active = True
        foreign.rate_ids.unlink()
        foreign.rate_ids = [Command.create({"name": "2020-01-01", "rate": 2.0, "company_id": self.company.id})]
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": foreign.id})
        self.order = self._sold((self.kettle, 1, {"price_unit": 100.0}), pricelist_id=pricelist.id)
        rma = self._settled()
        self.assertEqual(rma.currency_id, foreign)
        self.assertEqual(self._costs(rma), [("remedy", 50.0)])
