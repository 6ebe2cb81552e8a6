from freezegun import freeze_time

from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalRegister(PortalCommon):
    """Products that were bought elsewhere, and products that change hands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["aftersales.warranty.term"].create({"name": "Two years", "duration": 24})
        cls.washer.product_tmpl_id.aftersales_term_ids = cls.term
        cls.order = cls._sold((cls.washer, 1), (cls.kettle, 3), lots={cls.washer: cls._lots(cls.washer, "SOLD-1")})
        cls.warranties = cls.env["aftersales.warranty"].search([("sale_order_id", "=", cls.order.id)])
        cls.today = cls.company._aftersales_today()

    def _form(self, **fields):
        fields = {"product": self.washer.id, "serial": "FAIR-1", "purchase_date": str(self.today), **fields}
        return {name: value for name, value in fields.items() if value is not None}

    def _register(self, files=None, **fields):
        files = [("proof", ("receipt.jpg", self._photo(), "image/jpeg"))] if files is None else files
        return self._post("/my/products/register", self._form(**fields), files)

    def _registered(self):
        return self.env["aftersales.warranty"].search([("source", "=", "registration")])

    # === Registering === #

    def test_a_customer_finds_and_registers_a_product(self):
        self._login(self.customer_user)
        self.assertIn("/my/products/register", self._get("/my/products").text)
        found = self._get("/my/products/register?search=wash").text
        self.assertIn(f"/my/products/register?product={self.washer.id}", found)
        self.assertNotIn("Kettle", self._get("/my/products/register?search=kettle").text.replace('value="kettle"', ""))
        self.assertIn("Serial number", self._get(f"/my/products/register?product={self.washer.id}").text)
        answer = self._register(seller="Fair & Co")
        warranty = self._registered()
        self.assertEqual(answer.headers["Location"].removeprefix(self.base_url()), f"/my/warranties/{warranty.id}")
        self.assertEqual((warranty.is_verified, warranty.partner_id), (False, self.customer))
        self.assertEqual((warranty.lot_id.name, warranty.seller), ("FAIR-1", "Fair & Co"))
        self.assertEqual(warranty.proof_id.create_uid, self.customer_user)
        self.assertNotIn(self.customer, warranty.lot_id.message_partner_ids)
        page = self._get(f"/my/warranties/{warranty.id}").text
        self.assertIn("We are checking your receipt", page)
        self.assertNotIn("/certificate", page)
        self.assertIn("FAIR-1", self._get("/my/products").text)
