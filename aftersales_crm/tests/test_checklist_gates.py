from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_checklist import ChecklistCommon

DOCK = "aftersales_crm.aftersales_crm_group_dock"


class GateCommon(ChecklistCommon):
    """Steps that need the training “Handling a return”."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._sold((cls.kettle, 20))

    def _require(self, operation, **vals):
        return (
            self.env["aftersales.checklist.requirement"]
            .with_user(self.manager)
            .create({"operation": operation, "checklist_id": self.checklist.id, "is_on": True, **vals})
        )

    def _override(self, document, operation, user=None, **vals):
        return (
            self.env["aftersales.checklist.override"]
            .with_user(self.manager)
            .create(
                {
                    "user_id": (user or self.agent).id,
                    "operation": operation,
                    "res_model": document._name,
                    "res_id": document.id,
                    "reason": "Nobody else is here",
                    **vals,
                }
            )
        )

    def assertRefused(self):
        return self.assertRaisesRegex(UserError, "needs a valid training “Handling a return”")


class TestChecklistGates(GateCommon):
    def test_nothing_is_required_until_it_is_switched_on(self):
        requirement = self._require("approve", is_on=False)
        self._rma(self.order).action_approve()
        requirement.is_on = True
        with self.assertRefused():
            self._rma(self.order).action_approve()
        requirement.is_on = False
        self._rma(self.order).action_approve()

    def test_each_step_is_refused_without_and_done_with_the_training(self):
        claim = self._claim()
        received = self._rma(self.order)
        received.action_approve()
        case = self.customer_case.with_user(self.agent)
        goodwill = {"type": self._remedy("refund"), "reason": "Late", "order": self.order, "amount": 5}
        inspection = {"line_id": received.line_ids.id, "quantity": 1}
        steps = {
            "approve": (
                self._rma(self.order).action_approve,
                lambda: self._api("approve_return", rma=self._rma(self.order).id),
                lambda: self._decided(self._rma(self.order)),
            ),
            "decide_claim": (
                claim.action_approve,
                lambda: claim.action_reject("No"),
                lambda: self._api("reject_return", rma=claim.id, reason="No"),
            ),
            "grant_goodwill": (lambda: case._give(goodwill),),
            "inspect": (
                lambda: self._receive(received),
                lambda: self._api("receive_return", rma=received.id, lines=[self._arrived(received)]),
                lambda: self.env["aftersales.inspection"].with_user(self.agent).create(inspection),
                lambda: self._imported(inspection),
                lambda: (
                    self.env["aftersales.inspection"]
                    .with_user(self.agent)
                    .with_context(default_line_id=received.line_ids.id)
                    .create({"quantity": 1})
                ),
            ),
        }
        for operation, attempts in steps.items():
            requirement = self._require(operation)
            for number, attempt in enumerate(attempts):
                with self.subTest(operation, number=number), self.assertRefused(), self.cr.savepoint():
                    attempt()
            requirement.unlink()
        self._valid(self.agent)
        for operation, attempts in steps.items():
            self._require(operation)
            attempts[0]()

    def test_a_defect_is_a_claim_on_whatever_basis_it_was_asked_for(self):
        claim = self._claim()
        other = self._rma(self.order, reason=self._reason("defective"))
        other.line_ids._write_guarded({"basis": "policy"})
        self._require("decide_claim")
        for rma in (claim, other):
            with self.subTest(basis=rma.line_ids.basis), self.assertRefused(), self.cr.savepoint():
                rma.action_reject("No")

    def _claim(self):
        """A return under the guarantee."""
        claim = self._rma(self.order, reason=self._reason("defective"))
        self.assertIn(claim.line_ids.basis, ("guarantee", "warranty"))
        return claim

    def _api(self, method, **params):
        return getattr(self.env["aftersales.api"].with_user(self.agent), method)(params)

    def _arrived(self, rma):
        return {"line_id": rma.line_ids.id, "quantity": 1}

    def _decided(self, rma):
        """The answer of deciding many at once, as an error where it is one."""
        answer = rma.decide_each("approve")[0]
        if answer["outcome"] == "failed":
            raise UserError(answer["message"])

    def _imported(self, vals):
        inspections = self.env["aftersales.inspection"].with_user(self.agent)
        result = inspections.load(["line_id/.id", "quantity"], [[str(vals["line_id"]), "1"]])
        if result["messages"]:
            raise UserError(result["messages"][0]["message"])

    def test_the_dock_refuses_who_has_not_learnt_to_inspect(self):
        docker = new_test_user(self.env, "dock_worker", groups=DOCK)
        rma = self._rma(self.order)
        rma.action_approve()
        parcel = {"rma_id": rma.id, "token": "t", "entries": [{"line_id": rma.line_ids.id, "quantity": 1}]}
        self._require("inspect")
        dock = self.env["aftersales.dock"].with_user(docker)
        with self.assertRefused(), self.cr.savepoint():
            dock.confirm(parcel)
        self._valid(docker)
        self.assertEqual(dock.confirm(parcel)["open"], 0)

    def test_managers_and_trainers_are_asked_too_and_policies_are_not(self):
        self._require("approve")
        for user in (self.trainer, self.manager):
            with self.assertRefused():
                self._rma(self.order).with_user(user).action_approve()
        self.order.order_line.aftersales_policy_id.auto_approve_limit = 1000
        order = self._sold((self.kettle, 1))
        self.assertEqual(self._rma(order).state, "approved")

    def test_a_goodwill_above_the_limit_needs_the_training_of_its_manager(self):
        self.company.aftersales_goodwill_limit = 1
        goodwill = {"type": self._remedy("refund"), "reason": "Late", "order": self.order, "amount": 5}
        remedy = self.customer_case.with_user(self.agent)._give(goodwill)
        self._require("grant_goodwill")
        with self.assertRefused():
            remedy.with_user(self.manager).action_approve_goodwill("Yes")
        remedy.with_user(self.manager).action_refuse_goodwill("No")

    def test_a_requirement_is_for_amounts_teams_policies_and_companies(self):
        mine = self.env["aftersales.team"].create({"name": "Mine", "member_ids": self.agent.ids})
        other = self.env["aftersales.team"].create({"name": "Other"})
        policy = self.order.order_line.aftersales_policy_id
        foreign = self.env["res.company"].create({"name": "Elsewhere"})
        # The return is worth 100.00 and has no team.
        for vals, refused in (
            ({"amount": 99.99}, True),
            ({"amount": 100.0}, False),
            ({"team_id": mine.id}, True),
            ({"team_id": other.id}, False),
            ({"policy_id": policy.id}, True),
            ({"policy_id": policy.copy().id}, False),
            ({"company_id": self.company.id}, True),
            ({"company_id": foreign.id}, False),
        ):
            requirement = self.env["aftersales.checklist.requirement"].create(
                {"operation": "approve", "checklist_id": self.checklist.id, "is_on": True, **vals}
            )
            with self.subTest(vals), self.cr.savepoint() as savepoint:
                if refused:
                    with self.assertRefused():
                        self._rma(self.order).action_approve()
                else:
                    self._rma(self.order).action_approve()
                savepoint.rollback()
            requirement.unlink()

    def test_a_training_ends_by_its_date_and_counts_in_any_version(self):
        self._require("approve")
        run = self._valid(self.agent, valid_until=self.today)
        self.checklist._new_version().action_publish()
        self._rma(self.order).action_approve()
        run._write_guarded({"valid_until": self.today - timedelta(days=1)})
        with self.assertRefused():
            self._rma(self.order).action_approve()
        self.assertEqual(run.state, "done")

    def test_a_manager_lets_somebody_do_it_once(self):
        self._require("approve")
        rma, other = self._rma(self.order), self._rma(self.order)
        override = self._override(rma, "approve")
        for refused in (
            lambda: other.action_approve(),
            lambda: rma.with_user(self.agent_all).action_approve(),
        ):
            with self.assertRefused():
                refused()
        rma.action_approve()
        self.assertTrue(override.used_at)
        self.assertEqual(override.checklists, "Handling a return")
        notes = " ".join(rma.message_ids.mapped("body"))
        self.assertIn("lets aftersales_agent", notes)
        self.assertIn("Nobody else is here", notes)
        self.assertIn("without “Handling a return”", notes)
        rma.with_user(self.manager)._write_guarded({"state": "submitted"})
        with self.assertRefused():
            rma.action_approve()

    def test_only_a_manager_lets_others_with_a_reason_on_a_document_there_is(self):
        rma = self._rma(self.order)
        override = self._override(rma, "approve")
        gone = rma.copy()
        missing = gone.browse(gone.id)
        gone.unlink()
        for user in (self.agent, self.trainer):
            with self.assertRaises(AccessError):
                override.with_user(user).copy({"operation": "inspect"})
        for message, attempt in {
            "Say why": lambda: self._override(rma, "inspect", reason="  "),
            "Choose the return": lambda: self._override(missing, "inspect"),
            "Choose the return or case": lambda: self._override(self.customer, "inspect"),
            "not rewritten": lambda: override.with_user(self.manager).write({"used_at": False}),
        }.items():
            with self.subTest(message), self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                attempt()
        with self.assertRaises(AccessError):
            override.with_user(self.manager).unlink()

    def test_what_nobody_could_pass_is_not_required(self):
        with self.assertRaisesRegex(UserError, "nobody could pass"):
            self._require("approve", checklist_id=self._checklist(publish=False, name="Draft").id)
        self._require("approve")
        with self.assertRaisesRegex(UserError, "is required"):
            self.checklist.with_user(self.manager).action_archive_version()
        for amount in (-1, float("nan")):
            with self.subTest(amount), self.assertRaisesRegex(UserError, "zero or more"), self.cr.savepoint():
                self._require("approve", amount=amount)

    def test_an_agent_requires_nothing(self):
        requirement = self._require("approve")
        for user in (self.agent, self.trainer):
            with self.assertRaises(AccessError):
                requirement.with_user(user).write({"is_on": False})
        runs = self.env["aftersales.checklist.run"].with_user(self.agent)
        with self.assertRaises(UserError):
            runs.create({"checklist_id": self.checklist.id, "user_id": self.agent.id, "state": "done"})
        run = self._run()
        for vals in ({"state": "done"}, {"valid_until": "2099-01-01"}, {"user_id": self.agent_all.id}):
            for user in (self.agent, self.trainer, self.manager):
                with self.subTest(vals), self.assertRaises(UserError):
                    run.with_user(user).write(vals)

    def test_asking_costs_no_statement_where_nothing_is_required(self):
        rma = self._rma(self.order)
        requirements = self.env["aftersales.checklist.requirement"].with_user(self.agent)
        requirements._needs()
        with self.assertQueryCount(0):
            for operation in ("approve", "inspect", "decide_claim", "grant_goodwill"):
                requirements._ensure(operation, rma)


@tagged("-at_install", "post_install")
class TestChecklistGateDoors(GateCommon, HttpCase):
    def test_the_web_client_offers_to_start_and_scripts_read_the_reason(self):
        rma = self._rma(self.order)
        self._require("approve")
        self.authenticate("aftersales_agent", "aftersales_agent")
        call = {"model": "aftersales.rma", "method": "action_approve", "args": [rma.ids], "kwargs": {}}
        with mute_logger("odoo.http"):
            answer = self.url_open("/web/dataset/call_button/aftersales.rma/action_approve", json={"params": call})
        error = answer.json()["error"]["data"]
        self.assertEqual(error["name"], "odoo.exceptions.RedirectWarning")
        message, action, label, context = error["arguments"]
        self.assertIn("Handling a return", message)
        self.assertEqual(label, "Start it")
        params = {"action_id": action, "context": context}
        opened = self.url_open("/web/action/run", json={"params": params}).json()["result"]
        run = self.env["aftersales.checklist.run"].browse(opened["res_id"])
        self.assertEqual((run.user_id, run.checklist_id), (self.agent, self.checklist))
        key = self.env["res.users.apikeys"].with_user(self.agent)._generate("rpc", "test", self._tomorrow())
        headers = {"Authorization": f"bearer {key}"}
        for path, body in (
            ("aftersales.rma/action_approve", {"ids": rma.ids}),
            ("aftersales.api/approve_return", {"params": {"rma": rma.id}}),
        ):
            with self.subTest(path), mute_logger("odoo.http"):
                answer = self.url_open(f"/json/2/{path}", json=body, headers=headers)
                self.assertEqual(answer.status_code, 422)
                self.assertIn("Handling a return", answer.json()["message"])
        self.assertEqual(rma.state, "submitted")

    def _tomorrow(self):
        return self.env.cr.now() + timedelta(days=1)
