import json
import zipfile
from html import escape
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import format_datetime, formatLang, html2plaintext

from .aftersales_event_talk import SPOKEN

CHUNK = 200
# What a person may have in machine's form; the rest is bookkeeping of the system.
PLAIN = ("char", "text", "html", "selection", "integer", "float", "monetary", "boolean", "date", "datetime", "many2one")
LEFT_OUT = ("access_token", "link_token", "form_key", "source_key", "create_uid", "write_uid", "write_date")
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif;max-width:60rem;margin:2rem auto}}td{{padding:.2rem 1rem .2rem 0}}</style>
</head><body><h1>{title}</h1>
"""


class AftersalesPrivacy(models.AbstractModel):
    """A customer's whole after-sales record as one ZIP: to read, and for machines.

    One record after the other is read and written: its size does not matter.
    """

    _inherit = "aftersales.privacy"

    @api.model
    def _write_record(self, partner, stream):
        """Write what a customer may have of the after-sales record.

        :param partner: `res.partner`, with its contacts
        :param stream: binary file, open for writing
        """
        self._ensure_may()
        partner.check_access("read")
        people = self._people(partner)
        found = self._found(people, self._mails(people))
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for model, records in found.items():
                self._write_rows(archive, model, records, self._plain_row)
            messages = self._messages_of(people, found)
            self._write_rows(archive, "messages", messages, self._message_row)
            self._write_files(archive, self._attachments(found) | messages.sudo().attachment_ids)
            self._write_page(archive, partner, found, messages)

    # === For machines === #

    def _write_rows(self, archive, name, records, make_row):
        """A list of JSON objects, one line each."""
        if not records:
            return
        with archive.open(f"data/{name}.json", "w") as out:
            for start in range(0, len(records), CHUNK):
                for number, record in enumerate(records[start : start + CHUNK], start):
                    text = json.dumps(make_row(record), ensure_ascii=False, default=str)
                    out.write(f"{',' if number else '['}\n{text}".encode())
                records.invalidate_recordset()
            out.write(b"\n]\n")

    def _plain_row(self, record):
        names = [
            name
            for name, field in record._fields.items()
            if field.type in PLAIN and field.store and name not in LEFT_OUT and record._has_field_access(field, "read")
        ]
        return {name: self._plain_value(record, name) for name in names}

    def _plain_value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            # The name of what a record is about is no secret to who may have the record.
            return value.sudo().display_name if value else None
        if field.type == "html":
            return html2plaintext(value or "") or None
        return None if value is False and field.type != "boolean" else value

    def _messages_of(self, people, found):
        """What was said between these people and the shop, and mails that they got; no notes of the shop."""
        messages = self.env["mail.message"]
        orders = self.env["sale.order"].search([("partner_id", "in", people.ids)])
        documents = {"res.partner": people, "sale.order": orders}
        for model in ("aftersales.case", "aftersales.rma", "aftersales.withdrawal"):
            documents[model] = found.get(model, self.env[model])
        for model, records in documents.items():
            messages |= messages.search(
                [
                    ("model", "=", model),
                    ("res_id", "in", records.ids),
                    ("message_type", "in", (*SPOKEN, "email_outgoing", "auto_comment")),
                    ("is_internal", "=", False),
                    ("subtype_id.internal", "=", False),
                ]
            )
        return messages.sorted("id")

    def _message_row(self, message):
        return {
            "date": message.date,
            "from": message.author_id.sudo().name or message.email_from or None,
            "about": f"{message.model},{message.res_id}",
            "subject": message.subject or None,
            "text": html2plaintext(message.body or ""),
            "files": message.sudo().attachment_ids.mapped(self._file_name),
        }

    def _file_name(self, attachment):
        safe = "".join(letter if letter.isalnum() or letter in "._- " else "_" for letter in attachment.name or "file")
        return f"files/{attachment.id}-{safe[-80:]}"

    def _write_files(self, archive, files_sudo):
        for start in range(0, len(files_sudo), CHUNK):
            for file_sudo in files_sudo[start : start + CHUNK]:
                if file_sudo.type != "binary":
                    continue
                path = file_sudo.store_fname and Path(file_sudo._full_path(file_sudo.store_fname))
                if path and path.is_file():
                    archive.write(path, self._file_name(file_sudo))
                elif file_sudo.raw:
                    archive.writestr(self._file_name(file_sudo), file_sudo.raw)
            files_sudo.invalidate_recordset()

    # === To read === #

    def _write_page(self, archive, partner, found, messages):
        """A page that tells what happened, newest first."""
        title = self.env._("After-sales record of %(customer)s", customer=partner.display_name)
        lead = self.env._(
            "As of %(moment)s. The folder data is the same for machines; the folder files has photos and documents.",
            moment=format_datetime(self.env, fields.Datetime.now()),
        )
        with archive.open("index.html", "w") as out:
            out.write(PAGE.format(title=escape(title)).encode())
            out.write(f"<p>{escape(lead)}</p><table>\n".encode())
            events = found.get("aftersales.event", self.env["aftersales.event"]).sorted("date", reverse=True)
            for start in range(0, len(events), CHUNK):
                for event in events[start : start + CHUNK]:
                    out.write(self._event_row(event).encode())
                events.invalidate_recordset()
            out.write(f"</table>\n<h2>{escape(self.env._('Messages'))}</h2>\n".encode())
            for message in messages:
                out.write(self._message_words(message).encode())
            out.write(b"</body></html>\n")

    def _event_row(self, event):
        kinds = dict(event._fields["kind"]._description_selection(self.env))
        amount = formatLang(self.env, event.amount, currency_obj=event.currency_id) if event.currency_id else ""
        cells = (str(event.date.date()), kinds[event.kind], event.title, amount)
        return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"

    def _message_words(self, message):
        row = self._message_row(message)
        head = " · ".join(filter(None, (str(row["date"]), row["from"], row["subject"])))
        return f"<p><b>{escape(head)}</b><br>{escape(row['text'])}</p>\n"
