from odoo import api, fields, models
from odoo.tools import is_html_empty


class AftersalesGoodwill(models.TransientModel):
    """What a customer is offered beyond their rights: how much may be given, and what is left of the budget."""

    _name = "aftersales.goodwill"
    _description = "Goodwill"

    case_id = fields.Many2one("aftersales.case", readonly=True, ondelete="cascade")
    rma_id = fields.Many2one("aftersales.rma", "Return", readonly=True, ondelete="cascade")
    origin_order_id = fields.Many2one("sale.order", readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_origin")
    partner_id = fields.Many2one("res.partner", "Customer", compute="_compute_origin")
    sale_order_id = fields.Many2one(
        "sale.order",
        "Order",
        compute="_compute_sale_order_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('partner_id', 'child_of', partner_id), ('company_id', '=', company_id), ('state', '=', 'sale')]",
    )
    type_id = fields.Many2one(
        "aftersales.remedy.type",
        "What",
        ondelete="cascade",
        domain="[('is_goodwill', '=', True)]",
        default=lambda self: self.env["aftersales.remedy.type"].search([("is_goodwill", "=", True)], limit=1),
        help="Empty: only the letter.",
    )
    code = fields.Char(related="type_id.code")
    currency_id = fields.Many2one("res.currency", compute="_compute_money")
    amount = fields.Monetary()
    product_id = fields.Many2one(
        "product.product", "Gift", ondelete="cascade", domain="[('type', '=', 'consu'), ('sale_ok', '=', True)]"
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")
    reason = fields.Char("Why")
    message = fields.Html(
        "Letter", compute="_compute_message", store=True, readonly=False, help="Goes to the customer with it."
    )
    has_letter = fields.Boolean("Write to the customer", default=True)

    money_left = fields.Monetary("Left of what was invoiced", compute="_compute_money")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the company")
    limit = fields.Monetary("My limit per case", compute="_compute_limit", currency_field="company_currency_id")
    given = fields.Monetary("Given on this case", compute="_compute_limit", currency_field="company_currency_id")
    budget_left = fields.Monetary(
        "Left of the month's budget", compute="_compute_limit", currency_field="company_currency_id"
    )
    has_limit = fields.Boolean(compute="_compute_limit")
    has_budget = fields.Boolean(compute="_compute_limit")
    needs_manager = fields.Boolean(compute="_compute_needs_manager")

    # === Computes === #

    @api.depends("case_id", "rma_id", "origin_order_id")
    def _compute_origin(self):
        for wizard in self:
            origin = wizard._origin_document()
            wizard.company_id = origin.company_id or self.env.company
            wizard.partner_id = origin.partner_id

    @api.depends("case_id", "rma_id", "origin_order_id")
    def _compute_sale_order_id(self):
        for wizard in self:
            wizard.sale_order_id = (
                wizard.origin_order_id or wizard.case_id.sale_order_id or wizard.rma_id.sale_order_ids[:1]
            )

    @api.depends("partner_id")
    def _compute_message(self):
        for wizard in self:
            lang = wizard.partner_id.lang or self.env.lang
            wizard.message = wizard.with_context(lang=lang)._default_letter()

    @api.depends("sale_order_id", "company_id")
    def _compute_money(self):
        for wizard in self:
            wizard.currency_id = wizard.sale_order_id.currency_id or wizard.company_id.currency_id
            # What would be credited says what is left; agents need no rights on invoices for it.
            remedy_sudo = self.env["aftersales.remedy"].sudo().new({"goodwill_order_id": wizard.sale_order_id.id})
            remedy_sudo.currency_id = wizard.currency_id
            wizard.money_left = remedy_sudo._goodwill_left() if wizard.sale_order_id else 0.0

    @api.depends("case_id", "company_id")
    def _compute_limit(self):
        for wizard in self:
            limit = wizard.company_id._aftersales_goodwill_limit()
            today = wizard.company_id._aftersales_today()
            budget, left = self.env["aftersales.goodwill.budget"]._left_of(wizard.company_id, today)
            wizard.has_limit = limit is not None
            wizard.limit = limit or 0.0
            wizard.given = wizard._case().goodwill_total
            wizard.has_budget = bool(budget)
            wizard.budget_left = left

    @api.depends("amount", "type_id", "product_id", "quantity", "limit", "given")
    def _compute_needs_manager(self):
        for wizard in self:
            cost = wizard._cost()
            above = wizard.company_id.currency_id.compare_amounts(wizard.given + cost, wizard.limit) > 0
            wizard.needs_manager = bool(wizard.type_id) and wizard.has_limit and above

    # === Actions === #

    @api.model
    def _open_for(self, **context):
        """The wizard for a document, as an action.

        :param context: ``default_case_id``, ``default_rma_id`` or ``default_sale_order_id``
        """
        if "default_sale_order_id" in context:
            context["default_origin_order_id"] = context["default_sale_order_id"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goodwill"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {**context, "dialog_size": "large"},
        }

    def action_give(self):
        """Offer it: carried out at once, or a manager is asked."""
        self.ensure_one()
        case = self._case() or self._make_case()
        if self.type_id:
            case._give(self._prepare_give_vals())
        elif self._letter():
            case.check_access("write")
            case._write_goodwill_letter(self._letter())
        return case._get_records_action()

    # === Business === #

    def _origin_document(self):
        self.ensure_one()
        return self.case_id or self.rma_id or self.origin_order_id

    def _case(self):
        self.ensure_one()
        return self.case_id or self.rma_id.case_id

    def _letter(self):
        return self.message if self.has_letter and not is_html_empty(self.message) else False

    def _make_case(self):
        """A case of its own for a return or order that has none.

        :raise AccessError: for who may not write the return, or read the order
        """
        self.ensure_one()
        origin = self._origin_document()
        origin.check_access("write" if self.rma_id else "read")
        case = self.env["aftersales.case"]._open(
            [
                {
                    "subject": self.env._("Goodwill for %(document)s", document=origin.name),
                    "type": "other",
                    "partner_id": origin.partner_id.id,
                    "company_id": origin.company_id.id,
                    "sale_order_id": self.sale_order_id.id,
                    "user_id": self.env.uid,
                }
            ]
        )
        if self.rma_id:
            self.rma_id.case_id = case
        return case

    def _prepare_give_vals(self):
        """Hook: what `aftersales.case._give` takes."""
        is_gift = self.code == "gift"
        return {
            "type": self.type_id,
            "reason": self.reason,
            "order": self.sale_order_id,
            "amount": 0.0 if is_gift else self.amount,
            "product": self.product_id if is_gift else self.product_id.browse(),
            "quantity": self.quantity,
            "message": self._letter(),
        }

    def _cost(self):
        """About what it takes off the budget, as long as it is only typed."""
        self.ensure_one()
        company = self.company_id
        if self.code == "gift":
            # See _goodwill_cost_gift.
            return self.product_id.sudo().with_company(company).standard_price * self.quantity
        return self.currency_id._convert(self.amount, company.currency_id, company, company._aftersales_today())

    def _default_letter(self):
        """Hook: the letter that is proposed, in the language of the context."""
        return self.env["ir.qweb"]._render(
            "aftersales_crm.goodwill_letter", {"partner": self.partner_id, "company": self.company_id}
        )
