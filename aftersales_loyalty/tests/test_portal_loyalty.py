import re
from datetime import timedelta

from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged

from .common import LoyaltyCommon

ROWS = 1000
# SQL statements that a page costs at most, with one card and tiers.
COSTS = {"/my/loyalty": 40, "/my/loyalty/statement": 25}
BYTES = 60_000


class PortalLoyaltyCommon(LoyaltyCommon, HttpCase):
    """A member with a login, a colleague of the same company, and a customer who must see none of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        household = cls.env["res.partner"].create({"name": "Kowalska & Co", "country_id": cls.poland.id})
        cls.customer.parent_id = household
        cls.member = cls._portal_user("loyal_ada", cls.customer)
        cls.colleague = cls._portal_user("loyal_jan", cls.env["res.partner"].create({"name": "Jan"}))
        cls.colleague.partner_id.parent_id = household
        cls.stranger_user = cls._portal_user("loyal_eve", cls.env["res.partner"].create({"name": "Eve"}))
        cls.today = cls.company._aftersales_today()

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(cls.env, login, groups="base.group_portal", partner_id=partner.id, name=partner.name)

    @classmethod
    def _points(cls, points, kind="grant", card=None, **vals):
        values = {"card": card or cls.card, "kind": kind, "points": points, **vals}
        return cls.env["aftersales.loyalty.entry"]._post([values])

    @classmethod
    def _reward_friends(cls):
        cls.env["aftersales.loyalty.bonus"].create(
            {
                "name": "Friends",
                "trigger": "referral",
                "program_id": cls.program.id,
                "points": 50,
                "friend_points": 20,
                "is_on": True,
            }
        )

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get(self, url):
        return self.url_open(url, allow_redirects=False)

    def _page(self, url="/my/loyalty"):
        response = self._get(url)
        self.assertEqual(response.status_code, 200, url)
        return html.fromstring(response.text)

    def _texts(self, page, path):
        return [" ".join(node.text_content().split()) for node in page.xpath(path)]

    def _rows(self, page):
        return self._texts(page, "//ul[contains(@class, 'o_aftersales_entries')]/li")

    def _cost(self, url):
        """SQL statements of a page that was opened before."""
        self._get(url)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._get(url)
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestPortalLoyalty(PortalLoyaltyCommon):
    """What members read about their points, and that nobody else does."""

    # === The page === #

    def test_the_balance_stands_on_top_with_what_it_is_worth(self):
        self.program.aftersales_point_value = 0.1
        self._points(1250.5)
        self._login(self.member)
        page = self._page()
        self.assertEqual(self._texts(page, "//p[@name='points']"), ["1,250.50 points"])
        self.assertIn("125.05", self._texts(page, "//p[@name='worth']")[0])
        self.assertEqual(self._texts(page, "//h2"), [self.program.name])

    def test_points_on_the_way_have_their_day_or_say_what_they_wait_for(self):
        self._points(40, "earn", pending=True, release_on=self.today + timedelta(days=9))
        self._points(7, "earn", pending=True)
        self._login(self.member)
        waits = self._texts(self._page(), "//ul[@name='pending']/li")
        day = self.card._portal_day(self.today + timedelta(days=9))
        self.assertEqual(waits, [f"+40 points usable from {day}", "+7 points usable when your return period has ended"])

    def test_points_that_end_soon_are_told_with_their_last_day(self):
        for points, days in ((10, 20), (20, 30), (30, 400)):
            self._points(points, expires_on=self.today + timedelta(days=days))
        self._points(-4, "spend")
        self._login(self.member)
        page = self._page()
        days = [self.card._portal_day(self.today + timedelta(days=ahead)) for ahead in (20, 30)]
        self.assertEqual(
            self._texts(page, "//ul[@name='expiring']/li"),
            [f"6 points valid until {days[0]}", f"20 points valid until {days[1]}"],
        )
        self.assertIn("Use them in time", self._texts(page, "//h3"))

    def test_rewards_to_be_had_stand_apart_from_those_that_are_near(self):
        reward = self.program.reward_ids[:1]
        reward.copy({"required_points": 150, "description": "Tea"})
        self._points(120)
        self._login(self.member)
        page = self._page()
        self.assertIn("100 points", self._texts(page, "//ul[@name='now']/li")[0])
        self.assertEqual(self._texts(page, "//ul[@name='later']/li"), ["Tea 150 points 30 points to go"])
        self._points(30, "earn", pending=True)
        self.assertIn("on the way", self._texts(self._page(), "//ul[@name='later']/li")[0])

    def test_a_balance_below_zero_is_told_in_kind_words(self):
        self._points(-30, "takeback")
        self._login(self.member)
        page = self._page()
        self.assertEqual(self._texts(page, "//p[@name='points']"), ["\N{MINUS SIGN}30 points"])
        self.assertIn("nothing to pay", self._texts(page, "//p[@name='owed']")[0])

    def test_an_empty_card_says_that_there_is_nothing_to_use(self):
        self._login(self.member)
        self.assertTrue(self._texts(self._page(), "//p[@name='zero']"))

    def test_who_has_no_card_reads_how_to_join(self):
        self._login(self.stranger_user)
        text = self._texts(self._page(), "//div[@name='no_card']")[0]
        self.assertIn(self.program.name, text)
        self.assertIn("your first order makes you a member", text)

    def test_a_program_that_is_switched_off_leaves_a_friendly_page(self):
        self.program.active = False
        self._login(self.member)
        self.assertIn("no loyalty program", self._texts(self._page(), "//div[@name='no_card']")[0])
        self.assertEqual(self._get(f"/my/loyalty/statement/{self.card.id}").status_code, 404)

    def test_a_program_that_ended_says_so_and_offers_no_rewards(self):
        self._points(120)
        self.program.date_to = self.today - timedelta(days=1)
        self._login(self.member)
        page = self._page()
        self.assertIn("ended on", self._texts(page, "//p[contains(@class, 'alert-warning')]")[0])
        self.assertFalse(page.xpath("//div[@name='rewards']"))

    def test_each_card_has_its_section(self):
        second = self.card.copy({"code": "044-second"})
        self._points(5, card=second)
        self._login(self.member)
        page = self._page()
        self.assertEqual(self._texts(page, "//p[@name='points']"), ["5 points", "0 points"])
        self.assertIn("cond", self._texts(page, "//h2")[0])

    def test_the_home_page_leads_to_it(self):
        self._points(50)
        for user, count in ((self.member, 1), (self.stranger_user, 1)):
            self._login(user)
            asked = {"params": {"counters": ["aftersales_loyalty_count"]}}
            self.assertEqual(
                self.url_open("/my/counters", json=asked).json()["result"], {"aftersales_loyalty_count": count}
            )
        self._login(self.member)
        entry = self._page("/my").xpath("//a[@href='/my/loyalty']")[0]
        self.assertIn("50 points", " ".join(entry.text_content().split()))

    def test_without_a_program_the_home_page_leads_nowhere(self):
        self.program.active = False
        self._login(self.stranger_user)
        asked = {"params": {"counters": ["aftersales_loyalty_count"]}}
        self.assertEqual(self.url_open("/my/counters", json=asked).json()["result"], {"aftersales_loyalty_count": 0})

    # === Tier and friends === #

    def test_a_member_sees_the_tier_what_it_gives_and_what_is_next(self):
        self.env["aftersales.loyalty.tier"].create(
            [
                {"program_id": self.program.id, "name": "Silver", "sequence": 1, "threshold": 100, "window_days": 10},
                {"program_id": self.program.id, "name": "Gold", "sequence": 2, "threshold": 500, "multiplier": 1.5},
            ]
        )
        self._login(self.member)
        tier = self._texts(self._page(), "//div[@name='tier']")[0]
        self.assertIn("Member", tier)
        self.assertIn("Collect 100 points more to reach Silver.", tier)
        self._buy(quantity=2)
        self._sync()
        tier = self._texts(self._page(), "//div[@name='tier']")[0]
        self.assertIn("Silver", tier)
        self.assertIn("10 more days to send something back", tier)
        self.assertIn("Collect 300 points more to reach Gold.", tier)
        self.assertIn("1.5 times the points with every order", tier)
        self.program.aftersales_tier_basis = "spend"
        self.assertRegex(self._texts(self._page(), "//p[@name='missing']")[0], r"^Buy for .*500\.00.* Gold\.$")

    def test_a_member_has_a_code_for_friends_while_it_is_rewarded(self):
        self._login(self.member)
        self.assertFalse(self._page().xpath("//div[@name='referral']"))
        self._reward_friends()
        page = self._page()
        words = self._texts(page, "//div[@name='referral']")[0]
        for part in (self.card.aftersales_referral_code, "you get 50 points", "your friend gets 20 points"):
            self.assertIn(part, words)
        self.assertIn(self.card.aftersales_referral_code, page.xpath("//a[starts-with(@href, 'mailto:')]/@href")[0])

    # === The page of an order === #

    def test_the_page_of_an_order_says_what_it_earned_and_from_when(self):
        self.program.aftersales_waits = True
        order = self._buy()
        self._sync()
        self._login(self.member)
        told = self._texts(self._page(f"/my/orders/{order.id}"), "//div[@name='aftersales_points']//li")
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], r"^Earned with this order usable .* \+100 points$")
        order._action_cancel()
        self._sync()
        self.assertFalse(self._page(f"/my/orders/{order.id}").xpath("//div[@name='aftersales_points']"))

    def test_a_bonus_of_somebody_else_is_not_on_the_page_of_an_order(self):
        order = self._buy()
        friend = self.program._aftersales_card(self.stranger_user.partner_id)
        self._points(50, "bonus", card=friend, origin=order, reason="A friend ordered")
        self._login(self.member)
        told = self._texts(self._page(f"/my/orders/{order.id}"), "//div[@name='aftersales_points']//li")
        self.assertEqual(told, ["Earned with this order +100 points"])

    # === The statement === #

    def test_a_row_says_why_and_leads_to_the_order(self):
        order = self._buy()
        self._login(self.member)
        row = self._page("/my/loyalty/statement").xpath("//ul[contains(@class, 'o_aftersales_entries')]/li")[0]
        self.assertIn("Earned with an order", row.text_content())
        self.assertEqual(row.xpath(".//a/@href"), [f"/my/orders/{order.id}"])

    def test_what_one_thing_took_from_several_lots_is_one_row_with_its_balance(self):
        for points, days in ((10, 20), (20, 30)):
            self._points(points, expires_on=self.today + timedelta(days=days))
        self._points(-25, "adjust", reason="Counted wrongly")
        self._login(self.member)
        rows = self._rows(self._page("/my/loyalty/statement"))
        self.assertEqual(len(rows), 2)
        self.assertRegex(rows[0], "^Correction Counted wrongly .*\N{MINUS SIGN}25 points Balance 5 points$")
        self.assertIn("+30 points", rows[1])

    def test_credit_for_a_return_is_told_as_such_and_leads_to_it(self):
        order = self._sold((self.kettle, 1))
        rma = self._rma(order).sudo()
        self._points(100, origin=rma, reason=f"Store credit {rma.name}")
        self._login(self.member)
        row = self._rows(self._page("/my/loyalty/statement?filterby=earned"))[0]
        self.assertRegex(row, f"^Credited for a return {rma.name} \\w+ \\d+, \\d+ ")

    def test_filters_show_one_kind_of_row(self):
        self._points(100)
        self._points(-30, "spend")
        self._points(-10, "expire")
        self._points(8, "earn", pending=True)
        self._login(self.member)
        found = {
            name: len(self._rows(self._page(f"/my/loyalty/statement?filterby={name}")))
            for name in ("all", "earned", "waiting", "used", "returns", "expired", "other")
        }
        self.assertEqual(
            found, {"all": 4, "earned": 2, "waiting": 1, "used": 1, "returns": 0, "expired": 1, "other": 0}
        )

    def test_pages_follow_each_other_without_gap_or_repetition(self):
        for number in range(45):
            self._points(1, reason=f"Gift {number}")
        self._login(self.member)
        seen = []
        for page in (1, 2, 3):
            rows = self._rows(self._page(f"/my/loyalty/statement/page/{page}"))
            seen += [re.search(r"Gift (\d+)", row)[1] for row in rows]
        self.assertEqual(seen, [str(number) for number in reversed(range(45))])

    def test_the_pdf_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        self._points(1250.5)
        self._login(self.member)
        answer = self.url_open(f"/my/loyalty/statement/{self.card.id}/pdf", timeout=60)  # by way of /de
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "application/pdf"))
        report = self.env["ir.actions.report"]
        paper = report._render_qweb_html("aftersales_loyalty.loyalty_statement_report", self.card.ids)[0].decode()
        self.assertIn("1.250,50", paper)

    # === Nobody else === #

    def test_others_see_nothing_of_a_card(self):
        self._points(777)
        for user in (self.stranger_user, self.colleague):
            self._login(user)
            self.assertNotIn("777", self._get("/my/loyalty").text)
            for url in (f"/my/loyalty/statement/{self.card.id}", f"/my/loyalty/statement/{self.card.id}/pdf"):
                self.assertEqual((url, self._get(url).status_code), (url, 404))
            self.assertEqual(self._get("/my/loyalty/statement").status_code, 303)

    def test_the_report_itself_is_not_for_customers(self):
        self._points(777)
        for user in (self.stranger_user, self.member):
            self._login(user)
            for kind in ("html", "pdf"):
                answer = self._get(f"/report/{kind}/aftersales_loyalty.loyalty_statement/{self.card.id}")
                self.assertNotEqual(answer.status_code, 200)
                self.assertNotIn("777", answer.text)

    def test_visitors_log_in_first(self):
        self.authenticate(None, None)
        for url in ("/my/loyalty", "/my/loyalty/statement", f"/my/loyalty/statement/{self.card.id}/pdf"):
            self.assertIn("/web/login", self._get(url).headers["Location"])

    def test_a_program_without_a_ledger_or_of_another_company_is_not_shown(self):
        self._points(50)
        other = self.env["res.company"].create({"name": "Other shop"})
        far = self.program.copy({"company_id": other.id, "aftersales_ledger": True})
        self.env["loyalty.card"].create({"program_id": far.id, "partner_id": self.customer.id, "points": 666})
        plain = self.program.copy({"aftersales_ledger": False})
        self.env["loyalty.card"].create({"program_id": plain.id, "partner_id": self.customer.id, "points": 555})
        self._login(self.member)
        self.assertEqual(self._texts(self._page(), "//p[@name='points']"), ["50 points"])

    def test_a_friends_order_is_not_named(self):
        theirs = self._order((self.kettle, 1), partner=self.stranger_user.partner_id)
        self._points(50, "bonus", origin=theirs, reason="A friend ordered")
        self._login(self.member)
        self.assertNotIn(theirs.name, self._get("/my/loyalty/statement").text)

    def test_odd_parameters_give_a_page_or_none(self):
        self._points(50)
        self._login(self.member)
        for query in ("filterby=zzz", "filterby=all&filterby=used", "filterby=%00", "page=x", "card_id=1&page[]=2"):
            self.assertEqual((query, self._get(f"/my/loyalty/statement?{query}").status_code), (query, 200))
        for path in ("page/99999999", "page/0", f"{self.card.id}/page/7"):
            self.assertEqual((path, self._get(f"/my/loyalty/statement/{path}").status_code), (path, 200))
        for path in ("0", "99999999999999999999", "x", "-1", "99999999999999999999/pdf"):
            self.assertEqual((path, self._get(f"/my/loyalty/statement/{path}").status_code), (path, 404))

    # === What it costs === #

    def test_a_thousand_entries_cost_as_much_as_ten(self):
        # The page of a customer who has been here, whose entries are about orders and gifts.
        order = self._buy()
        self.env["aftersales.loyalty.tier"].create({"program_id": self.program.id, "name": "Gold", "threshold": 9000})
        for number in range(10):
            self._points(1, origin=order, reason=f"Gift {number}")
        self._login(self.member)
        few = {url: self._cost(url) for url in COSTS}
        self.env["aftersales.loyalty.entry"]._post(
            [
                {"card": self.card, "kind": "grant", "points": 1, "reason": f"More {number}", "origin": order}
                for number in range(ROWS)
            ]
        )
        for url, cost in few.items():
            self.assertLessEqual(cost, COSTS[url], url)
            self.assertLessEqual(self._cost(url), cost, url)
            self.assertLess(len(self._get(url).content), BYTES)
