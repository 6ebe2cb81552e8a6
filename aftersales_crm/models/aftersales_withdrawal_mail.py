import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_date

_logger = logging.getLogger(__name__)


class AftersalesWithdrawal(models.Model):
    """The confirmation that a statement was received: by mail and as PDF, with content, date and time."""

    _inherit = "aftersales.withdrawal"

    # === Sending === #

    def _acknowledge_once(self):
        """Send the confirmation unless it was sent."""
        self.filtered(lambda statement: not statement.acknowledged_at)._try_acknowledge()

    def _try_acknowledge(self):
        """Send the confirmation; what cannot be made keeps its error and is tried again."""
        for statement in self:
            try:
                with self.env.cr.savepoint():
                    statement._acknowledge()
            except OperationalError:
                raise  # somebody else works on it: the job runs again
            except Exception as error:  # whatever a template that somebody edited may raise
                _logger.warning("The confirmation of %s cannot be made", statement.name, exc_info=True)
                statement._write_guarded({"acknowledge_error": str(error), "attempts": statement.attempts + 1})

    def _follow_mail(self):
        """Have a confirmation that the mail server refused sent again, and tell a person at first."""
        for statement in self.filtered("mail_id"):
            mail = statement.mail_id
            if mail.state == "exception":
                if not statement.acknowledge_error:
                    statement._ask_a_person("unsent", mail.failure_reason)
                reason = mail.failure_reason or self.env._("The mail server refused it.")
                statement._write_guarded({"acknowledge_error": reason, "attempts": statement.attempts + 1})
                mail.mark_outgoing()
            elif mail.state == "sent" and statement.acknowledge_error:
                statement._write_guarded({"acknowledge_error": False})

    def _acknowledge(self):
        """Hand the confirmation to the mail queue, and have the queue run."""
        self.ensure_one()
        template = self.env.ref("aftersales_crm.mail_template_withdrawal").with_company(self.company_id)
        mail_id = template.send_mail(
            self.id, email_values={"is_notification": True, "attachment_ids": self._receipt().ids}
        )
        first = self.acknowledged_at or fields.Datetime.now()
        self._write_guarded({"acknowledged_at": first, "acknowledge_error": False, "mail_id": mail_id})
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _receipt(self):
        """The confirmation as PDF, made once and kept; none without the program that makes it."""
        self.ensure_one()
        if self.receipt_id:
            return self.receipt_id
        try:
            content, extension = self.env["ir.actions.report"]._render_qweb_pdf(
                "aftersales_crm.withdrawal_receipt_report", self.ids
            )
        except UserError:
            _logger.warning("The PDF of %s cannot be made", self.name, exc_info=True)
            return self.env["ir.attachment"]
        receipt = self.env["ir.attachment"].create(
            {
                "name": f"{self._receipt_name()}.{extension}",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self._write_guarded({"receipt_id": receipt.id})
        return receipt

    def _receipt_name(self):
        """File name of the confirmation, without its ending."""
        self.ensure_one()
        doc = self.with_context(lang=self.lang)
        return doc.env._("Withdrawal %(number)s", number=self.name.replace("/", "-"))

    def _get_report_base_filename(self):
        self.ensure_one()
        return self._receipt_name()

    # === What the customer is told === #

    def _return_urls(self):
        """Addresses of the returns, for who is known to be the customer: ``[(number, address)]``."""
        self.ensure_one()
        known = self.identified or email_normalize(self.email) in self.sale_order_id._aftersales_customer_emails()
        urls = [(rma.name, rma._customer_url()) for rma in self.rma_ids] if known else []
        return [(number, url) for number, url in urls if url]

    def _stated_parts(self):
        """What the statement is about, one line of words each; empty for the whole order."""
        self.ensure_one()
        if self.whole_order:
            return []
        named = [f"{line.quantity:g} × {line.product_name}" for line in self.line_ids]
        return named or (self.parts or "").splitlines()

    def _answer(self):
        """What follows from the statement: a list of sentences."""
        self.ensure_one()
        if self.state == "accepted" and self.timeliness in ("in_time", "review"):
            return self._answer_in_time()
        if self.timeliness == "late":
            day = format_date(self.env, self.until)
            return [self.env._("The period to withdraw ended on %(day)s.", day=day), *self._answer_otherwise()]
        if self.timeliness == "no_right":
            whys = [why for _line, why in self._whys(self.line_ids)]
            return [*dict.fromkeys(whys), *self._answer_otherwise()]
        if self.sale_order_id and self.whole_order and not self.line_ids:
            return [self._nothing_left_message(), self.env._("We look at your statement and write to you.")]
        return [
            self.env._("We look up your order and tell you what happens next."),
            self.env._("You need not do anything: your statement counts from the moment above."),
        ]

    def _answer_in_time(self):
        sentences = [self.env._("You have withdrawn in time.")]
        rmas = self.rma_ids
        if any(rma.state == "submitted" for rma in rmas):
            sentences.append(self.env._("One thing we still have to check; we tell you soon."))
        steps = [step for rma in rmas for step in rma._way_back()]
        sentences += dict.fromkeys(steps)
        for address in rmas.filtered(lambda rma: rma._awaits_goods()).mapped(lambda rma: rma._return_address()):
            sentences.append(self.env._("Our address: %(address)s", address=self._one_line(address)))
        if steps and not any(rmas.mapped("expires_on")):
            day = format_date(self.env, self._send_back_by())
            sentences.append(self.env._("Send it by %(day)s.", day=day))
        days = rmas.filtered("refund_by").mapped("refund_by")
        if days:
            sentences.append(
                self.env._(
                    "We refund you by %(day)s, and may wait until the goods are back or you show that you sent them.",
                    day=format_date(self.env, max(days)),
                )
                if steps
                else self.env._("We refund you by %(day)s.", day=format_date(self.env, max(days)))
            )
        others = self.line_ids.filtered(lambda line: line.verdict in ("late", "no_right"))
        sentences += [f"{line.product_name}: {why}" for line, why in self._whys(others)]
        return sentences

    def _whys(self, lines):
        """Why the law gives no right to products, in the language of who reads it."""
        return [
            (line, why) for line, result in self._verdicts(lines) for why in result["bases"]["withdrawal"]["reasons"]
        ]

    def _one_line(self, address):
        words = [address.name or "", *address._display_address(without_company=True).splitlines()]
        return ", ".join(word.strip() for word in words if word.strip())

    def _send_back_by(self):
        """Last day to send the goods back (Art. 14 of Directive 2011/83/EU)."""
        self.ensure_one()
        return self._submitted_on() + timedelta(days=self.sale_order_id._aftersales_jurisdiction().send_back_days)

    def _answer_otherwise(self):
        """What is still possible where the law gives no right to withdraw."""
        sentences = []
        policy = max(filter(None, self.line_ids.mapped("policy_until")), default=False)
        guarantee = max(filter(None, self.line_ids.mapped("guarantee_until")), default=False)
        if policy:
            day = format_date(self.env, policy)
            sentences.append(self.env._("By our own rules you can still return it until %(day)s.", day=day))
        if guarantee:
            day = format_date(self.env, guarantee)
            sentences.append(
                self.env._("If something is wrong with it, you have the statutory guarantee until %(day)s.", day=day)
            )
        return [*sentences, self.env._("We look at your statement and write to you.")]
