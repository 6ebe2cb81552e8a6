import logging

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 20
# The best for the customer first: of several products, the statement carries the best verdict.
BEST_FIRST = ("in_time", "review", "late", "no_right")


class AftersalesWithdrawal(models.Model):
    """What becomes of a statement: its order, the verdict of the law, its return."""

    _inherit = "aftersales.withdrawal"

    @api.model
    def _process_now(self, statement_id):
        """Carry a recorded statement out at once, in a transaction of its own; else the job does it."""
        try:
            with self.env.registry.cursor() as cr:
                # Statements are the system's; what follows carries the visitor's name.
                statement_sudo = self.with_env(self.env(cr=cr)).sudo().browse(statement_id)
                if statement_sudo.try_lock_for_update():
                    statement_sudo._process()
        except OperationalError:
            _logger.info("Withdrawal %s is left to the job: somebody else works on its order", statement_id)

    @api.model
    def _cron_process(self, limit=100):
        """Carry out and confirm what waits; one that fails stops no other."""
        statements = self.search(self._waiting_domain(), order="attempts, id", limit=limit)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(statements))
        for statement in statements:
            if statement.try_lock_for_update():
                statement._process()
                statement._acknowledge_once()
                statement._follow_mail()
            if not cron._commit_progress(1):
                break

    @api.model
    def _waiting_domain(self):
        return Domain("attempts", "<", MAX_ATTEMPTS) & (
            Domain("state", "=", "received")
            | Domain("acknowledged_at", "=", False)
            | Domain("mail_id.state", "=", "exception")
            | (Domain("acknowledge_error", "!=", False) & Domain("mail_id.state", "=", "sent"))
        )

    def _process(self):
        """Find the order, judge, open the return; what fails keeps its error and is tried again."""
        for statement in self.filtered(lambda statement: statement.state == "received"):
            try:
                with self.env.cr.savepoint():
                    statement._find_out()
                with self.env.cr.savepoint():
                    statement._carry_out()
            except OperationalError:
                raise  # somebody else works on the order: the job runs again
            except UserError as error:
                statement._leave_to_people("to_decide", str(error))
            except Exception as error:  # the statement outlives whatever breaks behind it
                _logger.exception("Withdrawal %s cannot be carried out", statement.name)
                statement._note_failure(error)

    def _find_out(self):
        """Find the order and judge what is withdrawn from."""
        self.ensure_one()
        order = self.sale_order_id or self._find_order()
        if order:
            self._take_order(order)
            self._judge()

    def _carry_out(self):
        """Open the returns of what the law allows; the rest is for people."""
        self.ensure_one()
        if not self.sale_order_id:
            self._leave_to_people("to_match")
            return
        rights = self.line_ids.filtered(lambda line: line.verdict in ("in_time", "review"))
        if not rights:
            self._leave_to_people("to_decide", not self.line_ids and self._nothing_left_message())
            return
        for lines in rights.grouped("verdict").values():
            self._open_returns(lines)
        self._transition("accepted", {"error": False})
        if self.line_ids - rights:
            self._ask_a_person("part")

    def _note_failure(self, error):
        if not self.attempts:
            self._ask_a_person("failed", str(error))
        self._write_guarded({"error": str(error), "attempts": self.attempts + 1})

    def _leave_to_people(self, state, error=False):
        self._transition(state, {"error": error})
        self._ask_a_person(state, error)

    def _after_transition(self, target):
        result = super()._after_transition(target)
        if target in ("received", "accepted", "closed"):
            self.activity_unlink(["mail.mail_activity_data_todo"])
        return result

    # === Which order === #

    def _find_order(self):
        """The one confirmed order whose number and e-mail fit what was stated; empty when there is none."""
        self.ensure_one()
        return self.env["sale.order"]._aftersales_find(self.contract, self.email)

    def _take_order(self, order):
        """Tie the statement to its order; without products named, it is about all that is left of it."""
        self._write_guarded(
            {
                "sale_order_id": order.id,
                "partner_id": self.partner_id.id or order.partner_id.id,
                "company_id": order.company_id.id,
            }
        )
        if not self.line_ids and self.whole_order:
            entries = order.order_line._aftersales_returnables()
            commands = [
                Command.create(self._prepare_line_vals(entry, entry["returnable"]))
                for entry in entries
                if entry["returnable"] > 0
            ]
            self._write_guarded({"line_ids": commands})

    @api.model
    def _prepare_line_vals(self, entry, quantity):
        """Values of a withdrawn product.

        :param dict entry: as `sale.order.line._aftersales_returnables` gives it
        :param float quantity: in the product's unit
        """
        return {
            "sale_line_id": entry["sale_line"].id,
            "product_id": entry["product"].id,
            "product_name": entry["product"].with_context(display_default_code=False).display_name,
            "quantity": quantity,
            "undelivered": entry["undelivered"],
        }

    def _match(self, order, parts=()):
        """Staff say which order is meant; the rest goes its way.

        :param order: `sale.order`, confirmed
        :param list parts: values of the withdrawn products, where the statement names them in words
        :raise UserError: when the order is none to withdraw from
        """
        self.ensure_one()
        if order.state != "sale":
            raise UserError(self.env._("%(order)s is not confirmed: there is no contract.", order=order.name))
        vals = {"sale_order_id": order.id, "partner_id": order.partner_id.id, "attempts": 0, "error": False}
        if not self.whole_order:
            vals["line_ids"] = [Command.clear(), *(Command.create(line) for line in parts)]
        self._transition("received", vals)
        self._process()
        self._try_acknowledge()  # who was told that the order is looked up now hears what follows

    # === The law === #

    def _judge(self):
        """Note what the law says of each product on the day of the statement."""
        self.ensure_one()
        for line, result in self._verdicts(self.line_ids):
            line._write_guarded(line._prepare_verdict_vals(result))
        verdicts = self.line_ids.mapped("verdict")
        best = next((verdict for verdict in BEST_FIRST if verdict in verdicts), False)
        untils = self.line_ids.filtered(lambda line: line.verdict == best and line.until).mapped("until")
        self._write_guarded({"timeliness": best, "until": max(untils, default=False)})

    def _verdicts(self, lines):
        """What eligibility says of products on the day of the statement: pairs of line and verdict."""
        if not lines:
            return []
        units = [line._eligibility_unit() for line in lines]
        results = self.env["aftersales.eligibility"]._evaluate(units, self._submitted_on())
        return list(zip(lines, results, strict=True))

    # === The return === #

    def _open_returns(self, lines):
        """Open the return of some products, approved where the law leaves nothing to decide.

        :raise UserError: when nothing is named, or the products are part of another return
        """
        self.ensure_one()
        if not lines:
            raise UserError(self._nothing_left_message())
        partner = self.partner_id
        if partner.commercial_partner_id != self.sale_order_id.partner_id.commercial_partner_id:
            partner = self.sale_order_id.partner_id
        rma = self.env["aftersales.rma"]._request(
            partner,
            [line._prepare_item() for line in lines],
            {"requested_on": self._submitted_on(), "withdrawal_id": self.id, "note": self.parts},
        )
        if (
            rma.state == "submitted"
            and rma.eligibility == "pass"
            and set(rma.line_ids.mapped("basis")) == {"withdrawal"}
        ):
            # The law has decided, not the person who states it.
            rma.with_user(SUPERUSER_ID)._approve()
        return rma

    def _nothing_left_message(self):
        if not self.whole_order:
            return self.env._("Read which products are meant, and say so.")
        return self.env._(
            "All of %(order)s has come back or is part of a return already.", order=self.sale_order_id.name
        )

    # === Staff === #

    def _ask_a_person(self, matter, problem=False):
        """Plan an activity for staff, in their language.

        :param str matter: what is to be done
        :param str problem: what went wrong
        """
        self.ensure_one()
        user = self._responsible()
        env = self.with_context(lang=user.lang).env
        summaries = {
            "to_match": env._("A withdrawal: which order is meant?"),
            "to_decide": env._("A withdrawal to decide"),
            "part": env._("A withdrawal, a part of which is to be decided"),
            "failed": env._("A withdrawal could not be carried out"),
            "unsent": env._("The confirmation of a withdrawal did not arrive"),
        }
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summaries[matter],
            note=problem or "",
            date_deadline=fields.Date.context_today(self),
            user_id=user.id,
        )

    def _responsible(self):
        """Who looks at it: the seller of the order, else a manager of returns."""
        seller = self.sale_order_id.user_id
        handles = seller.active and seller.has_group("aftersales_crm.aftersales_crm_group_agent")
        if handles and self.company_id in seller.company_ids:
            return seller
        managers = self.env.ref("aftersales_crm.aftersales_crm_group_manager").all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and user.active and user.id != SUPERUSER_ID
        )
        return managers.sorted("id")[:1] or self.env.user


