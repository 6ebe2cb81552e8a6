from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import clean_context, format_date
from odoo.tools.sql import escape_psql

from .aftersales_photo_mixin import PROOF_TYPES

# A purchase that is longer ago is a slip of the pen.
MOST_YEARS = 30
SERIAL_LENGTH = 64
SELLER_LENGTH = 100
STAFF = "aftersales_crm.aftersales_crm_group_agent"


class AftersalesWarranty(models.Model):
    """Goods that were bought elsewhere: registered with a proof, covered by the terms of their product."""

    _inherit = "aftersales.warranty"

    proof_id = fields.Many2one(
        "aftersales.warranty.proof",
        "Registration",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=STAFF,
    )
    is_single = fields.Boolean(
        "One unit", readonly=True, copy=False, help="Registered by the number of this one unit: no other has it."
    )
    # Neither a later owner nor anybody else outside sees what the first one showed.
    purchase_date = fields.Date(related="proof_id.purchase_date", groups=STAFF)
    seller = fields.Char(related="proof_id.seller", groups=STAFF)
    proof_file_ids = fields.Many2many(related="proof_id.file_ids", groups=STAFF)

    _registered_once = models.UniqueIndex(
        "(lot_id, term_id, company_id) WHERE is_single AND closing IS NULL",
        "This serial number is registered already.",
    )
    _unverified = models.Index("(company_id, commercial_partner_id) WHERE NOT is_verified AND closing IS NULL")

    def _refused_fields(self):
        return super()._refused_fields() | {"proof_id", "is_single"}

    def _siblings(self):
        # Goods without serial number that nobody delivered are one by their registration.
        registered = self.filtered(lambda w: not w.lot_id and not w.origin_move_id)
        proofs_sudo = (registered | registered.extends_id).sudo().proof_id  # see `_awaiting_check`
        units_sudo = proofs_sudo.warranty_ids
        return super()._siblings() | (units_sudo | units_sudo.extension_ids).with_env(self.env)

    # === Registering === #

    @api.model
    def _register_unit(self, values):
        """Register goods that were bought elsewhere: a warranty for each term of the product.

        :param dict values: ``product`` (`product.product`), ``partner`` (`res.partner`), ``purchase_date``
            (`datetime.date`); optional: ``lot`` (`stock.lot`) or ``serial`` (str; one that is not known yet
            becomes known), ``quantity`` (float, of goods without serial numbers; 1), ``seller`` (str, where they
            were bought), ``proofs`` (list of ``{"name", "data"}``, data in base64), ``verified`` (bool; False
            where somebody still has to look at the proof), ``by_customer`` (bool; what is refused then names
            nobody), ``company`` (`res.company`), ``external_ref`` (str)
        :return: `aftersales.warranty`, the one that lasts longest first
        :raise UserError: when the goods cannot be registered, with the reason; nothing is written
        """
        values = {"verified": True, "company": self.env.company, "quantity": 1.0, **values}
        # Who may register has no right to make warranties or serial numbers: what came in is checked here.
        self_sudo = self.sudo().with_context(clean_context(self.env.context), mail_create_nosubscribe=True)
        periods = self_sudo._registration_periods(values)
        lot_sudo = self_sudo._registration_lot(values)
        proof_sudo = self_sudo._create_proof(values)
        return (
            self_sudo._with_system()
            .create(
                [
                    {
                        **self._prepare_registration_vals(values, lot_sudo, proof_sudo),
                        "term_id": term.id,
                        "coverage": coverage,
                        "start_date": start,
                    }
                    for term, coverage, start, _end in periods
                ]
            )
            .sorted("end_date", reverse=True)
            .with_env(self.env)
        )

    def _prepare_registration_vals(self, values, lot, proof):
        return {
            "source": "registration",
            "product_id": values["product"].id,
            "partner_id": values["partner"].id,
            "company_id": values["company"].id,
            "quantity": values["quantity"],
            "lot_id": lot.id,
            "is_single": bool(lot) and values["product"].tracking == "serial",
            "is_verified": values["verified"],
            "proof_id": proof.id,
            "external_ref": values.get("external_ref"),
        }

    def _create_proof(self, values):
        company = values["company"]
        return self.env["aftersales.warranty.proof"].create(
            {
                "company_id": company.id,
                "partner_id": values["partner"].id,
                "product_id": values["product"].id,
                "purchase_date": values["purchase_date"],
                "registered_on": company._aftersales_today(),
                "seller": (values.get("seller") or "").strip()[:SELLER_LENGTH] or False,
                "file_ids": self.env["aftersales.warranty.proof"]._create_photos(
                    values.get("proofs") or [], PROOF_TYPES
                ),
            }
        )

    # === What can be registered === #

    @api.model
    def _registrable_terms(self, product, company):
        """The terms that a product bought elsewhere gets.

        :return: `aftersales.warranty.term`, in sudo mode: promises are no secret
        """
        terms_sudo = product.sudo().product_tmpl_id._aftersales_terms(company)
        return terms_sudo.filtered(lambda term: term.start != "end")

    def _registration_periods(self, values):
        """The terms that still run: list of ``(term, coverage, first day, last day)``.

        :raise UserError: when there is none
        """
        product, company = values["product"], values["company"]
        self._ensure_registrable(product, company)
        today, bought = company._aftersales_today(), values["purchase_date"]
        self._ensure_purchase_date(bought, today)
        periods = []
        for term in self._registrable_terms(product, company):
            coverage = term._coverage()
            start = today if term.start == "registration" else bought
            end = self._prepare_clock_vals(start, coverage, (), self.browse())["end_date"]
            periods.append((term, coverage, start, end))
        running = [period for period in periods if period[-1] >= today]
        if not running:
            raise UserError(
                self.env._(
                    "%(product)s was bought on %(bought)s: its warranty ended on %(end)s.",
                    product=product.display_name,
                    bought=format_date(self.env, bought),
                    end=format_date(self.env, max(end for _term, _coverage, _start, end in periods)),
                )
            )
        return running

    def _ensure_registrable(self, product, company):
        name = product.display_name
        if not product.active:
            raise UserError(self.env._("%(product)s is archived: choose the product that is sold today.", product=name))
        if product.type != "consu":
            raise UserError(self.env._("%(product)s is nothing that one owns: choose the goods.", product=name))
        if product.company_id and product.company_id not in company.parent_ids:
            raise UserError(self.env._("%(product)s is not sold by %(company)s.", product=name, company=company.name))
        if not self._registrable_terms(product, company):
            raise UserError(
                self.env._(
                    "%(product)s comes with no warranty of ours, so there is nothing to register. Who sold it answers "
                    "for its defects.",
                    product=name,
                )
            )

    def _ensure_purchase_date(self, bought, today):
        if bought > today:
            raise UserError(
                self.env._("The day of purchase lies in the future: %(day)s.", day=format_date(self.env, bought))
            )
        if bought < today - relativedelta(years=MOST_YEARS):
            raise UserError(
                self.env._(
                    "The day of purchase is more than %(years)s years ago: %(day)s. Please check it.",
                    years=MOST_YEARS,
                    day=format_date(self.env, bought),
                )
            )

    # === Serial numbers === #

    def _registration_lot(self, values):
        """The serial number of what is registered, made known where it is new; empty without.

        :raise UserError: when it is missing, of another product, or covered already
        """
        product, lot = values["product"], values.get("lot") or self.env["stock.lot"]
        serial = " ".join((values.get("serial") or "").split())
        self._ensure_number(product, bool(lot or serial), values["quantity"])
        if len(serial) > SERIAL_LENGTH:
            raise UserError(self.env._("A serial number has at most %(count)s characters.", count=SERIAL_LENGTH))
        if lot and lot.product_id != product:
            raise UserError(
                self.env._(
                    "%(serial)s is the number of another product than %(product)s.",
                    serial=lot.name,
                    product=product.display_name,
                )
            )
        if serial and not lot:
            lot = self._lot_by_number(product, values["company"], serial)
        if product.tracking == "serial":
            self._ensure_uncovered(lot, values)
        return lot

    def _ensure_number(self, product, numbered, quantity):
        """Refuse a number where the product has none, and none where it has."""
        if not 0 < quantity < float("inf"):
            raise UserError(self.env._("Register at least one unit."))
        if product.tracking == "none" and numbered:
            raise UserError(
                self.env._("%(product)s has no serial numbers: leave it empty.", product=product.display_name)
            )
        if product.tracking == "serial" and not numbered:
            raise UserError(
                self.env._("%(product)s is known by its serial number: enter it.", product=product.display_name)
            )
        if product.tracking == "serial" and quantity != 1:
            raise UserError(self.env._("A serial number is one unit: register one by one."))

    def _lot_by_number(self, product, company, serial):
        """The lot of a number, whatever its case; a new one where there is none."""
        domain = (
            Domain("product_id", "=", product.id)
            & Domain("company_id", "in", (False, company.id))
            & Domain("name", "=ilike", escape_psql(serial))
        )
        lots = self.env["stock.lot"].search(domain)
        if lots:
            return lots.filtered(lambda lot: lot.name == serial)[:1] or lots[:1]
        self._take_turn(product)
        return lots.with_company(company).create({"name": serial, "product_id": product.id})

    def _take_turn(self, record):
        """Make two at once wait for each other: the second is run again by Odoo and sees what the first did."""
        table = SQL.identifier(record._table)
        self.env.cr.execute(SQL("UPDATE %s SET write_date = write_date WHERE id = %s", table, record.id))

    def _ensure_uncovered(self, lot, values):
        """Refuse a unit that is registered, or that was bought here and is covered."""
        self._take_turn(lot)
        covered = self.search(
            Domain("lot_id", "=", lot.id)
            & Domain("company_id", "=", values["company"].id)
            & Domain("closing", "=", False)
        )
        if covered:
            raise UserError(covered[-1]._covered_message(values))

    def _covered_message(self, values):
        """Why the unit of this warranty cannot be registered: with names for staff, without for customers."""
        self.ensure_one()
        names = {
            "serial": self.lot_id.name,
            "customer": self.partner_id.display_name,
            "order": self.sale_order_id.name,
            "end": format_date(self.env, self.end_date),
        }
        if values.get("by_customer"):
            if values["partner"].commercial_partner_id == self.commercial_partner_id:
                return self.env._("%(serial)s is among your products already.", serial=names["serial"])
            return self.env._(
                "We know %(serial)s already. If somebody gave or sold it to you, ask them to hand the warranty over: "
                "they can do it on their account page. If not, write to us and add your receipt.",
                serial=names["serial"],
            )
        if self.sale_order_id:
            return self.env._(
                "%(serial)s was bought here by %(customer)s with %(order)s: it is covered already, until %(end)s.",
                **names,
            )
        return self.env._("%(serial)s is registered already, for %(customer)s, until %(end)s.", **names)

    # === The proof === #

    def action_accept_proof(self):
        """Accept the proof of registrations: they count from now on."""
        self._ensure_may_check()
        waiting = self._awaiting_check()
        waiting._with_system().write({"is_verified": True})
        waiting.proof_id._checked("accepted")
        return True

    def _refuse_proof(self, reason):
        """Refuse the proof of registrations: they never counted.

        :param str reason: that the customer reads
        """
        self._ensure_may_check()
        waiting = self._awaiting_check()
        waiting._close("void", reason)
        waiting.proof_id._checked("refused")

    def action_open_refuse_proof(self):
        """Ask why, then refuse the proof."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the proof"),
            "res_model": "aftersales.warranty.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_warranty_ids": self.ids},
        }

    def _awaiting_check(self):
        """All warranties of the registrations of these whose proof nobody has looked at, in sudo mode."""
        # An agent decides about a proof without the right to change warranties.
        return self.sudo().proof_id.warranty_ids.filtered(lambda w: not w.is_verified and not w.closing)

    def _ensure_may_check(self):
        if not self.env.user.has_group(STAFF):
            raise AccessError(self.env._("Only after-sales staff check proofs of purchase."))
        self.check_access("read")
