from odoo.addons.aftersales_crm.hooks import forget_foreign_keys


def uninstall_hook(env):
    """Delete the register of foreign keys, which Odoo forgets of an add-on."""
    forget_foreign_keys(env, "aftersales_portal")
