from odoo import models

# Menus that only people of companies in Poland need.
POLISH = ("aftersales_crm.aftersales_menu_fiscal_register", "aftersales_crm.account_menu_fiscal_register")


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        hidden = super()._load_menus_blacklist()
        # Whoever loads the menu need not see companies.
        countries_sudo = self.env.user.sudo().company_ids.account_fiscal_country_id
        if "PL" not in countries_sudo.mapped("code"):
            menus = (self.env.ref(name, raise_if_not_found=False) for name in POLISH)
            hidden += [menu.id for menu in menus if menu]
        return hidden
