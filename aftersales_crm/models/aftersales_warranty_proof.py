from odoo import api, fields, models


class AftersalesWarrantyProof(models.Model):
    """A registration: what somebody said and showed of goods that were bought elsewhere.

    It stays with who registered them: a later owner of the goods does not see it.
    """

    _name = "aftersales.warranty.proof"
    _description = "Registration of a Product"
    _inherit = ["aftersales.photo.mixin"]
    _rec_name = "product_id"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Registered by", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    purchase_date = fields.Date("Bought on", required=True, readonly=True)
    registered_on = fields.Date(required=True, readonly=True)
    seller = fields.Char("Bought at", readonly=True)
    file_ids = fields.Many2many(
        "ir.attachment",
        "aftersales_warranty_proof_file_rel",
        string="Proof of purchase",
        readonly=True,
        bypass_search_access=True,
    )
    warranty_ids = fields.One2many("aftersales.warranty", "proof_id", "Warranties", readonly=True)
    checked_by = fields.Many2one("res.users", readonly=True)
    checked_on = fields.Date(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        proofs = super().create(vals_list)
        for proof in proofs:
            # Who may read the registration sees its files.
            proof.file_ids.sudo().write({"res_model": self._name, "res_id": proof.id})
        return proofs

    # === Business === #

    def _checked(self, outcome):
        """Note who looked at the proof, and tell the customer.

        :param str outcome: ``accepted`` or ``refused``
        """
        template = self.env.ref(f"aftersales_crm.mail_template_registration_{outcome}")
        template = template.with_context(display_default_code=False)
        for proof in self:
            company = proof.company_id
            proof.write({"checked_by": self.env.uid, "checked_on": company._aftersales_today()})
            if proof.partner_id.email:
                template.with_company(company).send_mail(proof.id, email_values={"is_notification": True})
