from odoo import api, fields, models


class AftersalesCaseSolve(models.TransientModel):
    """What has helped: found again when others ask the same."""

    _name = "aftersales.case.solve"
    _description = "Solve Cases"

    case_ids = fields.Many2many("aftersales.case", required=True)
    solution = fields.Html("What solved it", compute="_compute_solution", store=True, readonly=False)

    @api.depends("case_ids")
    def _compute_solution(self):
        for wizard in self:
            case = wizard.case_ids._origin
            wizard.solution = len(case) == 1 and (case.solution or self._last_answer(case))

    def _last_answer(self, case):
        """The last mail to the customer, which mostly says it."""
        if not case.last_answer_at:
            return False
        domain = [
            ("model", "=", "aftersales.case"),
            ("res_id", "=", case.id),
            ("message_type", "=", "comment"),
            ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
            ("author_id", "!=", case.partner_id.id),
        ]
        return self.env["mail.message"].search(domain, order="id desc", limit=1).body

    def action_solve(self):
        """Solve the cases; each keeps what has helped."""
        self.ensure_one()
        self.case_ids.action_solve(self.solution)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
