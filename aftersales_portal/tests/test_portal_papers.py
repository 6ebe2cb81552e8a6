from odoo.fields import Command

from .common import PortalCommon

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class TestPortalPapers(PortalCommon):
    """Slip, label and signed link of a return: for its customer, and for nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rma = cls._rma(cls._sold((cls.kettle, 2)))
        cls.rma.action_approve()
        cls.label = cls.env["ir.attachment"].create({"name": "label.pdf", "raw": PDF})
        cls.rma.sudo().label_ids = [Command.set(cls.label.ids)]
        cls.url = f"/my/returns/{cls.rma.id}"

    def test_the_customer_gets_slip_and_label(self):
        self._login(self.customer_user)
        page = self._get(self.url).text
        self.assertIn(f"{self.url}/slip", page)
        self.assertIn(f"{self.url}/label/{self.label.id}", page)
        slip = self._get(f"{self.url}/slip")
        self.assertEqual((slip.status_code, slip.headers["Content-Type"]), (200, "application/pdf"))
        label = self._get(f"{self.url}/label/{self.label.id}")
        self.assertEqual((label.status_code, label.content), (200, PDF))
        self.assertIn("attachment", label.headers["Content-Disposition"])

    def test_the_signed_link_gives_them_without_login(self):
        link = self.rma.sudo()._customer_url()
        address, token = link.split("?access_token=")
        self.assertEqual(address, f"{self.rma.get_base_url()}{self.url}")
        self.assertEqual(self._get(f"{self.url}?access_token={token}").status_code, 200)
        self.assertEqual(self._get(f"{self.url}/slip?access_token={token}").status_code, 200)
        self.assertEqual(self._get(f"{self.url}/label/{self.label.id}?access_token={token}").content, PDF)

    def test_nobody_else_gets_them(self):
        for user in (None, self.other_user):
            if user:
                self._login(user)
            for suffix in ("slip", f"label/{self.label.id}", "slip?access_token=guess"):
                self._assert_sent_to_start(self._get(f"{self.url}/{suffix}"))

    def test_a_label_of_another_return_is_not_there(self):
        other = self._rma(self._sold((self.kettle, 1)))
        self._login(self.customer_user)
        self.assertEqual(self._get(f"/my/returns/{other.id}/label/{self.label.id}").status_code, 404)

    def test_without_goods_to_send_there_is_no_slip(self):
        self._receive(self.rma)
        self._login(self.customer_user)
        self.assertNotIn("/slip", self._get(self.url).text)
        self.assertEqual(self._get(f"{self.url}/slip").status_code, 303)

    def test_where_returns_are_not_taken_online_no_link_is_given(self):
        self.company.aftersales_portal_returns = False
        self.assertFalse(self.rma.sudo()._customer_url())

    def test_the_parcel_is_followed_from_the_page(self):
        product = self._product("Way", type="service", is_storable=False)
        self.env["delivery.carrier"].create(
            {
                "name": "Quick",
                "product_id": product.id,
                "tracking_url": "https://example.com/<shipmenttrackingnumber>",
            }
        )
        self.rma.sudo().action_mark_sent("A 1", "Quick")
        self._login(self.customer_user)
        self.assertIn('href="https://example.com/A%201"', self._get(self.url).text)
