from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

NOTICE, REVIEW = "notice", "review"
LIVE_STATES = ("submitted", "approved", "done")


class AftersalesRma(models.Model):
    """What is unusual about a return: raised when it is asked for, looked at by a person."""

    _inherit = "aftersales.rma"

    flag_ids = fields.One2many("aftersales.flag", "rma_id", "Flags", groups="base.group_user")
    is_flagged = fields.Boolean(
        "Look first", compute="_compute_is_flagged", search="_search_is_flagged", groups="base.group_user"
    )

    flag_messages = fields.Text(compute="_compute_flag_messages", groups="base.group_user")

    @api.depends("flag_ids.message")
    def _compute_flag_messages(self):
        for rma in self:
            rma.flag_messages = "\n".join(f"{flag.display_name}: {flag.message}" for flag in rma.flag_ids)

    @api.depends("flag_ids.severity")
    def _compute_is_flagged(self):
        for rma in self:
            rma.is_flagged = REVIEW in rma.flag_ids.mapped("severity")

    @api.depends("flag_ids.message")
    def _compute_decide(self):
        result = super()._compute_decide()
        for rma in self:
            rma.decide_why = "\n".join(filter(None, (rma.flag_messages, rma.decide_why)))
        return result

    def _search_is_flagged(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("flag_ids", "any" if True in value else "not any", [("severity", "=", REVIEW)])]

    # === Hooks === #

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target == "submitted":
            self._raise_flags()
        return result

    def _approves_itself(self):
        # The flags are read for whoever asks, customers included.
        return super()._approves_itself() and not self.sudo().is_flagged

    def _ensure_plainly_eligible(self):
        result = super()._ensure_plainly_eligible()
        if self.is_flagged:
            raise UserError(
                self.env._("%(rma)s is unusual: open it and look. %(why)s", rma=self.name, why=self.flag_messages)
            )
        return result

    def _flag_checks(self):
        """Hook: names of the checks that run when returns of one company are asked for.

        Each is called with these returns in sudo mode and returns values of `aftersales.flag`; it
        asks the database the same number of questions for one return as for many.
        """
        return ["_flag_returns", "_flag_no_goods", "_flag_same_photo"]

    def _raise_flags(self):
        """Look for what is unusual about requests; what was found at an earlier one is replaced."""
        watched = self.filtered(lambda rma: rma.company_id.aftersales_flags)
        # What customers did before is in returns of other agents as well, and nobody writes flags.
        for rmas_sudo in watched.sudo().grouped("company_id").values():
            vals_list = [vals for name in self._flag_checks() for vals in getattr(rmas_sudo, name)()]
            rmas_sudo.flag_ids.unlink()
            rmas_sudo.flag_ids.create(vals_list)

    # === Checks === #

    def _past_domain(self):
        """Lines of live returns of these customers in the last twelve months."""
        company = self.company_id
        return [
            ("company_id", "=", company.id),
            ("rma_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
            ("state", "in", LIVE_STATES),
            ("requested_on", ">=", self._past_start()),
        ]

    def _past_start(self):
        return self.company_id._aftersales_today() - relativedelta(years=1)

    def _flag_returns(self):
        """Customers who bring back much of what they bought, or for much money."""
        company, today = self.company_id, self.company_id._aftersales_today()
        returned, value = {}, {}
        for customer, currency, quantity, paid in self.env["aftersales.rma.line"]._read_group(
            self._past_domain(),
            ["rma_id.commercial_partner_id", "currency_id"],
            ["quantity:sum", "paid_total:sum"],
        ):
            returned[customer] = returned.get(customer, 0.0) + quantity
            paid = currency._convert(paid, company.currency_id, company, today)
            value[customer] = value.get(customer, 0.0) + paid
        delivered = self._delivered_units()
        vals_list = []
        for rma in self:
            customer = rma.commercial_partner_id
            vals_list += rma._rate_flag(returned.get(customer, 0.0), delivered.get(customer, 0.0))
            limit = company.aftersales_flag_value
            if limit and value.get(customer, 0.0) >= limit:
                vals_list.append(rma._prepare_flag_vals("return_value", value=value[customer]))
        return vals_list

    def _delivered_units(self):
        """Units that these customers got in the last twelve months: customer → units."""
        rows = self.env["stock.move"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "done"),
                ("date", ">=", fields.Datetime.to_datetime(self._past_start())),
                ("sale_line_id.order_id.partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("location_dest_id.usage", "=", "customer"),
                ("origin_returned_move_id", "=", False),
            ],
            ["sale_line_id.order_id.partner_id.commercial_partner_id"],
            ["product_qty:sum"],
        )
        return dict(rows)

    def _rate_flag(self, returned, delivered):
        company = self.company_id
        rate = 100 * returned / delivered if delivered else 0.0
        if returned < company.aftersales_flag_units or rate < company.aftersales_flag_rate:
            return []
        return [self._prepare_flag_vals("return_rate", returned=returned, delivered=delivered, rate=rate)]

    def _flag_no_goods(self):
        """Customers who were refunded time and again for what never came back."""
        limit = self.company_id.aftersales_flag_no_goods
        domain = [*self._past_domain(), ("refunded_quantity", ">", 0), ("received_quantity", "=", 0)]
        rows = self.env["aftersales.rma.line"]._read_group(domain, ["rma_id.commercial_partner_id"], ["__count"])
        counts = dict(rows)
        return [
            rma._prepare_flag_vals("no_goods", count=counts[rma.commercial_partner_id])
            for rma in self
            if limit and counts.get(rma.commercial_partner_id, 0) >= limit
        ]

    def _flag_same_photo(self):
        """Photos that an earlier return showed already."""
        photos = self.line_ids.photo_ids
        if not photos:
            return []
        self.env["ir.attachment"].flush_model(["checksum"])
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT mine.rma_id, other.rma_id
                     FROM aftersales_rma_line mine
                     JOIN %(rel)s shown ON shown.aftersales_rma_line_id = mine.id
                     JOIN ir_attachment photo ON photo.id = shown.ir_attachment_id
                     JOIN ir_attachment same ON same.checksum = photo.checksum
                     JOIN %(rel)s seen ON seen.ir_attachment_id = same.id
                     JOIN aftersales_rma_line other ON other.id = seen.aftersales_rma_line_id
                    WHERE mine.rma_id IN %(ids)s AND other.rma_id <> mine.rma_id
                      AND other.company_id = mine.company_id AND other.state <> 'draft'
                    ORDER BY 1, 2""",
                rel=SQL.identifier(self.line_ids._fields["photo_ids"].relation),
                ids=tuple(self.ids),
            )
        )
        seen = {}
        for rma_id, other_id in self.env.cr.fetchall():
            seen[rma_id] = seen.get(rma_id, self.browse()) | self.browse(other_id)
        return [rma._photo_flag(seen[rma.id]) for rma in self if rma.id in seen]

    def _photo_flag(self, seen):
        """A photo of the same customer's that was not granted before is worth knowing, no more."""
        others = seen.filtered(lambda rma: rma.commercial_partner_id != self.commercial_partner_id)
        granted = seen.filtered(lambda rma: rma.state in ("approved", "done"))
        vals = self._prepare_flag_vals("same_photo", others=bool(others), rmas=(others or seen).mapped("name")[:5])
        return {**vals, "severity": REVIEW if others or granted else NOTICE}

    def _prepare_flag_vals(self, code, **facts):
        self.ensure_one()
        return {"rma_id": self.id, "code": code, "severity": REVIEW, "facts": facts}
