import logging
from base64 import b64encode

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# Stored value that a return reaches → code of the step that its customer is told about.
STEPS = {
    ("state", "submitted"): "asked",
    ("state", "approved"): "approved",
    ("state", "rejected"): "refused",
    ("state", "done"): "done",
    ("reception_status", "received"): "received",
    ("payout_status", "paid"): "paid",
}


class AftersalesRma(models.Model):
    """Steps of a return that its customer is told about."""

    _inherit = "aftersales.rma"

    mail_ids = fields.One2many("aftersales.rma.mail", "rma_id", "Mails", groups="base.group_user")

    def _write_multi(self, vals_list):
        # Goods and money are computed at flush time and never pass through write().
        mails = self.env["aftersales.rma.mail"]
        for rma_id, vals in zip(self.ids, vals_list, strict=True):
            for (name, value), code in STEPS.items():
                if vals.get(name) == value:
                    # Each refusal is a decision of its own.
                    occasion = str(vals.get("decided_at") or "") if code == "refused" else ""
                    mails._note(rma_id, code, occasion)
        return super()._write_multi(vals_list)

    def _process_attachments_for_template_post(self, mail_template):
        """With the approval come the slip and the labels, where something is to be sent."""
        result = super()._process_attachments_for_template_post(mail_template)
        approved = self.env.ref("aftersales_crm.mail_step_approved", raise_if_not_found=False)
        if not approved or mail_template.id != approved.template_id.id:
            return result
        for rma in self.filtered(lambda rma: rma._awaits_goods()):
            values = result.setdefault(rma.id, {})
            values.setdefault("attachment_ids", []).extend(rma.label_ids.ids)
            values.setdefault("attachments", []).extend(rma._slip_attachments())
        return result

    def _slip_attachments(self):
        """The slip as a mail carries it; without the program that makes PDF the mail has to do."""
        self.ensure_one()
        try:
            content, extension = self.env["ir.actions.report"]._render_qweb_pdf(
                "aftersales_crm.return_slip_report", self.ids
            )
        except UserError:
            _logger.warning("The return slip of %s cannot be made", self.name, exc_info=True)
            return []
        name = self.with_context(lang=self.partner_id.lang)._slip_name()
        return [(f"{name}.{extension}", b64encode(content))]

    def _gets_the_money(self):
        """Whether a refund goes to the customer; what a gift has cost is not for who got it."""
        self.ensure_one()
        return self.payout_partner_id.commercial_partner_id == self.commercial_partner_id

    def _mail_remedies(self):
        """What came of the return: list of ``(words, amount or False)``."""
        self.ensure_one()
        tells_money = self._gets_the_money()
        done = self.remedy_ids.filtered(lambda remedy: remedy.state == "done")
        rows = []
        for remedy in done:
            words = f"{remedy.quantity:g} × {remedy.product_id.name}: {remedy.type_id.name}"
            rows.append((words, tells_money and remedy.amount))
        return rows
