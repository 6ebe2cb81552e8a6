from odoo import api, fields, models
from odoo.exceptions import UserError

from .aftersales_eligibility import STATUTORY
from .aftersales_remedy import OPEN_STATES

CHOICE = ("choice_by", "choice_at", "choice_note")


class AftersalesRemedyType(models.Model):
    """Remedies that stand in for money: only the customer chooses them where the law gives money back."""

    _inherit = "aftersales.remedy.type"
    # Money is offered first.
    _order = "instead_of_money, sequence, id"

    instead_of_money = fields.Boolean(
        help="Where the law gives money back, it takes the customer's recorded choice.",
    )

    def _portal_words(self, sale_line, money):
        """Hook: what a customer gets who chooses it, as a sentence; False where the name says it all.

        :param sale_line: `sale.order.line` that is returned
        :param float money: what would be paid back instead, in the currency of the order
        """
        self.ensure_one()
        return False


class AftersalesRemedy(models.Model):
    """What a customer chose instead of the money that the law gives them (Directive 2011/83/EU, Article 13)."""

    _inherit = "aftersales.remedy"

    choice_note = fields.Char(
        "How the customer chose", readonly=True, groups="base.group_user", help="What they said, and where."
    )

    # === CRUD === #

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | {"choice_note"}

    def write(self, vals):
        chosen = self.filtered(
            lambda remedy: (
                remedy.rma_line_id and remedy.choice_at and remedy.type_id.id != vals.get("type_id", remedy.type_id.id)
            )
        )
        result = super().write(vals)
        # What the customer chose was something else.
        if chosen:
            chosen._write_guarded(dict.fromkeys(CHOICE, False))
        return result

    # === Actions === #

    def action_note_choice(self, note):
        """Note that the customer wants this instead of the money that they could have.

        :param str note: how they said so, e.g. “by telephone on Monday”
        :raise UserError: without a note, for another remedy, or once it has begun
        """
        self.check_access("write")
        for remedy in self:
            remedy._note_choice(note)
        return True

    # === Business === #

    def _is_for_customer_to_choose(self, remedy_type):
        """Whether the law gives money back here, which a remedy type stands in for."""
        self.ensure_one()
        return remedy_type.instead_of_money and self.rma_line_id.basis in STATUTORY

    def _ensure_choice(self, remedy_type, note):
        """Nobody plans for the customer what stands in for the money that the law gives them.

        :param str note: how the customer chose it
        :raise UserError: without a note, where one is needed
        """
        if self._is_for_customer_to_choose(remedy_type) and not (isinstance(note, str) and note.strip()):
            raise UserError(
                self.env._(
                    "The law gives the customer money back here: say how they chose “%(remedy)s” instead.",
                    remedy=remedy_type.name,
                )
            )

    def _portal_given(self):
        """Hook: what the customer got instead of money, as a sentence; False where there is nothing to say."""
        return False

    def _note_choice(self, note):
        self.ensure_one()
        if not (isinstance(note, str) and note.strip()):
            raise UserError(self.env._("Say how the customer chose “%(remedy)s”.", remedy=self.type_id.name))
        if not self.type_id.instead_of_money or not self.rma_line_id or self.state not in OPEN_STATES:
            raise UserError(self.env._("%(remedy)s leaves the customer nothing to choose.", remedy=self.display_name))
        self._write_guarded(
            {"choice_by": self.env.uid, "choice_at": fields.Datetime.now(), "choice_note": note.strip()}
        )
        self.rma_id.message_post(
            body=self.env._(
                "The customer chose “%(remedy)s” instead of money for %(product)s: %(note)s",
                remedy=self.type_id.name,
                product=self.product_id.display_name,
                note=note.strip(),
            )
        )

    def _change(self, remedy_type, quantity=None, terms=None):
        remedy = super()._change(remedy_type, quantity, terms)
        note = (terms or {}).get("choice_note")
        if note:
            remedy._note_choice(note)
        return remedy

    def _carry_out(self):
        waiting = self.filtered(lambda remedy: remedy._is_for_customer_to_choose(remedy.type_id))
        waiting = waiting.filtered(lambda remedy: not remedy.choice_at)
        if waiting:
            return self.env._(
                "%(remedy)s: the law gives the customer money back. Note first that they chose this instead.",
                remedy=waiting[0].display_name,
            )
        return super()._carry_out()


class AftersalesRmaLine(models.Model):
    """What the customer chose when they asked."""

    _inherit = "aftersales.rma.line"

    choice_by = fields.Many2one("res.users", readonly=True, copy=False, groups="base.group_user")
    choice_at = fields.Datetime(readonly=True, copy=False, groups="base.group_user")
    choice_note = fields.Char(readonly=True, copy=False, groups="base.group_user")

    @api.model
    def _refused_fields(self):
        return super()._refused_fields() | set(CHOICE)

    def write(self, vals):
        asked = vals.get("requested_remedy_id")
        if "requested_remedy_id" in vals and "choice_at" not in vals:
            chosen = self.filtered(lambda line: line.choice_at and line.requested_remedy_id.id != asked)
            if chosen:
                chosen._write_guarded(dict.fromkeys(CHOICE, False))
        return super().write(vals)

    def _prepare_remedy_vals(self):
        vals = super()._prepare_remedy_vals()
        if self.choice_at and vals["type_id"] == self.requested_remedy_id.id:
            vals.update(choice_by=self.choice_by.id, choice_at=self.choice_at, choice_note=self.choice_note)
        return vals

    def _prepare_choice_vals(self, note=False):
        """Hook: what is kept of the choice that the visitor makes now, or that staff notes for them.

        :param str note: how the customer told staff
        """
        return {"choice_by": self.env.uid, "choice_at": fields.Datetime.now(), "choice_note": note}


class AftersalesRma(models.Model):
    """Requests that name what the customer chose instead of money."""

    _inherit = "aftersales.rma"

    @api.model
    def _request(self, partner, items, vals=None, submit=True):
        """See the base; an item's ``chosen`` is True where the customer named the remedy, or a note of staff how."""
        chosen = [item for item in items if item.get("chosen") and item["remedy"].instead_of_money]
        if not chosen:
            return super()._request(partner, items, vals, submit)
        rma = super()._request(partner, items, vals, submit=False)
        for item in chosen:
            lines = rma.line_ids.filtered(
                lambda line, item=item: (
                    line.sale_line_id == (item.get("sale_line") or line.sale_line_id.browse())
                    and line.requested_remedy_id == item["remedy"]
                )
            )
            note = item["chosen"] if isinstance(item["chosen"], str) else False
            lines._write_guarded(lines._prepare_choice_vals(note))
        if submit:
            rma.action_submit()
        return rma

    def _gave_no_money(self):
        """Whether all that was given back is something else than money, as the customer chose."""
        self.ensure_one()
        given = self.remedy_ids.filtered(lambda remedy: remedy.state == "done" and remedy.amount)
        return bool(given) and all(remedy.type_id.instead_of_money for remedy in given)
