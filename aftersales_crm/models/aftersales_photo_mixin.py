import binascii
from base64 import b64decode
from io import BytesIO

from PIL import Image, ImageOps

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mimetypes import guess_mimetype

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
# Apple's own kind: no browser but theirs shows it, and the place cannot be taken out of it.
APPLE_TYPES = ("image/heic", "image/heif")
PROOF_TYPES = (*PHOTO_TYPES, "application/pdf")
# Kinds of photos that are written anew without their metadata, how large at most (as Odoo keeps pictures),
# and where metadata is found.
PLAIN_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
WRITTEN_PIXELS = 1920
METADATA = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif", "comment", "photoshop"}
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_COUNT = 10


class AftersalesPhotoMixin(models.AbstractModel):
    """A document with photos or proofs that customers and scripts send: checked by content, kept as attachments."""

    _name = "aftersales.photo.mixin"
    _description = "Photos that others send"

    def _create_photos(self, photos, types=PHOTO_TYPES):
        """Check photos by content and keep them as attachments.

        :return: commands for a many2many of attachments
        """
        # A customer has no right to create attachments; the content is checked.
        return [Command.set(self.env["ir.attachment"].sudo().create(self._prepare_photos(photos, types)).ids)]

    def _prepare_photos(self, photos, types=PHOTO_TYPES):
        """Check photos by content.

        :param list photos: dicts with ``name`` and ``data`` (base64)
        :param types: MIME types that will do
        :return: list of values of attachments
        :raise UserError: when one is no photo, or there are too many
        """
        if len(photos) > PHOTO_COUNT:
            raise UserError(self.env._("At most %(count)s photos per product.", count=PHOTO_COUNT))
        return [self._prepare_photo_vals(photo["name"], photo["data"], types) for photo in photos]

    def _prepare_photo_vals(self, name, data, types):
        try:
            content = b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise UserError(self.env._("%(name)s is not valid base64.", name=name)) from None
        if not content:
            raise UserError(self.env._("%(name)s is empty.", name=name))
        if len(content) > PHOTO_BYTES:
            raise UserError(
                self.env._(
                    "%(name)s is larger than %(limit)s MB.",
                    name=name,
                    limit=PHOTO_BYTES // 1024 // 1024,
                )
            )
        mimetype = guess_mimetype(content)
        if mimetype not in types:
            raise UserError(self._photo_refusal(name, mimetype, types))
        if mimetype != "application/pdf" and not self._photo_opens(content):
            raise UserError(self.env._("%(name)s cannot be opened: it is damaged or too large.", name=name))
        content = self._photo_without_metadata(content, mimetype)
        return {"name": name, "raw": content, "mimetype": mimetype, "res_model": self._name}

    def _photo_refusal(self, name, mimetype, types):
        if mimetype in APPLE_TYPES:
            return self.env._(
                "%(name)s is an Apple photo (HEIC) that we cannot open. Please send it as JPEG.", name=name
            )
        if types == PROOF_TYPES:
            return self.env._("%(name)s is neither a photo nor a PDF.", name=name)
        return self.env._("%(name)s is not a photo (JPEG, PNG, WebP, GIF).", name=name)

    def _photo_without_metadata(self, content, mimetype):
        """A photo without what cameras write into it, such as the place; upright, as its metadata says.

        A photo that has none stays as it is, to the byte, and so does what Pillow cannot write.
        """
        if mimetype not in PLAIN_FORMATS:
            return content
        with Image.open(BytesIO(content)) as image:
            if not METADATA & image.info.keys():
                return content
            image.thumbnail((WRITTEN_PIXELS, WRITTEN_PIXELS))  # before the memory is needed
            upright = ImageOps.exif_transpose(image)
            upright.info = {}
            buffer = BytesIO()
            upright.save(buffer, PLAIN_FORMATS[mimetype], quality=90, exif=b"")
        return buffer.getvalue()

    def _photo_opens(self, content):
        """Whether a file is the picture that it begins like, and small enough for Odoo to resize it."""
        try:
            with Image.open(BytesIO(content)) as image:
                image.getexif()
                image.thumbnail((64, 64))
        except Exception:  # Pillow raises errors of a dozen kinds on broken files
            return False
        return True
