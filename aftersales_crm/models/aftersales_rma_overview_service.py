from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from . import commitment_clock


class AftersalesRma(models.Model):
    """The opening page: promises and cases come first, for people wait behind them."""

    _inherit = "aftersales.rma"

    @api.model
    def _queues(self):
        owed = Domain("closing", "=", False)
        late = Domain("state", "=", "broken") & owed
        today = Domain("state", "=", "open") & Domain("promised_on", "<=", self._end_of_today())
        ours, theirs = Domain("waiting_since", "!=", False), Domain("state", "=", "waiting_customer")
        service = [
            {
                **self._service_queue("late", self.env._("Late"), "fa-exclamation-triangle", late),
                "alarm": True,
            },
            self._service_queue("today", self.env._("Due today"), "fa-calendar-check-o", today),
            self._service_queue("ours", self.env._("Waits for us"), "fa-comments-o", ours),
            self._service_queue("theirs", self.env._("Waits for the customer"), "fa-pause", theirs),
        ]
        return [*service, *super()._queues()]

    @api.model
    def _end_of_today(self):
        company = self.env.company
        return commitment_clock.end_of_day(company._aftersales_today(), company._aftersales_zone())

    @api.model
    def _service_queue(self, key, name, icon, domain):
        """A queue of promises or cases: its list is the action ``aftersales_<model>_action_<key>``."""
        model = "case" if key in ("ours", "theirs") else "commitment"
        return {
            "key": key,
            "name": name,
            "icon": icon,
            "action": f"aftersales_crm.aftersales_{model}_action_{key}",
            "domain": domain,
            "model": f"aftersales.{model}",
            "section": self.env._("Promises and cases"),
        }

    @api.model
    def _plots(self):
        plots = super()._plots()
        if not plots:
            return plots
        since = self._end_of_today() - timedelta(weeks=13)
        service = [
            {
                "name": self.env._("Kept promises by week (%)"),
                "model": "aftersales.commitment",
                "view_id": self.env.ref("aftersales_crm.aftersales_commitment_view_plot_kept").id,
                "domain": [("kept_on", ">", since)],
                "action": "aftersales_crm.aftersales_commitment_action_kept",
            },
            {
                "name": self.env._("First answer by week (working hours)"),
                "model": "aftersales.commitment",
                "view_id": self.env.ref("aftersales_crm.aftersales_commitment_view_plot_answer").id,
                "domain": [("kind", "=", "first_answer"), ("kept_on", ">", since)],
                "action": "aftersales_crm.aftersales_commitment_action_kept",
            },
            {
                "name": self.env._("Satisfied customers by week (%)"),
                "model": "aftersales.feedback",
                "view_id": self.env.ref("aftersales_crm.aftersales_feedback_view_plot_csat").id,
                "domain": [("csat", "!=", False), ("answered_at", ">", since)],
                "action": "aftersales_crm.aftersales_feedback_report_action",
            },
        ]
        # A picture of nothing only takes room.
        shown = [plot for plot in service if self.env[plot["model"]].search_count(plot["domain"], limit=1)]
        return [*shown, *plots]
