import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

GUEST_LINK_DAYS = 30


class AftersalesGuestRequest(models.Model):
    """A visitor without a login who asks for the link to an order.

    Whether number and e-mail fit is looked up by a job: neither the answer nor the time that it
    takes tells it to the visitor. What was typed is deleted then.
    """

    _name = "aftersales.guest.request"
    _description = "Request of a Guest"
    _log_access = False

    number = fields.Char(required=True, readonly=True)
    email = fields.Char(required=True, readonly=True)

    @api.model
    def _ask(self, number, email):
        """Note what a visitor typed and have the job look it up."""
        # Visitors have no rights on the queue.
        self.sudo().create({"number": number, "email": email})
        self.env.ref("aftersales_portal.ir_cron_guest_request").sudo()._trigger()

    @api.model
    def _cron_send(self, limit=200):
        """Mail the links that were asked for, each to the address of the order."""
        waiting = self.search([], order="id", limit=limit)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for guest in waiting:
            if guest.try_lock_for_update():
                guest._send_link()
                guest.unlink()
            if not cron._commit_progress(1):
                break

    def _send_link(self):
        self.ensure_one()
        order = self.env["sale.order"]._aftersales_find(self.number, self.email)
        if not order.company_id.aftersales_portal_guests:
            return
        template = self.env.ref("aftersales_portal.mail_template_guest_link").with_company(order.company_id)
        try:
            with self.env.cr.savepoint():
                # Odoo tries templates out on any order; only who asked is given a link.
                template = template.with_context(aftersales_guest_url=order._portal_guest_url())
                template.send_mail(order.id, email_values={"email_to": self.email})
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        except Exception:  # whatever a template that somebody edited may raise
            _logger.warning("The link to %s cannot be mailed", order.name, exc_info=True)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _portal_guest_url(self):
        """Signed address of the order's page for who ordered without an account."""
        self.ensure_one()
        token = self._aftersales_signed_token(days=GUEST_LINK_DAYS)
        return f"{self.get_base_url()}/my/orders/{self.id}?access_token={token}"
