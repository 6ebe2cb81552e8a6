from odoo import api, fields, models

from .aftersales_eligibility import FAULT_BASES

BASES = [
    ("withdrawal", "Withdrawal"),
    ("policy", "Return policy"),
    ("guarantee", "Statutory guarantee"),
    ("warranty", "Warranty"),
    ("delivery", "Faulty delivery"),
    ("goodwill", "Goodwill"),
]
CHECK_KEYS = ("code", "outcome", "message", "until")


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
    opened = fields.Selection(
        [("no", "No"), ("yes", "Yes")],
        "Opened or begun",
        help="Whether the seal was broken or the download begun, as the customer says. Empty: not known.",
    )
    keeps_goods = fields.Boolean(
        "Goods stay with the customer",
        readonly=True,
        copy=False,
        help="Worth no more than the policy's limit: it need not be sent back.",
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

    # === Judging === #

    def _eligibility_unit(self):
        """The line as a unit for `aftersales.eligibility`."""
        self.ensure_one()
        return self.env["aftersales.eligibility"]._prepare_unit(
            self.sale_line_id,
            move=self.origin_move_id,
            lot=self.lot_id,
            product=self.product_id,
            quantity=self.quantity,
            paid=self.paid_total,
            reason=self.reason_id,
            claim=self,
            photos=len(self.photo_ids),
            described=bool((self.description or "").strip()),
            opened={"yes": True, "no": False}.get(self.opened),
        )

    def _judge(self):
        """Find the basis of each line and keep the verdict with its reasons."""
        for on, lines in self.grouped(lambda line: line.rma_id.requested_on).items():
            units = [line._eligibility_unit() for line in lines]
            results = self.env["aftersales.eligibility"]._evaluate(units, on)
            for line, result in zip(lines, results, strict=True):
                line._write_guarded(line._prepare_verdict_vals(result))

    def _prepare_verdict_vals(self, result):
        self.ensure_one()
        entitlement = result["entitlement"]
        basis = self._choose_basis(result)
        return {
            "warranty_verdict": entitlement["verdict"],
            "warranty_id": self._claimed_warranty(basis, entitlement).id,
            "basis": basis,
            "basis_checks": {
                name: [self._plain_check(check) for check in judged["checks"]]
                for name, judged in result["bases"].items()
            },
            **self._prepare_basis_vals(basis, result),
        }

    @api.model
    def _claimed_warranty(self, basis, entitlement):
        """The warranty that a line uses: on the guarantee the law's, on a warranty the one that lasts longest."""
        covering = entitlement["covering"]
        if basis == "warranty":
            covering = covering.filtered(lambda warranty: warranty.source != "statutory")
        elif basis in FAULT_BASES:
            covering = covering.filtered(lambda warranty: warranty.source == "statutory")
        elif basis != "goodwill":
            covering = covering.browse()
        return covering.sorted("end_date")[-1:]

    @api.model
    def _plain_check(self, check):
        """A check as it is kept: JSON-safe."""
        return {**{key: check[key] for key in CHECK_KEYS}, "until": check["until"] and str(check["until"])}

    def _choose_basis(self, result):
        """The basis to stand on: the one insisted on, else the best, else the nearest.

        A consumer who changes their mind in time withdraws, whatever was chosen.
        """
        self.ensure_one()
        fault = self.reason_id.kind in ("defect", "delivery")
        if self.requested_basis == "policy" and not fault and result["bases"]["withdrawal"]["eligible"]:
            return "withdrawal"
        return self.requested_basis or result["nearest"]

    def _prepare_basis_vals(self, basis, result):
        """What standing on a basis means for the line.

        :param dict result: as `aftersales.eligibility` judges the line
        """
        if basis == "goodwill":
            every = list(self.env["aftersales.remedy.type"]._codes())
            return {"eligibility": "review", "fee": 0.0, "keeps_goods": False, "offered_remedies": every}
        judged = result["bases"][basis]
        doubt = judged["outcome"] == "pass" and self._doubt(basis, judged)
        eligibility = "review" if doubt else judged["outcome"]
        reasons = [*(result["why"] if basis == result["nearest"] else judged["reasons"])]
        if basis == "withdrawal" and self.requested_basis == "policy":
            reasons.append(self.env._("A change of mind in the statutory days is a withdrawal, whatever was chosen."))
        return {
            "eligibility": eligibility,
            "keeps_goods": eligibility == "pass" and self._may_stay(),
            "fee": self._total_fee(judged),
            "offered_remedies": judged["remedies"],
            "basis_reasons": "\n".join([*reasons, doubt] if doubt else reasons),
        }

    def _doubt(self, basis, judged):
        """Why a person has to look at the line although its basis passes; False: nothing to look at."""
        remedy = self._remedy_type()
        if basis in FAULT_BASES and not self.reason_id:
            return self.env._("Without a reason nobody can tell whether this applies.")
        if remedy.code not in judged["remedies"]:
            return self.env._("“%(remedy)s” is not offered on this basis.", remedy=remedy.name)
        return False

    def _total_fee(self, judged):
        """The fee of the units; the first line of a return bears what the way back costs."""
        self.ensure_one()
        fee = judged["fee"]
        if self == self.rma_id.line_ids[:1]:
            fee += judged["way_back_fee"]
        return min(fee, self.paid_total)

    def _may_stay(self):
        """Whether the whole return is worth so little that the goods need not come back."""
        self.ensure_one()
        limit = (self.sale_line_id.aftersales_policy_terms or {}).get("keep_limit", 0.0)
        if limit <= 0 or self._remedy_type().code == "repair":
            return False
        worth = sum(self.rma_id.line_ids.mapped("paid_total"))
        return self.currency_id.compare_amounts(worth, limit) <= 0
