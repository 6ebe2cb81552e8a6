from odoo.exceptions import AccessError, UserError

from .common import AftersalesCommon


class TestCaseApi(AftersalesCommon):
    """Scripts open, read and solve cases, with the rights of their user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serial = cls._lots(cls.washer, "SN-API")
        cls.order = cls._order((cls.washer, 1))
        cls._deliver(cls.order, lots={cls.washer: cls.serial})
        cls.params = {"type": "problem", "subject": "It leaks", "partner": "ada@example.com"}

    def _call(self, method, user=None, **params):
        return getattr(self.env["aftersales.api"].with_user(user or self.agent), method)(params)

    def test_a_case_is_opened_read_and_solved(self):
        about = {"order": self.order.name, "lot": "SN-API", "priority": "urgent", "description": "a < b\nWater!"}
        case = self._call("open_case", **self.params, **about)
        self.assertEqual((case["state"], case["channel"], case["priority"]), ("new", "rpc", "urgent"))
        self.assertEqual((case["entitlement"], case["product"]["name"]), ("guarantee", "Washer"))
        self.assertIn("a < b", case["description"])
        self.assertEqual(self._call("get_case", case=case["name"])["id"], case["id"])
        solved = self._call("solve_case", case=case["id"], solution="New seal")
        self.assertEqual((solved["state"], self._call("solve_case", case=case["id"])["state"]), ("solved", "solved"))
        self.assertIn("New seal", solved["solution"])

    def test_the_same_call_gives_the_same_case(self):
        first = self._call("open_case", external_ref="shop-1", **self.params)
        self.assertEqual(self._call("open_case", external_ref="shop-1", **self.params)["id"], first["id"])
        with self.assertRaisesRegex(UserError, "other content"):
            self._call("open_case", external_ref="shop-1", **{**self.params, "subject": "Else"})
        self.assertEqual(first["external_ref"], "shop-1")

    def test_what_does_not_belong_together_is_refused(self):
        foreign = self._order((self.kettle, 1), partner=self.stranger.partner_id)
        lost = self._lots(self.washer, "SN-ELSEWHERE")
        cases = (
            ({"partner": "nobody@example.com"}, "there is no"),
            ({"order": foreign.id}, "not an order of"),
            ({"order": self.order.id, "lot": lost.id}, "was not delivered"),
            ({"order": self.order.id, "product": self.kettle.id}, "is not on"),
            ({"type": "wish"}, "is none of"),
            ({"priority": "9", "colour": "red"}, "unknown key"),
            ({"team": "No such"}, "there is no"),
        )
        for vals, message in cases:
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, message):
                self._call("open_case", **{**self.params, **vals})

    def test_rights_are_those_of_the_caller(self):
        with self.assertRaises(AccessError):
            self._call("open_case", self.stranger, **self.params)
        case = self._call("open_case", self.manager, **self.params)
        self.env["aftersales.case"].browse(case["id"]).user_id = self.manager
        for method in ("get_case", "solve_case"):
            with self.assertRaisesRegex(UserError, "there is no"):
                self._call(method, case=case["id"])
