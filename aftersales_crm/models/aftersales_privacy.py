from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import email_normalize

MANAGER = "aftersales_crm.aftersales_crm_group_manager"


class AftersalesPrivacy(models.AbstractModel):
    """What the add-ons keep about people: where it is, and which of it tells who they are.

    Another add-on adds its own to `_records` and `_personal`.
    """

    _name = "aftersales.privacy"
    _description = "Privacy of Customers"

    @api.model
    def _ensure_may(self):
        """Records of people as a whole are for managers."""
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Whole records of customers are for managers of After-Sales."))

    @api.model
    def _people(self, partner):
        """A customer with its contacts, the archived ones too."""
        return partner.with_context(active_test=False).search([("id", "child_of", partner.ids)])

    @api.model
    def _mails(self, people, mail=False):
        """Addresses by which people without a contact are found (set)."""
        found = {email_normalize(text, strict=False) for text in [*people.mapped("email"), mail or ""]}
        return found - {False}

    @api.model
    def _records(self, people, mails=()):
        """Hook: where something of these people is kept.

        :param people: `res.partner`
        :param mails: addresses of those who have no contact
        :return: dict, model → domain
        """
        owned = ("aftersales.warranty", "aftersales.warranty.proof", "aftersales.feedback", "aftersales.commitment",
                 "aftersales.followup.job", "aftersales.event")  # fmt: skip
        of_return = (
            "aftersales.rma.line",
            "aftersales.inspection",
            "aftersales.offer",
            "aftersales.claim.cost",
            "aftersales.unannounced",
            "aftersales.rma.mail",
            "aftersales.payout",
        )
        ids, mails = people.ids, list(mails)
        guest = Domain("partner_id", "=", False)
        guest_case = Domain("case_id.partner_id", "=", False) & Domain("case_id.email_normalized", "in", mails)
        return {
            "aftersales.case": Domain("partner_id", "in", ids) | guest & Domain("email_normalized", "in", mails),
            "aftersales.rma": Domain("partner_id", "in", ids),
            **{model: Domain("rma_id.partner_id", "in", ids) for model in of_return},
            "aftersales.remedy": Domain("rma_id.partner_id", "in", ids) | Domain("case_id.partner_id", "in", ids),
            "aftersales.case.mail": Domain("case_id.partner_id", "in", ids) | guest_case,
            "aftersales.delivery.mail": Domain("picking_id.sale_id.partner_id", "in", ids),
            "aftersales.visit.mail": Domain("case_id.partner_id", "in", ids),
            "aftersales.withdrawal": Domain("partner_id", "in", ids) | guest & Domain("email", "in", mails),
            **{model: Domain("partner_id", "in", ids) for model in owned},
            "aftersales.warranty.change": Domain("warranty_id.partner_id", "in", ids),
            "aftersales.warranty.mail": Domain("warranty_id.partner_id", "in", ids),
            "aftersales.profile": Domain("commercial_partner_id", "in", ids),
        }

    @api.model
    def _personal(self):
        """Hook: fields that tell who somebody is, or what they said.

        :return: dict, model → dict of field → what stands there afterwards (None: nothing)
        """
        unnamed = "—"
        return {
            "aftersales.case": {
                "subject": unnamed,
                **dict.fromkeys(("description", "solution", "email_from", "email_normalized", "access_token")),
                **dict.fromkeys(("visit_note", "visit_confirmed_by")),
            },
            "aftersales.rma": dict.fromkeys(
                ("note", "reject_reason", "tracking_ref", "tracking_carrier", "access_token")
            ),
            "aftersales.rma.line": dict.fromkeys(("description", "decision_reason")),
            "aftersales.inspection": {"note": None},
            "aftersales.remedy": {
                "error": None,
                "goodwill_reason": unnamed,
                **dict.fromkeys(("goodwill_message", "approval_note")),
            },
            "aftersales.case.mail": {"detail": None},
            "aftersales.delivery.mail": {"detail": None},
            "aftersales.visit.mail": {"detail": None},
            "aftersales.offer": {"note": None},
            "aftersales.claim.cost": {"note": None},
            "aftersales.unannounced": {"note": None},
            "aftersales.rma.mail": {"detail": None},
            "aftersales.payout": {"error": None},
            "aftersales.withdrawal": {
                **dict.fromkeys(("person_name", "email", "contract"), unnamed),
                **dict.fromkeys(("parts", "error", "acknowledge_error", "access_token")),
            },
            "aftersales.warranty": {"closing_reason": None},
            "aftersales.warranty.proof": {"seller": None},
            "aftersales.warranty.change": {"reason": None},
            "aftersales.warranty.mail": {"detail": None},
            "aftersales.feedback": {"comment": None, "link_token": None, "is_published": False},
            "aftersales.commitment": dict.fromkeys(("note", "move_reason", "cancel_reason", "breach_cause")),
            "aftersales.followup.job": {"detail": None},
        }

    @api.model
    def _found(self, people, mails=()):
        """The records of these people (dict, model → recordset), as far as the user may read them."""
        found = {}
        for model, domain in self._records(people, mails).items():
            records = self.env[model].with_context(active_test=False)
            if records.has_access("read"):
                found[model] = records.search(domain, order="id")
        return found

    @api.model
    def _attachments(self, found):
        """Files of records: photos, proofs, receipts.

        :param dict found: model → recordset
        :return: `ir.attachment` in sudo mode: whoever may read the records may have their files
        """
        files_sudo = self.env["ir.attachment"].sudo()
        domain = Domain.OR(
            Domain("res_model", "=", model) & Domain("res_id", "in", records.ids) for model, records in found.items()
        )
        # Asking for ids makes Odoo count the files of fields too.
        ids = set(files_sudo.search(domain & Domain("id", "!=", False)).ids)
        for records in found.values():
            for name, field in records._fields.items():
                if field.comodel_name == "ir.attachment" and field.store:
                    ids.update(records.sudo()[name].ids)
        return files_sudo.browse(sorted(ids))
