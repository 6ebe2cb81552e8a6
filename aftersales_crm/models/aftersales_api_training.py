from odoo import models
from odoo.exceptions import AccessError

from ..facade.parts import obj, reference
from .aftersales_api import facade
from .aftersales_checklist import TRAINER

USER = reference("User", "login or name")


class AftersalesApi(models.AbstractModel):
    """The training of staff."""

    _inherit = "aftersales.api"

    @facade(obj(user=USER))
    def training_status(self, params):
        """Where a user stands with the published checklists: those for them, and those they were given.

        Without a user: the caller. Of others only trainers and managers are told.

        :return: ``user`` and ``checklists``, each with ``id, code, name, version, status`` (``valid, due, late,
            expired, missing``), ``progress`` (percent of the latest training), ``due_on`` and ``valid_until`` (its last
            day; false for good)
        """
        user = self._ref("res.users", params["user"], "user") if "user" in params else self.env.user
        if user != self.env.user and not self.env.user.has_group(TRAINER):
            raise AccessError(self.env._("Only trainers and managers see the training of others."))
        return {"user": self._named(user), "checklists": self._trainings(user)}

    def _trainings(self, user):
        status = self.env["aftersales.checklist.status"]
        if user == self.env.user:
            status = status.sudo()  # one's own standing is no secret
        domain = [("user_id", "=", user.id), ("company_id", "in", self.env.companies.ids)]
        rows = status.search(domain, order="checklist_id, id").grouped("checklist_id")
        return [
            {
                "id": checklist.id,
                "code": checklist.code,
                "name": checklist.name,
                "version": checklist.version,
                "status": found[0].status,
                "progress": found[0].run_id.progress,
                "due_on": found[0].due_on,
                "valid_until": found[0].valid_until,
            }
            for checklist, found in rows.items()
        ]
