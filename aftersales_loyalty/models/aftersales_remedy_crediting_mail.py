from odoo import models
from odoo.tools.misc import format_date


class AftersalesRemedy(models.Model):
    """The customer reads what they got and until when."""

    _inherit = "aftersales.remedy"

    def _tell_credit(self):
        """Write to the customers, one mail for what is on one card by one document; the history names no code."""
        template = self.env.ref("aftersales_loyalty.mail_template_credit", raise_if_not_found=False)
        given = self.filtered("card_id").grouped(lambda remedy: (remedy._document(), remedy.card_id))
        for (document, card), remedies in given.items():
            first = remedies[0]
            document.message_post(
                body=self.env._(
                    "%(remedy)s: %(points)s for %(partner)s.",
                    remedy=first.type_id.name,
                    points=card._format_points(sum(remedies.mapped("credit_points"))),
                    partner=first.credit_partner_id.display_name,
                )
            )
            if template and first.credit_partner_id.email:
                template.with_company(first.company_id).send_mail(first.id)

    def _credit_words(self):
        """What the customer got, in their language: credit as money, points by their name."""
        self.ensure_one()
        peers = self._document_remedies().filtered(
            lambda remedy: remedy.card_id == self.card_id and remedy.credit_move_id == self.credit_move_id
        )
        peers = peers if self.credit_move_id else self
        points, program = sum(peers.mapped("credit_points")), self.card_id.program_id
        if self.code == "points":
            return f"{points:g} {program.portal_point_name or ''}".strip()
        currency = program.currency_id or self.company_id.currency_id  # Odoo renders a mail template on any record
        return currency.format(points)

    def _portal_given(self):
        if not self.credit_points:
            return super()._portal_given()
        # Customers read what is on their own card.
        words = self.sudo()._credit_words()
        if self.code == "voucher":
            return self.env._("You got a voucher of %(credit)s by mail.", credit=words)
        return self.env._("You got %(credit)s of store credit.", credit=words)

    def _credit_until_words(self):
        return self.credit_until and format_date(self.env, self.credit_until)

    def _document_remedies(self):
        return self.rma_id.remedy_ids or self.case_id.goodwill_ids


class AftersalesRmaMail(models.Model):
    """No mail says that money is paid where the customer has chosen credit."""

    _inherit = "aftersales.rma.mail"

    def _send_last(self):
        credited = self.filtered(lambda mail: mail.step_id.code == "paid" and mail.rma_id._gave_no_money())
        credited._close("skipped", self.env._("The customer got credit."))
        rest = self - credited
        return super(AftersalesRmaMail, rest)._send_last() if rest else None
