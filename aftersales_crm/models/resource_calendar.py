from odoo import api, models, tools

from .commitment_clock import Hours


class ResourceCalendar(models.Model):
    # Working hours as plain values, for the clock of commitments.

    _inherit = "resource.calendar"

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    @tools.ormcache("self.id", "company.id")
    def _aftersales_hours(self, company):
        self.ensure_one()
        weeks = [[[] for _day in range(7)] for _week in range(2 if self.two_weeks_calendar else 1)]
        for line in self.attendance_ids:
            if not line.display_type and line.day_period != "lunch":
                week = int(line.week_type or 0) if self.two_weeks_calendar else 0
                weeks[week][int(line.dayofweek)].append((line.hour_from, line.hour_to))
        holidays = self.env["resource.calendar.leaves"].search(
            [
                ("resource_id", "=", False),
                ("calendar_id", "in", (False, self.id)),
                ("company_id", "in", (False, company.id)),
                ("time_type", "=", "leave"),
            ]
        )
        return Hours(
            self.tz or company._aftersales_zone(),
            tuple(tuple(tuple(day) for day in week) for week in weeks),
            tuple(sorted((holiday.date_from, holiday.date_to) for holiday in holidays)),
        )


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._aftersales_forget_hours()
        return leaves

    def write(self, vals):
        self._aftersales_forget_hours()
        result = super().write(vals)
        self._aftersales_forget_hours()
        return result

    def unlink(self):
        self._aftersales_forget_hours()
        return super().unlink()

    def _aftersales_forget_hours(self):
        if any(not leave.resource_id for leave in self):  # a holiday, not somebody's own leave
            self.env.registry.clear_cache()
