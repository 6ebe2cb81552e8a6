from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.aftersales_crm.tests.accessibility import AccessibilityMixin

from .test_portal_loyalty import PortalLoyaltyCommon

# Copies the code as a visitor would, once the page is alive, and tells what went wrong as an error.
COPY = """
(async () => {
    const copied = [];
    const clipboard = { writeText: async (text) => copied.push(text) };
    Object.defineProperty(navigator, "clipboard", { value: clipboard });
    const told = document.querySelector(".o_aftersales_copied");
    for (let turn = 0; turn < 100 && told.hidden; turn++) {
        document.querySelector(".o_aftersales_copy").click();
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (told.hidden || copied[0] !== "%s") {
        console.error(`${told.hidden} ${copied}`);
    } else {
        console.log("test successful");
    }
})()
"""


@tagged("post_install", "-at_install")
class TestPortalAccessibility(AccessibilityMixin, PortalLoyaltyCommon):
    """The pages of points for who cannot see, and on the smallest of phones."""

    def test_pages_of_points_have_no_barrier(self):
        self.program.aftersales_point_value = 0.1
        self.program.reward_ids[:1].copy({"required_points": 5000, "description": "A kettle of your choice"})
        self._points(1250.5, expires_on=self.today + timedelta(days=20))
        self._points(40, "earn", pending=True)
        self.env["aftersales.loyalty.tier"].create({"program_id": self.program.id, "name": "Gold", "threshold": 9000})
        self._reward_friends()
        self._buy()
        self._check(["/my", "/my/loyalty", "/my/loyalty/statement"], self.member.login)

    def test_the_code_for_friends_is_copied_at_a_tap(self):
        self._reward_friends()
        self.browser_js("/my/loyalty", COPY % self.card.aftersales_referral_code, login=self.member.login)

    def test_empty_pages_have_no_barrier(self):
        self._check(["/my/loyalty"], self.stranger_user.login)
        self._points(-30, "takeback")
        self._check(["/my/loyalty", "/my/loyalty/statement?filterby=expired"], self.member.login)
