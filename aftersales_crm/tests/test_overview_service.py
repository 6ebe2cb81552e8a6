from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from .common import AftersalesCommon
from .test_commitment import CommitmentCommon


@freeze_time("2026-03-10 09:00:00")
class TestOverviewOfService(CommitmentCommon):
    def _overview(self, user, **arguments):
        self._settle_promises()
        return self.env["aftersales.rma"].with_user(user).overview(**arguments)

    def _counts(self, user, **arguments):
        queues = self._overview(user, **arguments)["queues"]
        return {queue["key"]: queue["count"] for queue in queues if queue["section"] != "Returns"}

    def _figures(self, user):
        return {figure["key"]: figure for figure in self._overview(user)["figures"]}

    def _kept(self, answered, case=None):
        """A case that is answered after some working hours of a day."""
        case = case or self._case()
        with freeze_time(datetime(2026, 3, 10, 9) + timedelta(hours=answered)):
            case._we_answered()
            self._settle_promises()
        return case

    def test_agents_see_what_is_late_due_and_whose_turn_it_is(self):
        late, urgent, waiting, others = (
            self._case(**vals) for vals in ({}, {"priority": "3"}, {}, {"user_id": self.manager.id})
        )
        late._customer_spoke()
        with freeze_time("2026-03-09 09:00:00"):
            self.commitments._promise(late, "other", datetime(2026, 3, 10, 8), "Call back")
        waiting.action_wait_customer()
        self.commitments._promise(others, "other", datetime(2026, 3, 10, 8), "Call back")
        self.assertEqual(self._counts(self.agent, mine=True)["late"], 1)
        self.assertEqual(self._counts(self.agent)["late"], 1, "the manager's is none of theirs")
        self.assertEqual(self._counts(self.agent_all)["late"], 2)
        self.assertEqual(self._counts(self.agent_all)["today"], 1, "the urgent one is answered within the hour")
        self.assertEqual(self._counts(self.agent)["theirs"], 1)
        self.assertGreaterEqual(self._counts(self.agent)["ours"], 1)
        self.assertFalse(self._overview(self.agent_all)["figures"], "figures are for managers")

    def test_figures_say_how_well_the_shop_does_and_did(self):
        with freeze_time("2026-02-03 09:00:00"):
            before = self._case()
        with freeze_time("2026-02-05 09:00:00"):
            before._we_answered()
            self._settle_promises()
        for hours in (1, 3):
            self._kept(hours)
        with freeze_time("2026-03-10 15:00:00"):
            figures = self._figures(self.manager)
        self.assertEqual((figures["promises"]["value"], figures["promises"]["before"]), ("100 %", "0 %"))
        self.assertEqual((figures["first_answer"]["value"], figures["first_answer"]["before"]), ("2.0 h", "16.0 h"))
        self.assertEqual((figures["promises"]["trend"], figures["first_answer"]["trend"]), ("better", "better"))
        self.assertEqual(figures["csat"]["value"], False, "nothing is known")

    def test_feedback_is_counted_as_its_definitions_say(self):
        answers = [(5, 10), (4, 9), (3, 7), (2, 3), (5, False)]
        rows = [
            {
                "case_id": self._case().id,
                "partner_id": self.customer.id,
                "commercial_partner_id": self.customer.id,
                "company_id": self.company.id,
                "asked_at": "2026-03-09 09:00:00",
                "answered_at": "2026-03-09 10:00:00",
                "csat": csat,
                "nps": nps,
            }
            for csat, nps in answers
        ]
        self.env["aftersales.feedback"].sudo().create(rows)
        figures = self._figures(self.manager)
        self.assertEqual(figures["csat"]["value"], "60 %")
        self.assertEqual(figures["nps"]["value"], "25", "two of four recommend, one warns")

    def test_each_tile_opens_what_it_counts(self):
        overview = self._overview(self.manager)
        for tile in (*overview["figures"], *overview["queues"], *overview["plots"]):
            action = self.env["ir.actions.actions"].with_user(self.manager)._for_xml_id(tile["action"])
            self.env[action["res_model"]].with_user(self.manager).get_views(
                [(False, kind) for kind in action["view_mode"].split(",")]
            )

    def test_more_documents_cost_no_more_statements(self):
        def statements():
            self._settle_promises()
            before = self.cr.sql_log_count
            self.env["aftersales.rma"].with_user(self.manager).overview()
            return self.cr.sql_log_count - before

        self._kept(1)
        statements()
        few = statements()
        for hours in (1, 2, 3, 4, 5):
            self._kept(hours)
        statements()
        self.assertEqual(statements(), few)

    def test_money_of_other_companies_is_converted(self):
        rows = [(datetime(2026, 3, 9).date(), self.company, 100.0)]
        with patch.object(type(self.env["aftersales.claim.cost"]), "_read_group", return_value=rows):
            figure = self.env["aftersales.rma"].with_user(self.manager)._cost_figure()
        self.assertIn("100.00", figure["value"])


@tagged("-at_install", "post_install")
class TestOverviewTour(AftersalesCommon, HttpCase):
    def test_a_manager_goes_from_the_overview_to_what_is_late(self):
        self._make_bundles()
        case = self.env["aftersales.case"]._open([{"subject": "It drips", "partner_id": self.customer.id}])
        with freeze_time("2026-01-05 09:00:00"):
            self.env["aftersales.commitment"]._promise(case, "other", datetime(2026, 1, 6, 9), "Call Ada back")
        self.start_tour("/odoo/aftersales-overview", "aftersales_crm_overview", login=self.manager.login)
        self.env.invalidate_all()
        self.assertEqual(case.commitment_ids.mapped("state"), ["broken", "open"])
