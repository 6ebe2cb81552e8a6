from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

REFERRAL = "referral"


class SaleOrder(models.Model):
    # A friend names the code of a member with the first order.

    _name = "sale.order"
    _inherit = ["sale.order", "aftersales.system.mixin"]

    _aftersales_system_fields = frozenset({"aftersales_referral_card_id"})

    aftersales_referral_card_id = fields.Many2one(
        "loyalty.card",
        "Referred by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    aftersales_referral_code = fields.Char(
        "Code of a friend",
        compute="_compute_aftersales_referral_code",
        inverse="_inverse_aftersales_referral_code",
        groups="base.group_user",
        help="The code of the member who told the customer about us.",
    )
    aftersales_takes_referral = fields.Boolean(compute="_compute_aftersales_takes_referral")

    # === Computes === #

    @api.depends("aftersales_referral_card_id")
    def _compute_aftersales_referral_code(self):
        for order in self:
            # The code was named with the order; cards are for others to see.
            order.aftersales_referral_code = order.sudo().aftersales_referral_card_id.aftersales_referral_code

    def _inverse_aftersales_referral_code(self):
        for order in self:
            order._aftersales_name_friend(order.aftersales_referral_code)

    @api.depends("company_id")
    def _compute_aftersales_takes_referral(self):
        for order in self:
            rules = self.env["aftersales.loyalty.bonus"]._rules(REFERRAL, order.company_id)
            order.aftersales_takes_referral = bool(rules)

    # === Naming the member === #

    def _aftersales_name_friend(self, code):
        """Note who referred the customer of an order.

        :param str code: as the customer typed it; empty: nobody
        :raise UserError: when the code does not fit, with the reason
        """
        self.ensure_one()
        code, named_sudo = (code or "").strip(), self.sudo().aftersales_referral_card_id
        if code == (named_sudo.aftersales_referral_code or ""):
            return
        refusal = self._aftersales_friend_refusal(code)
        if refusal:
            raise UserError(refusal)
        # Checked above; whoever may write the order may take the code out again.
        self.sudo().aftersales_referral_card_id = self.env["loyalty.card"]._aftersales_by_referral(code)

    def _aftersales_friend_refusal(self, code):
        """Why a code does not fit the order, as a sentence; False where it does.

        :param str code: as somebody typed it; empty: nobody is named any more
        """
        self.ensure_one()
        if self.state not in ("draft", "sent"):
            return self.env._("%(order)s is confirmed: a code is named before that.", order=self.name)
        return code and self._aftersales_referral_refusal(self.env["loyalty.card"]._aftersales_by_referral(code))

    def _aftersales_referral_refusal(self, card):
        """Why a member cannot have referred the customer of this order, as a sentence; False where it can be."""
        self.ensure_one()
        rules = self.env["aftersales.loyalty.bonus"]._rules(REFERRAL, self.company_id)
        rules = rules.filtered(lambda rule: rule.program_id == card.program_id)
        if not card.active or not card.partner_id or not rules:
            return self.env._("We do not know this code. Please check it with your friend.")
        if self._aftersales_is_same_person(card.partner_id):
            return self.env._("This is the code of the customer's own household. It is for friends.")
        if self._aftersales_ordered_before():
            return self.env._("The code of a friend is for a first order, and there were orders before.")
        today = self.company_id._aftersales_today()
        if all(rule._is_limit_reached(card.partner_id, today) for rule in rules):
            return self.env._("This code has been used as often as it can be.")
        return False

    def _aftersales_is_same_person(self, member):
        """Whether the customer of the order and a member are the same, or live together."""
        order_sudo = self.sudo()  # looks at addresses that the customer does not get to see
        friends = order_sudo.partner_id | order_sudo.partner_id.commercial_partner_id
        friends |= order_sudo.partner_shipping_id | order_sudo.partner_invoice_id
        members = member | member.commercial_partner_id | member.commercial_partner_id.child_ids
        if friends.commercial_partner_id & members.commercial_partner_id:
            return True
        same_mail = set(friends.mapped("email_normalized")) & set(members.mapped("email_normalized")) - {False}
        return bool(same_mail or self._aftersales_homes(friends) & self._aftersales_homes(members))

    def _aftersales_homes(self, people):
        """Where people live, in a form that can be compared; those whose address is not known are left out."""
        return {
            ("".join(filter(str.isalnum, person.street.casefold())), person.zip.replace(" ", ""), person.country_id.id)
            for person in people
            if person.street and person.zip
        }

    def _aftersales_ordered_before(self):
        """Whether the customer, or somebody with the same e-mail address, has a confirmed order already."""
        people = self.sudo().partner_id  # any order counts, whoever may see it
        customer = Domain("partner_id", "child_of", people.commercial_partner_id.id)
        mail = email_normalize(people.email or "")
        if mail:
            customer |= Domain("partner_id.email_normalized", "=", mail)
        domain = customer & Domain("state", "=", "sale") & Domain("id", "!=", self.id)
        return bool(self.sudo().search_count(domain & Domain("company_id", "=", self.company_id.id), limit=1))

    # === What follows === #

    def _aftersales_reward_friends(self):
        """Note what orders earn for the member who referred the customer, and for the customer."""
        for order_sudo in self.sudo().filtered("aftersales_referral_card_id"):  # nobody who sells writes ledgers
            gift = order_sudo._aftersales_referral_gift()
            order_sudo.env["aftersales.loyalty.bonus"]._reward(REFERRAL, [gift])

    def _aftersales_referral_gift(self):
        friend = self.partner_id
        return {
            "key": f"friend:{friend.commercial_partner_id.id}",
            "partner": self.aftersales_referral_card_id.partner_id,
            "friend": friend,
            "company": self.company_id,
            "at": self.date_order,
            "origin": self,
        }

    def _action_confirm(self):
        # What was true when the code was named may not be any more: then the order goes on without it.
        for order_sudo in self.sudo().filtered("aftersales_referral_card_id"):
            if order_sudo._aftersales_referral_gone():
                order_sudo.aftersales_referral_card_id = False
        result = super()._action_confirm()
        self._aftersales_reward_friends()
        return result

    def _aftersales_referral_gone(self):
        """Whether the code that was named does not count any more."""
        card = self.aftersales_referral_card_id
        return not card.active or self._aftersales_is_same_person(card.partner_id) or self._aftersales_ordered_before()

    def _action_cancel(self):
        result = super()._action_cancel()
        cancelled = self.filtered(lambda order: order.state == "cancel")
        # Whoever cancels has no rights on what was given.
        awards_sudo = self.env["aftersales.loyalty.award"].sudo()
        waiting_sudo = awards_sudo.search([("sale_order_id", "in", cancelled.ids), ("state", "=", "pending")])
        waiting_sudo._void(self.env._("The friend's order was cancelled."))
        return result
