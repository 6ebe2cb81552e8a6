from odoo import models


class AftersalesWarrantyCheck(models.AbstractModel):
    """What can be done next with a unit: a button and a method each."""

    _inherit = "aftersales.warranty.check"

    def _steps(self, case):
        """Hook: buttons for a unit, the most likely first.

        A step has a ``code``, a ``label`` and an ``icon``; its button opens the action that
        ``_step_<code>(case)`` returns.

        :param dict case: as `_judged` gives it; empty where nothing was found
        """
        register = {"code": "register", "label": self.env._("Register a product"), "icon": "fa-plus"}
        if not case:
            return [register]
        steps = [{"code": "return", "label": self._return_label(case), "icon": "fa-undo"}]
        if self.env["repair.order"].has_access("create"):
            steps.append({"code": "repair", "label": self.env._("Repair order"), "icon": "fa-wrench"})
        if self._shown_warranties(case):
            steps.append({"code": "warranty", "label": self.env._("Warranty"), "icon": "fa-shield"})
        if case["order"]:
            steps.append({"code": "order", "label": self.env._("Order"), "icon": "fa-shopping-cart"})
        elif not case["verdict"]["warranties"]:
            steps.append(register)
        return [*steps, {"code": "history", "label": self.env._("Customer history"), "icon": "fa-history"}]

    def _open_return(self, case):
        """The return that a serial is part of already, as far as the user sees it: there is one of it only."""
        lines = self.env["aftersales.rma.line"]
        if case["product"].sudo().tracking != "serial" or not case["lot"]:
            return lines.rma_id
        domain = [("lot_id", "=", case["lot"].id), ("state", "in", ("draft", "submitted", "approved"))]
        return lines.search([*domain, ("company_id", "=", case["company"].id)], limit=1).rma_id

    def _return_label(self, case):
        known = self._open_return(case)
        return self.env._("Open %(rma)s", rma=known.name) if known else self.env._("Open a return")

    def _shown_warranties(self, case):
        """The warranties of the unit that the user may open."""
        return case["verdict"]["warranties"].sudo(False)._filtered_access("read")

    def _step_return(self, case):
        """The return that there is, else the request wizard for the unit; without an order, for the customer."""
        known = self._open_return(case)
        if known:
            return known._get_records_action()
        if case["order"]:
            action = case["order"].action_aftersales_request()
        else:
            action = self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_rma_request_action")
            action["context"] = {"default_partner_id": case["owner"].id}
        action["context"] = {
            **action["context"],
            "default_unit_move_id": case["move"].id,
            "default_unit_lot_id": case["lot"].id,
            "default_reason_id": case["reason"].id,
        }
        return action

    def _step_repair(self, case):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Repair"),
            "res_model": "repair.order",
            "views": [(False, "form")],
            "context": {
                "default_partner_id": case["owner"].id,
                "default_product_id": case["product"].id,
                "default_lot_id": case["lot"].id,
            },
        }

    def _step_warranty(self, case):
        return self._shown_warranties(case)._get_records_action(name=self.env._("Warranties"))

    def _step_register(self, case):
        return self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_warranty_registration_action")

    def _step_order(self, case):
        return self.env["aftersales.rma"]._desk_action(case["order"])

    def _step_history(self, case):
        return case["owner"].action_aftersales_view_history()
