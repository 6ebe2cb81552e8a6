from odoo import fields, models


class AftersalesDocumentMixin(models.AbstractModel):
    # What Odoo's documents that carry out a remedy have in common: the links back to it.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _name = "aftersales.document.mixin"
    _description = "Document of a return"
    _inherit = ["aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_rma_id", "aftersales_remedy_id"})

    aftersales_rma_id = fields.Many2one(
        "aftersales.rma", "Return (RMA)", copy=False, readonly=True, index="btree_not_null"
    )
    aftersales_remedy_id = fields.Many2one(
        "aftersales.remedy",
        "Remedy",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The remedy that this document carries out; of several the first, each of its lines names its own.",
    )

    def action_aftersales_view_rma(self):
        self.ensure_one()
        return self.aftersales_rma_id._get_records_action()
