from odoo import fields, models

BASES = [
    ("withdrawal", "Withdrawal"),
    ("policy", "Return policy"),
    ("guarantee", "Statutory guarantee"),
    ("warranty", "Warranty"),
    ("delivery", "Faulty delivery"),
    ("goodwill", "Goodwill"),
]
# Bases that only a fault of the goods or of the delivery opens.
FAULT_BASES = ("guarantee", "warranty", "delivery")


class AftersalesRmaLine(models.Model):
    """The verdict on a return line: its basis, and why."""

    _inherit = "aftersales.rma.line"

    basis = fields.Selection(
        BASES,
        copy=False,
        help="The right or rule that the request stands on: the best the facts allow.",
    )
    requested_basis = fields.Selection(BASES, "Basis insisted on", help="Empty: the best one is found.")
    eligibility = fields.Selection(
        [("pass", "Eligible"), ("unknown", "Unknown"), ("review", "Review"), ("fail", "Not eligible")],
        readonly=True,
        copy=False,
    )
    basis_reasons = fields.Text("Why", readonly=True, copy=False)
    basis_checks = fields.Json(readonly=True, copy=False, groups="base.group_user")
    offered_remedies = fields.Json(readonly=True, copy=False)
    warranty_id = fields.Many2one("aftersales.warranty", readonly=True, copy=False, ondelete="restrict")
    warranty_verdict = fields.Selection(
        [("covered", "Covered"), ("not_covered", "Not covered"), ("unknown", "Unknown")],
        readonly=True,
        copy=False,
    )

    # === Who may do what === #

    def _ensure_may_insist(self):
        if any("goodwill" in (line.basis, line.requested_basis) for line in self):
            self.rma_id._ensure_manager(self.env._("Only a manager grants goodwill."))

    def _change_basis(self, vals):
        """A manager decides for another basis: fee and reasons follow it."""
        self.rma_id._ensure_manager(self.env._("Only a manager changes the basis of a return."))
        result = self.write({key: value for key, value in vals.items() if key != "basis"})
        self._write_guarded({"requested_basis": vals["basis"]})
        self._judge()
        return result

    # === Judging === #

    def _eligibility_unit(self):
        """The line as a unit for `aftersales.eligibility`."""
        self.ensure_one()
        return {
            "sale_line": self.sale_line_id,
            "move": self.origin_move_id,
            "lot": self.lot_id,
            "product": self.product_id,
            "quantity": self.quantity,
            "paid": self.paid_total,
            "reason": self.reason_id,
            "photos": len(self.photo_ids),
        }

    def _judge(self):
        """Find the basis of each line and keep the verdict with its reasons."""
        for on, lines in self.grouped(lambda line: line.rma_id.requested_on).items():
            units = [line._eligibility_unit() for line in lines]
            results = self.env["aftersales.eligibility"]._evaluate(units, on)
            for line, result in zip(lines, results, strict=True):
                line._write_guarded(line._prepare_verdict_vals(result))

    def _prepare_verdict_vals(self, result):
        self.ensure_one()
        entitlement, bases = result["entitlement"], result["bases"]
        basis = self.requested_basis or result["nearest"]
        return {
            "warranty_verdict": entitlement["verdict"],
            "warranty_id": entitlement["covering"][:1].id,
            "basis": basis,
            "basis_checks": {
                name: [dict(c, until=c["until"] and str(c["until"])) for c in judged["checks"]]
                for name, judged in bases.items()
            },
            **self._prepare_basis_vals(basis, bases.get(basis)),
        }

    def _prepare_basis_vals(self, basis, judged):
        """What standing on a basis means for the line.

        :param dict judged: as `aftersales.eligibility` judges the basis; None for goodwill
        """
        if basis == "goodwill":
            every = list(self.env["aftersales.remedy.type"]._codes())
            return {"eligibility": "review", "fee": 0.0, "offered_remedies": every}
        doubt = judged["outcome"] == "pass" and self._doubt(basis, judged)
        return {
            "eligibility": "review" if doubt else judged["outcome"],
            "fee": judged["fee"],
            "offered_remedies": judged["remedies"],
            "basis_reasons": "\n".join([*judged["reasons"], doubt] if doubt else judged["reasons"]),
        }

    def _doubt(self, basis, judged):
        """Why a person has to look at the line although its basis passes; False: nothing to look at."""
        remedy = self._remedy_type()
        if basis in FAULT_BASES and not self.reason_id:
            return self.env._("Without a reason nobody can tell whether this applies.")
        if remedy.code not in judged["remedies"]:
            return self.env._("“%(remedy)s” is not offered on this basis.", remedy=remedy.name)
        return False
