from odoo import api, models


class AftersalesCachedMixin(models.AbstractModel):
    """A few rules of the trade that are read at every order and return.

    Their models keep what is needed of them in methods with ``ormcache``; every change empties that cache.
    """

    _name = "aftersales.cached.mixin"
    _description = "Rules that are kept in the cache"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
