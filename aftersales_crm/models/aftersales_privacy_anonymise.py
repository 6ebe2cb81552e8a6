from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .aftersales_event_talk import SPOKEN

# Columns of messages, and of what Odoo keeps beside them, that carry words, names or addresses.
MESSAGE_COLUMNS = {
    "mail_message": (
        "subject",
        "email_from",
        "reply_to",
        "incoming_email_to",
        "incoming_email_cc",
        "outgoing_email_to",
    ),
    "mail_tracking_value": ("old_value_char", "new_value_char", "old_value_text", "new_value_text"),
    "mail_notification": ("mail_email_address", "sms_number"),
    "mail_mail": ("body_html", "email_to", "email_cc", "headers"),
    "sms_sms": ("number", "body"),
}
# Documents whose chatter is all about the after-sales matter; of others only what was said goes.
OURS = ("aftersales.case", "aftersales.rma", "aftersales.withdrawal")


class AftersalesPrivacy(models.AbstractModel):
    """A customer's after-sales record without the customer.

    What was agreed, paid, delivered and repaired stays, and so do invoices, orders and the contact itself, which
    Odoo's own tools look after. Words, addresses, photos and messages go. Doing it again changes nothing.
    """

    _inherit = "aftersales.privacy"

    @api.model
    def _anonymise(self, people, mail=False):
        """Anonymise the records of people.

        :param people: `res.partner` with their contacts
        :param str mail: address of somebody who has no contact
        :return: dict, model → how many records there are
        :raise UserError: when something is open, with the list of it
        """
        privacy_sudo = self.sudo()  # managers decide it; what goes has owners of many kinds
        mails = self._mails(people, mail)
        found_sudo = privacy_sudo._found(people.sudo(), mails)
        privacy_sudo._ensure_nothing_open(people.sudo(), found_sudo)
        self.env.flush_all()
        messages = privacy_sudo._messages_to_blank(people, found_sudo)
        calls = privacy_sudo._calls_to_blank(people, found_sudo)
        files_sudo = privacy_sudo._attachments(found_sudo) | privacy_sudo._attachments({"mail.message": messages})
        privacy_sudo._blank_records(found_sudo)
        privacy_sudo._blank_messages(messages)
        privacy_sudo._blank("mail_activity", calls.ids, dict.fromkeys(("res_name", "summary", "note", "feedback")))
        privacy_sudo._forget_dialogs(people, found_sudo)
        self.env.invalidate_all()
        files_sudo.exists().unlink()
        events = self.env["aftersales.event"]
        for records in (*found_sudo.values(), messages, calls):
            events._touch(records._name, records.ids)
        return {model: len(records) for model, records in found_sudo.items() if records}

    @api.model
    def _ensure_nothing_open(self, people, found):
        """Refuse while somebody waits for something."""
        events = self.env["aftersales.event"]
        open_matters = [
            f"{matter['name']}: {row['title']}"
            for person in people
            for matter in events._open_matters(person)
            for row in matter["records"]
        ]
        guests = found["aftersales.case"].filtered(lambda case: case.is_open and not case.partner_id)
        statements = found["aftersales.withdrawal"].filtered(
            lambda statement: statement.state in ("received", "to_match", "to_decide")
        )
        open_matters += guests.mapped("display_name") + statements.mapped("display_name")
        if open_matters:
            raise UserError(
                self.env._(
                    "This is still open and needs the customer's name. Close it first:\n%(matters)s",
                    matters="\n".join(dict.fromkeys(open_matters)),
                )
            )

    # === What goes === #

    def _messages_to_blank(self, people, found):
        """Messages of our documents; what was written on the customer's orders, deliveries and contact."""
        messages = self.env["mail.message"]
        for model in OURS:
            messages |= messages.search([("model", "=", model), ("res_id", "in", found[model].ids)])
        orders = self.env["sale.order"].search([("partner_id", "in", people.ids)])
        written = ("message_type", "in", (*SPOKEN, "email_outgoing"))
        for records in (people, orders, orders.picking_ids):
            messages |= messages.search([("model", "=", records._name), ("res_id", "in", records.ids), written])
        return messages

    def _calls_to_blank(self, people, found):
        """Activities that are done: of our documents all, of orders and contacts the calls."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        calls = activities.browse()
        for model in OURS[:2]:
            calls |= activities.search([("res_model", "=", model), ("res_id", "in", found[model].ids)])
        orders = self.env["sale.order"].search([("partner_id", "in", people.ids)])
        for records in (people, orders):
            calls |= activities.search(
                [
                    ("res_model", "=", records._name),
                    ("res_id", "in", records.ids),
                    ("active", "=", False),
                    ("activity_type_id.category", "=", "phonecall"),
                ]
            )
        return calls

    def _blank_records(self, found):
        for model, values in self._personal().items():
            # Past the guards and the log of changes, which would keep what goes.
            known = {name: value for name, value in values.items() if name in self.env[model]._fields}
            self._blank(self.env[model]._table, found[model].ids, known)

    def _blank_messages(self, messages):
        self._blank("mail_message", messages.ids, {"body": ""})
        for table, columns in MESSAGE_COLUMNS.items():
            key = "id" if table == "mail_message" else "mail_message_id"
            self._blank(table, messages.ids, dict.fromkeys(columns), key)

    def _blank(self, table, ids, values, key="id"):
        """Write over what stands in columns; what was empty stays empty."""
        if not ids:
            return
        written = SQL(", ").join(
            SQL("%(name)s = CASE WHEN %(name)s IS NOT NULL THEN %(value)s END", name=SQL.identifier(name), value=value)
            if value is not None
            else SQL("%s = NULL", SQL.identifier(name))
            for name, value in values.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE %s IN %s",
                SQL.identifier(table),
                written,
                SQL.identifier(key),
                tuple(ids),
            )
        )

    def _forget_dialogs(self, people, found):
        """What was typed into dialogs about these records, which Odoo would keep for some hours."""
        links = {
            "rma_id": found["aftersales.rma"].ids,
            "case_id": found["aftersales.case"].ids,
            "partner_id": people.ids,
            "warranty_id": found["aftersales.warranty"].ids,
        }
        for model in self.env.values():
            if model._transient and model._auto and model._name.startswith("aftersales."):
                for name, ids in links.items():
                    field = model._fields.get(name)
                    if ids and field and field.store and field.type == "many2one":
                        model.search([(name, "in", ids)]).unlink()
        documents = {"res.partner": people, **{model: found[model] for model in OURS}}
        for model, records in documents.items():
            self.env["aftersales.call.log"].search([("res_model", "=", model), ("res_id", "in", records.ids)]).unlink()
