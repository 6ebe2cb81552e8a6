from odoo import api, fields, models, tools


class AftersalesReason(models.Model):
    """Why a customer brings something back, in words and with its consequences."""

    _name = "aftersales.reason"
    _description = "Return Reason"
    _inherit = ["aftersales.cached.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable name for scripts, e.g. changed_mind.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    kind = fields.Selection(
        [
            ("mind", "Change of mind"),
            ("defect", "Defect"),
            ("delivery", "Wrong, missing or damaged on arrival"),
            ("other", "Something else"),
        ],
        required=True,
        default="other",
        help="Decides which rights are looked at first.",
    )
    responsible = fields.Selection(
        [
            ("customer", "Customer"),
            ("shop", "Shop"),
            ("carrier", "Carrier"),
            ("manufacturer", "Manufacturer"),
        ],
        required=True,
        default="shop",
    )
    photo_required = fields.Boolean(help="Without a photo the request waits for a review.")
    goods_missing = fields.Boolean("Nothing to send back", help="The customer never had what is missing.")
    remedy_type_ids = fields.Many2many("aftersales.remedy.type", string="Remedies", help="Empty: every remedy.")
    default_remedy_type_id = fields.Many2one("aftersales.remedy.type", string="Default remedy")

    _code_unique = models.UniqueIndex("(code, COALESCE(company_id, 0))", "The code of a return reason must be unique.")

    # === Business === #

    @api.model
    @tools.ormcache()
    def _consequences(self):
        """What each reason means for goods and remedy, read at every step of a return.

        :return: ``{id: (goods are missing, id of the default remedy type or False)}``
        """
        reasons_sudo = self.sudo().with_context(active_test=False)  # of whichever company
        return {
            reason.id: (reason.goods_missing, reason.default_remedy_type_id.id) for reason in reasons_sudo.search([])
        }
