from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..facade import schema
from ..facade.parts import CONDITIONS, PHOTO, array, flag, integer, number, obj, text

CANDIDATES = 20
# More is a barcode that was scanned into the field of the quantity.
LARGEST_QUANTITY = 99999
ENTRY = obj(
    required=("line_id", "quantity"),
    line_id=integer("Line of the return"),
    quantity=number("Units that are here"),
    lot_id=integer("Serial number"),
    condition=text("What it looks like", enum=CONDITIONS),
    accepted=flag("Taken back"),
    disposition_id=integer("What becomes of it"),
    note=text("What was found"),
    photos=array(PHOTO, "Photos"),
)
ITEM = obj(
    required=("quantity",),
    product_id=integer("Product, where it is known"),
    name=text("What it is, where no product is known"),
    quantity=number("Units that are here"),
    condition=text("What it looks like", enum=CONDITIONS),
    note=text("What was found"),
    photos=array(PHOTO, "Photos"),
)
CONFIRM = obj(
    required=("rma_id", "token"),
    rma_id=integer("The return"),
    token=text("Unique for this parcel: the same again changes nothing"),
    entries=array(ENTRY, "Announced goods that are here"),
    unannounced=array(ITEM, "What else was in the parcel"),
)


class AftersalesDock(models.AbstractModel):
    """The dock: parcels are found by what is scanned, received and looked at in one call.

    Agents take in the returns that they see. Who is of the dock takes in every return of their
    companies, reads no more of it than the goods, and decides nothing.
    """

    _name = "aftersales.dock"
    _description = "Dock for Returned Goods"
    _inherit = ["aftersales.finder"]

    # === Methods of the screen === #

    @api.model
    @api.readonly
    def start(self):
        """What the screen has to know before the first scan."""
        rmas = self._returns()
        waiting = self._waiting_domain()
        dispositions = self.env["aftersales.disposition"].sudo().search(self._company_or_none_domain())
        conditions = self.env["aftersales.inspection"]._fields["condition"]._description_selection(self.env)
        proposed = {code: dispositions._proposed(code).id for code, _label in conditions}
        return {
            "waiting": rmas.search_count(waiting),
            "to_inspect": rmas.search_count([*self._company_domain(), ("is_to_inspect", "=", True)]),
            "conditions": [{"code": code, "name": label, "disposition": proposed[code]} for code, label in conditions],
            "dispositions": [{"id": record.id, "name": record.name} for record in dispositions],
            "may_open": self.env["aftersales.rma"].has_access("read"),
        }

    @api.model
    @api.readonly
    def scan(self, code, rma_id=False):
        """Find what was scanned or typed.

        :param str code: number of a return, order, transfer, parcel or package, serial, barcode of a
            product, or name, phone or e-mail of a customer
        :param int rma_id: the return on the screen: its customer's goods are what a product stands for
        :return: ``kind`` (``return, candidates, product, nothing``) and what belongs to it
        """
        if not isinstance(code, str):
            raise UserError(self.env._("Scan a code, or type a number or a name."))
        code = self._clean_code(code)
        rmas = self._returns()
        if len(code) < 2:
            return {"kind": "nothing", "message": self.env._("Scan a code, or type a number or a name.")}
        found = self._find_numbered(rmas, code)
        if not found:
            product, lot = self._find_product(code)
            if product and rma_id:
                lot = {"id": lot.id, "name": lot.name} if lot else False
                return {"kind": "product", "product": {**self._product(product), "lot": lot}}
            found = self._find_around(rmas, code, product)
        return self._found(found, code)

    @api.model
    @api.readonly
    def open_return(self, rma_id):
        """One return as the dock sees it.

        :param int rma_id: its database id
        """
        return self._state(self._return(rma_id))

    @api.model
    def confirm(self, params):
        """Receive and inspect what is here, and note what else was in the parcel; once per token.

        :param dict params: as ``CONFIRM`` says
        :return: ``name``, ``received`` (units), ``open`` (units that are still awaited), ``noted``
            (unannounced things), ``repeated``
        :raise UserError: when something entered is wrong; nothing is received then
        """
        errors = schema.validate(CONFIRM, params)
        if errors:
            raise UserError("\n".join(errors))
        params = schema.compact(CONFIRM, params)
        rma = self._return(params["rma_id"])
        entries, items = params.get("entries", []), params.get("unannounced", [])
        if not entries and not items:
            raise UserError(self.env._("Nothing was counted yet: scan what is in the parcel."))
        _rma, created = self.env["aftersales.external.ref"]._once(
            "aftersales.rma",
            rma.company_id,
            f"dock:{params['token']}",
            [rma.id, entries, items],
            lambda: self._take_in(rma, entries, items),
        )
        return self._summary(rma, entries, items, not created)

    # === Who may do what === #

    def _returns(self):
        """The returns that the user may take in."""
        rmas = self.env["aftersales.rma"]
        if self.env.user.has_group("aftersales_crm.aftersales_crm_group_dock"):
            # Of the dock: every return of their companies, through these methods only.
            return rmas.sudo()
        if self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            return rmas
        raise AccessError(self.env._("Only agents and people of the dock take returned goods in."))

    def _company_domain(self):
        return [("company_id", "in", self.env.companies.ids)]

    def _company_or_none_domain(self):
        return ["|", ("company_id", "=", False), ("company_id", "parent_of", self.env.companies.ids)]

    def _waiting_domain(self):
        """Approved returns whose goods are on their way."""
        return [
            *self._company_domain(),
            ("state", "=", "approved"),
            ("reception_status", "in", ("waiting", "partial")),
        ]

    def _return(self, rma_id):
        rmas = self._returns()
        found = isinstance(rma_id, int) and rmas.search([*self._company_domain(), ("id", "=", rma_id)])
        if not found:
            raise UserError(self.env._("This return is not yours to take in, or has been deleted."))
        return found

    # === Taking in === #

    def _take_in(self, rma, entries, items):
        """Receive, or inspect what is here already; all of it or nothing.

        :return: the return
        """
        prepared = [self._prepare_entry(rma, entry) for entry in entries]
        arriving = [entry for entry in prepared if entry["line"]._awaited_quantity() > 0]
        if arriving:
            rma._receive(arriving)
        here = [entry for entry in prepared if entry not in arriving]
        if here:
            rma._ensure_state("approved", self.env._("inspect goods"))
            rma._inspect(here)
        if items:
            self._note_unannounced(rma, items)
        return rma

    def _prepare_entry(self, rma, entry):
        """An entry for `aftersales.rma._receive`."""
        line = rma.line_ids.filtered(lambda line: line.id == entry["line_id"])
        if not line:
            raise UserError(self.env._("A line of %(rma)s was changed meanwhile: scan it again.", rma=rma.name))
        if entry["quantity"] > LARGEST_QUANTITY:
            raise UserError(self.env._("%(quantity)g units: that is no quantity.", quantity=entry["quantity"]))
        rma._check_entry({"line": line, "quantity": entry["quantity"], "lot": entry.get("lot_id")})
        # Serials of the product, whoever scans them.
        lots_sudo = self.env["stock.lot"].sudo()
        lot = lots_sudo.search([("id", "=", entry.get("lot_id", 0)), ("product_id", "=", line.product_id.id)])
        if entry.get("lot_id") and not lot:
            raise UserError(self.env._("%(product)s: the serial number is none of it.", product=line.product_id.name))
        dispositions_sudo = self.env["aftersales.disposition"].sudo()  # whose names the screen was given
        domain = [("id", "=", entry.get("disposition_id", 0)), *self._company_or_none_domain()]
        return {
            "line": line,
            "quantity": entry["quantity"],
            "lot": lot,
            "condition": entry.get("condition"),
            "accepted": entry.get("accepted", True),
            "disposition": entry.get("disposition_id") and dispositions_sudo.search(domain),
            "note": entry.get("note"),
            "photos": entry.get("photos"),
        }

    def _note_unannounced(self, rma, items):
        """Keep what nobody announced, and tell the agent of the return."""
        # Nobody makes such records by hand: they are what the dock found.
        found_sudo = self.env["aftersales.unannounced"].sudo()
        found_sudo = found_sudo.create([self._prepare_unannounced_vals(rma, item) for item in items])
        found_sudo.photo_ids.write({"res_model": rma._name, "res_id": rma.id})
        names = Markup("<br/>").join(found_sudo.mapped("display_name"))
        rma.message_post(body=Markup("%s<br/>%s") % (self.env._("Unannounced in the parcel:"), names))
        rma.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=rma.user_id.id,
            summary=self.env._("Unannounced goods arrived"),
            note=names,
        )

    def _prepare_unannounced_vals(self, rma, item):
        products_sudo = self.env["product.product"].sudo()  # what is in the parcel, not what the user sells
        companies = (False, rma.company_id.id)
        product = products_sudo.search([("id", "=", item.get("product_id", 0)), ("company_id", "in", companies)])
        name = (item.get("name") or "").strip()
        if not product and not name:
            raise UserError(self.env._("Say what else was in the parcel: scan it or describe it."))
        if item["quantity"] <= 0:
            raise UserError(self.env._("%(product)s: enter more than zero units.", product=product.name or name))
        return {
            "rma_id": rma.id,
            "product_id": product.id,
            "name": name,
            "quantity": item["quantity"],
            "condition": item.get("condition"),
            "note": item.get("note"),
            "photo_ids": rma._create_photos(item.get("photos") or []),
        }

    # === Plain data === #

    def _summary(self, rma, entries, items, repeated):
        return {
            "id": rma.id,
            "name": rma.name,
            "received": sum(entry["quantity"] for entry in entries),
            "open": sum(max(line._awaited_quantity(), 0.0) for line in rma.line_ids),
            "noted": len(items),
            "repeated": repeated,
        }

    def _state(self, rma):
        """A return for the screen: its goods, what is awaited and what is to be looked at."""
        # The dock reads the goods of a return, whoever may see the return itself.
        lines_sudo = rma.line_ids.sudo()
        awaited = any(line._awaited_quantity() > 0 for line in lines_sudo)
        open_units = {line: line._awaited_quantity() or line._uninspected_quantity() for line in lines_sudo}
        mode = "closed"
        if rma.state == "approved" and any(quantity > 0 for quantity in open_units.values()):
            mode = "receive" if awaited else "inspect"
        return {
            "id": rma.id,
            "name": rma.name,
            "partner": rma.partner_id.sudo().display_name,
            "orders": ", ".join(lines_sudo.sale_order_id.mapped("name")),
            "mode": mode,
            "message": mode == "closed" and self._closed_message(rma),
            "note": rma.note or False,
            "unannounced": [item.display_name for item in rma.sudo().unannounced_ids if not item.dealt_with],
            "lines": [self._line(line, max(quantity, 0.0)) for line, quantity in open_units.items()],
        }

    def _closed_message(self, rma):
        if rma.state in ("approved", "done"):
            return self.env._("All of it has arrived already. Scan what is here: it is noted for an agent.")
        if rma.state in ("draft", "submitted"):
            return self.env._("Nobody has approved it yet. Scan what is here: it is noted for an agent.")
        return self.env._("It was refused or cancelled. Scan what is here: it is noted for an agent.")

    def _line(self, line, quantity):
        product = line.product_id
        return {
            "id": line.id,
            **self._product(product),
            "announced": line.quantity,
            "open": quantity,
            "uom": line.uom_id.name,
            "tracking": line.tracking,
            "lot": {"id": line.lot_id.id, "name": line.lot_id.name} if line.lot_id else False,
            "lots": self._lots(line),
            "reason": line.reason_id.name or False,
            "description": line.description or False,
            "repair": line.for_repair,
            "disposition": self.env["aftersales.disposition"]._proposed(line=line).id,
        }

    def _lots(self, line):
        """Serials that may come back on a line: the one asked for, else those of its delivery."""
        if line.tracking == "none":
            return []
        lots = line.origin_move_id.move_line_ids.lot_id | line.lot_id
        return [{"id": lot.id, "name": lot.name} for lot in lots]

    def _product(self, product):
        product = product.sudo()  # of a return, or found by its barcode
        codes = {code: 1.0 for code in (product.barcode, product.default_code) if code}
        codes.update(
            {unit.barcode: unit.uom_id._compute_quantity(1.0, product.uom_id) for unit in product.product_uom_ids}
        )
        return {
            "product_id": product.id,
            "product": product.display_name,
            "image": f"/web/image/product.product/{product.id}/image_256",
            "codes": codes,
        }
