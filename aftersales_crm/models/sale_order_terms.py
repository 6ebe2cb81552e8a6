from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_amount
from odoo.tools.misc import format_date

# Odoo's layout of the mails that carry a quotation or an order.
ORDER_LAYOUT = "mail.mail_notification_layout_with_responsible_signature"
# Without another date a consumer's goods come within so many days (Directive 2011/83/EU, Article 18).
DELIVERY_DAYS = 30


class SaleOrder(models.Model):
    # What the shop tells with an order: payment, delivery, returns, the right to withdraw, complaints.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_informed_at"})

    aftersales_informed_at = fields.Datetime(
        "Told of their rights",
        copy=False,
        readonly=True,
        help="When the customer was first sent what the law and your policy give.",
    )

    # === Mails === #

    def _notify_by_email_render_layout(self, message, recipients_group, msg_vals=False, render_values=None):
        if self._aftersales_informs(message, msg_vals):
            # Links that open the order without a login are for its customer only.
            readers_sudo = self.env["res.partner"].sudo().browse(recipients_group["recipients_ids"])
            customer_sudo = self.sudo().partner_id.commercial_partner_id
            signed = not recipients_group["recipients_emails"] and readers_sudo.commercial_partner_id == customer_sudo
            render_values = dict(render_values or {})
            order = render_values.get("record", self)  # in the language of who reads it
            render_values["aftersales_terms"] = order._aftersales_terms(signed=signed)
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if (
            self._aftersales_informs(message, msg_vals)
            and not self.aftersales_informed_at
            and message.partner_ids.filtered("email").commercial_partner_id & self.partner_id.commercial_partner_id
        ):
            self.sudo().aftersales_informed_at = fields.Datetime.now()  # whoever sends the order puts it on record
        return result

    def _aftersales_informs(self, message, msg_vals):
        """Whether a message carries the order, and with it what the shop tells."""
        layout = (msg_vals or {}).get("email_layout_xmlid") or message.email_layout_xmlid
        return layout == ORDER_LAYOUT and len(self) == 1 and self._aftersales_tells()

    # === What is told === #

    def _aftersales_tells(self):
        """Whether the papers of the order tell the customer's rights."""
        self.ensure_one()
        company_sudo = self.company_id.sudo()  # customers may not read the settings of a company
        since = company_sudo.aftersales_tells_since
        return self.state == "sale" and bool(since) and company_sudo._aftersales_date(self.date_order) >= since

    def _aftersales_terms(self, signed=False):
        """What the shop tells, in the language of the order's papers.

        :param bool signed: whether the addresses open the order without a login: for mails to its customer only
        :return: dict with ``signed``, ``sections`` (dicts with ``name``, ``title`` and ``sentences``), ``lines``
            (dicts with ``product``, ``returns`` and ``guarantee``, words), ``links`` (of label and address) and
            ``notice`` (of the legal guarantee, HTML; empty where the law asks for none)
        """
        self.ensure_one()
        order_sudo = self.sudo()  # who may see the order may know what it promises
        law = order_sudo._aftersales_jurisdiction()
        lines = order_sudo.order_line.with_context(display_default_code=False)._aftersales_told()
        parts = [
            ("payment", self.env._("Payment"), order_sudo._aftersales_payment_words()),
            ("delivery", self.env._("Delivery"), order_sudo._aftersales_delivery_words(lines)),
            ("returns", self.env._("Returns and refunds"), order_sudo._aftersales_returns_words(lines)),
            ("withdrawal", self.env._("Right to withdraw"), order_sudo._aftersales_withdrawal_words(lines, law)),
            ("complaints", self.env._("If something is wrong"), order_sudo._aftersales_complaint_words(law)),
        ]
        return {
            "signed": signed,
            "sections": [
                {"name": name, "title": title, "sentences": sentences} for name, title, sentences in parts if sentences
            ],
            "lines": order_sudo._aftersales_line_words(lines, law),
            "links": order_sudo._aftersales_terms_links(law, signed),
            "notice": order_sudo._aftersales_notice(lines, law),
        }

    def _aftersales_notice(self, lines, law):
        """The harmonised notice of the legal guarantee, where the law of the order's day asks for it.

        :param law: `aftersales.jurisdiction` of the order, none for a business
        """
        if not law or all(line.product_id.type == "service" for line in lines):
            return Markup()
        return law._guarantee_notice(self.company_id._aftersales_date(self.date_order))

    def _aftersales_line_words(self, lines, law):
        warranties = self.env["aftersales.warranty"].search([("sale_order_id", "=", self.id)]).grouped("sale_line_id")
        return [
            {
                "product": line.product_id.display_name,
                "returns": line._aftersales_return_words() or (self.env._("as the law says") if law else "–"),
                "guarantee": line._aftersales_guarantee_words(warranties, law) or "–",
            }
            for line in lines
        ]

    def _aftersales_terms_links(self, law, signed):
        """Hook: addresses that help with it: list of ``(label, address)``.

        :param law: `aftersales.jurisdiction` of the order, none for a business
        :param bool signed: whether they open the order without a login
        """
        return []

    # === Sentences === #

    def _aftersales_payment_words(self):
        if self.currency_id.is_zero(self.amount_total):
            return []
        if self._aftersales_paid()[0]:
            return [self.env._("It is paid.")]
        left = self.amount_total - self.amount_paid
        if self.invoice_status == "invoiced":
            left = sum(self._aftersales_invoices().mapped("amount_residual"))
        amount = format_amount(self.env, left, self.currency_id)
        if self.payment_term_id:
            term = self.payment_term_id.name
            return [self.env._("Still to be paid: %(amount)s (%(term)s).", amount=amount, term=term)]
        return [self.env._("Still to be paid: %(amount)s.", amount=amount)]

    def _aftersales_delivery_words(self, lines):
        if not any(line.product_id.type == "consu" for line in lines):
            return []
        if delivered := self.env["aftersales.eligibility"]._last_delivery(self):
            return [self.env._("It was delivered on %(day)s.", day=format_date(self.env, delivered))]
        promised = self.commitment_date
        if not promised and any(line.customer_lead for line in lines):
            promised = self.expected_date
        if promised:
            day = format_date(self.env, self.company_id._aftersales_date(promised))
            return [self.env._("Your order comes by %(day)s.", day=day)]
        if self.aftersales_is_consumer:
            return [self.env._("Your order comes within %(days)s days.", days=DELIVERY_DAYS)]
        return []

    def _aftersales_returns_words(self, lines):
        taken_back = lines.filtered(lambda line: line._aftersales_return_words())
        if not taken_back:
            return []
        days = max(line._aftersales_refund_days("policy") for line in taken_back)
        payers = {line.aftersales_policy_terms["return_shipping"] for line in taken_back}
        sentences = [
            self.env._("You may change your mind: until when is said for each product below."),
            self._aftersales_way_back_words(payers, taken_back),
            self.env._("You get your money within %(days)s days of asking for it.", days=days),
        ]
        return [sentence for sentence in sentences if sentence]

    def _aftersales_way_back_words(self, payers, lines):
        if payers == {"shop"}:
            return self.env._("We pay the way back.")
        if payers == {"customer"}:
            return self.env._("You pay the way back, unless something is wrong with the product.")
        if payers == {"deducted"}:
            fee = max(line.aftersales_policy_terms["way_back_fee"] for line in lines)
            amount = format_amount(self.env, fee, self.currency_id)
            return self.env._(
                "The way back costs %(amount)s, unless something is wrong with the product.", amount=amount
            )
        return self.env._("Who pays the way back depends on the product: you see it before you send anything.")

    def _aftersales_withdrawal_words(self, lines, law):
        """The right of Directive 2011/83/EU in short; `law.md` names its sources."""
        days = law.withdrawal_days
        if not days:
            return []
        never, opened = self._aftersales_not_withdrawable(lines, law)
        withdrawable = lines.filtered(lambda line: line.product_id.display_name not in never)
        if not withdrawable:
            return [self.env._("The law gives no right to withdraw from this order.")]
        sentences = [*self._aftersales_withdrawal_period_words(withdrawable, days)]
        address = self.company_id.email or self.company_id.partner_id.contact_address_inline
        sentences += [
            self.env._(
                "To withdraw, tell us so in clear words before the days are over, for example by writing to "
                "%(address)s. You may use the model form, but you need not.",
                address=address,
            ),
            self.env._(
                "We then pay back everything you paid for it, standard delivery included, within %(days)s days and "
                "the way you paid. We may wait until we have the goods or your proof of sending them.",
                days=max(line._aftersales_refund_days("withdrawal") for line in withdrawable),
            ),
            self._aftersales_send_back_words(withdrawable, law),
            self.env._("You pay for a loss of value only if you did more with them than needed to try them out."),
        ]
        if never:
            sentences.append(self.env._("You cannot withdraw from: %(products)s.", products=", ".join(never)))
        if opened:
            products = ", ".join(opened)
            sentences.append(
                self.env._("Once opened or begun, you cannot withdraw from: %(products)s.", products=products)
            )
        return sentences

    def _aftersales_send_back_words(self, lines, law):
        days = law.send_back_days
        payers = {(line.aftersales_policy_terms or {}).get("return_shipping", "customer") for line in lines}
        if payers == {"shop"}:
            return self.env._("Send the goods back within %(days)s days of telling us; we pay for it.", days=days)
        return self.env._("Send the goods back within %(days)s days of telling us; you pay for it.", days=days)

    def _aftersales_withdrawal_period_words(self, lines, days):
        sentences = []
        if any(line.product_id.type != "service" for line in lines):
            sentences.append(
                self.env._(
                    "You may withdraw from this order within %(days)s days without giving a reason. The days count "
                    "from the one on which you receive the last of the goods.",
                    days=days,
                )
            )
        if any(line.product_id.type == "service" for line in lines):
            sentences.append(
                self.env._(
                    "You may withdraw from services within %(days)s days of the order without giving a reason.",
                    days=days,
                )
            )
        return sentences

    def _aftersales_not_withdrawable(self, lines, law):
        """Names of the products that the right leaves out: always, and once opened."""
        excluded = law.excluded_kind_ids.mapped("code")
        never, opened = [], []
        for line in lines:
            kind = (line.aftersales_policy_terms or {}).get("kind")
            if kind is None:
                kind = line.product_id.product_tmpl_id._aftersales_kind()._snapshot()
            if kind and kind["code"] in excluded:
                (opened if kind["opened_only"] else never).append(line.product_id.display_name)
        return list(dict.fromkeys(never)), list(dict.fromkeys(opened))

    def _aftersales_complaint_words(self, law):
        sentences = []
        if law.guarantee_months:
            sentences.append(
                self.env._(
                    "By law we answer for defects: we repair or replace what is faulty free of charge, and if that "
                    "fails you get your money back in part or in full."
                )
            )
        ways = ", ".join(filter(None, (self.company_id.email, self.company_id.phone)))
        if ways:
            sentences.append(self.env._("Tell us: %(ways)s.", ways=ways))
        return sentences

    # === Payment === #

    def _aftersales_paid(self):
        """Whether everything ordered is paid, and since when as far as that is known.

        :return: ``(bool, date or False)``
        """
        order_sudo = self.sudo()  # who may see the order may know what was paid
        if self.currency_id.compare_amounts(order_sudo.amount_paid, self.amount_total) >= 0:
            changes = [tx.last_state_change for tx in order_sudo.transaction_ids if tx.state in ("authorized", "done")]
            moment = max(filter(None, changes), default=False)
            return True, moment and self.company_id._aftersales_date(moment)
        invoices_sudo = self._aftersales_invoices()
        settled = all(move.payment_state in ("paid", "in_payment", "reversed") for move in invoices_sudo)
        if not invoices_sudo or not settled or order_sudo.invoice_status != "invoiced":
            return False, False
        return True, max(invoices_sudo.matched_payment_ids.mapped("date"), default=False)

    def _aftersales_invoices(self):
        """Posted invoices of the order, in sudo mode."""
        return self.sudo().invoice_ids.filtered(lambda move: move.move_type == "out_invoice" and move.state == "posted")
