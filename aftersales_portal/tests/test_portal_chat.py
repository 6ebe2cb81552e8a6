from io import BytesIO

from PIL import Image

from odoo.http import Request
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalChat(PortalCommon):
    """Photos that customers send along with a message."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rma = cls._rma(cls._sold((cls.kettle, 1))).sudo()
        token = cls.rma._aftersales_signed_token()
        customer = cls.rma.partner_id.id
        cls.signed = {"token": token, "pid": customer, "hash": cls.rma._aftersales_link_hash(token, customer)}

    def _upload(self, content, name):
        target = {"thread_model": self.rma._name, "thread_id": self.rma.id, "is_pending": True}
        form = {"csrf_token": Request.csrf_token(self), **target, **self.signed}
        answer = self.url_open("/mail/attachment/upload", form, files={"ufile": (name, content)}, method="POST").json()
        stored = answer["data"]["store_data"]["ir.attachment"][0]
        return stored["id"], stored["ownership_token"]

    def _write(self, *files):
        sent = [self._upload(*file) for file in files]
        post = {
            "body": "Look",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "attachment_ids": [attachment_id for attachment_id, _token in sent],
            "attachment_tokens": [token for _id, token in sent],
        }
        params = {"thread_model": self.rma._name, "thread_id": self.rma.id, "post_data": post, **self.signed}
        self.make_jsonrpc_request("/mail/message/post", params)
        return self.rma.message_ids[0]

    def _picture(self):
        exif, buffer = Image.Exif(), BytesIO()
        exif[0x010F] = "Camera of Ada"
        Image.new("RGB", (40, 20), "red").save(buffer, "JPEG", exif=exif)
        return buffer.getvalue()

    def test_a_photo_in_a_message_does_not_tell_where_it_was_taken(self):
        self.authenticate(None, None)
        message = self._write((self._picture(), "kettle.jpg"), (b"It leaks", "note.txt"))
        photo, note = message.attachment_ids.sorted("id")
        self.assertEqual((message.author_id, photo.res_id), (self.customer, self.rma.id))
        self.assertNotIn(b"Camera of Ada", photo.raw)
        self.assertEqual(Image.open(BytesIO(photo.raw)).size, (40, 20))
        self.assertEqual(note.raw, b"It leaks")

    @mute_logger("odoo.http")
    def test_what_cannot_be_cleaned_or_is_too_much_is_refused_in_words(self):
        self.authenticate(None, None)
        heic = b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic"
        for files in ([(heic, "IMG_1.HEIC")], [(b"x", "x.txt")] * 11):
            with self.subTest(files=len(files)), self.assertRaisesRegex(JsonRpcException, "UserError"):
                self._write(*files)
        self.assertFalse(self.rma.message_ids.attachment_ids)
