from odoo import models


class AftersalesApi(models.AbstractModel):
    """What was promised on the documents that scripts read."""

    _inherit = "aftersales.api"

    def _case_commitments(self, case):
        commitments = self.env["aftersales.commitment"]
        commitments._sync_pending()  # what this call has changed too
        names = ("id", "kind", "state", "promised_on", "first_promised_on", "kept_on")
        found = commitments.search([("case_id", "=", case.id)])
        promised = [{name: commitment[name] for name in names} for commitment in found]
        return [*super()._case_commitments(case), *promised]
