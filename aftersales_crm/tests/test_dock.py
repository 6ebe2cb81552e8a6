from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import PIXEL, AftersalesCommon

DOCK = "aftersales_crm.aftersales_crm_group_dock"


class TestDock(AftersalesCommon):
    """Parcels at the dock, for people who receive and inspect and decide nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docker = new_test_user(cls.env, "dock_worker", groups=DOCK)
        cls.kettle.write({"barcode": "5901234123457", "default_code": "KET-1"})
        cls.toaster = cls._product("Toaster", list_price=40.0, barcode="5909876543210")
        cls.customer.phone = "+48 601 202 303"
        cls.order = cls._sold((cls.kettle, 4))
        cls.rma = cls._rma(cls.order, 2).with_env(cls.env)
        cls.rma.action_approve()

    @property
    def dock(self):
        return self.env["aftersales.dock"].with_user(self.docker)

    def _scan(self, code, rma=None):
        return self.dock.scan(code, rma.id if rma else False)

    def _confirm(self, *entries, rma=None, token="t1", unannounced=(), user=None):
        rma = rma or self.rma
        params = {
            "rma_id": rma.id,
            "token": token,
            "entries": [{"line_id": rma.line_ids.ids[0], **entry} for entry in entries],
            "unannounced": list(unannounced),
        }
        return self.dock.with_user(user or self.docker).confirm(params)

    def assertFinds(self, rma, *codes):
        for code in codes:
            with self.subTest(code=code):
                answer = self._scan(code)
                self.assertEqual(answer["kind"], "return", answer)
                self.assertEqual(answer["return"]["id"], rma.id)

    # === Finding === #

    def test_a_return_is_found_by_whatever_is_on_the_parcel(self):
        self.rma.tracking_ref = "00370712345"
        picking = self.rma.sudo().picking_ids
        delivery = self.order.picking_ids - picking
        delivery.carrier_tracking_ref = "OUT-778899"
        codes = (self.rma.name, self.rma.name.lower(), f" {self.rma.name}\r\n", "00370712345", picking.name)
        self.assertFinds(self.rma, *codes, self.order.name, delivery.name, "OUT-778899")

    def test_a_return_is_found_by_its_goods_and_its_customer(self):
        self.assertFinds(self.rma, "5901234123457", "KET-1", "kowalska", "ada@example.com", "601 202 303", "601202303")

    def test_a_return_is_found_by_a_serial_that_was_delivered(self):
        lots = self._lots(self.washer, "SN-1", "SN-2", "SN-3")
        rma = self._rma(self._sold((self.washer, 3), lots={self.washer: lots}), 1)
        rma.action_approve()
        self.assertFalse(rma.line_ids.lot_id)
        self.assertFinds(rma, "SN-2")

    def test_a_return_is_found_by_the_package_it_was_delivered_in(self):
        package = self.env["stock.package"].create({"name": "PACK-77"})
        self.rma.sudo().line_ids.origin_move_id.move_line_ids.result_package_id = package
        self.assertFinds(self.rma, "PACK-77")

    def test_several_are_offered_those_awaited_first(self):
        waiting = self._rma(self.order)
        second = self._rma(self.order)
        second.action_approve()
        answer = self._scan(self.order.name)
        self.assertEqual(answer["kind"], "candidates")
        self.assertEqual([found["id"] for found in answer["candidates"]][2], waiting.id)
        self.assertEqual([found["awaited"] for found in answer["candidates"]], [True, True, False])

    def test_what_is_not_known_is_said(self):
        for code in ("nobody at all", "999999999999", "%", "__", "'; DROP TABLE", "\x00", ""):
            self.assertEqual(self._scan(code)["kind"], "nothing", code)
        for code in (None, 5, [], {"a": 1}):
            with self.assertRaises(UserError):
                self.dock.scan(code)

    def test_an_order_without_a_return_is_told_from_an_unknown_number(self):
        order = self._sold((self.toaster, 1))
        answer = self._scan(order.name)
        self.assertEqual((answer["kind"], answer["order_id"]), ("nothing", order.id))
        self.assertIn("Nobody asked", answer["message"])

    def test_a_product_that_belongs_to_nothing_is_named(self):
        answer = self._scan("5909876543210", self.rma)
        self.assertEqual(answer["kind"], "product")
        self.assertEqual(answer["product"]["product"], "Toaster")
        self.assertEqual(self._scan("5909876543210")["kind"], "nothing")

    def test_the_screen_gets_the_goods_and_no_money(self):
        state = self.dock.open_return(self.rma.id)
        self.assertEqual((state["mode"], state["partner"]), ("receive", "Ada Kowalska"))
        line = state["lines"][0]
        self.assertEqual((line["announced"], line["open"], line["reason"]), (2, 2, "Changed my mind"))
        self.assertEqual(line["codes"], {"5901234123457": 1.0, "KET-1": 1.0})
        self.assertNotIn("paid_total", str(state))

    def test_the_start_counts_what_is_on_its_way(self):
        start = self.dock.start()
        self.assertGreaterEqual(start["waiting"], 1)
        self.assertEqual([c["code"] for c in start["conditions"]][:2], ["unopened", "opened"])
        by_condition = {c["code"]: c["disposition"] for c in start["conditions"]}
        self.assertEqual(by_condition["damaged"], self.env.ref("aftersales_crm.disposition_quarantine").id)
        self.assertEqual(by_condition["unopened"], self.env.ref("aftersales_crm.disposition_restock").id)
        self.assertFalse(start["may_open"])

    # === Taking in === #

    def test_all_as_announced(self):
        answer = self._confirm({"quantity": 2})
        self.assertEqual((answer["received"], answer["open"], answer["repeated"]), (2, 0, False))
        self.assertEqual((self.rma.reception_status, self.rma.line_ids.accepted_quantity), ("received", 2))
        self.assertEqual(self.rma.inspection_ids.inspector_id, self.docker)

    def test_the_same_parcel_sent_twice_is_received_once(self):
        self._confirm({"quantity": 1})
        again = self._confirm({"quantity": 1})
        self.assertTrue(again["repeated"])
        self.assertEqual(self.rma.line_ids.received_quantity, 1)
        with self.assertRaisesRegex(UserError, "other content"):
            self._confirm({"quantity": 2})
        self._confirm({"quantity": 1}, token="t2")
        self.assertEqual(self.rma.line_ids.received_quantity, 2)

    def test_fewer_leave_the_rest_awaited(self):
        self.assertEqual(self._confirm({"quantity": 1})["open"], 1)
        self.assertEqual(self.rma.reception_status, "partial")

    def test_more_are_received_and_the_agent_is_told(self):
        self._confirm({"quantity": 3})
        self.assertEqual(self.rma.line_ids.received_quantity, 3)
        self.assertIn("3 × [KET-1] Kettle arrived, 2 were announced", str(self.rma.message_ids.mapped("body")))

    def test_each_unit_is_found_as_it_is(self):
        scrap = self.env.ref("aftersales_crm.disposition_scrap")
        self._confirm(
            {"quantity": 1, "condition": "unopened"},
            {
                "quantity": 1,
                "condition": "damaged",
                "disposition_id": scrap.id,
                "note": "lid broken",
                "photos": [{"name": "lid.png", "data": PIXEL}],
            },
        )
        good, bad = self.rma.inspection_ids
        self.assertEqual((good.condition, good.disposition_id.code), ("unopened", "restock"))
        self.assertEqual((bad.condition, bad.disposition_id, bad.note), ("damaged", scrap, "lid broken"))
        self.assertEqual(bad.photo_ids.res_id, self.rma.id)
        self.assertIn(bad.photo_ids, self.rma.with_user(self.agent).photo_ids)

    def test_refused_goods_have_no_disposition(self):
        self._confirm({"quantity": 2, "accepted": False})
        self.assertEqual((self.rma.line_ids.rejected_quantity, self.rma.inspection_ids.disposition_id.id), (2, False))

    def test_another_serial_than_announced_is_taken_as_it_is(self):
        lots = self._lots(self.washer, "A1", "A2")
        rma = self._rma(self._sold((self.washer, 2), lots={self.washer: lots}), lot=lots[0])
        rma.action_approve()
        self._confirm({"quantity": 1, "lot_id": lots[1].id}, rma=rma)
        self.assertEqual(rma.inspection_ids.lot_id, lots[1])
        self.assertEqual(rma.sudo().picking_ids.move_line_ids.lot_id, lots[1])

    def test_what_is_here_already_is_looked_at(self):
        picking = self.rma.sudo().picking_ids
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking._action_done()
        state = self.dock.open_return(self.rma.id)
        self.assertEqual((state["mode"], state["lines"][0]["open"]), ("inspect", 2))
        self._confirm({"quantity": 2, "condition": "used"})
        self.assertEqual(self.rma.inspection_ids.condition, "used")
        self.assertEqual(self.rma.line_ids.received_quantity, 2)

    # === What nobody announced === #

    def test_unannounced_goods_are_kept_for_the_agent(self):
        self.rma.user_id = self.agent
        items = [
            {"product_id": self.toaster.id, "quantity": 1, "photos": [{"name": "t.png", "data": PIXEL}]},
            {"name": "a single shoe", "quantity": 1, "note": "size 43"},
        ]
        answer = self._confirm({"quantity": 2}, unannounced=items)
        self.assertEqual((answer["received"], answer["noted"]), (2, 2))
        toaster, shoe = self.rma.with_user(self.agent).unannounced_ids
        self.assertEqual((toaster.product_id, shoe.name, shoe.found_by), (self.toaster, "a single shoe", self.docker))
        self.assertEqual(toaster.photo_ids.res_id, self.rma.id)
        activity = self.rma.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("Toaster", str(activity.note))
        found = self.env["aftersales.rma"].with_user(self.agent).search([("has_unannounced", "=", True)])
        self.assertIn(self.rma, found)
        (toaster | shoe)[0].action_close()
        shoe.action_close()
        self.assertFalse(self.rma.has_unannounced)

    def test_what_the_customer_bought_becomes_a_return(self):
        order = self._sold((self.toaster, 1))
        self._confirm(unannounced=[{"product_id": self.toaster.id, "quantity": 1}])
        item = self.rma.unannounced_ids.with_user(self.agent)
        action = item.action_request()
        rma = self.env["aftersales.rma"].browse(action["res_id"])
        self.assertEqual((rma.line_ids.sale_order_id, rma.state), (order, "submitted"))
        self.assertTrue(item.dealt_with)
        with self.assertRaisesRegex(UserError, "has seen to that"):
            item.action_request()

    def test_what_the_customer_never_bought_becomes_none(self):
        self._confirm(unannounced=[{"product_id": self.toaster.id, "quantity": 1}])
        with self.assertRaisesRegex(UserError, "nothing of that kind"):
            self.rma.unannounced_ids.with_user(self.agent).action_request()

    def test_a_parcel_of_a_return_that_is_not_approved_is_noted(self):
        asked = self._rma(self.order)
        state = self.dock.open_return(asked.id)
        self.assertEqual(state["mode"], "closed")
        self.assertIn("approved", state["message"])
        with self.assertRaises(UserError):
            self._confirm({"quantity": 1}, rma=asked)
        self._confirm(rma=asked, token="t3", unannounced=[{"product_id": self.kettle.id, "quantity": 1}])
        self.assertTrue(asked.has_unannounced)
        self.assertFalse(asked.line_ids.received_quantity)

    # === Bad input === #

    def test_bad_input_is_refused_with_a_reason_and_nothing_is_received(self):
        bad = (
            {"quantity": 0},
            {"quantity": -1},
            {"quantity": float("nan")},
            {"quantity": 5901234123457.0},
            {"quantity": 0.5},
            {"quantity": float("inf")},
            {"quantity": "2"},
            {"quantity": 1, "condition": "eaten"},
            {"quantity": 1, "line_id": 0},
            {"quantity": 1, "lot_id": 2**31 - 1},
            {"quantity": 1, "secret": True},
            {"quantity": 1, "photos": [{"name": "x.png", "data": "aGVsbG8="}]},
            {"quantity": 1, "photos": [{"name": "x.png", "data": ""}]},
            {"quantity": 1, "photos": [{"name": "x.png", "data": "§"}]},
        )
        for number, entry in enumerate(bad):
            with self.subTest(entry=entry), self.assertRaises(UserError), self.cr.savepoint():
                self._confirm(entry, token=f"bad{number}")
        for params in (None, {}, {"rma_id": self.rma.id, "token": "x"}, {"rma_id": "1", "token": "x"}):
            with self.subTest(params=params), self.assertRaises(UserError):
                self.dock.confirm(params)
        for item in ({"quantity": 1}, {"quantity": 0, "name": "shoe"}, {"quantity": 1, "product_id": 2**31 - 1}):
            with self.subTest(item=item), self.assertRaises(UserError), self.cr.savepoint():
                self._confirm(unannounced=[item])
        self.assertFalse(self.rma.inspection_ids)
        self.assertEqual(self.rma.reception_status, "waiting")

    def test_two_units_are_not_one_serial(self):
        lots = self._lots(self.washer, "B1", "B2")
        rma = self._rma(self._sold((self.washer, 2), lots={self.washer: lots}), lot=lots[0])
        rma.action_approve()
        with self.assertRaisesRegex(UserError, "one serial number is one unit"):
            self._confirm({"quantity": 2, "lot_id": lots[0].id}, rma=rma)

    # === Who may === #

    def test_the_dock_reads_and_decides_nothing_elsewhere(self):
        for record in (self.rma, self.rma.line_ids, self.rma.remedy_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.docker).read(["display_name"])
        for action in ("action_settle", "action_close_short", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(self.rma.with_user(self.docker), action)()

    def test_the_dock_sees_itself_and_its_training(self):
        menus = self.env["ir.ui.menu"].with_user(self.docker)
        names = ("root", "returns", "dock", "training", "training_my", "training_take")
        root, returns, dock, training, own, more = (
            self.env.ref(f"aftersales_crm.aftersales_menu_{name}") for name in names
        )
        for menu, shown in ((root, returns | training), (returns, dock), (training, own | more)):
            self.assertEqual(menu.child_id.filtered(lambda child: child.id in menus._visible_menu_ids()), shown)
        action = self.env.ref("aftersales_crm.aftersales_home_action").with_user(self.docker).run()
        self.assertEqual(action["tag"], "aftersales_crm.dock")

    def test_who_is_neither_agent_nor_of_the_dock_is_refused(self):
        stock_user = new_test_user(self.env, "plain_stock", groups="stock.group_stock_user")
        portal = new_test_user(self.env, "dock_portal", groups="base.group_portal")
        for user in (self.stranger, stock_user, portal):
            dock = self.env["aftersales.dock"].with_user(user)
            calls = (
                lambda dock=dock: dock.start(),
                lambda dock=dock: dock.scan(self.rma.name),
                lambda dock=dock: dock.open_return(self.rma.id),
                lambda dock=dock: dock.confirm({"rma_id": self.rma.id, "token": "x", "entries": []}),
            )
            for call in calls:
                with self.assertRaises(AccessError):
                    call()

    def test_agents_take_in_their_own_returns_only(self):
        self.rma.user_id = self.agent_all
        dock = self.env["aftersales.dock"].with_user(self.agent)
        self.env.invalidate_all()
        self.assertEqual(dock.scan(self.rma.name)["kind"], "nothing")
        self.assertEqual(dock.scan("kowalska")["kind"], "nothing")
        with self.assertRaisesRegex(UserError, "not yours"):
            self._confirm({"quantity": 2}, user=self.agent)
        self._confirm({"quantity": 2}, user=self.agent_all)
        self.assertEqual(self.rma.reception_status, "received")

    def test_products_of_another_company_are_not_found(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._product("Their lamp", barcode="THEIRS-1", company_id=other.id)
        self.assertEqual(self.dock.scan("THEIRS-1", self.rma.id)["kind"], "nothing")

    def test_returns_of_another_company_are_not_there(self):
        other = self.env["res.company"].create({"name": "Second shop"})
        worker = new_test_user(
            self.env, "dock_second", groups=DOCK, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        dock = self.env["aftersales.dock"].with_user(worker)
        for code in (self.rma.name, self.order.name, "kowalska", "5901234123457"):
            self.assertEqual(dock.scan(code)["kind"], "nothing", code)
        with self.assertRaises(UserError):
            dock.open_return(self.rma.id)

    def test_nobody_makes_unannounced_goods_by_hand(self):
        for user in (self.agent, self.manager, self.docker):
            with self.assertRaises(AccessError):
                self.env["aftersales.unannounced"].with_user(user).create({"rma_id": self.rma.id, "name": "gold"})
