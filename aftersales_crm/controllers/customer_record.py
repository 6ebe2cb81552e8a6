from tempfile import TemporaryFile

from werkzeug.exceptions import NotFound

from odoo.http import Controller, content_disposition, request, route

from ..models.aftersales_privacy import MANAGER

MAX_ID = 2**31 - 1
PIECE = 2**16


class CustomerRecord(Controller):
    """A customer's whole after-sales record, for the manager who asks for it."""

    @route("/aftersales/record/<int:partner_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def customer_record(self, partner_id, **kw):
        """The record as a ZIP, made in a file that nobody else sees and sent piece by piece."""
        if not request.env.user.has_group(MANAGER) or not 0 < partner_id <= MAX_ID:
            raise NotFound()
        partner = request.env["res.partner"].search([("id", "=", partner_id), ("active", "in", (True, False))])
        if not partner:
            raise NotFound()
        pieces = self._pieces(partner)
        size = next(pieces)
        response = request.make_response(
            pieces,
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Length", size),
                ("Content-Disposition", content_disposition(f"after-sales-{partner.id}.zip")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        response.direct_passthrough = True
        return response

    def _pieces(self, partner):
        """The size of the record, then its bytes; the file is gone when the last one was sent."""
        with TemporaryFile() as stream:
            partner.env["aftersales.privacy"]._write_record(partner, stream)
            yield stream.tell()
            stream.seek(0)
            while piece := stream.read(PIECE):
                yield piece
