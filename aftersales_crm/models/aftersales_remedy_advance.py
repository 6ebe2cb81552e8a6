from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Days for the goods to come, where the policy allows the advance and does not say.
ADVANCE_DAYS = 14


class AftersalesRemedy(models.Model):
    """Advance replacement: shipped at approval, the goods follow until a deadline."""

    _inherit = "aftersales.remedy"

    advance_until = fields.Date("Goods due", readonly=True, copy=False, help="Last day for the goods to come back.")
    advance_flagged = fields.Boolean(readonly=True, copy=False)

    _advance_due = models.Index("(advance_until) WHERE advance_until IS NOT NULL AND advance_flagged IS NOT TRUE")

    def _timing(self):
        return "approval" if self._may_advance() else super()._timing()

    def _may_advance(self):
        """Whether the policy of the order sends the replacement before the goods are back."""
        self.ensure_one()
        terms = self.rma_line_id.sale_line_id.aftersales_policy_terms or {}
        return self.code == "replacement" and bool(terms.get("advance_replacement"))

    def _set_deadline(self):
        """Note until when the goods of replacements that go ahead of them have to be here."""
        for remedy in self:
            line = remedy.rma_line_id
            if remedy._may_advance() and line._is_awaited():
                days = (line.sale_line_id.aftersales_policy_terms or {}).get("advance_days") or ADVANCE_DAYS
                until = remedy.company_id._aftersales_today() + timedelta(days=days)
                remedy._write_guarded({"advance_until": until, "advance_flagged": False})

    @api.model
    def _cron_flag_missing(self):
        """Ask a manager about replaced goods that have not come by their day, once each."""
        due = self.search(
            [
                ("advance_until", "<=", fields.Date.today()),  # no company's day is later than the next one
                ("advance_flagged", "=", False),
                ("state", "in", ("pending", "done")),
                ("rma_id.state", "=", "approved"),
            ]
        ).filtered(lambda remedy: remedy.advance_until < remedy.company_id._aftersales_today())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for remedy in due:
            locked = remedy.try_lock_for_update(allow_referencing=True)
            if locked and locked.rma_line_id._is_awaited():
                locked.rma_id._ask_for_missing(locked)
            locked._write_guarded({"advance_flagged": True})
            if not self.env["ir.cron"]._commit_progress(1):
                break


class AftersalesRmaLine(models.Model):
    _inherit = "aftersales.rma.line"

    charged_quantity = fields.Float(
        "Invoiced, never came",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Replaced units that the customer kept and was invoiced for.",
    )

    def _is_awaited(self):
        """Whether goods of the line have still to come."""
        self.ensure_one()
        return self.uom_id.compare(self._expected_quantity(), self.received_quantity) > 0

    def _missing_quantity(self):
        """Units that were replaced and have not come back, in the product's unit."""
        self.ensure_one()
        replaced = self.remedy_ids.filtered(lambda remedy: remedy.code == "replacement" and remedy.state == "done")
        missing = min(self._expected_quantity() - self.received_quantity, sum(replaced.mapped("quantity")))
        return max(self.uom_id.round(missing), 0.0)

    def _charge(self, missing):
        """Invoice replaced units that never came, at the price they were sold for.

        :param dict missing: ``{line: units}``, in the product's unit
        :return: the posted invoices
        """
        invoices = self.env["account.move"]
        for order, lines in self.grouped("sale_order_id").items():
            vals = order._prepare_invoice()
            for line in lines:
                sale_line = line.sale_line_id
                units = line.uom_id._compute_quantity(missing[line], sale_line.product_uom_id)
                # Twice as many are with the customer now: the order says so too.
                sale_line.product_uom_qty += units
                vals["invoice_line_ids"].append(Command.create(sale_line._prepare_invoice_line(quantity=units)))
                line._write_guarded({"charged_quantity": line.charged_quantity + missing[line]})
            invoices |= self.env["account.move"].create(vals)
        invoices.action_post()
        self._sync_claims()
        return invoices


class AftersalesRma(models.Model):
    _inherit = "aftersales.rma"

    can_charge_missing = fields.Boolean(compute="_compute_can_charge_missing")

    @api.depends("state", "line_ids.received_quantity", "remedy_ids.state")
    def _compute_can_charge_missing(self):
        for rma in self:
            rma.can_charge_missing = rma.state == "approved" and any(line._missing_quantity() for line in rma.line_ids)

    def action_charge_missing(self):
        """The replaced goods never came: invoice them and wait no longer.

        :raise AccessError: for who is no manager
        :raise UserError: when nothing is missing, or Odoo refuses the invoice
        """
        self.check_access("write")
        self._ensure_manager(self.env._("Only a manager invoices goods that never came."))
        self._ensure_state("approved", self.env._("invoice what never came"))
        # A manager decides this without any right on orders and invoices.
        for rma_sudo in self.sudo():
            rma_sudo._charge_missing()
        return True

    def _charge_missing(self):
        """Invoice what was replaced and never came, and wait for it no longer."""
        self.ensure_one()
        missing = {line: line._missing_quantity() for line in self.line_ids if line._missing_quantity()}
        if not missing:
            raise UserError(self.env._("Every replaced unit of %(rma)s has come back.", rma=self.name))
        # The warehouse stops waiting first: what it awaits would count as still to be delivered.
        self._close_short()
        invoices = self.env["aftersales.rma.line"].concat(*missing)._charge(missing)
        names = ", ".join(invoices.mapped("name"))
        self.message_post(
            body=self.env._("Invoiced, because the goods never came: %(invoices)s.", invoices=names),
            author_id=self.env.user.partner_id.id,
        )

    def _ask_for_missing(self, remedy):
        """A manager decides about replaced goods that have not come by their day."""
        self.ensure_one()
        manager = self.env.ref("aftersales_crm.aftersales_crm_group_manager").all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
        responsible = self.user_id if self.user_id in manager else manager[:1]
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Replaced goods have not come back"),
            note=self.env._(
                "%(product)s was due by %(day)s: invoice it or close the return short.",
                product=remedy.product_id.display_name,
                day=fields.Date.to_string(remedy.advance_until),
            ),
            user_id=responsible.id or self.env.uid,
        )
