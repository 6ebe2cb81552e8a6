from base64 import b64encode
from io import BytesIO

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AftersalesCommon

ORIENTATION, MAKER, PLACE = 0x0112, 0x010F, 0x8825


@tagged("post_install", "-at_install")
class TestPhotos(AftersalesCommon):
    """What becomes of photos that customers send."""

    def _kept(self, kind, exif=None, size=(40, 20)):
        """A photo as it was sent, and as it is kept."""
        buffer = BytesIO()
        Image.new("RGB", size, "red").save(buffer, kind, **({"exif": exif} if exif else {}))
        photo = {"name": f"kettle.{kind.lower()}", "data": b64encode(buffer.getvalue()).decode()}
        rma = self._rma(self._sold((self.kettle, 1)), photos=[photo])
        return buffer.getvalue(), rma.line_ids.photo_ids.raw

    def test_where_a_photo_was_taken_is_not_kept(self):
        exif = Image.Exif()
        exif[ORIENTATION], exif[MAKER] = 6, "Camera of Ada"
        exif.get_ifd(PLACE).update({1: "N", 2: (52.0, 13.0, 0.0)})
        for kind in ("JPEG", "PNG"):
            sent, kept = self._kept(kind, exif)
            self.assertIn(b"Camera of Ada", sent)
            self.assertNotIn(b"Camera of Ada", kept)
            image = Image.open(BytesIO(kept))
            self.assertEqual((image.format, image.size, dict(image.getexif())), (kind, (20, 40), {}))

    def test_a_photo_that_tells_nothing_stays_as_it_is(self):
        for kind in ("JPEG", "PNG"):
            sent, kept = self._kept(kind)
            self.assertEqual(sent, kept)

    def test_a_large_photo_with_metadata_is_kept_smaller(self):
        exif = Image.Exif()
        exif[MAKER] = "Camera of Ada"
        _sent, kept = self._kept("JPEG", exif, (3840, 1920))
        self.assertEqual(Image.open(BytesIO(kept)).size, (1920, 960))

    def test_an_apple_photo_is_refused_in_words_that_help(self):
        heic = b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic"
        order = self._sold((self.kettle, 1))
        with self.assertRaisesRegex(UserError, "IMG_1.HEIC is an Apple photo .* send it as JPEG"):
            self._rma(order, photos=[{"name": "IMG_1.HEIC", "data": b64encode(heic).decode()}])
