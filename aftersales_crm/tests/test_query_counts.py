from odoo.tests import tagged
from odoo.tests.common import users, warmup

from .common import AftersalesCommon


@tagged("-at_install", "post_install")
class TestQueryCounts(AftersalesCommon):
    """Statements of the hot paths, chatter and mail on, as an agent; each with empty record caches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={})
        products = [cls._product(f"Article {number}", list_price=10.0) for number in range(30)]
        cls.one, cls.three, cls.ten, cls.thirty = (
            cls._sold(*((product, 1) for product in products[:count])) for count in (1, 3, 10, 30)
        )
        cls.draft_one, cls.draft_ten = (
            cls._order(*((product, 1) for product in products[:count]), confirm=False) for count in (1, 10)
        )
        for product in products:
            cls._stock(product, 10)

    # === Steps === #

    def _open(self, order):
        """Ask for every unit of an order."""
        reason = self._reason("changed_mind")
        items = [
            {"sale_line": line, "quantity": 1.0, "reason": reason} for line in order.with_user(self.env.user).order_line
        ]
        return self.env["aftersales.rma"]._request(order.partner_id, items)

    def _approved(self, order):
        rma = self._open(order)
        rma.action_approve()
        return rma

    def _received(self, order):
        rma = self._approved(order)
        self._take_in(rma)
        return rma

    def _take_in(self, rma):
        rma._receive([{"line": line, "quantity": line.quantity} for line in rma.line_ids])

    def _call(self, method, **params):
        return getattr(self.env["aftersales.api"], method)(params)

    def _cold(self):
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()

    def _queries(self, call, *args):
        """Statements of a call on empty record caches."""
        self._cold()
        before = self.cr.sql_log_count
        call(*args)
        self.env.flush_all()
        self.env.cr.flush()
        return self.cr.sql_log_count - before

    def assertCostsTheSame(self, few, many):
        self._queries(many)  # rules and translations are in the cache from then on
        self.assertEqual(self._queries(many), self._queries(few))

    # === Returns === #

    @users("aftersales_agent")
    @warmup
    def test_opening_and_approving_a_return(self):
        with self.assertQueryCount(aftersales_agent=108):
            self._approved(self.one)

    @users("aftersales_agent")
    @warmup
    def test_opening_and_approving_a_return_of_ten_lines(self):
        with self.assertQueryCount(aftersales_agent=198):
            self._approved(self.ten)

    @users("aftersales_agent")
    @warmup
    def test_receiving_a_return(self):
        rma = self._approved(self.one)
        self._cold()
        with self.assertQueryCount(aftersales_agent=79):
            self._take_in(rma)

    @users("aftersales_agent")
    @warmup
    def test_receiving_a_return_of_ten_lines(self):
        rma = self._approved(self.ten)
        self._cold()
        with self.assertQueryCount(aftersales_agent=171):
            self._take_in(rma)

    @users("aftersales_agent")
    @warmup
    def test_a_parcel_at_the_dock(self):
        rma = self._approved(self.one)
        dock = self.env["aftersales.dock"]
        self._cold()
        with self.assertQueryCount(aftersales_agent=99):
            found = dock.scan(rma.name)["return"]
            self._cold()
            entries = [{"line_id": line["id"], "quantity": line["open"]} for line in found["lines"]]
            dock.confirm({"rma_id": found["id"], "token": "parcel", "entries": entries})

    @users("aftersales_agent")
    @warmup
    def test_refunding_a_return(self):
        rma = self._received(self.one)
        self._cold()
        with self.assertQueryCount(aftersales_agent=151):
            rma.action_settle()

    @users("aftersales_agent")
    @warmup
    def test_refunding_a_return_of_ten_lines(self):
        rma = self._received(self.ten)
        self._cold()
        with self.assertQueryCount(aftersales_agent=187):
            rma.action_settle()

    @users("aftersales_agent")
    @warmup
    def test_a_whole_return_in_one_go(self):
        with self.assertQueryCount(aftersales_agent=253):
            self._received(self.one).action_settle()

    @users("aftersales_agent")
    @warmup
    def test_a_whole_return_of_which_the_refund_is_promised(self):
        self.env["aftersales.commitment.rule"].sudo().search([]).since = "2020-01-01"
        self._received(self.three).action_settle()
        with self.assertQueryCount(aftersales_agent=250):
            rma = self._received(self.one)
            rma.action_settle()
        self.assertEqual(rma.commitment_ids.mapped("kind"), ["refund"])

    @users("aftersales_agent")
    @warmup
    def test_a_verdict_on_one_unit(self):
        lot = self._lots(self.washer, "SQL-1")
        self.washer.product_tmpl_id.aftersales_term_ids = (
            self.env["aftersales.warranty.term"]
            .sudo()
            .create({"name": "Two repairs", "duration": 60, "max_claims": 2, "labour_months": 12})
        )
        order = self._sold((self.washer, 1), lots={self.washer: lot})
        unit = self.env["aftersales.eligibility"]._prepare_unit(
            order.order_line, move=order.order_line.move_ids, lot=lot, reason=self._reason("defective")
        )
        today = self.company._aftersales_today()
        self._cold()
        with self.assertQueryCount(aftersales_agent=5):
            self.assertEqual(self.env["aftersales.entitlement"]._judge([unit], today)[0]["verdict"], "covered")

    @users("aftersales_agent")
    @warmup
    def test_checking_a_warranty_by_serial(self):
        lot = self._lots(self.washer, "SQL-2")
        self._sold((self.washer, 1), lots={self.washer: lot})
        check = self.env["aftersales.warranty.check"]
        check.find("SQL-2")
        self._cold()
        with self.assertQueryCount(aftersales_agent=60):
            self.assertEqual(check.find("SQL-2")["verdict"], "covered")

    # === Orders === #

    @users("admin")
    @warmup
    def test_confirming_and_delivering_an_order(self):
        order = self.draft_one.with_env(self.env)
        with self.assertQueryCount(admin=130):
            order.action_confirm()
            order.picking_ids.button_validate()

    @users("admin")
    @warmup
    def test_confirming_and_delivering_an_order_of_ten_lines(self):
        order = self.draft_ten.with_env(self.env)
        with self.assertQueryCount(admin=266):
            order.action_confirm()
            order.picking_ids.button_validate()

    # === Façade === #

    @users("aftersales_agent")
    def test_a_page_of_returns_costs_the_same_for_2_and_20(self):
        reason = self._reason("changed_mind")
        for line in self.thirty.with_user(self.env.user).order_line[:20]:
            item = {"sale_line": line, "quantity": 1.0, "reason": reason}
            self.env["aftersales.rma"]._request(self.customer, [item])
        self.assertCostsTheSame(
            lambda: self._call("list_returns", limit=2),
            lambda: self._call("list_returns", limit=20),
        )

    @users("aftersales_agent")
    def test_return_options_cost_the_same_for_3_and_30_lines(self):
        self.assertCostsTheSame(
            lambda: self._call("return_options", order=self.three.id),
            lambda: self._call("return_options", order=self.thirty.id),
        )

    @users("aftersales_agent")
    def test_a_request_of_ten_lines_costs_little_more_than_of_one(self):
        self._queries(lambda: self._open(self.three))
        one = self._queries(lambda: self._open(self.one))
        self.assertLessEqual(self._queries(lambda: self._open(self.ten)), one + 10)

    # === Deleting === #

    def test_what_is_deleted_by_the_thousand_is_found_by_an_index(self):
        often = ("mail_mail", "mail_message", "ir_attachment", "sale_order_line", "stock_move", "stock_move_line")
        self.cr.execute(
            """SELECT link.conrelid::regclass::text, link_column.attname
                 FROM pg_constraint link
                 JOIN pg_attribute link_column
                      ON link_column.attrelid = link.conrelid AND link_column.attnum = link.conkey[1]
                WHERE link.contype = 'f' AND link.confrelid::regclass::text IN %s
                  AND (link.conrelid::regclass::text LIKE 'aftersales%%' OR link_column.attname LIKE 'aftersales%%')
                  AND NOT EXISTS (SELECT FROM pg_index
                                   WHERE indrelid = link.conrelid AND indkey[0] = link_column.attnum)""",
            [often],
        )
        passing = {model._table for model in (self.env[name] for name in self.env) if model._transient}
        self.assertEqual([row for row in self.cr.fetchall() if row[0] not in passing], [])
