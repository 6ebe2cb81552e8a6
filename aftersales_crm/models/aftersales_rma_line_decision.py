from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesRmaLine(models.Model):
    """Who judged a return line and when, and why a person decided otherwise."""

    _inherit = "aftersales.rma.line"

    verdict_by = fields.Many2one(
        "res.users", "Judged by", readonly=True, copy=False, ondelete="set null", groups="base.group_user"
    )
    verdict_at = fields.Datetime("Judged on", readonly=True, copy=False, groups="base.group_user")
    decision_reason = fields.Text(
        "Decided otherwise because",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Why the basis is not the one that was found, or why goodwill was granted.",
    )

    # === Actions === #

    def action_open_basis(self):
        """Ask a manager for another basis, and for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide otherwise: %(product)s", product=self.product_id.display_name),
            "res_model": "aftersales.rma.line.basis",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    # === Business === #

    def _prepare_verdict_vals(self, result):
        return {
            **super()._prepare_verdict_vals(result),
            "verdict_by": self.env.uid,
            "verdict_at": fields.Datetime.now(),
        }

    def _change_basis(self, vals):
        """A manager decides for another basis, with a reason: fee and reasons follow it.

        :param dict vals: as given to `write`: ``basis``, ``decision_reason`` and whatever else is written with them
        :raise UserError: without a reason
        """
        self.rma_id._ensure_manager(self.env._("Only a manager changes the basis of a return."))
        basis, reason = vals["basis"], vals.get("decision_reason")
        result = self.write({key: value for key, value in vals.items() if key not in ("basis", "decision_reason")})
        changing = self.filtered(lambda line: line.basis != basis)
        if changing and not (isinstance(reason, str) and reason.strip()):
            raise UserError(
                self.env._(
                    "%(product)s: give a reason for deciding otherwise (decision_reason).",
                    product=changing[0].product_id.display_name,
                )
            )
        found = {line: line.basis for line in changing}
        changing._write_guarded({"requested_basis": basis, "decision_reason": reason})
        changing._judge()
        changing._note_decision(found)
        return result

    def _note_decision(self, found):
        """Tell the history of the return who decided otherwise, and why.

        :param dict found: the basis of each line before
        """
        labels = dict(self._fields["basis"]._description_selection(self.env))
        for line in self:
            line.rma_id.message_post(
                body=self.env._(
                    "%(product)s: %(basis)s instead of %(found)s. %(reason)s",
                    product=line.product_id.display_name,
                    basis=labels.get(line.basis),
                    found=labels.get(found[line], "—"),
                    reason=line.decision_reason,
                )
            )

    def _is_against_verdict(self):
        """Whether approving the line is goodwill: nothing that was found carries it."""
        self.ensure_one()
        return self.basis == "goodwill" or self.eligibility == "fail"

    def _needs_decision_reason(self):
        """Whether a person still has to say why the line is approved."""
        self.ensure_one()
        return self._is_against_verdict() and not self.decision_reason
