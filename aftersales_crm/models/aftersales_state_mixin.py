from odoo import api, models
from odoo.exceptions import UserError

# An object cannot be sent over RPC, written in an import file or guessed by a
# browser: only Python code of this add-on can put it into the context.
SYSTEM = object()


class AftersalesStateMixin(models.AbstractModel):
    """A state that moves along a table of transitions and in no other way.

    A model that inherits this names its allowed steps in ``_transitions`` and the
    fields that nobody may write directly in ``_guarded``. ``create``, ``write``,
    imports and context defaults refuse them.
    """

    _name = "aftersales.state.mixin"
    _description = "State that only transitions may change"

    _transitions = {}
    _guarded = ("state",)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_system():
            for vals in vals_list:
                self._refuse_guarded(vals)
            self = self._without_guarded_defaults()
        return super().create(vals_list)

    def write(self, vals):
        if not self._is_system():
            self._refuse_guarded(vals)
        return super().write(vals)

    # === Business === #

    def _is_system(self):
        return self.env.context.get("aftersales_system") is SYSTEM

    def _with_system(self):
        """The records, allowed to have guarded fields written."""
        return self.with_context(aftersales_system=SYSTEM)

    def _without_guarded_defaults(self):
        """The records without defaults for guarded fields, which any client may put into the context."""
        defaults = {f"default_{name}" for name in self._refused_fields()}
        if not defaults & self.env.context.keys():
            return self
        return self.with_context({key: value for key, value in self.env.context.items() if key not in defaults})

    @api.model
    def _refused_fields(self):
        """Names of the guarded fields and of stored values that only their compute may set.

        ``readonly`` binds the web client alone: over RPC Odoo stores any value given for a
        computed or related field.
        """
        derived = {
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and (field.compute or field.related)
        }
        return derived | set(self._guarded)

    def _refuse_guarded(self, vals):
        refused = sorted(self._refused_fields() & vals.keys())
        if refused:
            raise UserError(
                self.env._(
                    "%(fields)s of %(model)s cannot be set directly: use its buttons, or the "
                    "methods of aftersales.api.",
                    fields=", ".join(refused),
                    model=self._description,
                )
            )

    def _write_guarded(self, vals):
        """Write guarded fields; for the transition itself and for bookkeeping."""
        return self._with_system().write(vals)

    def _transition(self, target, vals=None):
        """Move the records to ``target``; those already there are left alone.

        :param str target: the state to reach
        :param dict vals: values written in the same statement (who, when, why)
        :return: the records that really moved
        :raise UserError: when the table of transitions has no such step, or a guard refuses
        """
        moving = self.filtered(lambda record: record.state != target)
        for record in moving:
            if target not in self._transitions.get(record.state, ()):
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(record)s is %(current)s and cannot become %(target)s.",
                        record=record.display_name,
                        current=labels[record.state],
                        target=labels.get(target, target),
                    )
                )
        moving._check_transition(target)
        if moving:
            moving._write_guarded({"state": target, **(vals or {})})
            moving._after_transition(target)
        return moving

    # === Hooks === #

    def _check_transition(self, target):
        """Hook: raise a UserError when a record may not move to ``target``."""

    def _after_transition(self, target):
        """Hook: what follows from having reached ``target``, in the same transaction."""
