from odoo import models
from odoo.exceptions import UserError

from odoo.addons.aftersales_crm.models.aftersales_photo_mixin import APPLE_TYPES, PHOTO_COUNT, PLAIN_FORMATS


class IrAttachment(models.Model):
    # What customers send along with a message, as the photos of their forms.

    _inherit = "ir.attachment"

    def _aftersales_forget_place(self):
        """Take out of photos what cameras write into them, such as the place.

        :raise UserError: where that cannot be done, or there are too many
        """
        if len(self) > PHOTO_COUNT:
            raise UserError(self.env._("At most %(count)s files with one message.", count=PHOTO_COUNT))
        photos = self.env["aftersales.photo.mixin"]
        for attachment in self:
            if attachment.mimetype in APPLE_TYPES:
                raise UserError(photos._photo_refusal(attachment.name, attachment.mimetype, ()))
            content = attachment.raw
            if attachment.mimetype in PLAIN_FORMATS and photos._photo_opens(content):
                plain = photos._photo_without_metadata(content, attachment.mimetype)
                if plain != content:
                    attachment.raw = plain
