import re

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize, email_split

# RFC 3834, and what is used beside it. "Precedence: list" is not among them: many a shop's own
# service address is a group, that marks so whatever customers write to it.
ROBOT_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Response-Suppress", "X-Failed-Recipients")
ROBOT_PRECEDENCE = {"bulk", "junk", "auto_reply"}
# Where the headers say nothing, how the subject begins. People who answer such a mail write "Re:" before it.
ROBOT_SUBJECT = re.compile(
    r"\s*(automatic reply|auto(matic)?[- ]?reply|out of (the )?office|automatische antwort|abwesenheits|"
    r"automatisch antwoord|odpowied[źz] automatyczna|automatyczna odpowied[źz]|autoodpowied[źz]|"
    r"respuesta autom[áa]tica|r[ée]ponse automatique|risposta automatica|automatikus v[áa]lasz|autosvar)\b",
    re.IGNORECASE,
)


class AftersalesCase(models.Model):
    """Mails that nobody wrote: kept where staff find them, never a case, never answered."""

    _inherit = "aftersales.case"

    @api.model
    def _set_aside(self, message, message_dict, model=None):
        """Keep an automatic mail to a team, or about a case, as a note.

        :param EmailMessage message: the mail
        :param dict message_dict: the same, as Odoo has parsed it
        :param str model: where the mailbox makes its mails belong to
        :return: whether it was kept: nothing more is to be done with it
        """
        if not (message_dict.get("is_bounce") or self._is_automatic(message, message_dict)):
            return False
        thread = self._case_of_automatic(message_dict) or self._team_of(message_dict, model)
        if thread:
            self._keep_automatic(thread, message_dict)
        return bool(thread)

    @api.model
    def _is_automatic(self, message, message_dict):
        """Whether a machine has sent the mail: an absence, a newsletter, a daemon, we ourselves."""
        automatic = (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower() != "no"
        precedence = (message.get("Precedence") or "").strip().lower() in ROBOT_PRECEDENCE
        returned = (message.get("Return-Path") or "").strip() == "<>"
        marked = any(message.get(header) for header in ROBOT_HEADERS)
        named = bool(ROBOT_SUBJECT.match(message_dict.get("subject") or ""))
        return automatic or precedence or returned or marked or named or self._is_ours(message_dict)

    @api.model
    def _is_ours(self, message_dict):
        """Whether the sender is an address of this database."""
        sender = email_normalize(message_dict.get("email_from") or "")
        return bool(sender and self.env["mail.alias.domain"].sudo()._find_aliases([sender]))

    @api.model
    def _case_of_automatic(self, message_dict):
        """The case that an automatic mail is about."""
        answered = message_dict.get("bounced_message") or self.env["mail.message"]
        answered = answered or answered.browse(message_dict.get("parent_id"))
        answered_sudo = answered.sudo()  # the gateway runs for whoever fetches the mail
        if answered_sudo.model == self._name:
            return self.sudo().browse(answered_sudo.res_id).exists()
        return self._named_in_subject(message_dict)

    @api.model
    def _team_of(self, message_dict, model=None):
        """The team that a mail was sent to."""
        addresses = [email_normalize(address) for address in email_split(message_dict.get("recipients") or "")]
        local_parts = [address.split("@")[0] for address in addresses if address]
        alias_sudo = (
            self.env["mail.alias"]
            .sudo()
            .search(
                Domain("alias_model_id.model", "=", self._name)
                & (
                    Domain("alias_full_name", "in", addresses)
                    | Domain("alias_incoming_local", "=", True) & Domain("alias_name", "in", local_parts)
                ),
                limit=1,
            )
        )
        teams_sudo = self.env["aftersales.team"].sudo()
        if alias_sudo:
            return teams_sudo.browse(alias_sudo.alias_parent_thread_id).exists()
        return teams_sudo._default_team(self.env.company) if model == self._name else teams_sudo

    @api.model
    def _keep_automatic(self, thread, message_dict):
        """Keep an automatic mail as a note of a case or team, which is neither moved nor answered by it.

        It keeps its Message-Id: delivered twice it is kept once.
        """
        robot = self.env.ref("base.user_root")
        lead = self.env._("An automatic mail: nothing follows from it.")
        thread.with_user(robot).with_context(mail_post_autofollow_author_skip=True).message_post(
            body=Markup("<p><em>%s</em></p>%s") % (lead, message_dict.get("body") or ""),
            subject=message_dict.get("subject"),
            message_type="email",
            subtype_xmlid="mail.mt_note",
            email_from=message_dict.get("email_from"),
            message_id=message_dict["message_id"],
            attachments=message_dict.get("attachments"),
        )
