from odoo import api, fields, models
from odoo.exceptions import UserError


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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_return(self):
        for document in self:
            # Whoever deletes documents need not see the return behind them.
            rma_sudo = document.sudo().aftersales_rma_id
            if rma_sudo:
                raise UserError(
                    self.env._(
                        "%(document)s is part of the history of %(rma)s: cancel it instead.",
                        document=document.display_name,
                        rma=rma_sudo.name,
                    )
                )

    def action_aftersales_view_rma(self):
        self.ensure_one()
        return self.aftersales_rma_id._get_records_action()
