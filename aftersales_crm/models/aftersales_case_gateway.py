import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize, email_split, html2plaintext, plaintext2html, unique
from odoo.tools.mail import decode_message_header

# What a number of ours may look like, whatever the prefix of its sequence.
# Whoever writes chooses the text: no pattern may look at the same letters again and again.
NUMBER = re.compile(r"(?<![A-Z0-9])[A-Z0-9]+(?:[/-][A-Z0-9]+)+", re.IGNORECASE)
EMPHASIS = re.compile(r"</?(?:b|strong|em)\b[^<>]*>", re.IGNORECASE)
SUBJECT_LENGTH = 120
# What of a mail is read and shown as the question; the message itself keeps all.
MOST_HTML = 200_000
MOST_TEXT = 20_000


class AftersalesCase(models.Model):
    """What is written to a team becomes a case, or goes on in the one that it answers."""

    _inherit = "aftersales.case"
    _mail_thread_customer = True

    _number = models.Index("(name)")
    _sender = models.Index("(email_normalized)")

    # === From mail to case === #

    @api.private  # mails come by `message_process`
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        refused = self._refused_fields() - {"previous_id"}  # whatever the defaults of an alias say
        vals = {name: value for name, value in (custom_values or {}).items() if name not in refused}
        team = self.env["aftersales.team"].browse(vals.get("team_id"))
        team = team or team._default_team(self.env.company)
        text = self._written(msg_dict)
        customer = self._sender_of(msg_dict, team.company_id) or self.browse(vals.get("previous_id")).partner_id
        vals = {
            "subject": self._subject_of(msg_dict, text),
            "description": plaintext2html(text),
            "partner_id": customer.id,
            **vals,
            "email_from": msg_dict.get("email_from"),
            "channel": "email",
            "team_id": team.id,
            "company_id": team.company_id.id,
        }
        return self._open([vals])

    @api.model
    def _written(self, msg_dict):
        """What a mail says, as plain text without what it quotes at its end."""
        return _without_quoted(plain_text(msg_dict.get("body")))[:MOST_TEXT]

    @api.model
    def _subject_of(self, msg_dict, text):
        """The subject of a mail; without one, the first words of its text."""
        subject = " ".join((msg_dict.get("subject") or "").split()) or " ".join(text.split())
        if not subject:
            return self.env._("(no subject)")
        if len(subject) <= SUBJECT_LENGTH:
            return subject
        return f"{subject[: SUBJECT_LENGTH - 1].rsplit(' ', 1)[0]}…"

    @api.model
    def _sender_of(self, msg_dict, company):
        """The customer who wrote, as Odoo finds them; nobody when no address of theirs is known."""
        return self.env["mail.thread"]._partner_find_from_emails_single(
            [msg_dict.get("email_from") or ""], filter_found=_of_company(company), no_create=True
        )[:1]

    # === Routes === #

    @api.model
    def _routes(self, message, message_dict, routes):
        """The routes of a mail: those to cases lead to the case that its subject names, one in each company."""
        ours = [route for route in routes or () if route[0] == self._name]
        if not ours:
            return routes
        ours = [self._route(message_dict, route) for route in self._in_order_of_address(message, ours)]
        ours.sort(key=lambda route: not route[1])
        by_company = {}
        for route in ours:
            by_company.setdefault(self._company_of(route), route)
        self._deliver_once(message_dict, [company for company, route in by_company.items() if not route[1]])
        return [*(route for route in routes if route[0] != self._name), *by_company.values()]

    @api.model
    def _deliver_once(self, message_dict, company_ids):
        """Let a mail that two workers got at once make its cases once: the second waits, and starts again.

        Odoo looks for the Message-Id among what is there, which is not yet there for the second one.
        """
        keys_sudo = self.env["aftersales.external.ref"].sudo()  # whoever fetches the mail
        for company in self.env["res.company"].browse(filter(None, company_ids)):
            keys_sudo._insert("mail.message", company, message_dict["message_id"], "")

    @api.model
    def _in_order_of_address(self, message, routes):
        """Routes, those of the addresses named first in front."""
        addresses = [email_normalize(address) for address in email_split(decode_message_header(message, "To"))]
        places = {address: place for place, address in reversed(list(enumerate(addresses)))}
        return sorted(routes, key=lambda route: places.get(route[4] and route[4].alias_full_name, len(places)))

    @api.model
    def _company_of(self, route):
        _model, thread_id, custom_values, _user, _alias = route
        if thread_id:
            return self.sudo().browse(thread_id).company_id.id
        return (custom_values or {}).get("company_id")

    @api.model
    def _route(self, message_dict, route):
        """One route, to the case that goes on; a new one when that is over for long."""
        model, thread_id, custom_values, user_id, alias = route
        case_sudo = self.sudo().browse(thread_id)  # the gateway routes before it knows whose rights count
        if not case_sudo:
            case_sudo = self._named_in_subject(message_dict, (custom_values or {}).get("company_id"))
        case_sudo = case_sudo and case_sudo._heir()
        if case_sudo and not case_sudo._may_go_on() and not self._staff(message_dict.get("email_from")):
            message_dict.pop("parent_id", None)
            return (model, 0, {**(custom_values or {}), **case_sudo._go_on_vals()}, user_id, alias)
        return (model, case_sudo.id or 0, custom_values, user_id, alias)

    def _heir(self):
        """The case in which this one goes on: after a merge, that which it was merged into."""
        heir, seen = self, self
        while heir.merged_into_id and heir.merged_into_id not in seen:
            heir = heir.merged_into_id
            seen |= heir
        return heir

    @api.model
    def _named_in_subject(self, message_dict, company_id=None):
        """The case whose number is in the subject of a mail, if the sender has to do with it.

        Numbers can be guessed: a stranger's mail is never put into somebody's case.

        :return: the case, with all rights
        """
        numbers = NUMBER.findall(message_dict.get("subject") or "")[:10]
        if not numbers:
            return self.sudo()
        domain = Domain("name", "in", list(unique(name for number in numbers for name in (number, number.upper()))))
        if company_id:
            domain &= Domain("company_id", "=", company_id)
        cases_sudo = self.sudo().search(domain, order="id desc", limit=10)
        return cases_sudo.filtered(lambda case: case._concerns(message_dict.get("email_from")))[:1]

    def _concerns(self, email):
        """Whether the sender of a mail belongs to the case: its customer's people, a follower, staff who may see it."""
        self.ensure_one()
        address = email_normalize(email or "")
        if not address:
            return False
        if address == self.email_normalized:
            return True
        partners = self.env["res.partner"].search([("email_normalized", "=", address)])
        known = partners.commercial_partner_id & self.commercial_partner_id or partners & self.message_partner_ids
        return bool(known) or any(self.with_user(user).has_access("read") for user in self._staff(address))

    @api.model
    def _staff(self, email):
        """Users of the shop with an address."""
        address = email_normalize(email or "")
        # The gateway asks before it knows whose rights count.
        users_sudo = self.env["res.users"].sudo()
        if not address:
            return users_sudo
        return users_sudo.search([("partner_id.email_normalized", "=", address), ("share", "=", False)])

    # === Answers === #

    def _notify_get_reply_to(self, default=None, author_id=False):
        # Answers go to the address of the team, and thereby back into the case.
        # Whoever writes in a case need not see its team.
        addresses = self.sudo().team_id._notify_get_reply_to(default=default, author_id=author_id)
        return {case.id: addresses.get(case.sudo().team_id.id) for case in self}

    def _opened(self):
        result = super()._opened()
        asked = self.filtered(lambda case: case.channel in ("email", "portal"))
        for customer, cases in asked.filtered("partner_id").grouped("partner_id").items():
            cases.message_subscribe(customer.ids)
        for case in asked:
            self.env["aftersales.case.mail"]._note(case.id, "case_received")
        return result

    # === Customers === #

    def action_create_customer(self):
        """Make a customer of the sender, or take the one that has the address by now."""
        self.check_access("write")
        for case in self.filtered(lambda case: case.email_from and not case.partner_id):
            case.partner_id = case._contact_of_sender()
            case._messages_of_sender(case.partner_id)
        return True

    def _contact_of_sender(self):
        """The contact who has written; made when there is none yet."""
        self.ensure_one()
        # Agents may not make contacts at will, but one of whoever has written to them.
        partner_sudo = self.sudo()._partner_find_from_emails_single(
            [self.email_from or ""], filter_found=_of_company(self.company_id)
        )
        return partner_sudo[:1].sudo(False)

    def _messages_of_sender(self, partner):
        """What the customer wrote before they were known is theirs."""
        self.ensure_one()
        # Messages are the system's; those without author come from the address of the case.
        messages_sudo = self.sudo().message_ids.filtered(lambda message: not message.author_id)
        messages_sudo.filtered(
            lambda message: email_normalize(message.email_from or "") == self.email_normalized
        ).author_id = partner
        self.message_subscribe(partner.ids)


def plain_text(body):
    """The words of a message, without marks for emphasis, addresses of links and images."""
    return html2plaintext(EMPHASIS.sub("", (body or "")[:MOST_HTML]), include_references=False).strip()


def _of_company(company):
    """Filter of contacts that a company may have as its customers."""
    return lambda partner: partner.company_id in (partner.company_id.browse(), company)


def _without_quoted(text):
    """A text without what it quotes at its end and the line before that; all of it if it only quotes."""
    lines = text.split("\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    if end < len(lines) and end and lines[end - 1].rstrip().endswith(":"):
        end -= 1
    return "\n".join(lines[:end]).strip() or text
