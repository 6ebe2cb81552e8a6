from odoo.tools import SQL


def uninstall_hook(env):
    """Make way for the removal, and delete what Odoo forgets of an add-on.

    Odoo deletes our records before our tables: where one of ours restricts the deletion of
    another, it would complain for each. It forgets the register of foreign keys, values of
    inherited fields, and the database's counter of each year of a sequence.
    """
    drop_restrictions(env, "aftersales_crm")
    # An activity forbids the deletion of its type.
    promises = env.ref("aftersales_crm.mail_activity_data_promise", raise_if_not_found=False)
    if promises:
        activities = env["mail.activity"].with_context(active_test=False)
        activities.search([("activity_type_id", "=", promises.id)]).unlink()
    env["ir.sequence"].search([("code", "=like", "aftersales.%")]).date_range_ids.unlink()
    forget_foreign_keys(env, "aftersales_crm")
    env.cr.execute(
        r"""DELETE FROM ir_model_data
             WHERE module <> 'aftersales_crm'
               AND (name LIKE 'selection\_\_aftersales\_%' OR name LIKE 'model\_inherit\_\_aftersales\_%')"""
    )


def forget_foreign_keys(env, module):
    """Delete the register of an add-on's foreign keys, which Odoo leaves."""
    env.cr.execute(
        """DELETE FROM ir_model_constraint record USING ir_module_module module
            WHERE module.id = record.module AND module.name = %s AND record.type = 'f'""",
        [module],
    )


def drop_restrictions(env, module):
    """Drop the foreign keys of our tables that forbid a deletion; the tables go with the add-on."""
    tables = [model._table for model in env.values() if model._original_module == module and model._auto]
    env.cr.execute(
        """SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE contype = 'f' AND confdeltype IN ('a', 'r') AND conrelid::regclass::text = ANY(%s)""",
        [tables],
    )
    for table, constraint in env.cr.fetchall():
        env.cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(constraint)))
