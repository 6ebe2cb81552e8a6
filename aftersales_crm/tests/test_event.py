from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AftersalesCommon


class TestEvent(AftersalesCommon):
    def _story(self):
        """A year of one customer, with everything that leaves an event."""
        order = self._sold((self.kettle, 2))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        ).create({})._create_payments()
        rma = self._rma(order)
        rma.action_approve()
        self._receive(rma)
        rma.action_settle()
        cancelled = self._order((self.kettle, 1))
        self.env.cr.flush()
        cancelled._action_cancel()
        self.env.cr.flush()
        return order, rma

    def _rows(self):
        columns = "source_key, kind, date, partner_id, commercial_partner_id, title, amount, user_id"
        self.env.cr.execute(f"SELECT {columns} FROM aftersales_event ORDER BY source_key")
        return self.env.cr.fetchall()

    def test_documents_leave_events(self):
        self._story()
        events = self.env["aftersales.event"].search([("partner_id", "=", self.customer.id)])
        kinds = events.mapped("kind")
        self.assertLessEqual({"order", "delivery", "invoice", "payment", "return", "remedy", "warranty"}, set(kinds))
        self.assertEqual(kinds.count("order"), 1, "a cancelled order is no event any more")
        self.assertEqual(sorted(events.filtered(lambda e: e.kind == "invoice").mapped("amount")), [-100, 200])

    def test_a_rebuild_equals_what_the_hooks_wrote(self):
        self._story()
        self.env["aftersales.event"]._rebuild()  # also brings in what was there before
        before = self._rows()
        self.env.cr.execute("DELETE FROM aftersales_event")
        self.env["aftersales.event"]._rebuild()
        self.assertEqual(self._rows(), before)
        hooks = [row for row in before if row[3] == self.customer.id]
        self.env.cr.execute("DELETE FROM aftersales_event")
        order, rma = self._story()
        own = {row[0] for row in self._rows()}
        self.assertIn(f"sale.order,{order.id}", own)
        self.assertIn(f"aftersales.rma,{rma.id}", own)
        self.assertTrue(hooks)
        rows = self._rows()
        ours = [row for row in rows if row[0] in own]
        self.env["aftersales.event"]._rebuild()
        self.assertEqual([row for row in self._rows() if row[0] in own], ours)

    def test_a_changed_document_changes_its_event(self):
        order = self._sold((self.kettle, 1))
        self.env.cr.flush()
        order.order_line.price_unit = 70
        self.env.cr.flush()
        event = self.env["aftersales.event"].search([("source_key", "=", f"sale.order,{order.id}")])
        self.assertEqual(event.amount, 70)

    def test_rights_follow_the_documents(self):
        order = self._sold((self.kettle, 2))
        self._rma(order, user=self.agent_all, vals={"user_id": self.agent_all.id})
        self.env.cr.flush()
        domain = [("partner_id", "=", self.customer.id)]
        events = self.env["aftersales.event"]
        mine = events.with_user(self.agent).search(domain)
        self.assertNotIn("return", mine.mapped("kind"), "the return is another agent's")
        self.assertIn("return", events.with_user(self.agent_all).search(domain).mapped("kind"))
        hidden = events.search(domain) - mine
        with self.assertRaises(AccessError):
            hidden.with_user(self.agent).read(["title"])
        self.assertEqual(
            events.with_user(self.agent).search_count(domain),
            len(mine),
            "decided in the query, not after the page was cut",
        )
        with self.assertRaises(AccessError):
            events.with_user(self.stranger).search(domain)

    def test_history_follows_a_merged_contact(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order)
        self.env.cr.flush()
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        target = self.env["res.partner"].create({"name": "Ada K.", "parent_id": company.id})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | target).ids, target)
        events = self.env["aftersales.event"].search([("commercial_partner_id", "=", company.id)])
        self.assertIn(f"sale.order,{order.id}", events.mapped("source_key"))
        self.assertEqual((rma.partner_id, rma.commercial_partner_id), (target, company))

    def test_history_follows_a_contact_that_joins_a_company(self):
        self._sold((self.kettle, 1))
        self.env.cr.flush()
        company = self.env["res.partner"].create({"name": "ACME", "is_company": True})
        self.customer.parent_id = company
        self.env.cr.flush()
        events = self.env["aftersales.event"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(events.commercial_partner_id, company)

    def test_only_a_manager_rebuilds(self):
        with self.assertRaises(AccessError):
            self.env["aftersales.event"].with_user(self.agent_all).action_rebuild()
        self.assertTrue(self.env["aftersales.event"].with_user(self.manager).action_rebuild())

    def test_nobody_writes_history(self):
        self._sold((self.kettle, 1))
        self.env.cr.flush()
        user = new_test_user(self.env, "sys", groups="aftersales_crm.aftersales_crm_group_manager")
        event = self.env["aftersales.event"].with_user(user).search([], limit=1)
        for write in (lambda: event.write({"title": "X"}), event.unlink):
            with self.assertRaises(AccessError):
                write()
