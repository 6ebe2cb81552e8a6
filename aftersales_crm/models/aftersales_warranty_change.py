from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AftersalesWarrantyChange(models.Model):
    """Something that happened to a unit and that its warranty has to follow."""

    _name = "aftersales.warranty.change"
    _description = "Change of a Warranty"
    _inherit = ["aftersales.state.mixin"]
    _order = "date_from, id"

    warranty_id = fields.Many2one("aftersales.warranty", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("repair", "Repair"), ("transfer", "New owner"), ("void", "Made void")], required=True, default="repair"
    )
    date_from = fields.Date("On, from", required=True, default=lambda self: self.env.company._aftersales_today())
    date_to = fields.Date("Until", help="The day the unit was back with its owner. Empty: the repair is under way.")
    is_done = fields.Boolean("Repaired", default=True, help="It was made good. Not: it came back as it was.")
    reason = fields.Char("Note")
    partner_id = fields.Many2one("res.partner", "New owner", readonly=True, index="btree_not_null")
    former_partner_id = fields.Many2one("res.partner", "Owner before", readonly=True, index="btree_not_null")
    repair_id = fields.Many2one("repair.order", readonly=True, index="btree_not_null", ondelete="set null")
    rma_line_id = fields.Many2one(
        "aftersales.rma.line", "Return", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one("res.users", "Recorded by", readonly=True, default=lambda self: self.env.user)

    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)", "A repair cannot end before it began."
    )
    _repair_once = models.UniqueIndex(
        "(warranty_id, repair_id) WHERE repair_id IS NOT NULL", "The repair is on record for this warranty."
    )
    _return_once = models.UniqueIndex(
        "(warranty_id, rma_line_id) WHERE rma_line_id IS NOT NULL", "The return is on record for this warranty."
    )

    _guarded = ("partner_id", "former_partner_id", "repair_id", "rma_line_id", "user_id")

    @api.constrains("date_from", "date_to")
    def _check_past(self):
        for change in self:
            today = change.warranty_id.company_id._aftersales_date(fields.Datetime.now())
            if max(change.date_from, change.date_to or change.date_from) > today:
                raise ValidationError(
                    self.env._(
                        "%(warranty)s: what happened lies in the past.", warranty=change.warranty_id.display_name
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_system() and any(vals.get("kind", "repair") != "repair" for vals in vals_list):
            raise UserError(self.env._("By hand only repairs are recorded: for the rest use the warranty's buttons."))
        changes = super().create(vals_list)
        changes.warranty_id._replay_in_turn()
        return changes

    def write(self, vals):
        self._ensure_repairs(vals)
        warranties = self.warranty_id
        result = super().write(vals)
        (warranties | self.warranty_id)._replay_in_turn()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_typed(self):
        if not self._is_system() and any(change.kind != "repair" or change._is_documented() for change in self):
            raise UserError(self.env._("Only a repair that was typed by hand can be deleted here."))

    def unlink(self):
        warranties = self.warranty_id
        result = super().unlink()
        warranties._replay_in_turn()
        return result

    # === Business === #

    def _is_documented(self):
        return bool(self.repair_id or self.rma_line_id)

    def _ensure_repairs(self, vals):
        """Other changes than repairs stay as they were recorded; a repair's warranty too."""
        if self._is_system():
            return
        if {"kind", "warranty_id"} & vals.keys() or any(change.kind != "repair" for change in self):
            raise UserError(self.env._("Only the days and the note of a repair can be corrected."))
