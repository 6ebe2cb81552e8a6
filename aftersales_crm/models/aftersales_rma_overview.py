from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

# Days after which a request that nobody has decided is overdue.
PATIENCE_DAYS = 7


class AftersalesRma(models.Model):
    """The opening page: what waits, and for whom."""

    _inherit = "aftersales.rma"

    is_overdue = fields.Boolean("Overdue", compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends("state", "requested_on")
    def _compute_is_overdue(self):
        overdue = self.filtered_domain(self._overdue_domain())
        for rma in self:
            rma.is_overdue = rma in overdue

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._overdue_domain()
        return domain if True in value else ~domain

    @api.model
    def _queues(self):
        """Hook: what waits for people, in the order of the work.

        :return: list of dicts with ``key``, ``name``, ``icon``, ``action`` (xml id of the list) and ``domain``;
            optional ``model`` (returns, without), ``mine`` (domain of those assigned to the user), ``late`` (domain
            of those that are overdue), ``late_words`` (makes a sentence of how many they are) and ``alarm`` (true
            where every one of them is a fault) and ``section`` (heading, that of returns without)
        """
        asked = Domain("state", "=", "submitted")
        waiting = [("state", "=", "approved"), ("reception_status", "in", ("waiting", "partial"))]
        return [
            self._queue("decide", self.env._("To decide"), "fa-gavel", asked),
            self._queue("receive", self.env._("To receive"), "fa-truck", waiting),
            self._queue("inspect", self.env._("To inspect"), "fa-search", Domain("is_to_inspect", "=", True)),
            self._queue("settle", self.env._("To settle"), "fa-check-square-o", Domain("is_to_settle", "=", True)),
            self._queue("pay", self.env._("To pay"), "fa-money", Domain("payout_status", "in", ("to_pay", "partial"))),
            {
                **self._queue("overdue", self.env._("Overdue"), "fa-clock-o", Domain("is_overdue", "=", True)),
                "alarm": True,
            },
        ]

    def _queue(self, key, name, icon, domain):
        """One of `_queues`, whose list is the action ``aftersales_rma_action_<key>`` of this add-on."""
        action = f"aftersales_crm.aftersales_rma_action_{key}"
        return {"key": key, "name": name, "icon": icon, "action": action, "domain": domain}

    @api.model
    def _plots(self):
        """Hook: what people would rather look at than read.

        :return: list of dicts with ``name``, ``model``, ``view_id``, ``domain`` and ``action`` (xml id)
        """
        if not self.env["aftersales.return.report"].has_access("read"):
            return []
        year = [("date", ">=", "today -12m")]
        return [
            {
                "name": self.env._("Return rate by month of delivery (%)"),
                "model": "aftersales.return.report",
                "view_id": self.env.ref("aftersales_crm.aftersales_return_report_view_plot_rate").id,
                "domain": [("kind", "in", ("delivery", "return")), ("delivered_on", ">=", "today -12m")],
                "action": "aftersales_crm.aftersales_return_rate_action",
            },
            {
                "name": self.env._("Why goods come back"),
                "model": "aftersales.return.report",
                "view_id": self.env.ref("aftersales_crm.aftersales_return_report_view_plot_reason").id,
                "domain": [("kind", "=", "return"), *year],
                "action": "aftersales_crm.aftersales_return_report_action",
            },
            {
                "name": self.env._("Refunded by month"),
                "model": "aftersales.return.report",
                "view_id": self.env.ref("aftersales_crm.aftersales_return_report_view_plot_refunded").id,
                "domain": [("kind", "=", "remedy"), *year],
                "action": "aftersales_crm.aftersales_return_report_action",
            },
        ]

    @api.model
    def _figures(self):
        """Hook: how well the shop does, for managers.

        :return: list of dicts with ``key``, ``name``, ``value`` (words, False where nothing is known), ``before``
            (the same of the time before), ``trend`` (``better``, ``worse`` or False), ``help``, ``action`` (xml id)
        """
        return []

    @api.model
    def _overdue_domain(self):
        """What has waited too long for somebody of the shop."""
        start = self.env.company._aftersales_today() - relativedelta(days=PATIENCE_DAYS)
        return Domain("state", "=", "submitted") & Domain("requested_on", "<", start)

    @api.model
    @api.readonly
    def overview(self, mine=False):
        """What waits, for the opening page of the app.

        :param bool mine: only what is assigned to the user
        :return: dict with ``queues`` (list of dicts: ``key, name, icon, action, section, count, alarm`` and ``late``,
            words), ``figures`` (see ``_figures``; for managers) and ``plots`` (see ``_plots``; none for who sees only
            a part of the returns)
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("This page is for staff."))
        own = [("user_id", "=", self.env.uid)]
        queues = [self._queue_counts(queue, queue.get("mine", own) if mine else []) for queue in self._queues()]
        figures = self._figures() if self._is_manager() else []
        return {"queues": queues, "figures": figures, "plots": self._plots()}

    def _queue_counts(self, queue, whose):
        """A queue as the page shows it.

        :param whose: domain of those that are asked for
        """
        model = self.env[queue.get("model", self._name)]
        asked = Domain(queue["domain"]) & Domain(whose)
        count = model.search_count(asked)
        late = model.search_count(asked & queue["late"]) if count and "late" in queue else 0
        return {
            **{name: queue[name] for name in ("key", "name", "icon", "action")},
            "section": queue.get("section") or self.env._("Returns"),
            "count": count,
            "alarm": bool(count and queue.get("alarm")),
            "late": queue["late_words"](late) if late else False,
        }
