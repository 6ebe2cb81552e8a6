def uninstall_hook(env):
    """Give what waits, so that balances are what Odoo's own reversals expect; leave nothing behind."""
    env["loyalty.program"].with_context(active_test=False).search(
        [("aftersales_ledger", "=", True)]
    ).aftersales_ledger = False
    # What the history and scripts know of entries goes with them.
    env["aftersales.event"].search([("res_model", "=", "aftersales.loyalty.entry")]).unlink()
    env["aftersales.external.ref"].search([("res_model", "=", "aftersales.loyalty.entry")]).unlink()
