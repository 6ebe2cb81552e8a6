from odoo import api, fields, models
from odoo.fields import Domain


class AftersalesSetup(models.TransientModel):
    """Five questions that leave a working return policy."""

    _name = "aftersales.setup"
    _description = "Set up After-Sales"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    window_days = fields.Integer(
        "How many days may customers return goods?",
        compute="_compute_answers",
        store=True,
        readonly=False,
    )
    return_shipping = fields.Selection(
        [("customer", "The customer"), ("shop", "We do"), ("deducted", "We do, and deduct it")],
        "Who pays the way back?",
        compute="_compute_answers",
        store=True,
        readonly=False,
        required=True,
    )
    return_location_id = fields.Many2one(
        "stock.location",
        "Where do returned goods go?",
        domain="[('usage', '=', 'internal'), ('company_id', '=', company_id)]",
        compute="_compute_answers",
        store=True,
        readonly=False,
    )
    auto_approve_limit = fields.Float(
        "Up to which amount do eligible returns approve themselves?",
        compute="_compute_answers",
        store=True,
        readonly=False,
    )
    refund_timing = fields.Selection(
        [
            ("approval", "When approved"),
            ("sent", "When the customer proves to have sent it"),
            ("reception", "When it has arrived"),
            ("inspection", "When it has been inspected"),
        ],
        "When do you refund?",
        compute="_compute_answers",
        store=True,
        readonly=False,
        required=True,
    )

    with_mails = fields.Boolean(
        "Tell customers by mail at each step", compute="_compute_answers", store=True, readonly=False
    )
    with_terms = fields.Boolean(
        "Tell customers their rights with the order confirmation",
        compute="_compute_answers",
        store=True,
        readonly=False,
    )
    with_promises = fields.Boolean(
        "Promise answers, solutions and refunds in time, and watch that they are kept",
        compute="_compute_answers",
        store=True,
        readonly=False,
    )
    with_flags = fields.Boolean("Point out unusual returns", compute="_compute_answers", store=True, readonly=False)

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Set-up assistant")

    @api.depends("company_id")
    def _compute_answers(self):
        """Start from what is in force."""
        for setup in self:
            policy = setup._policy() or self.env.ref("aftersales_crm.return_policy_standard")
            setup.window_days = policy.window_days
            setup.return_shipping = policy.return_shipping
            setup.auto_approve_limit = policy.auto_approve_limit
            setup.refund_timing = policy.refund_timing
            setup.return_location_id = setup.company_id.aftersales_return_location_id
            new = not setup.company_id.aftersales_ready
            setup.with_mails = new or any(setup._mail_steps().mapped("is_on"))
            setup.with_terms = new or setup.company_id.aftersales_tells
            setup.with_promises = new or any(setup._promise_rules().mapped("is_on"))
            setup.with_flags = new or setup.company_id.aftersales_flags

    def action_apply(self):
        """Keep the answers: the company's own policy for all products, and the location."""
        self.ensure_one()
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only an after-sales manager sets up after-sales."))
        self._keep_policy()
        self._keep_mails()
        self._keep_promises()
        # An after-sales manager may not edit companies; these fields are ours.
        self.company_id.sudo().write(
            {
                "aftersales_return_location_id": self.return_location_id.id,
                "aftersales_flags": self.with_flags,
                "aftersales_tells": self.with_terms,
                "aftersales_ready": True,
            }
        )
        return self.env["ir.actions.act_window"]._for_xml_id("aftersales_crm.aftersales_rma_action")

    def _mail_steps(self):
        steps = self.env["aftersales.mail.step"].with_company(self.company_id)
        return steps.search(Domain("template_id.model", "=", "aftersales.rma"))

    def _keep_mails(self):
        """Switch all mails on or off; who chose some of them keeps the choice."""
        steps = self._mail_steps()
        if self.with_mails != any(steps.mapped("is_on")):
            steps.is_on = self.with_mails

    def _promise_rules(self):
        rules = self.env["aftersales.commitment.rule"].with_company(self.company_id)
        return rules.search([("company_id", "in", (False, self.company_id.id))])

    def _keep_promises(self):
        """Switch all promises on or off; who chose some of them keeps the choice."""
        rules = self._promise_rules()
        if self.with_promises != any(rules.mapped("is_on")):
            rules.is_on = self.with_promises

    def _keep_policy(self):
        vals = {
            "window_days": self.window_days,
            "return_shipping": self.return_shipping,
            "auto_approve_limit": self.auto_approve_limit,
            "refund_timing": self.refund_timing,
        }
        policy = self._policy()
        if policy:
            policy.write(vals)
        else:
            name = self.env._("Returns of %(company)s", company=self.company_id.name)
            policy.create({**vals, "name": name, "company_id": self.company_id.id, "sequence": 90})

    def _policy(self):
        """The company's own policy for everything, if there is one."""
        return self.env["aftersales.return.policy"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("product_tmpl_ids", "=", False),
                ("categ_ids", "=", False),
                ("partner_category_ids", "=", False),
                ("country_ids", "=", False),
            ],
            limit=1,
        )
