from odoo.addons.aftersales_crm.hooks import drop_restrictions, forget_foreign_keys


def uninstall_hook(env):
    """Give what waits, so that balances are what Odoo's own reversals expect; leave nothing behind."""
    env["loyalty.program"].with_context(active_test=False).search(
        [("aftersales_ledger", "=", True)]
    ).aftersales_ledger = False
    # What the history and scripts know of entries goes with them.
    env["aftersales.event"].search([("res_model", "=", "aftersales.loyalty.entry")]).unlink()
    env["aftersales.external.ref"].search([("res_model", "=", "aftersales.loyalty.entry")]).unlink()
    drop_restrictions(env, "aftersales_loyalty")
    forget_foreign_keys(env, "aftersales_loyalty")
