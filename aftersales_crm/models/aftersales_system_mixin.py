from odoo import api, models


class AftersalesSystemMixin(models.AbstractModel):
    # Fields of ours on Odoo's documents that only the system writes: whoever may edit the document
    # may not thereby rewrite what was promised, or pretend that a document carries out a remedy.
    # (No docstring: Odoo's models that inherit this would show it as theirs.)

    _name = "aftersales.system.mixin"
    _description = "Fields that only the system writes"

    _aftersales_system_fields = frozenset()

    @api.model
    def _has_field_access(self, field, operation):
        if operation == "write" and not self.env.su and field.name in self._aftersales_system_names():
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def _aftersales_system_names(self):
        """The names that all files and add-ons have put into `_aftersales_system_fields`."""
        return frozenset().union(*(vars(cls).get("_aftersales_system_fields", ()) for cls in type(self).mro()))
