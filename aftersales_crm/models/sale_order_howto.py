from odoo import models
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _aftersales_howtos(self):
        """The documents that come with the goods: those that Odoo offers with a confirmed order.

        :return: list of ``(name, address)``
        """
        self.ensure_one()
        products = self.order_line.product_id
        found_sudo = (
            self.env["product.document"]
            .sudo()  # who may write to the customer of an order may send what comes with it
            .search(
                Domain("attached_on_sale", "in", ("quotation", "sale_order"))
                & (
                    Domain([("res_model", "=", "product.product"), ("res_id", "in", products.ids)])
                    | Domain([("res_model", "=", "product.template"), ("res_id", "in", products.product_tmpl_id.ids)])
                )
            )
        )
        return [(document.name, self._aftersales_document_url(document)) for document in found_sudo]

    def _aftersales_document_url(self, document):
        if document.type == "url":
            return document.url
        attachment = document.ir_attachment_id
        token = attachment.access_token or attachment.generate_access_token()[0]
        return f"{self.get_base_url()}/web/content/{attachment.id}?access_token={token}"
