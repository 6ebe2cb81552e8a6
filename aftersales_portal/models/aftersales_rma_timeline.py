from datetime import timedelta

from odoo import models
from odoo.tools import format_amount, format_date


class AftersalesRma(models.Model):
    """The story of a return as its customer reads it, and the money with its day."""

    _inherit = "aftersales.rma"

    # === Story === #

    def _portal_timeline(self):
        """What happened and what is to come, oldest first.

        :return: list of dicts with ``label``, ``date`` (date, or False), ``detail`` (text) and
            ``state`` (``done``, ``next`` or ``later``)
        """
        self.ensure_one()
        steps = [self._portal_step(self.env._("You asked for it"), self.requested_on)]
        steps += self._portal_decision_steps()
        if self.state in ("submitted", "approved", "done"):
            steps += self._portal_goods_steps() + self._portal_remedy_steps()
        if self.closed_short:
            steps.append(self._portal_step(self.env._("Closed: the rest never came"), done=True))
        # Money may be there before the goods, and half of the goods before the rest.
        steps.sort(key=lambda step: step["state"] == "later")
        upcoming = [step for step in steps if step["state"] == "later"]
        if upcoming and self.state != "draft":
            upcoming[0]["state"] = "next"
        return steps

    def _portal_step(self, label, moment=False, detail="", done=None):
        if hasattr(moment, "hour"):
            moment = self.company_id._aftersales_date(moment)
        done = bool(moment) if done is None else done
        return {"label": label, "date": moment, "detail": detail, "state": "done" if done else "later"}

    def _portal_decision_steps(self):
        if self.state == "cancelled":
            label = self.env._("Closed: nothing was sent") if self.expired else self.env._("Cancelled")
            return [self._portal_step(label, done=True)]
        steps = []
        if self.reject_reason and self.state in ("submitted", "rejected"):
            # A refusal that stands is shown above the story, with its reason.
            reason = self.reject_reason if self.state == "submitted" else ""
            steps.append(self._portal_step(self.env._("We refused it"), self.decided_at, reason))
        if self.state in ("draft", "submitted"):
            steps.append(self._portal_step(self.env._("Our decision"), detail=self._portal_answer_words()))
        elif self.state in ("approved", "done"):
            steps.append(self._portal_step(self.env._("We approved it"), self.decided_at))
        return steps

    def _portal_answer_words(self):
        """By when the customer hears from us, where the law says so."""
        if not self.answer_due_on:
            return ""
        day = format_date(self.env, self.answer_due_on)
        if self.answer_due_on < self.company_id._aftersales_today():
            return self.env._("We should have answered by %(day)s. We are sorry.", day=day)
        return self.env._("We answer by %(day)s.", day=day)

    def _portal_goods_steps(self):
        moves = self.line_ids.receipt_move_ids.filtered(lambda move: move.state == "done")
        if self.reception_status == "not_required" or (self.closed_short and not moves):
            return []
        steps = []
        if self.sent_at or not moves:
            label = self.env._("You sent it") if self.sent_at else self.env._("You send it to us")
            steps.append(self._portal_step(label, self.sent_at, self._portal_parcel()))
        if self.reception_status == "partial":
            steps.append(self._portal_step(self.env._("A part arrived"), max(moves.mapped("date"), default=False)))
        if self.reception_status == "received":
            steps.append(self._portal_step(self.env._("It arrived"), max(moves.mapped("date"), default=False)))
        else:
            steps.append(self._portal_step(self.env._("It arrives")))
        return steps + self._portal_inspection_steps()

    def _portal_inspection_steps(self):
        looked_at = self.line_ids.inspection_ids
        if self.is_to_inspect:
            return [self._portal_step(self.env._("We look at it"))]
        if not looked_at:
            return []
        return [self._portal_step(self.env._("We looked at it"), max(looked_at.mapped("inspected_at")))]

    def _portal_remedy_steps(self):
        remedies = self.remedy_ids.filtered(lambda remedy: remedy.state != "cancelled")
        if not remedies:
            planned = [line._remedy_type() for line in self.line_ids]
            steps = [self._portal_step(remedy_type.name) for remedy_type in dict.fromkeys(planned)]
            return steps + self._portal_paid_steps(any(remedy_type.code == "refund" for remedy_type in planned))
        steps = []
        for remedy_type, group in remedies.grouped("type_id").items():
            done = all(remedy.state == "done" for remedy in group)
            amount = sum(group.mapped("amount"))
            steps.append(
                self._portal_step(
                    remedy_type.name,
                    done and max(group.mapped("done_at")),
                    format_amount(self.env, amount, self.currency_id) if amount else "",
                )
            )
        expected = any(remedy.code in ("refund", "keep") and remedy.state != "done" for remedy in remedies)
        return steps + self._portal_paid_steps(self.payout_status != "not_due" or expected)

    def _portal_paid_steps(self, expected):
        if not expected or not self._gets_the_money() or self._gave_no_money():
            return []
        paid = self.payout_status == "paid"
        by = not paid and self.env._(
            "by %(day)s", day=format_date(self.env, self.refund_by or self._portal_refund_day())
        )
        return [self._portal_step(self.env._("Paid"), self.paid_at, by, done=paid)]

    # === Money === #

    def _portal_expected_refund(self):
        """What the customer can expect to get back for what was not refused, fees deducted."""
        self.ensure_one()
        total = 0.0
        for line in self.line_ids:
            remedies = line.remedy_ids.filtered(lambda remedy: remedy.state != "cancelled")
            if (remedies.type_id or line._remedy_type())[:1].code == "refund":
                units = line.quantity - line.short_quantity - line.rejected_quantity
                total += (line.paid_total - line.fee) * units / line.quantity
            total += sum(remedies.mapped("agreed_amount"))
        return self.currency_id.round(total)

    def _portal_headline(self):
        """What the customer gets back and when, in one sentence.

        :return: ``(sentence, Bootstrap colour)``, or None where no money is to come
        """
        self.ensure_one()
        if not self._gets_the_money() or self.state not in ("submitted", "approved", "done"):
            return None
        if self._gave_no_money():
            given = [remedy._portal_given() for remedy in self.remedy_ids if remedy.state == "done"]
            words = " ".join(dict.fromkeys(filter(None, given)))
            return (words, "success") if words else None
        if self.payout_status == "paid":
            return self._portal_headline_paid(), "success"
        amount = self.refunded_total or self._portal_expected_refund()
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            return None
        if self._is_unpaid(amount):
            return self._portal_headline_unpaid(amount), "info"
        by = self.refund_by or self._portal_refund_day()
        words = {"amount": format_amount(self.env, amount, self.currency_id), "day": format_date(self.env, by)}
        if self.state == "submitted":
            return self.env._("You get %(amount)s by %(day)s, if we approve it.", **words), "info"
        if by >= self.company_id._aftersales_today():
            return self.env._("You get %(amount)s by %(day)s.", **words), "info"
        if self._awaits_goods() and not self.sent_at:
            return self.env._("You get %(amount)s as soon as you have sent it back.", **words), "info"
        return self.env._("You should have had %(amount)s by %(day)s. We are sorry.", **words), "danger"

    def _is_unpaid(self, amount):
        """Whether the customer still owes so much for these goods: then nothing is paid back.

        :param float amount: in the currency of the return
        """
        invoices = self.line_ids.sale_line_id.invoice_lines.move_id.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        owed = sum(invoices.filtered(lambda move: move.currency_id == self.currency_id).mapped("amount_residual"))
        return self.currency_id.compare_amounts(owed, amount) >= 0

    def _portal_headline_unpaid(self, amount):
        words = {"amount": format_amount(self.env, amount, self.currency_id)}
        if self.state == "submitted":
            return self.env._("%(amount)s comes off your unpaid invoice, if we approve it.", **words)
        return self.env._("%(amount)s comes off your unpaid invoice.", **words)

    def _portal_headline_paid(self):
        words = {"amount": format_amount(self.env, self.refunded_total, self.currency_id)}
        if not self.paid_at:
            return self.env._("You got %(amount)s back.", **words)
        return self.env._("We paid you %(amount)s on %(day)s.", day=format_date(self.env, self.paid_at), **words)

    def _portal_refund_day(self):
        """The day by which the money would be there, as long as nothing was decided."""
        return self.requested_on + timedelta(days=self._refund_days(self.line_ids))
