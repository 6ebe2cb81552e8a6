from datetime import timedelta
from urllib.parse import urlencode

from odoo import fields, models
from odoo.tools.misc import format_date

# Carriers tell within days; after a month nobody waits for their word.
ARRIVAL_DAYS = 30


class SaleOrder(models.Model):
    # Where an order is, as its customer follows it.

    _inherit = "sale.order"

    def _aftersales_track_url(self):
        self.ensure_one()
        return self._portal_signed_url("/track") if self.company_id.aftersales_portal_track else ""

    def _aftersales_door_url(self):
        self.ensure_one()
        return self._portal_door_url() if self.company_id.aftersales_portal_returns else ""

    def _portal_signed_url(self, path):
        """Address of a page of ours that opens this order without a login."""
        query = {"order_id": self.id, "access_token": self._aftersales_signed_token()}
        return f"{self.get_base_url()}{path}?{urlencode(query)}"

    def _portal_can_track(self):
        """Whether there is anything to follow."""
        self.ensure_one()
        return self.company_id.aftersales_portal_track and self.state == "sale"

    # === Steps === #

    def _portal_track(self):
        """What happened to the order and what is to come.

        :return: dict with ``steps`` of the order and ``deliveries``, each a dict with ``title``, ``goods`` (texts),
            ``parcels`` (name and address), ``carrier`` and ``steps``; a step is a dict with
            ``label``, ``date`` (date or False), ``detail`` (text) and ``state`` (``done``, ``next`` or ``later``)
        """
        self.ensure_one()
        # Customers have no right on the transfers of their order.
        pickings_sudo = self.sudo().picking_ids.filtered(
            lambda picking: (
                picking.state != "cancel"
                and picking.location_dest_id.usage == "customer"
                and picking.location_id.usage != "customer"
                and not picking.return_id
            )
        )
        return {
            "steps": [self._portal_track_step(self.env._("Ordered"), self.date_order), *self._portal_payment_steps()],
            "deliveries": self._portal_deliveries(pickings_sudo.sorted("id")),
        }

    def _portal_track_step(self, label, moment=False, detail="", done=None):
        if hasattr(moment, "hour"):
            moment = self.company_id._aftersales_date(moment)
        done = bool(moment) if done is None else done
        return {"label": label, "date": done and moment, "detail": detail, "state": "done" if done else "later"}

    def _portal_payment_steps(self):
        if self.currency_id.is_zero(self.amount_total):
            return []
        paid, day = self._aftersales_paid()
        if paid:
            return [self._portal_track_step(self.env._("Payment received"), day, done=True)]
        due = min(self._aftersales_invoices().filtered("amount_residual").mapped("invoice_date_due"), default=False)
        detail = self.env._("due on %(day)s", day=format_date(self.env, due)) if due else ""
        return [self._portal_track_step(self.env._("Payment"), detail=detail)]

    # === Deliveries === #

    def _portal_deliveries(self, pickings):
        ordered = pickings.filtered(lambda picking: not picking.aftersales_remedy_id)
        titles = dict.fromkeys(pickings, self.env._("Replacement"))
        titles |= dict.fromkeys(ordered, self.env._("Delivery"))
        if len(ordered) > 1:
            for number, picking in enumerate(ordered, 1):
                titles[picking] = self.env._("Delivery %(number)s of %(count)s", number=number, count=len(ordered))
        return [{"title": titles[picking], **self._portal_delivery(picking)} for picking in pickings]

    def _portal_delivery(self, picking):
        steps = self._portal_delivery_steps(picking)
        upcoming = [step for step in steps if step["state"] == "later"]
        if upcoming:
            upcoming[0]["state"] = "next"
        return {
            "goods": picking._aftersales_goods(),
            "parcels": picking._aftersales_parcels(),
            "carrier": picking.carrier_id.name or "",
            "steps": steps,
        }

    def _portal_delivery_steps(self, picking):
        sent = picking.state == "done"
        window = picking._aftersales_window_words()
        packing = sent or picking.state == "assigned" or "done" in picking.move_ids.move_orig_ids.mapped("state")
        label = self.env._("Being packed") if packing and not sent else self.env._("Packed")
        steps = [self._portal_track_step(label, done=sent)]
        arrived_at = picking.aftersales_arrived_at
        if not picking.carrier_id and sent:
            return [*steps, self._portal_track_step(self.env._("Delivered"), arrived_at or picking.date_done)]
        if picking.carrier_id:
            steps.append(self._portal_track_step(self.env._("Shipped"), sent and picking.date_done))
        if arrived_at or not sent or fields.Datetime.now() - picking.date_done < timedelta(days=ARRIVAL_DAYS):
            label = self.env._("Delivered") if arrived_at else self.env._("Arrives")
            steps.append(self._portal_track_step(label, arrived_at, "" if arrived_at else window))
        return steps
