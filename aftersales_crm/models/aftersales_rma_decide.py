from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError

CHUNK = 20
LARGEST_CHUNK = 100


class AftersalesRma(models.Model):
    """What a clerk needs to decide without opening the return, and deciding many at once."""

    _inherit = "aftersales.rma"

    waiting_days = fields.Integer("Age", compute="_compute_waiting_days", help="Days since it was asked for.")
    decide_goods = fields.Text("What comes back", compute="_compute_decide")
    decide_basis = fields.Char("Basis", compute="_compute_decide")
    decide_why = fields.Text("Why", compute="_compute_decide")

    # === Computes === #

    @api.depends("requested_on", "company_id")
    def _compute_waiting_days(self):
        today = {company: company._aftersales_today() for company in self.company_id}
        for rma in self:
            company_today = today.get(rma.company_id)
            rma.waiting_days = (company_today - rma.requested_on).days if company_today and rma.requested_on else 0

    @api.depends("line_ids.basis", "line_ids.basis_reasons", "line_ids.reason_id", "line_ids.quantity")
    def _compute_decide(self):
        labels = dict(self.line_ids._fields["basis"]._description_selection(self.env))
        for rma in self:
            lines = rma.line_ids
            rma.decide_goods = "\n".join(line._decide_label() for line in lines)
            rma.decide_basis = ", ".join(dict.fromkeys(labels[line.basis] for line in lines if line.basis))
            rma.decide_why = "\n".join(dict.fromkeys(line.basis_reasons for line in lines if line.basis_reasons))

    # === Actions === #

    def action_approve_selected(self):
        """Approve the selected returns in the web client, chunk by chunk."""
        return self._decide_action("approve")

    def action_reject_selected(self):
        """Refuse the selected returns in the web client, with one reason."""
        return self._decide_action("reject")

    def _decide_action(self, decision):
        return {
            "type": "ir.actions.client",
            "tag": "aftersales_crm.decide",
            "params": {"ids": self.ids, "decision": decision, "chunk": CHUNK},
        }

    def decide_each(self, decision, reason=False):
        """Decide some returns, each by itself: what is refused for one leaves the others decided.

        Whatever was decided that way before is left alone, so a call may be repeated.

        :param str decision: ``approve`` (only what is plainly eligible) or ``reject``
        :param str reason: of a refusal, as the customer reads it
        :return: list of ``id, name, outcome`` (``done, already, failed``) and ``message``
        :raise UserError: for an unknown decision, more than 100 returns, or a refusal without reason
        """
        if decision not in ("approve", "reject") or len(self) > LARGEST_CHUNK:
            raise UserError(self.env._("Approve or reject at most %(count)s returns per call.", count=LARGEST_CHUNK))
        if decision == "reject" and not (isinstance(reason, str) and reason.strip()):
            raise UserError(self.env._("Give the customer a reason for the refusal."))
        return [rma._decide_alone(decision, reason) for rma in self]

    # === Business === #

    def _decide_alone(self, decision, reason):
        """Decide one return in a savepoint of its own; see `decide_each`."""
        self.ensure_one()
        answer = {"id": self.id, "name": f"#{self.id}", "outcome": "done", "message": False}
        try:
            with self.env.cr.savepoint():
                self.check_access("write")
                answer["name"] = self.display_name
                if self.state in ({"approve": ("approved", "done"), "reject": ("rejected",)}[decision]):
                    answer["outcome"] = "already"
                elif decision == "reject":
                    self._ensure_not_accepted_by_silence()
                    self.action_reject(reason)
                else:
                    self._ensure_plainly_eligible()
                    self.action_approve()
        except (UserError, RedirectWarning) as error:
            answer.update(outcome="failed", message=str(error.args[0]))
        return answer

    def _ensure_plainly_eligible(self):
        """Goodwill is decided one by one, whoever may grant it.

        :raise UserError: with the reasons
        """
        problems = self._problems_of(self.line_ids)
        if problems:
            raise UserError("\n".join(problems))
