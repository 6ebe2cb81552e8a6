from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL, format_amount, formatLang

from ..models.loyalty_card_desk import SOON


class AftersalesLoyaltyOverview(models.AbstractModel):
    """What the points are worth, and whether who collects them buys more: figures for managers.

    Each source is asked once, whatever it holds. Amounts are in the currency of the current company.
    """

    _name = "aftersales.loyalty.overview"
    _description = "Loyalty Overview"

    @api.model
    @api.readonly
    def read_overview(self):
        """The page *Loyalty, Reporting, Overview*.

        :return: dict with ``figures``, ``programs``, ``customers``, ``tiers`` and ``plots``
        """
        self.env["aftersales.rma"]._ensure_manager(self.env._("Only managers see what the points are worth."))
        programs = self._program_rows()
        return {
            "figures": self._figures(programs),
            "programs": [self._program_words(row) for row in programs],
            "customers": self._customer_rows(),
            "tiers": self._tier_rows(),
            "plots": self._plots(),
        }

    # === What is owed === #

    @api.model
    def _programs(self):
        """Programs with a ledger in the companies of the user (sudo'ed: a manager need not sell)."""
        companies = [*self.env.companies.ids, False]
        domain = [("aftersales_ledger", "=", True), ("company_id", "in", companies)]
        return self.env["loyalty.program"].sudo().with_context(active_test=False).search(domain)

    @api.model
    def _program_rows(self):
        """What each program owes: list of dicts with numbers, money in the currency of the company."""
        programs = self._programs()
        entries_sudo = self.env["aftersales.loyalty.entry"].sudo()  # of the programs above
        domain = [("program_id", "in", programs.ids)]
        sums = dict.fromkeys(programs, (0.0, 0.0))
        for program, state, points in entries_sudo._read_group(
            [*domain, ("state", "in", ("posted", "pending"))], ["program_id", "state"], ["points:sum"]
        ):
            posted, pending = sums[program]
            sums[program] = (posted + points, pending) if state == "posted" else (posted, pending + points)
        members = self._counts(
            self.env["loyalty.card"].sudo(), [*domain, ("partner_id", "!=", False)], "partner_id:count_distinct"
        )
        expiring = self._counts(entries_sudo, [*domain, *self._expiring_domain()], "remaining:sum")
        ended = self._ended()
        return [self._program_row(program, *sums[program], members, expiring, ended) for program in programs]

    @api.model
    def _counts(self, model, domain, aggregate):
        return dict(model._read_group(domain, ["program_id"], [aggregate]))

    @api.model
    def _expiring_domain(self):
        last = self.env.company._aftersales_today() + timedelta(days=SOON)
        return [("state", "=", "posted"), ("remaining", ">", 0), ("expires_on", "<=", last)]

    @api.model
    def _ended(self):
        """How points ended in the last year: ``{program: {flow: points}}``, points above zero."""
        rows = self.env["aftersales.loyalty.report"]._read_group(
            [("date", ">", self._year_ago()), ("flow", "in", ("used", "expired"))],
            ["program_id", "flow"],
            ["points:sum"],
        )
        ended = {}
        for program, flow, points in rows:
            ended.setdefault(program.sudo(), {})[flow] = max(-points, 0.0)
        return ended

    @api.model
    def _year_ago(self):
        return self.env.company._aftersales_today() - relativedelta(years=1)

    @api.model
    def _program_row(self, program, points, pending, members, expiring, ended):
        company = self.env.company
        value = program.currency_id._convert(
            points * program.aftersales_point_value, company.currency_id, company, company._aftersales_today()
        )
        ways = ended.get(program, {})
        expired, used = ways.get("expired", 0.0), ways.get("used", 0.0)
        return {
            "program": program,
            "members": members.get(program, 0),
            "points": points,
            "pending": pending,
            "expiring": expiring.get(program, 0.0),
            "value": value,
            "expired": expired,
            "used": used,
            "breakage": expired / (expired + used) if expired + used else None,
        }

    # === Members against others === #

    @api.model
    def _members_sql(self):
        """Customers with a card of a program that gives points (SELECT of commercial partners)."""
        programs = self._programs().filtered(lambda program: program.program_type == "loyalty")
        return SQL(
            """SELECT partner.commercial_partner_id
                 FROM loyalty_card card JOIN res_partner partner ON partner.id = card.partner_id
                WHERE card.active AND card.program_id = ANY(%s)""",
            programs.ids,
        )

    @api.model
    def _buyers(self):
        """Who ordered in the last year: ``{is member: {customers, orders, revenue}}``, without taxes."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT company_id, is_member, COUNT(*), SUM(orders), SUM(revenue)
                     FROM (SELECT doc.company_id, partner.commercial_partner_id IN (%(members)s) AS is_member,
                                  COUNT(*) AS orders,
                                  SUM(doc.amount_untaxed / COALESCE(NULLIF(doc.currency_rate, 0), 1)) AS revenue
                             FROM sale_order doc JOIN res_partner partner ON partner.id = doc.partner_id
                            WHERE doc.state = 'sale' AND doc.date_order > %(since)s
                              AND doc.company_id = ANY(%(companies)s)
                         GROUP BY doc.company_id, partner.commercial_partner_id) customer
                 GROUP BY company_id, is_member""",
                members=self._members_sql(),
                since=self._year_ago(),
                companies=self.env.companies.ids,
            )
        )
        groups = {side: {"customers": 0, "orders": 0, "revenue": 0.0} for side in (True, False)}
        company, today = self.env.company, self.env.company._aftersales_today()
        for company_id, is_member, customers, orders, revenue in self.env.cr.fetchall():
            currency = self.env["res.company"].browse(company_id).currency_id
            group = groups[is_member]
            group["customers"] += customers
            group["orders"] += int(orders)
            group["revenue"] += currency._convert(float(revenue), company.currency_id, company, today)
        return groups

    @api.model
    def _units(self):
        """Units delivered in the last year and those of them that came back: ``{is member: percent or None}``."""
        self.env.cr.execute(
            SQL(
                """SELECT partner.commercial_partner_id IN (%(members)s), SUM(doc.units_delivered),
                          SUM(doc.units_returned)
                     FROM (%(report)s) doc JOIN res_partner partner ON partner.id = doc.partner_id
                    WHERE doc.kind IN ('delivery', 'return') AND doc.delivered_on > %(since)s
                      AND doc.company_id = ANY(%(companies)s)
                 GROUP BY 1""",
                members=self._members_sql(),
                report=self.env["aftersales.return.report"]._table_query,
                since=self._year_ago(),
                companies=self.env.companies.ids,
            )
        )
        rates = {True: None, False: None}
        for is_member, delivered, returned in self.env.cr.fetchall():
            rates[is_member] = 100.0 * float(returned or 0) / float(delivered) if delivered else None
        return rates

    @api.model
    def _customer_rows(self):
        """Members against others: rows with words for both."""
        groups, rates = self._buyers(), self._units()
        measures = [
            (self.env._("Customers who ordered"), lambda group: group["customers"], self._as_number),
            (self.env._("Revenue, without taxes"), lambda group: group["revenue"], self._as_money),
            (self.env._("Orders per customer"), lambda group: self._mean(group, "orders", "customers"), self._as_mean),
            (self.env._("Average order"), lambda group: self._mean(group, "revenue", "orders"), self._as_money),
        ]
        rows = [
            {
                "name": name,
                "members": self._words(words, figure(groups[True])),
                "others": self._words(words, figure(groups[False])),
            }
            for name, figure, words in measures
        ]
        sent_back = {
            "name": self.env._("Units sent back"),
            "members": self._words(self._as_percent, rates[True]),
            "others": self._words(self._as_percent, rates[False]),
        }
        return [*rows, sent_back]

    @api.model
    def _mean(self, group, total, count):
        return group[total] / group[count] if group[count] else None

    # === Tiers === #

    @api.model
    def _tier_rows(self):
        """How many members are in which tier: rows of each program with tiers, the lowest first."""
        programs = self._programs().filtered("aftersales_tier_ids")
        counts = {}
        for program, tier, count in (
            self.env["loyalty.card"]
            .sudo()
            ._read_group(
                [("program_id", "in", programs.ids), ("partner_id", "!=", False)],
                ["program_id", "aftersales_tier_id"],
                ["__count"],
            )
        ):
            counts[program, tier] = count
        rows = []
        for program in programs:
            tiers = [program.aftersales_tier_ids.browse(), *program.aftersales_tier_ids.sorted("threshold")]
            total = sum(counts.get((program, tier), 0) for tier in tiers)
            rows += [self._tier_row(program, tier, counts.get((program, tier), 0), total) for tier in tiers]
        return rows

    @api.model
    def _tier_row(self, program, tier, count, total):
        return {
            "key": f"{program.id},{tier.id or 0}",
            "program_id": program.id,
            "program": program.name,
            "tier_id": tier.id,
            "name": tier.name or self.env._("No tier yet"),
            "count": count,
            "percent": round(100 * count / total) if total else 0,
        }

    # === Words === #

    @api.model
    def _figures(self, rows):
        """The tiles on top: list of dicts with ``key, name, value, help, action``."""
        total = {name: sum(row[name] for row in rows) for name in ("members", "points", "pending", "expiring", "value")}
        expired, used = sum(row["expired"] for row in rows), sum(row["used"] for row in rows)
        breakage = expired / (expired + used) if expired + used else None
        members = "aftersales_loyalty.loyalty_card_action_members"
        entries = "aftersales_loyalty.aftersales_loyalty_entry_action"
        report = "aftersales_loyalty.aftersales_loyalty_report_action"
        return [
            self._figure("members", self.env._("Members"), self._as_number(total["members"]), members),
            self._figure(
                "value",
                self.env._("What the points are worth"),
                self._as_money(total["value"]),
                report,
                self.env._("Points on the cards, at what each program says a point is worth."),
            ),
            self._figure(
                "expected",
                self.env._("Of it, likely to be used"),
                self._words(self._as_money, total["value"] * (1 - breakage) if breakage is not None else None),
                report,
                self.env._("The same without the share of points that expired in the last year."),
            ),
            self._figure("points", self.env._("Points on the cards"), self._as_number(total["points"]), entries),
            self._figure("pending", self.env._("Points that wait"), self._as_number(total["pending"]), entries),
            self._figure(
                "expiring",
                self.env._("Expire in %(days)s days", days=SOON),
                self._as_number(total["expiring"]),
                entries,
            ),
            self._figure(
                "breakage",
                self.env._("Breakage"),
                self._words(self._as_share, breakage),
                report,
                self.env._("Points that expired, of all that were used or expired in the last year."),
            ),
        ]

    @api.model
    def _figure(self, key, name, value, action, explained=""):
        return {"key": key, "name": name, "value": value, "help": explained, "action": action}

    @api.model
    def _program_words(self, row):
        """A program as the page shows it."""
        return {
            "id": row["program"].id,
            "name": row["program"].name,
            "members": self._as_number(row["members"]),
            "points": self._as_number(row["points"]),
            "pending": self._as_number(row["pending"]),
            "expiring": self._as_number(row["expiring"]),
            "value": self._as_money(row["value"]),
            "breakage": self._words(self._as_share, row["breakage"]),
        }

    @api.model
    def _words(self, words, value):
        return False if value is None else words(value)

    @api.model
    def _as_number(self, value):
        return formatLang(self.env, value, digits=0)

    @api.model
    def _as_mean(self, value):
        return formatLang(self.env, value, digits=1)

    @api.model
    def _as_percent(self, value):
        return self.env._("%(number)s %%", number=formatLang(self.env, value, digits=1 if 0 < value < 10 else 0))

    @api.model
    def _as_share(self, value):
        return self._as_percent(100 * value)

    @api.model
    def _as_money(self, value):
        return format_amount(self.env, value, self.env.company.currency_id)

    @api.model
    def _plots(self):
        """What managers would rather look at than read."""
        names = {
            "flow": self.env._("Points by month"),
            "balance": self.env._("Points on the cards, month by month"),
        }
        return [
            {
                "name": name,
                "model": "aftersales.loyalty.report",
                "view_id": self.env.ref(f"aftersales_loyalty.aftersales_loyalty_report_view_plot_{key}").id,
                "domain": [("date", ">=", "today -12m")] if key == "flow" else [],
                "action": "aftersales_loyalty.aftersales_loyalty_report_action",
            }
            for key, name in names.items()
        ]
