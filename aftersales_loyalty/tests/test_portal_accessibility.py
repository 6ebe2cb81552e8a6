from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.aftersales_crm.tests.accessibility import AccessibilityMixin

from .test_portal_loyalty import PortalLoyaltyCommon


@tagged("post_install", "-at_install")
class TestPortalAccessibility(AccessibilityMixin, PortalLoyaltyCommon):
    """The pages of points for who cannot see, and on the smallest of phones."""

    def test_pages_of_points_have_no_barrier(self):
        self.program.aftersales_point_value = 0.1
        self.program.reward_ids[:1].copy({"required_points": 5000, "description": "A kettle of your choice"})
        self._points(1250.5, expires_on=self.today + timedelta(days=20))
        self._points(40, "earn", pending=True)
        self._buy()
        self._check(["/my", "/my/loyalty", "/my/loyalty/statement"], self.member.login)

    def test_empty_pages_have_no_barrier(self):
        self._check(["/my/loyalty"], self.stranger_user.login)
        self._points(-30, "takeback")
        self._check(["/my/loyalty", "/my/loyalty/statement?filterby=expired"], self.member.login)
