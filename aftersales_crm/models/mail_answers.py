from odoo import api, models


class MailMessage(models.Model):
    # A message of the shop may be the answer that a complaint waits for.

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        commitments = self.env["aftersales.commitment"]
        if commitments._is_watched("aftersales.rma"):
            rma_ids = {message.res_id for message in messages if message.model == "aftersales.rma"}
            commitments._touch("aftersales.rma", rma_ids)
        return messages


class MailMail(models.Model):
    # An answer whose mail failed is none.

    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        rma_ids = self.filtered(lambda mail: mail.model == "aftersales.rma").mapped("res_id")
        self.env["aftersales.commitment"]._touch("aftersales.rma", rma_ids)
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)
