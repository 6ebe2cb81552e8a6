def uninstall_hook(env):
    """Delete the register of foreign keys, which Odoo forgets of an add-on."""
    env.cr.execute(
        """DELETE FROM ir_model_constraint record USING ir_module_module module
            WHERE module.id = record.module AND module.name = 'aftersales_portal' AND record.type = 'f'"""
    )
