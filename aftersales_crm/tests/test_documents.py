import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import AftersalesCommon

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class TestDocuments(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 2))
        cls.rma = cls._rma(cls.order)
        cls.rma.action_approve()

    def _slip(self, rma):
        """The slip as HTML, as an agent prints it."""
        reports = self.env["ir.actions.report"].with_user(self.agent)
        return reports._render_qweb_html("aftersales_crm.return_slip_report", rma.ids)[0].decode()

    def _label(self, name="label.pdf", content=PDF):
        return self.env["ir.attachment"].with_user(self.agent).create({"name": name, "raw": content})

    def _set_label(self, *labels):
        self.rma.with_user(self.agent).label_ids = [Command.set([label.id for label in labels])]

    # === Slip === #

    def test_the_slip_names_what_comes_back_and_where_to(self):
        slip = self._slip(self.rma)
        for text in (self.rma.name, "Kettle", "Changed", self.company.partner_id.name, self.order.name):
            self.assertIn(text, slip)
        self.assertIn("We refund you as soon as the goods are here.", slip)
        self.assertIn(f'alt="Barcode {self.rma.name}" src="data:image/png;base64', slip)

    def test_the_slip_has_the_serial_number(self):
        lots = self._lots(self.washer, "W-77")
        order = self._sold((self.washer, 1), lots={self.washer: lots})
        rma = self._rma(order, lot=lots, reason=self._reason("defective"))
        rma.action_approve()
        slip = self._slip(rma)
        self.assertIn("W-77", slip)
        self.assertIn("we pay the way back", slip)
        self.assertIn("we repair them", slip)

    def test_the_slip_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.customer.lang = "pl_PL"
        self._reason("changed_mind").with_context(lang="pl_PL").name = "Rozmyśliłem się"
        self.assertIn("Rozmyśliłem się", self._slip(self.rma))

    def test_goods_go_to_the_address_of_their_warehouse(self):
        warehouse = self.rma.sudo().picking_ids.picking_type_id.warehouse_id
        warehouse.partner_id = self.env["res.partner"].create({"name": "The back door", "street": "Ramp 3"})
        self.assertIn("Ramp 3", self._slip(self.rma))

    def test_who_may_not_read_the_return_prints_no_slip(self):
        self.rma.user_id = self.agent_all
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self._slip(self.rma)

    # === Labels === #

    def test_an_agent_uploads_a_label(self):
        label = self._label()
        self._set_label(label)
        self.assertEqual((label.res_model, label.res_id), ("aftersales.rma", self.rma.id))
        self.assertIn("Stick our label", self._slip(self.rma))
        self.assertEqual(self.rma.with_user(self.agent_all).label_ids.raw, PDF)

    def test_a_label_that_is_none_is_refused(self):
        for content, message in (
            (b"", "is empty"),
            (b"<html><script>alert(1)</script></html>", "is not a label"),
            (PDF + b"0" * 10 * 1024 * 1024, "larger than 10 MB"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._set_label(self._label("label.pdf", content))

    def test_without_a_carrier_that_makes_labels_one_is_uploaded(self):
        self.assertFalse(self.rma.can_get_label)
        with self.assertRaisesRegex(UserError, "upload the label by hand"):
            self.rma.action_get_label()

    def test_the_carrier_of_the_delivery_makes_the_label_once(self):
        asked = []
        carriers = self.env.registry["delivery.carrier"]

        def get_label(carrier, pickings, tracking_number=None, origin_date=None):
            asked.append(pickings)
            name = f"{carrier.get_return_label_prefix()}-1.pdf"
            values = {"name": name, "raw": PDF, "res_model": "stock.picking", "res_id": pickings.id}
            carrier.env["ir.attachment"].create(values)
            return [{"exact_price": 4.5, "tracking_number": "RET 1"}]

        self.startPatcher(patch.object(carriers, "fixed_get_return_label", get_label, create=True))
        self.patch(carriers, "_compute_can_generate_return", lambda self: self.update({"can_generate_return": True}))
        product = self._product("Way", type="service", is_storable=False)
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Parcel Post",
                "product_id": product.id,
                "tracking_url": "https://post.example.com/?n=<shipmenttrackingnumber>",
            }
        )
        self.order.picking_ids.filtered(lambda picking: picking.state == "done").carrier_id = carrier
        rma = self.rma.with_user(self.agent)
        self.assertTrue(rma.can_get_label)
        rma.action_get_label()
        rma.action_get_label()
        self.assertEqual(len(asked), 1)
        self.assertEqual(base64.b64decode(rma.label_ids.datas), PDF)
        self.assertEqual(rma.tracking_url, "https://post.example.com/?n=RET%201")
        self.assertEqual(rma.sudo().picking_ids.carrier_price, 4.5)

    # === Tracking === #

    def test_the_parcel_is_followed_with_the_carrier_that_was_named(self):
        product = self._product("Way", type="service", is_storable=False)
        carriers = self.env["delivery.carrier"]
        link = "https://example.com/track/<shipmenttrackingnumber>"
        carriers.create({"name": "Quick", "product_id": product.id, "tracking_url": link})
        carriers.create({"name": "Evil", "product_id": product.id, "tracking_url": "javascript:alert(1)"})
        self.rma.with_user(self.agent).action_mark_sent("A/1&x", "quick ")
        self.assertEqual(self.rma.with_user(self.agent).tracking_url, "https://example.com/track/A%2F1%26x")
        self.rma.tracking_carrier = "Evil"
        self.assertFalse(self.rma.tracking_url)
        self.rma.tracking_carrier = "Nobody"
        self.assertFalse(self.rma.tracking_url)
