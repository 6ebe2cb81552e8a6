from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date


class AftersalesWarrantyRegistration(models.TransientModel):
    """Staff register for a customer what was bought elsewhere."""

    _name = "aftersales.warranty.registration"
    _description = "Register a Product"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    tracking = fields.Selection(related="product_id.tracking")
    serial = fields.Char("Serial number")
    purchase_date = fields.Date("Bought on", required=True)
    seller = fields.Char("Bought at")
    proof = fields.Binary("Proof of purchase", attachment=False)
    proof_name = fields.Char()
    cover = fields.Text("Will be covered", compute="_compute_cover")

    @api.depends("product_id", "purchase_date", "company_id")
    def _compute_cover(self):
        for wizard in self:
            known = bool(wizard.product_id and wizard.purchase_date)
            wizard.cover = known and wizard._cover_words()

    def _cover_words(self):
        """What will be covered until when, or why nothing."""
        warranties = self.env["aftersales.warranty"].sudo()  # promises are no secret
        try:
            periods = warranties._registration_periods(self._values())
        except UserError as error:
            return str(error)
        return "\n".join(
            self.env._("%(term)s: until %(end)s", term=coverage["name"], end=format_date(self.env, end))
            for _term, coverage, _start, end in periods
        )

    def _values(self):
        """What is registered, as `aftersales.warranty._register_unit` takes it."""
        self.ensure_one()
        return {
            "company": self.company_id,
            "partner": self.partner_id,
            "product": self.product_id,
            "serial": self.tracking != "none" and self.serial,
            "purchase_date": self.purchase_date,
            "seller": self.seller,
        }

    def _ensure_own_company(self):
        # Whoever registers has no right to make warranties: this is what a rule would look at.
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(self.env._("Register products for your own companies only."))
        self.partner_id.check_access("read")

    def action_register(self):
        """Register the product, and show its warranty."""
        self.ensure_one()
        self._ensure_own_company()
        proofs = []
        if self.proof:
            proofs = [{"name": self.proof_name or self.env._("Proof of purchase"), "data": self.proof}]
        warranties = self.env["aftersales.warranty"]._register_unit({**self._values(), "proofs": proofs})
        action = {"type": "ir.actions.act_window", "name": self.env._("Registered"), "res_model": warranties._name}
        if len(warranties) == 1:
            return {**action, "res_id": warranties.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", warranties.ids)], "views": [(False, "list"), (False, "form")]}
