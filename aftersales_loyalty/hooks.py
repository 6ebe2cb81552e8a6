def uninstall_hook(env):
    """Give what waits, so that balances are what Odoo's own reversals expect."""
    env["loyalty.program"].with_context(active_test=False).search(
        [("aftersales_ledger", "=", True)]
    ).aftersales_ledger = False
