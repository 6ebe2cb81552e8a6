from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date
from odoo.tools.mimetypes import guess_mimetype

LABEL_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/gif")
LABEL_BYTES = 10 * 1024 * 1024


class AftersalesRma(models.Model):
    """The papers of the way back: slip, label and where the parcel is."""

    _inherit = "aftersales.rma"

    label_ids = fields.Many2many(
        "ir.attachment",
        "aftersales_rma_label_rel",
        "rma_id",
        "attachment_id",
        "Carrier's label",
        copy=False,
        bypass_search_access=True,
        help="PDF or picture that the customer sticks on the parcel.",
    )
    can_get_label = fields.Boolean(compute="_compute_can_get_label")
    tracking_url = fields.Char("Follow the parcel", compute="_compute_tracking_url")

    # === Computes === #

    @api.depends("state", "reception_status", "label_ids")
    def _compute_can_get_label(self):
        for rma in self:
            rma.can_get_label = rma._awaits_goods() and not rma.label_ids and bool(rma._label_carrier())

    @api.depends("tracking_ref", "tracking_carrier", "company_id")
    def _compute_tracking_url(self):
        links = self._carrier_links()
        for rma in self:
            link = links.get((rma.tracking_carrier or "").strip().casefold())
            rma.tracking_url = rma.tracking_ref and link and rma._fill_in(link)

    def _carrier_links(self):
        """Tracking addresses of the carriers that were named: lower-case name → address."""
        names = [rma.tracking_carrier.strip() for rma in self if rma.tracking_ref and rma.tracking_carrier]
        if not names:
            return {}
        # Customers and agents read no carriers; an address to follow parcels is no secret.
        carriers_sudo = self.env["delivery.carrier"].sudo()
        found = carriers_sudo.search(
            [("tracking_url", "=like", "http%"), ("company_id", "in", [False, *self.company_id.ids])]
        )
        return {carrier.name.casefold(): carrier.tracking_url for carrier in reversed(found)}

    def _fill_in(self, link):
        return link.replace("<shipmenttrackingnumber>", quote(self.tracking_ref, safe=""))

    # === Constrains === #

    @api.constrains("label_ids")
    def _check_labels(self):
        # Whoever may write the return has chosen these files; their content is looked at.
        for label_sudo in self.sudo().label_ids:
            content = label_sudo.raw or b""
            if not content:
                raise ValidationError(self.env._("%(name)s is empty.", name=label_sudo.name))
            if len(content) > LABEL_BYTES:
                megabytes = LABEL_BYTES // 1024 // 1024
                raise ValidationError(
                    self.env._("%(name)s is larger than %(limit)s MB.", name=label_sudo.name, limit=megabytes)
                )
            if guess_mimetype(content) not in LABEL_TYPES:
                raise ValidationError(
                    self.env._("%(name)s is not a label: use a PDF, PNG, JPEG or GIF.", name=label_sudo.name)
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        rmas = super().create(vals_list)
        rmas._claim_labels()
        return rmas

    def write(self, vals):
        result = super().write(vals)
        if "label_ids" in vals:
            self._claim_labels()
        return result

    def _claim_labels(self):
        """Tie labels that belong to nothing yet to the return, so that who reads it sees them."""
        for rma in self:
            # Linking them took the right to read them.
            free_sudo = rma.sudo().label_ids.filtered(lambda label: not label.res_id)
            free_sudo.write({"res_model": self._name, "res_id": rma.id})

    # === Actions === #

    def action_print_slip(self):
        """The slip that goes into the parcel, as PDF."""
        return self.env.ref("aftersales_crm.return_slip_report").report_action(self)

    def action_get_label(self):
        """Let the carrier of the delivery make the label of the way back, once.

        :raise UserError: when no goods are awaited, or no carrier makes return labels
        """
        self.ensure_one()
        self.check_access("write")
        if self.label_ids:
            return True
        self.lock_for_update()  # a label costs money: nobody else asks for it meanwhile
        carrier_sudo, picking_sudo = self._label_carrier(), self._label_picking()
        if not carrier_sudo or not picking_sudo:
            raise UserError(
                self.env._("No carrier of %(rma)s makes return labels: upload the label by hand.", rma=self.name)
            )
        picking_sudo.carrier_id = carrier_sudo
        parcels = carrier_sudo.get_return_label(picking_sudo) or []
        self.label_ids = picking_sudo.return_label_ids.copy({"res_model": self._name, "res_id": self.id})
        picking_sudo.carrier_price += sum(parcel.get("exact_price") or 0.0 for parcel in parcels)
        self.tracking_carrier = self.tracking_carrier or carrier_sudo.name
        numbers = [parcel["tracking_number"] for parcel in parcels if parcel.get("tracking_number")]
        self.tracking_ref = self.tracking_ref or ", ".join(numbers)
        return True

    # === Business === #

    def _awaits_goods(self):
        """Whether the customer still has something to send."""
        self.ensure_one()
        return self.state == "approved" and self.reception_status in ("waiting", "partial")

    def _label_carrier(self):
        """The carrier of the deliveries, if it makes labels of the way back."""
        self.ensure_one()
        # Agents read no carriers; they only learn whether there is one.
        carriers_sudo = self.line_ids.origin_move_id.picking_id.sudo().carrier_id
        return carriers_sudo.filtered("can_generate_return")[:1]

    def _label_picking(self):
        """The transfer by which the goods come back."""
        self.ensure_one()
        # Agents have no rights on transfers; this one is of their return.
        moves_sudo = self.line_ids.receipt_move_ids.sudo()
        return moves_sudo.filtered(lambda move: move.state not in ("done", "cancel")).picking_id[:1]

    def _return_address(self):
        """Where the customer sends the goods (`res.partner`)."""
        self.ensure_one()
        # The address of a warehouse is what the customer writes on the parcel.
        rma_sudo = self.sudo()
        warehouses = rma_sudo.warehouse_id or rma_sudo.line_ids.receipt_move_ids.picking_type_id.warehouse_id
        return warehouses[:1].partner_id or rma_sudo.company_id.partner_id

    def _customer_url(self):
        """Hook: address of the return's page for its customer, who needs no login; False without one."""
        return False

    def _way_back_payer(self):
        """Who pays the way back, as eligibility says it: the best for the customer of all products."""
        self.ensure_one()
        service = self.env["aftersales.eligibility"]
        payers = {
            service._return_shipping(line.basis, line._eligibility_unit())
            for line in self.line_ids
            if line._needs_goods()
        }
        return next((payer for payer in ("shop", "deducted") if payer in payers), "customer")

    def _way_back(self):
        """What the customer does now, in order.

        :return: list of sentences, empty when nothing is to be sent
        """
        self.ensure_one()
        if not self._awaits_goods():
            return []
        steps = [
            self.env._("Pack the products well, with everything that came with them."),
            self.env._("Put the return slip into the parcel, or write %(rma)s on it.", rma=self.name),
            self._parcel_sentence(),
        ]
        if self.expires_on:
            steps.append(self.env._("Send it by %(day)s.", day=format_date(self.env, self.expires_on)))
        return steps

    def _parcel_sentence(self):
        """How the parcel gets to us, and who pays for that."""
        payer = self._way_back_payer()
        if self.label_ids:
            return {
                "shop": self.env._("Stick our label on the parcel and hand it over: it costs you nothing."),
                "deducted": self.env._(
                    "Stick our label on the parcel and hand it over: we deduct the way back from your refund."
                ),
                "customer": self.env._("Stick our label on the parcel and hand it over."),
            }[payer]
        return {
            "shop": self.env._("Send it to us and keep the receipt: we pay the way back."),
            "deducted": self.env._(
                "Send it to us and keep the receipt: we pay the way back and deduct it from your refund."
            ),
            "customer": self.env._("Send it to us with a carrier of your choice and keep the receipt."),
        }[payer]

    def _what_follows(self):
        """What we do once the goods are here, one sentence per remedy."""
        self.ensure_one()
        codes = [line._remedy_type().code for line in self.line_ids]
        sentences = {
            "refund": self._refund_sentence(),
            "replacement": self.env._("As soon as the goods are here, we send you the replacement."),
            "repair": self.env._("As soon as the goods are here, we repair them and send them back to you."),
        }
        follows = [sentences[code] for code in dict.fromkeys(codes) if code in sentences]
        if self.refund_by:
            day = format_date(self.env, self.refund_by)
            follows.append(self.env._("The money is on its way to you by %(day)s.", day=day))
        return follows

    def _refund_sentence(self):
        """When the customer gets the money back."""
        timings = {(line.sale_line_id.aftersales_policy_terms or {}).get("refund_timing") for line in self.line_ids}
        if "inspection" in timings:
            return self.env._("When the goods are here we look at them, and then refund you.")
        if timings == {"approval"}:
            return self.env._("Your refund is under way already.")
        if timings == {"sent"}:
            return self.env._("We refund you as soon as you tell us the tracking number.")
        return self.env._("We refund you as soon as the goods are here.")

    def _slip_name(self):
        """File name of the slip, without its ending."""
        self.ensure_one()
        return self.env._("Return slip %(rma)s", rma=self.name.replace("/", "-"))

    def _get_report_base_filename(self):
        self.ensure_one()
        return self._slip_name()
