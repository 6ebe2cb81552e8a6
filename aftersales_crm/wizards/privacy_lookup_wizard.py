from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        # Odoo leaves out what would be deleted together with the contact: what a customer told us is named too.
        query = super()._get_query()
        return SQL(
            """%s UNION ALL
               SELECT %s AS res_model_id, feedback.id AS res_id, TRUE AS is_active
                 FROM aftersales_feedback feedback
                 JOIN res_partner partner ON partner.id = feedback.partner_id
                WHERE partner.email_normalized = %s""",
            query,
            self.env["ir.model"]._get_id("aftersales.feedback"),
            email_normalize(self.email),
        )

    def _aftersales_people(self):
        """The contacts of this address; one name alone may be that of several people."""
        self.ensure_one()
        mail = email_normalize(self.email)
        if not mail:
            raise UserError(self.env._("%(mail)s is no e-mail address.", mail=self.email))
        contacts = self.env["res.partner"].with_context(active_test=False)
        found = contacts.search([("email_normalized", "=", mail)])
        return contacts.search([("id", "child_of", found.ids)])

    def action_aftersales_anonymise(self):
        """Take names, words, photos and messages out of the after-sales record of this address; for good."""
        self.ensure_one()
        counts = self.env["aftersales.privacy"]._anonymise(self._aftersales_people(), self.email)
        names = self.env["ir.model"]._get
        details = ", ".join(f"{names(model).name} ({count})" for model, count in counts.items())
        details = details or self.env._("nothing found")
        self.env["privacy.log"].create(
            {
                "anonymized_name": self.name,
                "anonymized_email": self.email,
                "execution_details": self.env._("After-sales record anonymised: %(details)s", details=details),
                "date": fields.Datetime.now(),
            }
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The after-sales record names nobody any more. Invoices and the contact stay."),
            },
        }
