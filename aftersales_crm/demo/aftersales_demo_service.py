from odoo import api, fields, models
from odoo.fields import Domain

from .aftersales_demo import QUIET
from .service_story import CASES, FEEDBACK, RULES_SINCE, VISITS


class AftersalesDemo(models.AbstractModel):
    """What the shop did for its customers besides taking goods back: cases, visits, promises, feedback."""

    _inherit = "aftersales.demo"

    @api.model
    def _build_service(self):
        """Play the story of the service, once per database, after that of the orders."""
        if self.env["aftersales.case"].search_count([], limit=1):
            return
        demo = self.with_context(**QUIET)
        demo._promise_by_rule()
        for *facts, steps in CASES:
            case = demo._open_case(*facts)
            for step, day, *arguments in steps:
                getattr(demo, f"_step_{step}")(case, day, *arguments)
        for visit in VISITS:
            demo._visit(*visit)
        for order, day, answer in FEEDBACK:
            demo._step_feedback(demo._order_of(order), day, answer)
        self.env["aftersales.profile"]._refresh()

    def _promise_by_rule(self):
        team = self.env["aftersales.team"]._default_team(self.env.company)
        team.leader_id = self._user("manager")
        team.member_ids = self._user("agent") | self._user("manager")
        rules = self.env["aftersales.commitment.rule"].search(Domain("document", "=", "aftersales.case"))
        rules.since = self._moment(RULES_SINCE).date()

    def _order_of(self, name):
        return self.env["sale.order"].search([("name", "=", name)])

    def _customer(self, name):
        return self.env.ref(f"aftersales_crm.partner_{name}")

    def _prepare_case_vals(self, subject, customer, order, product, day):
        moment = self._moment(day, 8)
        order = self._order_of(order)
        product = self._product(product)
        moves = order.order_line._aftersales_deliveries().filtered(lambda move: move.product_id == product)
        return {
            "subject": subject,
            "partner_id": self._customer(customer).id,
            "sale_order_id": order.id,
            "product_id": product.id,
            "lot_id": moves.lot_ids[:1].id,
            "opened_at": moment,
            "asked_on": moment.date(),
            "user_id": False,
        }

    def _open_case(self, subject, kind, customer, order, product, channel, priority, day, words):
        vals = self._prepare_case_vals(subject, customer, order, product, day)
        vals.update(
            type=kind, channel=channel, priority=priority, description=words, last_customer_at=vals["opened_at"]
        )
        return self.env["aftersales.case"].with_context(ir_sequence_date=vals["asked_on"])._open([vals])

    def _visit(self, subject, customer, order, product, day, outcome, note):
        """A visit of the story's technician, in the past or to come."""
        vals = self._prepare_case_vals(subject, customer, order, product, max(day, 1))
        start = self._moment(day, 9)
        vals.update(
            type="visit",
            visit_kind="installation" if subject == "Installation" else "home_repair",
            channel="system",
            visit_from=start,
            visit_to=fields.Datetime.add(start, hours=2),
            technician_id=self._user("technician").id,
        )
        visit = self.env["aftersales.case"]._open([vals])
        if outcome:
            visit.write({"visit_outcome": outcome, "visit_note": note})
            visit.action_visit_done()
            done = self._moment(day, 10)
            visit._write_guarded({"visit_started_at": start, "visit_done_at": done, "solved_at": done})

    # === Steps === #

    def _say(self, case, author, day, hour, words):
        """A message of the story: nobody is written to."""
        self.env["mail.message"].create(
            {
                "model": case._name,
                "res_id": case.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "author_id": author.id,
                "date": self._moment(day, hour),
                "body": words,
            }
        )

    def _step_take(self, case, day):
        case.user_id = self._user("agent")
        case._transition("in_progress")

    def _step_answer(self, case, day, hour, words):
        agent = self._user("agent")
        self._say(case, agent.partner_id, day, hour, words)
        case._we_answered(at=self._moment(day, hour), user=agent)

    def _step_hear(self, case, day, hour, words):
        self._say(case, case.partner_id, day, hour, words)
        case._customer_spoke(at=self._moment(day, hour))

    def _step_wait(self, case, day):
        case._transition("waiting_customer", {"paused_since": self._moment(day, 16)})

    def _step_solve(self, case, day, words):
        case.solution = words
        case._transition("solved", {"solved_at": self._moment(day, 11)})
        case._transition("closed", {"closed_at": self._moment(max(day - 7, 0), 11)})

    def _step_promise(self, case, day, words):
        self.env["aftersales.commitment"].with_user(self._user("agent"))._promise(
            case, "other", on=self._moment(day, 17), note=words
        )

    def _step_visit(self, case, day, kind):
        """A visit that somebody has to plan yet."""
        case._open([case._prepare_visit_vals(kind)])

    def _step_feedback(self, document, day, answer):
        feedback = self.env["aftersales.feedback"]._ask(document, notify=False)
        feedback._answer(answer)
        feedback.write({"asked_at": self._moment(day + 1), "answered_at": self._moment(day)})
