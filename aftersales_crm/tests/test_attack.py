"""Whoever may not, changes nothing: every public method and every field, called as over RPC."""

import inspect

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import PIXEL, AftersalesCommon

TABLES = (
    "aftersales_rma",
    "aftersales_rma_line",
    "aftersales_remedy",
    "aftersales_inspection",
    "aftersales_payout",
    "aftersales_warranty",
    "account_move",
    "account_move_line",
    "sale_order_line",
    "stock_move",
    "res_partner_bank",
)


@tagged("-at_install", "post_install")
class TestAttack(AftersalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 9))
        names = ("draft", "asked", "refused", "approved", "failed", "done")
        cls.returns = {
            name: cls._rma(cls.order, user=cls.agent_all, vals={"user_id": cls.agent_all.id}, submit=name != "draft")
            for name in names
        }
        cls.returns["refused"].action_reject("Too late")
        for name in ("approved", "failed", "done"):
            cls.returns[name].with_user(cls.manager).action_approve()
        for name in ("failed", "done"):
            cls._receive(cls.returns[name])
        cls.returns["done"].action_settle()
        cls.returns["failed"].remedy_ids.sudo()._transition("failed", {"error": "Closed"})
        cls.own = cls._rma(cls.order, vals={"user_id": cls.agent.id})
        cls.own.with_user(cls.manager).action_approve()
        cls.rmas = cls.env["aftersales.rma"].sudo().concat(*cls.returns.values())
        cls.other_company = cls.env["res.company"].create({"name": "Other shop"})
        only_other = {"company_id": cls.other_company.id, "company_ids": [Command.set(cls.other_company.ids)]}
        cls.users = {
            "customer": new_test_user(cls.env, "someone", groups="base.group_portal"),
            "staff": cls.stranger,
            "agent of other returns": cls.agent,
            "manager of another company": new_test_user(
                cls.env, "far_manager", groups="aftersales_crm.aftersales_crm_group_manager", **only_other
            ),
            "dock of another company": new_test_user(
                cls.env, "far_dock", groups="aftersales_crm.aftersales_crm_group_dock", **only_other
            ),
        }

    def _state(self):
        """Everything that counts, as the database has it."""
        self.env.flush_all()
        rows = {}
        for table in TABLES:
            row = SQL("to_jsonb(t) - 'write_date' - 'write_uid'")
            self.cr.execute(SQL("SELECT id, md5((%s)::text) FROM %s t ORDER BY id", row, SQL.identifier(table)))
            rows[table] = self.cr.fetchall()
        return rows

    # === Methods === #

    def _models(self):
        return sorted(name for name in self.env.registry if name.startswith("aftersales."))

    def _public_methods(self, model):
        """Names of the methods that our add-ons add to a model and that RPC reaches."""
        found = set()
        for cls in type(self.env[model]).mro():
            if "aftersales" in cls.__module__:
                found |= {
                    name
                    for name, value in vars(cls).items()
                    if not name.startswith("_") and inspect.isfunction(value) and not hasattr(value, "_api_private")
                }
        return sorted(found - {"create", "write", "unlink", "init", "default_get", "copy", "copy_data"})

    def _records(self, model):
        """What an attacker calls a method on: the returns of others and what belongs to them."""
        Model = self.env[model].sudo()
        if model == "aftersales.rma":
            return list(self.rmas)
        if Model._abstract or Model._transient:
            return [Model]
        domain = [("rma_id", "in", self.rmas.ids)] if "rma_id" in Model._fields else []
        return list(Model.search(domain, limit=6))

    def _arguments(self, method):
        values = {
            "params": {"rma": self.returns["asked"].name, "reason": "x"},
            "reason": "x",
            "code": self.returns["asked"].name,
            "rma_id": self.returns["approved"].id,
            "decision": "approve",
        }
        return [
            values.get(name)
            for name, parameter in inspect.signature(method).parameters.items()
            if parameter.default is parameter.empty
        ]

    def _attempt(self, attack):
        """Try something, and forget what was refused.

        :return: whether it went through
        """
        try:
            with self.cr.savepoint(), mute_logger("odoo.sql_db"):
                attack()
                self.env.flush_all()
        except (UserError, ValueError):  # what RPC answers, also where a method wants one record
            return False
        finally:
            self.env.invalidate_all()
        return True

    def test_no_public_method_lets_others_change_a_return(self):
        before = self._state()
        called = passed = 0
        for who, user in self.users.items():
            for model in self._models():
                for name in self._public_methods(model):
                    for record in self._records(model):
                        called += 1
                        method = getattr(record.with_user(user), name)
                        if self._attempt(lambda method=method: method(*self._arguments(method))):
                            passed += 1
                            with self.subTest(who, method=f"{model}.{name}", record=record):
                                self.assertEqual(self._state(), before)
        self.assertGreater(called, 500)
        self.assertGreater(called, passed * 2)

    def test_what_only_others_build_on_offers_nothing_to_call(self):
        for model in ("aftersales.step.mail", "aftersales.state.mixin", "aftersales.event.source"):
            self.assertEqual(self._public_methods(model), [], model)

    def test_no_dialog_made_by_hand_reaches_the_returns_of_others(self):
        before = self._state()
        approved, failed, asked = (self.returns[name] for name in ("approved", "failed", "asked"))
        keep = {"type_id": self._remedy("keep").id, "quantity": 1, "agreed_amount": 50}
        line = {"rma_line_id": approved.line_ids.id, "quantity": 1}
        dialogs = [
            ("aftersales.rma.reject", {"rma_id": asked.id, "reason": "x"}, "action_reject"),
            ("aftersales.remedy.change", {"remedy_id": failed.remedy_ids.id, **keep}, "action_confirm"),
            ("aftersales.warranty.void", {"warranty_id": self._warranty().id, "reason": "x"}, "action_void"),
        ]
        for mode in ("receive", "inspect"):
            for rma in (approved, self.own):  # also by way of one's own
                vals = {"rma_id": rma.id, "mode": mode, "line_ids": [Command.clear(), Command.create(line)]}
                dialogs.append(("aftersales.rma.receive", vals, "action_confirm"))
        for who, user in self.users.items():
            for model, vals, name in dialogs:
                with self.subTest(who, model=model, values=vals):
                    dialog = self.env[model].with_user(user)
                    self._attempt(lambda dialog=dialog, vals=vals, name=name: getattr(dialog.create(vals), name)())
                    self.assertEqual(self._state(), before)

    def _warranty(self):
        return self.env["aftersales.warranty"].search([("partner_id", "=", self.customer.id)], limit=1)

    # === Fields === #

    def test_no_field_of_the_returns_of_others_is_written(self):
        before = self._state()
        records = [
            self.returns["draft"],
            self.returns["draft"].line_ids,
            self.returns["approved"],
            self.returns["approved"].line_ids,
            self.returns["failed"].remedy_ids,
            self.returns["done"].line_ids.inspection_ids,
        ]
        for who, user in self.users.items():
            for record in records:
                attacked = record.with_user(user)
                for name in record._fields:
                    if not self._attempt(lambda attacked=attacked, name=name: attacked.write({name: False})):
                        continue
                    with self.subTest(who, record=record, field=name):
                        self.assertEqual(self._state(), before)

    def test_an_agent_moves_the_documents_of_others_into_no_return(self):
        agent = self.own.with_user(self.agent)
        note, other = self.returns["done"].sudo().refund_ids, self.returns["asked"]
        for vals in (
            {"refund_ids": [Command.link(note.id)]},
            {"refund_ids": [Command.set([])]},
            {"line_ids": [Command.link(other.line_ids.id)]},
            {"remedy_ids": [Command.link(self.returns["failed"].remedy_ids.id)]},
            {"picking_ids": [Command.link(self.returns["done"].sudo().picking_ids.id)]},
            {"payout_ids": [Command.create({"move_id": note.id, "amount": 5, "transaction_id": 1})]},
        ):
            before = self._state()
            with self.subTest(values=vals):
                self._attempt(lambda vals=vals: agent.write(vals))
                self.assertEqual(self._state(), before)

    # === Money === #

    def test_no_return_pays_to_the_account_of_somebody_else(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "PL61109010140000071219812874", "partner_id": self.stranger.partner_id.id}
        )
        for vals in ({"payout_bank_id": bank.id}, {"payout_account": "nonsense"}, {"payout_account": "PL00 1"}):
            with self.subTest(values=vals):
                self.assertFalse(self._attempt(lambda vals=vals: self.own.with_user(self.agent).write(vals)))

    def test_an_agent_sets_no_amount_of_an_own_return(self):
        remedy, line = self.own.remedy_ids.with_user(self.agent), self.own.line_ids.with_user(self.agent)
        for record, vals in (
            (remedy, {"amount": 500}),
            (remedy, {"agreed_amount": 500}),
            (remedy, {"quantity": 5}),
            (remedy, {"state": "done"}),
            (remedy, {"uninvoiced_quantity": 5}),
            (remedy, {"sent_product_id": self.washer.id}),
            (line, {"paid_total": 500}),
            (line, {"declared_value": 500}),
            (line, {"fee": 0.01}),
            (line, {"accepted_quantity": 5}),
            (line, {"offered_remedies": ["keep"]}),
            (self.own.with_user(self.agent), {"refund_by": "2000-01-01"}),
            (self.own.with_user(self.agent), {"payer_agreed_at": "2026-01-01 00:00:00"}),
            (self.own.with_user(self.agent), {"payout_status": "paid", "paid_at": "2026-01-01"}),
            (self.own.with_user(self.agent), {"has_refused_goods": True}),
        ):
            with self.subTest(values=vals):
                self.assertFalse(self._attempt(lambda record=record, vals=vals: record.write(vals)))

    # === Files === #

    def test_a_return_shows_no_file_that_its_agent_may_not_read(self):
        secret = self.env["ir.attachment"].with_user(self.manager).create({"name": "salary.png", "datas": PIXEL})
        with self.assertRaises(AccessError):
            secret.with_user(self.agent).read(["datas"])
        self._attempt(lambda: self.own.line_ids.with_user(self.agent).write({"photo_ids": [Command.link(secret.id)]}))
        with self.assertRaises(AccessError):
            secret.with_user(self.agent).read(["datas"])

    # === Days === #

    def test_nobody_dates_a_credit_note_back_over_rpc(self):
        today = self.company._aftersales_today()
        for forged in (["SYSTEM", "2020-01-01"], [True, "2020-01-01"], "2020-01-01", 5, ("SYSTEM", 5)):
            company = self.company.with_context(aftersales_replayed_day=forged)
            self.assertEqual(company._aftersales_today(), today)
