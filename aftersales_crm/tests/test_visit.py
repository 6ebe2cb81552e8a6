from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import PIXEL, AftersalesCommon

NOW = datetime(2026, 3, 10, 12)
MORNING = datetime(2026, 3, 11, 7)  # 8 o'clock in Warsaw


@freeze_time(NOW)
class TestVisit(AftersalesCommon):
    """A visit has a window, a technician who sees no other visit, an outcome, parts and perhaps a repeat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "aftersales_crm.aftersales_crm_group_technician"
        cls.technician = new_test_user(cls.env, "aftersales_technician", groups=group)
        cls.other = new_test_user(cls.env, "aftersales_technician_2", groups=group)
        cls.customer.write({"phone": "+48 600 100 200", "street": "Długa 1", "city": "Gdańsk"})
        cls.case = cls.env["aftersales.case"].create(
            {"subject": "It leaks", "partner_id": cls.customer.id, "product_id": cls.washer.id}
        )

    @classmethod
    def _visit(cls, start=MORNING, hours=2, **vals):
        return cls.env["aftersales.case"].create(
            {
                "type": "visit",
                "visit_kind": "home_repair",
                "subject": "It leaks",
                "partner_id": cls.customer.id,
                "visit_from": start,
                "visit_to": start and start + timedelta(hours=hours),
                "technician_id": cls.technician.id,
                **vals,
            }
        )

    # === The window === #

    def test_a_visit_is_planned_from_a_case_once(self):
        case = self.case.with_user(self.agent)
        action = case.action_make_visit()
        self.assertEqual(case.action_make_visit()["res_id"], action["res_id"])
        visit = self.env["aftersales.case"].browse(action["res_id"])
        self.assertEqual((visit.type, visit.visit_kind, visit.origin_case_id), ("visit", "home_repair", self.case))
        self.assertEqual((visit.product_id, visit.visit_partner_id), (self.washer, self.customer))
        with Form(visit.with_user(self.agent), "aftersales_crm.aftersales_case_view_form_plan") as form:
            form.visit_from, form.visit_to = MORNING, MORNING + timedelta(hours=2)
            form.technician_id = self.technician
        self.assertEqual(visit.visit_window, "Wednesday, March 11, 8–10")
        self.assertEqual(case.visit_count, 1)
        self.assertNotEqual(case.action_make_visit()["res_id"], visit.id)

    def test_a_visit_is_planned_from_a_return_once(self):
        rma = self._rma(self._sold((self.kettle, 1)))
        action = rma.with_user(self.agent).action_make_visit()
        self.assertEqual(rma.with_user(self.agent).action_make_visit()["res_id"], action["res_id"])
        visit = self.env["aftersales.case"].browse(action["res_id"])
        self.assertEqual((visit.origin_rma_id, visit.product_id, visit.partner_id), (rma, self.kettle, self.customer))
        with self.assertRaises(AccessError):
            rma.with_user(self.technician).action_make_visit()

    def test_a_window_lies_ahead_and_ends_after_it_begins(self):
        visit = self._visit()
        wrong = (
            {"visit_from": NOW - timedelta(hours=1)},
            {"visit_from": datetime(2026, 3, 10, 11, 59)},
        )
        for vals in wrong:
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "begun already"):
                visit.with_user(self.agent).write(vals)
        for vals in ({"visit_to": MORNING}, {"visit_to": False}):
            with self.subTest(vals=vals), self.assertRaisesRegex(ValidationError, "ends after"):
                visit.with_user(self.agent).write(vals)
        visit.write({"visit_from": NOW, "visit_to": NOW + timedelta(hours=1)})
        with self.assertRaisesRegex(ValidationError, "no visit"):
            self.case.write({"visit_from": MORNING, "visit_to": MORNING + timedelta(hours=1)})
        with self.assertRaisesRegex(ValidationError, "what kind"):
            self._visit(visit_kind=False)

    def test_overlapping_visits_of_one_technician_are_warned_of(self):
        first, second = self._visit(), self._visit(MORNING + timedelta(hours=1))
        after = self._visit(MORNING + timedelta(hours=3))
        elsewhere = self._visit(technician_id=self.other.id)
        self.assertEqual((first.visit_overlap, second.visit_overlap), (second.name, first.name))
        self.assertFalse(after.visit_overlap or elsewhere.visit_overlap)
        second.action_cancel()
        first.invalidate_recordset(["visit_overlap"])
        self.assertFalse(first.visit_overlap)

    # === The technician === #

    def test_technicians_see_their_visits_and_nothing_else(self):
        mine, foreign = self._visit(), self._visit(technician_id=self.other.id)
        cases = self.env["aftersales.case"].with_user(self.technician)
        self.assertEqual(cases.search([]), mine)
        for record in (foreign, self.case):
            with self.subTest(record=record.name), self.assertRaises(AccessError):
                record.with_user(self.technician).read(["subject"])
        for model in ("aftersales.rma", "aftersales.remedy", "aftersales.event", "sale.order", "aftersales.payout"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.technician).search([])
        visit = mine.with_user(self.technician)
        self.assertEqual(visit.visit_phone, "+48 600 100 200")
        self.assertIn("Gda%C5%84sk", visit.visit_map_url)
        self.assertEqual(visit.visit_address, "Długa 1, Gdańsk, Poland")

    def test_technicians_write_how_it_went_and_nothing_else(self):
        visit = self._visit().with_user(self.technician)
        wrong = (
            {"technician_id": self.other.id},
            {"visit_from": MORNING + timedelta(hours=1)},
            {"partner_id": self.agent.partner_id.id},
            {"type": "question"},
            {"user_id": self.technician.id},
            {"subject": "Mine"},
        )
        for vals in wrong:
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                visit.write(vals)
        for name in ("action_start", "action_solve", "action_cancel", "action_close", "action_wait_customer"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(visit, name)()
        for vals in ({"visit_done_at": NOW}, {"state": "solved"}, {"origin_case_id": self.case.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                visit.write(vals)
        with self.assertRaises(AccessError):
            self.env["aftersales.case"].with_user(self.technician).create({"subject": "x"})
        foreign = self._visit(technician_id=self.other.id).with_user(self.technician)
        for name in ("action_visit_start", "action_visit_done"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(foreign, name)()
        with self.assertRaises(AccessError):
            self.env["aftersales.visit.part"].with_user(self.technician).create(
                {"case_id": foreign.id, "product_id": self.kettle.id}
            )

    def test_the_day_goes_from_start_to_done_and_repeats_harmlessly(self):
        visit = self._visit().with_user(self.technician)
        with self.assertRaisesRegex(UserError, "how the visit went"):
            visit.action_visit_done()
        visit.action_visit_start()
        self.assertEqual((visit.state, visit.visit_started_at), ("in_progress", NOW))
        with freeze_time(NOW + timedelta(hours=1)):
            visit.action_visit_start()
        self.assertEqual(visit.visit_started_at, NOW)
        with Form(visit, "aftersales_crm.aftersales_case_view_form_day") as form:
            form.visit_outcome = "solved"
            form.visit_note = "A new seal"
            form.visit_confirmed_by = "Ada"
        visit.action_visit_done()
        visit.action_visit_done()
        self.assertEqual((visit.state, visit.visit_done_at), ("solved", NOW))
        self.env.flush_all()
        self.env.cr.precommit.run()
        event = self.env["aftersales.event"].search([("res_model", "=", "aftersales.case"), ("res_id", "=", visit.id)])
        self.assertEqual((event.kind, event.date), ("visit", NOW))
        with self.assertRaisesRegex(UserError, "is over"):
            visit.with_user(self.agent).write({"visit_from": MORNING + timedelta(days=1)})

    def test_who_has_to_come_again_gets_one_next_visit(self):
        visit = self._visit(visit_outcome="absent", repeat_needed=True)
        visit.with_user(self.technician).action_visit_done()
        visit.with_user(self.technician).action_visit_done()
        self.assertEqual(visit.state, "closed")
        self.assertEqual(len(visit.repeat_ids), 1)
        again = visit._plan_repeat()
        self.assertEqual(again, visit.repeat_ids)
        self.assertEqual((again.visit_kind, again.visit_from, again.is_open), ("home_repair", False, True))

    def test_photos_are_checked_and_belong_to_the_visit(self):
        visit = self._visit().with_user(self.technician)
        attachments = self.env["ir.attachment"].with_user(self.technician)
        photo = attachments.create({"name": "a.png", "datas": PIXEL})
        visit.visit_photo_ids = photo
        self.assertEqual((photo.sudo().res_model, photo.sudo().res_id), ("aftersales.case", visit.id))
        script = attachments.create({"name": "a.png", "raw": b"<script>"})
        with self.assertRaisesRegex(UserError, "not a photo"):
            visit.visit_photo_ids = [Command.link(script.id)]
        private = self.env["ir.attachment"].create({"name": "secret", "raw": b"x", "res_model": "res.company"})
        with self.assertRaises(AccessError):
            visit.visit_photo_ids = [Command.link(private.id)]

    # === Parts === #

    def test_a_part_moves_to_no_visit_of_somebody_else(self):
        mine, other = self._visit(technician_id=self.technician.id), self._visit(technician_id=self.other.id)
        part = self.env["aftersales.visit.part"].with_user(self.technician)
        part = part.create({"case_id": mine.id, "product_id": self.kettle.id})
        with self.assertRaises(AccessError):
            part.case_id = other

    def test_parts_are_taken_from_the_technician_s_stock_once(self):
        van = self.env["stock.location"].create(
            {
                "name": "Van",
                "usage": "internal",
                "location_id": self.env["stock.warehouse"]
                .search([("company_id", "=", self.company.id)], limit=1)
                .lot_stock_id.id,
            }
        )
        self.technician.aftersales_stock_location_id = van
        seal = self._product("Seal")
        pump = self._product("Pump", tracking="serial")
        lot = self.env["stock.lot"].create({"name": "P-1", "product_id": pump.id})
        self.env["stock.quant"]._update_available_quantity(seal, van, 5)
        self.env["stock.quant"]._update_available_quantity(pump, van, 1, lot_id=lot)
        visit = self._visit(visit_outcome="solved").with_user(self.technician)
        visit.visit_part_ids = [
            Command.create({"product_id": seal.id, "quantity": 2}),
            Command.create({"product_id": pump.id}),
        ]
        with self.assertRaisesRegex(UserError, "serial number"), self.env.cr.savepoint():
            visit.action_visit_done()
        self.assertFalse(visit.visit_done_at or visit.sudo().visit_picking_id)
        visit.visit_part_ids[1].lot_name = " P-1 "
        visit.action_visit_done()
        visit.action_visit_done()
        picking = visit.sudo().visit_picking_id
        self.assertEqual((picking.state, picking.location_id), ("done", van))
        self.assertEqual(picking.move_ids.mapped("quantity"), [2, 1])
        quants = self.env["stock.quant"].search([("location_id", "=", van.id), ("quantity", "!=", 0)])
        self.assertEqual((quants.product_id, quants.quantity), (seal, 3))
        self.assertEqual(lot.location_id.usage, "customer")
        with self.assertRaisesRegex(UserError, "return that transfer"):
            visit.visit_part_ids[0].quantity = 1
        with self.assertRaisesRegex(UserError, "when the visit is over"):
            visit.visit_part_ids.create({"case_id": visit.id, "product_id": seal.id, "move_id": picking.move_ids[0].id})