class AftersalesWithdrawalLine(models.Model):
    """A withdrawn product as the law and the return look at it."""

    _inherit = "aftersales.withdrawal.line"

    def _eligibility_unit(self):
        self.ensure_one()
        moves = self.sale_line_id._aftersales_deliveries().filtered(lambda move: move.product_id == self.product_id)
        return self.env["aftersales.eligibility"]._prepare_unit(
            self.sale_line_id,
            product=self.product_id,
            move=moves.browse() if self.undelivered else moves[-1:],
            quantity=self.quantity,
        )

    def _prepare_verdict_vals(self, result):
        """The verdict on a product, with what is possible otherwise.

        :param dict result: as `aftersales.eligibility` judges it
        """
        judged = result["bases"]["withdrawal"]
        window = next((check for check in judged["checks"] if check["code"] == "withdrawal_window"), {})
        failed = {check["code"] for check in judged["checks"] if check["outcome"] == "fail"}
        if judged["outcome"] == "pass":
            verdict = "in_time"
        elif judged["outcome"] != "fail":
            verdict = "review"
        else:
            verdict = "late" if failed == {"withdrawal_window"} and window.get("until") else "no_right"
        return {
            "verdict": verdict,
            "until": window.get("until") or False,
            "why": "\n".join(judged["reasons"]),
            **{
                f"{basis}_until": result["bases"][basis]["eligible"] and result["bases"][basis]["until"]
                for basis in ("policy", "guarantee")
            },
        }

    def _prepare_item(self):
        """The product as `aftersales.rma._request` takes it."""
        self.ensure_one()
        rights = self.verdict in ("in_time", "review")
        return {
            "sale_line": self.sale_line_id,
            "product": self.product_id,
            "quantity": self.quantity,
            "undelivered": self.undelivered,
            **({"basis": "withdrawal", "remedy": self.env.ref("aftersales_crm.remedy_type_refund")} if rights else {}),
        }
