from odoo import fields, models
from odoo.exceptions import UserError


class AftersalesCase(models.Model):
    """Several cases about the same matter become one."""

    _inherit = "aftersales.case"

    merged_into_id = fields.Many2one(
        "aftersales.case",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
    )

    def _refused_fields(self):
        return super()._refused_fields() | {"merged_into_id"}

    def action_open_merge(self):
        """Ask which of the selected cases stays."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge"),
            "res_model": "aftersales.case.merge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # === Business === #

    def _merge_into(self, target, confirmed=False):
        """Move what belongs to these cases to another one, and close them.

        Repeated for a case that was merged before, it does nothing.

        :param target: `aftersales.case` that stays
        :param bool confirmed: a manager has confirmed that the cases are of different customers
        :raise UserError: when the cases are not of one company and one customer, or ``target`` was merged itself
        """
        cases = (self - target).filtered(lambda case: not case.merged_into_id)
        (cases | target).check_access("write")
        cases._ensure_can_merge(target, confirmed)
        for case in cases:
            # What belongs to the cases moves whoever may see which part of it.
            case.sudo()._move_to(target.sudo())
        links = cases.browse(cases.ids)
        for case in links:
            case._write_guarded({"merged_into_id": target.id})
            case._message_log(body=self.env._("Merged into %(case)s.", case=target._get_html_link()))
        links.filtered("is_open")._transition("cancelled")
        if cases:
            names = [case._get_html_link() for case in cases]
            target._message_log(body=self.env._("Merged: %(cases)s.", cases=self._join_links(names)))

    def _join_links(self, links):
        return links[0][:0].join([link if not index else ", " + link for index, link in enumerate(links)])

    def _ensure_can_merge(self, target, confirmed):
        if target.merged_into_id:
            names = {"case": target.name, "other": target.merged_into_id.sudo().name}
            raise UserError(self.env._("%(case)s was merged into %(other)s: merge into that one.", **names))
        if len((self | target).company_id) > 1:
            raise UserError(self.env._("Cases of different companies stay apart."))
        for case in (self - target).filtered(lambda case: case._is_expected_visit()):
            raise UserError(
                self.env._(
                    "%(case)s is a visit that the customer expects: let it stay, or call it off first.", case=case.name
                )
            )
        customers = (self | target).commercial_partner_id
        if len(customers) > 1 and not (confirmed and self.env["aftersales.rma"]._is_manager()):
            raise UserError(
                self.env._(
                    "These cases are of different customers (%(customers)s): they would read each other's messages. "
                    "A manager has to confirm it.",
                    customers=", ".join(customers.mapped("name")),
                )
            )

    def _is_expected_visit(self):
        """Whether somebody is to come: a window was promised, or an order or service plan promises the visit."""
        self.ensure_one()
        promised = self.visit_from or self.sudo().visit_sale_line_id or self.visit_plan_date
        return self.type == "visit" and self.is_open and bool(promised)

    def _move_to(self, target):
        """Hook: move everything that belongs to one case to another (both with the rights of the system)."""
        self.ensure_one()
        # Notes and mails keep their kind, unlike with `message_change_thread`.
        messages = self.env["mail.message"].search([("model", "=", self._name), ("res_id", "=", self.id)])
        messages.write({"res_id": target.id})
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "=", False)]
        )
        attachments.write({"res_id": target.id})
        activities = self.env["mail.activity"].with_context(active_test=False)  # calls that were made, too
        activities.search([("res_model", "=", self._name), ("res_id", "=", self.id)]).write({"res_id": target.id})
        target.message_subscribe(self.message_partner_ids.ids)
        self.rma_ids.case_id = target
        self.repair_ids.aftersales_case_id = target
        (self.child_ids - target).parent_id = target
        (self.visit_ids - target)._write_guarded({"origin_case_id": target.id})
        # What was given counts towards the limit of the case that stays.
        self.goodwill_ids._write_guarded({"case_id": target.id})
        self._move_feedback(target)
        self._move_promises(target)
        target.write(self._missing_facts(target))

    def _move_feedback(self, target):
        """What the customer thinks moves, unless they were asked about the other case on the same occasion."""
        answers = self.env["aftersales.feedback"].search([("case_id", "in", (self | target).ids)])
        known = set(answers.filtered(lambda one: one.case_id == target).mapped("occasion"))
        answers.filtered(lambda one: one.case_id == self and one.occasion not in known).write({"case_id": target.id})
        answers.search([("complaint_id", "=", self.id)]).write({"complaint_id": target.id})

    def _move_promises(self, target):
        """What is owed moves; of two promises of a kind the earlier one counts."""
        there = {promise.kind: promise for promise in target.commitment_ids if promise.kind != "other"}
        for promise in self.commitment_ids.filtered(lambda one: not one.closing):
            same = there.get(promise.kind)
            if not same:
                promise._with_system().case_id = target
            elif not same.closing and promise.promised_on < same.promised_on:
                first = min(promise.first_promised_on, same.first_promised_on)
                same._with_system().write({"promised_on": promise.promised_on, "first_promised_on": first})
        self.env["aftersales.commitment"]._cancel(self)

    def _missing_facts(self, target):
        """What this case knows and the other does not (values)."""
        names = ("partner_id", "sale_order_id", "product_id", "lot_id", "warranty_id")
        return {name: self[name].id for name in names if self[name] and not target[name]}
