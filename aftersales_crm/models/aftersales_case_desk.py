from odoo import api, fields, models

from .aftersales_case import OPEN_STATES


class AftersalesCase(models.Model):
    """What the people at the desk need to see: whose turn it is, since when, and whom they talk to."""

    _inherit = "aftersales.case"

    state = fields.Selection(group_expand="_expand_states")
    waiting_since = fields.Datetime(
        "Waits for us since",
        compute="_compute_waiting_since",
        store=True,
        help="The customer's word that nobody has answered yet.",
    )
    partner_phone = fields.Char("Customer's phone", related="partner_id.phone")
    customer_order_count = fields.Integer("Orders", compute="_compute_customer_counts")
    customer_rma_count = fields.Integer("Open returns", compute="_compute_customer_counts")
    customer_warranty_count = fields.Integer("Warranties", compute="_compute_customer_counts")
    customer_case_count = fields.Integer("Other open cases", compute="_compute_customer_counts")

    _mine_first = models.Index("(user_id, priority, waiting_since) WHERE is_open")

    # === Computes === #

    @api.depends("is_open", "state", "last_customer_at", "last_answer_at")
    def _compute_waiting_since(self):
        for case in self:
            case.waiting_since = case._unanswered_since()

    def _compute_customer_counts(self):
        customers = self.commercial_partner_id
        whose = [("commercial_partner_id", "in", customers.ids), ("company_id", "in", self.env.companies.ids)]
        of_orders = [("partner_id", "child_of", customers.ids), ("state", "=", "sale")]
        orders = self._count_of_customer(
            "sale.order", [*of_orders, ("company_id", "in", self.env.companies.ids)], "partner_id"
        )
        rmas = self._count_of_customer("aftersales.rma", [*whose, ("state", "in", ("submitted", "approved"))])
        warranties = self._count_of_customer("aftersales.warranty", [*whose, ("closing", "=", False)])
        cases = self._count_of_customer("aftersales.case", [*whose, ("is_open", "=", True)])
        for case in self:
            customer = case.commercial_partner_id
            case.customer_order_count = orders.get(customer, 0)
            case.customer_rma_count = rmas.get(customer, 0)
            case.customer_warranty_count = warranties.get(customer, 0)
            case.customer_case_count = cases.get(customer, 0) - (case.is_open and bool(customer))

    # === Actions === #

    def action_answer(self):
        """Write to the customer: Odoo's composer, with templates and what has helped others."""
        self.ensure_one()
        partner = self.partner_id or self._contact_of_sender()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_partner_ids": partner.ids,
                "default_subject": self.env._("Re: %(subject)s", subject=self.subject),
                "default_email_layout_xmlid": "mail.mail_notification_light",
                "dialog_size": "large",
            },
        }

    def action_open_solve(self):
        """Ask what has helped, then solve."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Solved"),
            "res_model": "aftersales.case.solve",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_view_customer_orders(self):
        self.ensure_one()
        domain = [("partner_id", "child_of", self.commercial_partner_id.ids), ("state", "=", "sale")]
        orders = self.env["sale.order"].search(domain)
        return self.env["aftersales.rma"]._desk_action(orders, self.env._("Orders"))

    def action_view_customer_rmas(self):
        self.ensure_one()
        return self.partner_id.action_aftersales_view_rmas()

    def action_view_customer_warranties(self):
        self.ensure_one()
        return self.partner_id.action_aftersales_view_warranties()

    def action_view_customer_cases(self):
        self.ensure_one()
        return self.partner_id.action_aftersales_view_cases()

    # === Business === #

    @api.model
    def _expand_states(self, states, domain):
        """Columns in the order of the work, those of open cases always."""
        order = [state for state, _label in self._fields["state"].selection]
        return [state for state in order if state in OPEN_STATES or state in states]

    def _unanswered_since(self):
        """When the customer's word came that still has no answer; False when it is not our turn."""
        self.ensure_one()
        if not self.is_open or self.state == "waiting_customer":
            return False
        if self.last_answer_at and (not self.last_customer_at or self.last_customer_at <= self.last_answer_at):
            return False
        return self.last_customer_at or self.create_date or fields.Datetime.now()

    def _count_of_customer(self, model, domain, field="commercial_partner_id"):
        """Documents per customer: ``{commercial res.partner: int}``."""
        # Counts answer "is there something?"; what opens follows the user's rights.
        counts = {}
        for partner, count in self.env[model].sudo()._read_group(domain, [field], ["__count"]):
            customer = partner.commercial_partner_id.with_env(self.env)
            counts[customer] = counts.get(customer, 0) + count
        return counts
