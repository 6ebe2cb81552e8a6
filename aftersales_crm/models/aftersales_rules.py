from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

BUYERS = ("consumer", "business")


class AftersalesRules(models.AbstractModel):
    """The rules in force for a country on a day, in words. Not legal advice."""

    _name = "aftersales.rules"
    _description = "Rules in Force"

    @api.model
    @api.readonly
    def read_rules(self, country=None, on=None, buyer=None):
        """The page of the rules.

        :param str country: ISO code of the customer's country; the company's without
        :param str on: the day of the contract, ``YYYY-MM-DD``; today without
        :param str buyer: ``consumer`` (also without) or ``business``
        :return: dict with ``country``, ``on`` and ``buyer`` as they were taken, ``countries`` (list of ``code``
            and ``name``) and ``html``
        :raise UserError: when there is no such country or day
        """
        if not self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            raise AccessError(self.env._("The rules in force are for after-sales staff."))
        countries = self.env["res.country"].search_fetch([], ["code", "name"])
        place, day = self._parse_country(countries, country), self._parse_day(on)
        buyer = buyer or BUYERS[0]
        if buyer not in BUYERS:
            raise UserError(self.env._("Rules are for a consumer or for a business."))
        return {
            "country": place.code or "",
            "on": str(day),
            "buyer": buyer,
            "countries": [{"code": one.code, "name": one.name} for one in countries],
            "html": self.env["ir.qweb"]._render("aftersales_crm.rules_page", self._prepare_page(place, day, buyer)),
        }

    def _parse_country(self, countries, code):
        if code is None or code == "":
            return self.env.company.country_id
        place = countries.filtered(lambda one: isinstance(code, str) and one.code == code.upper())
        if not place:
            raise UserError(self.env._("There is no country “%(code)s”.", code=code))
        return place

    def _parse_day(self, on):
        if not on:
            return self.env.company._aftersales_today()
        try:
            return fields.Date.to_date(on[:10])
        except (TypeError, ValueError, AttributeError):
            raise UserError(self.env._("“%(day)s” is no day: write it as 2026-12-31.", day=on)) from None

    def _prepare_page(self, country, on, buyer):
        law = self.env["aftersales.jurisdiction"]._for_country(country, on)
        return {
            "country": country,
            "on": on,
            "buyer": buyer,
            "law": law,
            "sections": self._sections(law, on) if law and buyer == "consumer" else [],
        }

    # === Words === #

    @api.model
    def _sections(self, law, on):
        """What the law says, by subject.

        :param law: `aftersales.jurisdiction`
        :param datetime.date on: the day of the contract
        :return: list of dicts with ``title`` and ``rules`` (dicts with ``text`` and ``confirmed``)
        """
        unconfirmed = set(law._unconfirmed())
        subjects = [
            (self.env._("Right to withdraw"), self._withdrawal_words(law, on)),
            (self.env._("Guarantee against defects"), self._guarantee_words(law)),
            (self.env._("Repair and replacement"), self._repair_words(law)),
            (self.env._("Complaints and notices"), self._complaint_words(law, on)),
        ]
        return [
            {
                "title": title,
                "rules": [{"text": text, "confirmed": not unconfirmed & names} for text, names in rules if text],
            }
            for title, rules in subjects
            if any(text for text, _names in rules)
        ]

    def _withdrawal_words(self, law, on):
        days = law.withdrawal_days
        if not days:
            return [(self.env._("The law gives no right to withdraw."), {"withdrawal_days"})]
        return [
            (
                self.env._(
                    "A consumer may withdraw from a distance contract within %(days)s days, without a reason.",
                    days=days,
                ),
                {"withdrawal_days"},
            ),
            (
                law.uninformed_months
                and self.env._(
                    "Who was not told of the right has %(months)s months more.", months=law.uninformed_months
                ),
                {"uninformed_months"},
            ),
            *self._excluded_words(law),
            (
                law.refund_days and self.env._("The money is paid back within %(days)s days.", days=law.refund_days),
                {"refund_days"},
            ),
            (
                law.send_back_days
                and self.env._(
                    "The customer sends the goods back within %(days)s days of the withdrawal.", days=law.send_back_days
                ),
                {"send_back_days"},
            ),
            (self._function_words(law, on), {"function_from", "withdrawal_label", "confirm_label"}),
        ]

    def _excluded_words(self, law):
        never = law.excluded_kind_ids.filtered(lambda kind: not kind.opened_only)
        opened = law.excluded_kind_ids - never
        names = {"excluded_kind_ids"}
        return [
            (never and self.env._("Not for: %(kinds)s.", kinds=", ".join(never.mapped("name"))), names),
            (
                opened and self.env._("Not once opened or begun: %(kinds)s.", kinds=", ".join(opened.mapped("name"))),
                names,
            ),
        ]

    def _function_words(self, law, on):
        if not law.function_from:
            return False
        labels = {"first": law.withdrawal_label, "second": law.confirm_label}
        day = format_date(self.env, law.function_from)
        if on < law.function_from:
            return self.env._(
                "From %(day)s a shop has to offer a function to withdraw online: “%(first)s”, then “%(second)s”.",
                day=day,
                **labels,
            )
        return self.env._(
            "A shop offers a function to withdraw online: “%(first)s”, then “%(second)s” (obligatory since %(day)s).",
            day=day,
            **labels,
        )

    def _guarantee_words(self, law):
        months = law.guarantee_months
        if not months:
            return [(self.env._("The law names no period of guarantee."), {"guarantee_months"})]
        return [
            (
                self.env._("The seller answers for defects for %(months)s months from the delivery.", months=months),
                {"guarantee_months"},
            ),
            (
                law.burden_months
                and self.env._(
                    "A defect of the first %(months)s months is presumed to have been there from the start; after them "
                    "the customer proves it.",
                    months=law.burden_months,
                ),
                {"burden_months"},
            ),
            (
                self.env._("Repair or replacement comes first; a price reduction or the money back when that fails.")
                if law.remedy_order == "repair_first"
                else self.env._("The customer chooses between repair, replacement and the money back."),
                {"remedy_order"},
            ),
        ]

    def _repair_words(self, law):
        if not law.guarantee_months:
            return []
        return [
            (
                law.repair_days
                and self.env._("A repair should not take more than %(days)s days.", days=law.repair_days),
                {"repair_days"},
            ),
            (
                law.repair_limit_days
                and self.env._(
                    "A product whose repair takes more than %(days)s days is replaced.", days=law.repair_limit_days
                ),
                {"repair_limit_days"},
            ),
            (
                self.env._("A repair stops the clock: the guarantee lasts longer by its days.")
                if law.suspends_repair
                else self.env._("A repair does not stop the clock of the guarantee."),
                {"suspends_repair"},
            ),
            (
                law.repair_extension_months
                and self.env._(
                    "The first repair under the guarantee adds %(months)s months to it.",
                    months=law.repair_extension_months,
                ),
                {"repair_extension_months"},
            ),
            (self._replacement_words(law), {"replacement_months"}),
        ]

    def _replacement_words(self, law):
        if law.replacement_months:
            return self.env._(
                "A replacement is covered for at least %(months)s months from its delivery.",
                months=law.replacement_months,
            )
        return self.env._("A replacement is covered for what was left of the first product's guarantee.")

    def _complaint_words(self, law, on):
        rules = []
        if law.answer_days and law.silence == "accepted":
            text = self.env._(
                "A complaint is answered within %(days)s days; no answer by then means that it is accepted.",
                days=law.answer_days,
            )
            rules.append((text, {"answer_days", "silence"}))
        elif law.answer_days:
            text = self.env._(
                "A complaint is answered within %(days)s days; silence has no consequence by itself.",
                days=law.answer_days,
            )
            rules.append((text, {"answer_days", "silence"}))
        elif law.guarantee_months:
            rules.append((self.env._("The law names no days to answer a complaint."), {"answer_days"}))
        return [*rules, (self._notice_words(law, on), {"notice_from"})]

    def _notice_words(self, law, on):
        if not law.notice_from:
            return False
        day = format_date(self.env, law.notice_from)
        if on < law.notice_from:
            return self.env._("From %(day)s a shop has to show the harmonised notice of the guarantee.", day=day)
        return self.env._("A shop shows the harmonised notice of the guarantee (obligatory since %(day)s).", day=day)
