import io

from PIL import Image

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user

from odoo.addons.aftersales_crm.tests.common import AftersalesCommon

# Seconds: a machine that does many things at once is slow, not wrong.
PATIENCE = 60


class PortalCommon(AftersalesCommon, HttpCase):
    """A customer with a login, a colleague, and a customer who must see none of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.household = cls.env["res.partner"].create({"name": "Kowalska & Co", "country_id": cls.poland.id})
        cls.customer.parent_id = cls.household
        cls.customer_user = cls._portal_user("portal_ada", cls.customer)
        colleague = cls.env["res.partner"].create({"name": "Jan", "parent_id": cls.household.id})
        cls.colleague_user = cls._portal_user("portal_jan", colleague)
        cls.other_user = cls._portal_user("portal_other", cls.env["res.partner"].create({"name": "Eve"}))

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(cls.env, login, groups="base.group_portal", partner_id=partner.id, name=partner.name)

    @classmethod
    def _photo(cls, size=(8, 8), kind="JPEG"):
        """The bytes of a picture."""
        buffer = io.BytesIO()
        Image.new("1", size).save(buffer, kind)
        return buffer.getvalue()

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get(self, url):
        return self.url_open(url, allow_redirects=False)

    def _post(self, url, data=None, files=None, csrf=True):
        """Post a form as the page would, without following where it leads."""
        token = {"csrf_token": Request.csrf_token(self)} if csrf else {}
        form = {**token, **(data or {})}
        return self.url_open(url, form, files, timeout=PATIENCE, allow_redirects=False, method="POST")

    def _assert_sent_to_start(self, response):
        """Odoo's own pages send who may not see a document to /my."""
        self.assertEqual(response.status_code, 303)
        self.assertEqual(response.headers["Location"].removeprefix(self.base_url()), "/my")

    def _count_queries(self, url):
        """SQL statements of a page."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._get(url)
        return self.cr.sql_log_count - before

    def _warm_count(self, url):
        """SQL statements of a page that was opened before."""
        self._get(url)
        return self._count_queries(url)
