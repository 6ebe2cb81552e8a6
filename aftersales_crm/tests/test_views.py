from odoo.tests import Form

from .common import AftersalesCommon


class TestViews(AftersalesCommon):
    """Every screen opens with the lowest rights: no right on sales, stock or accounting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 4))
        lots = cls._lots(cls.washer, "W1")
        cls.washer_order = cls._sold((cls.washer, 1), lots={cls.washer: lots})
        cls.submitted = cls._rma(cls.order)
        cls.done = cls._rma(cls.order)
        cls.done.action_approve()
        cls._receive(cls.done)
        cls.done.action_settle()
        cls.repair = cls._rma(cls.washer_order, lot=lots, reason=cls._reason("defective"))
        cls.repair.action_approve()
        cls._receive(cls.repair)
        cls.repair.action_settle()
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    def _open(self, user, records, form=None):
        """Read forms and the list behind them as the web client does."""
        records = records.with_user(user)
        self.env.invalidate_all()
        for record in records:
            Form(record, view=form)
        models = records.get_views([(False, "list"), (False, "search")])["models"]
        specification = {name: {} for name in models[records._name]["fields"]}
        read = records.web_search_read([("id", "in", records.ids)], specification)
        self.assertEqual(read["length"], len(records))

    def _open_action(self, user, action):
        """Read what an action opens with its own form, as the web client does."""
        self.assertTrue(action["res_id"])
        records = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        view = next((view for view, kind in action["views"] if kind == "form"), False)
        Form(records, view=view)

    def test_an_agent_reads_returns_in_every_status(self):
        for user in (self.agent, self.agent_all, self.manager):
            self._open(user, self.submitted | self.done | self.repair)

    def test_an_agent_reads_what_the_smart_buttons_open(self):
        buttons = {self.done: ("orders", "pickings", "refunds"), self.repair: ("orders", "repairs")}
        for user in (self.agent, self.agent_all):
            for rma, names in buttons.items():
                self.env.invalidate_all()
                for name in names:
                    self._open_action(user, getattr(rma.with_user(user), f"action_view_{name}")())

    def test_an_agent_reads_lists_of_several_documents(self):
        rmas = self.env["aftersales.rma"].with_user(self.agent)
        pickings = self.order.picking_ids | self.washer_order.picking_ids
        action = rmas._desk_action(pickings.with_user(self.agent))
        self.assertEqual([kind for _view, kind in action["views"]], ["list", "form"])
        action = rmas.with_user(self.env.ref("base.user_admin"))._desk_action(pickings)
        self.assertFalse(any(view for view, _kind in action.get("views", [])))

    def test_an_agent_reads_warranties_and_history(self):
        warranties = self.env["aftersales.warranty"].search([("partner_id", "=", self.customer.id)])
        for user in (self.agent, self.agent_all):
            self._open(user, warranties)
            events = self.env["aftersales.event"].with_user(user)
            events.get_views([(False, "kanban"), (False, "list"), (False, "search")])
            mine = events.search([("partner_id", "=", self.customer.id)])
            kinds = {"order", "delivery", "invoice", "return", "remedy", "warranty"}
            self.assertEqual(set(mine.mapped("kind")), kinds)
            for event in mine:
                self._open_action(user, event.action_open())

    def test_an_agent_asks_receives_and_refuses_in_dialogs(self):
        action = self.order.with_user(self.agent).action_aftersales_request()
        wizard = Form(self.env["aftersales.rma.request"].with_user(self.agent).with_context(**action["context"]))
        wizard.reason_id = self._reason("changed_mind")
        with wizard.line_ids.edit(0) as line:
            line.quantity = 1
            self.assertIn("Withdrawal", line.verdict)
        rma = self.env["aftersales.rma"].browse(wizard.save().action_create()["res_id"])
        self.assertEqual(rma.user_id, self.agent)
        rma.action_approve()
        action = rma.with_user(self.agent).action_open_receive()
        wizard = Form(self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"]))
        with wizard.line_ids.edit(0) as line:
            line.condition = "opened"
        wizard.save().action_confirm()
        self.assertEqual(rma.inspection_ids.condition, "opened")
        action = self.submitted.with_user(self.agent).action_open_reject()
        wizard = Form(self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"]))
        wizard.reason = "Never sold here."
        wizard.save().action_reject()
        self.assertEqual(self.submitted.state, "rejected")

    def test_a_draft_typed_in_by_hand_finds_its_delivery(self):
        form = Form(self.env["aftersales.rma"].with_user(self.agent))
        form.partner_id = self.customer
        with form.line_ids.new() as line:
            line.sale_line_id = self.order.order_line
            line.reason_id = self._reason("changed_mind")
        rma = form.save()
        self.assertEqual(rma.line_ids.origin_move_id, self.order.order_line._aftersales_deliveries())
        self.assertEqual(rma.line_ids.product_id, self.kettle)
        rma.action_submit()
        self.assertEqual(rma.next_step, "decide")

    def test_the_next_step_is_what_a_person_can_do_now(self):
        rma = self._rma(self.order, submit=False)
        self.assertEqual(rma.next_step, "send")
        rma.action_submit()
        self.assertTrue(rma.can_approve)
        self.assertTrue(rma.can_cancel)
        rma.action_approve()
        self.assertEqual(rma.next_step, "receive")
        self._receive(rma)
        self.assertEqual(rma.next_step, "settle")
        self.assertFalse(rma.can_cancel)
        to_settle = self.env["aftersales.rma"].search([("is_to_settle", "=", True)])
        self.assertIn(rma, to_settle)
        self.assertNotIn(self.repair, to_settle)
        rma.action_settle()
        self.assertFalse(rma.next_step)
        self.assertEqual(self.repair.next_step, "wait")

    def test_only_a_manager_is_offered_what_is_not_eligible(self):
        rma = self._rma(self.order, vals={"requested_on": "2099-01-01"})
        self.assertFalse(rma.with_user(self.agent).can_approve)
        self.assertIn("ended on", rma.with_user(self.agent).approval_problems)
        self.assertTrue(rma.with_user(self.manager).can_approve)

    def test_every_check_of_a_line_is_explained(self):
        line = self.submitted.line_ids
        explanation = str(line.basis_explanation)
        self.assertIn("Return policy", explanation)
        self.assertIn("fa-check", explanation)
        self.assertIn("Only defects are covered.", explanation)
        self.assertEqual(line.action_explain()["res_id"], line.id)

    def test_a_manager_voids_a_warranty_with_a_reason(self):
        warranty = self.env["aftersales.warranty"].search(
            [("sale_order_id", "=", self.order.id), ("closing", "=", False)]
        )
        action = warranty.with_user(self.manager)[:1].action_open_void()
        wizard = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        wizard.create({"reason": "Opened by somebody else"}).action_void()
        self.assertEqual(warranty.state, "void")

    def test_the_menu_leads_a_manager_to_the_assistant_until_it_is_answered(self):
        home = self.env.ref("aftersales_crm.aftersales_home_action")
        self.company.aftersales_ready = False
        self.assertEqual(home.with_user(self.agent).run()["tag"], "aftersales_crm.overview")
        self.assertEqual(home.with_user(self.manager).run()["res_model"], "aftersales.setup")
        form = Form(self.env["aftersales.setup"].with_user(self.manager))
        form.window_days = 60
        self.assertTrue(form.with_mails)
        form.with_flags = False
        self.assertEqual(form.save().action_apply()["res_model"], "aftersales.rma")
        self.assertEqual(home.with_user(self.manager).run()["tag"], "aftersales_crm.overview")
        steps = self.env["aftersales.mail.step"].search([])
        of_returns = steps.filtered(lambda step: step.res_model == "aftersales.rma")
        self.assertEqual(steps.filtered("is_on"), of_returns)
        self.assertFalse(self.company.aftersales_flags)
        self.assertTrue(self.company.aftersales_tells)
