def uninstall_hook(env):
    """Delete what Odoo forgets of an add-on: foreign keys on its models and values of inherited fields.

    Odoo removes the constraints themselves, but keeps their rows; without this a later
    installation would find names that stand for nothing.
    """
    env.cr.execute(
        """DELETE FROM ir_model_constraint record USING ir_module_module module
            WHERE module.id = record.module AND module.name = 'aftersales_crm' AND record.type = 'f'"""
    )
    env.cr.execute(
        r"""DELETE FROM ir_model_data
             WHERE module <> 'aftersales_crm'
               AND (name LIKE 'selection\_\_aftersales\_%' OR name LIKE 'model\_inherit\_\_aftersales\_%')"""
    )
