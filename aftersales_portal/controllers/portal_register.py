import hashlib
import uuid
from base64 import b64encode

from werkzeug.exceptions import NotFound

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.aftersales_crm.models.aftersales_photo_mixin import PHOTO_BYTES, PHOTO_COUNT

from .portal_products import WORDS_LENGTH, PortalProducts

TEXT_LENGTH = 100


class PortalRegister(PortalProducts):
    """A product that was bought elsewhere becomes one of the customer's."""

    def _prepare_products_values(self, page, sortby, filterby, words):
        values = super()._prepare_products_values(page, sortby, filterby, words)
        return {**values, "can_register": bool(self._registering_company())}

    @route("/my/products/register", type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def portal_register_form(self, product=None, search=None, **kw):
        """First the product is looked up, then the form asks for the rest."""
        company_sudo = self._ensure_registering()
        product_sudo = self._registrable(company_sudo, product_id=self._as_id(product))
        return self._render_register(company_sudo, product_sudo, self._as_text(search)[:WORDS_LENGTH])

    @route("/my/products/register", type="http", auth="user", website=True, methods=["POST"])
    def portal_register(self, product=None, **post):
        """Register the product; what cannot be is said above the form."""
        self._ensure_post()
        company_sudo = self._ensure_registering()
        post = self._as_texts(post)
        product_sudo = self._registrable(company_sudo, product_id=self._as_id(product))
        if not product_sudo:
            return self._render_register(company_sudo, product_sudo, "")
        problems = {}
        values = self._read_registration(product_sudo, post, problems)
        if not problems and not self._allow_registration():
            problems[""] = request.env._("That was often. Please try again in an hour, or write to us.")
        try:
            if not problems:
                with request.env.cr.savepoint():
                    warranty_sudo = self._register_once(company_sudo, values, post)
                return request.redirect(warranty_sudo._portal_url())
        except UserError as error:
            problems[""] = str(error)
        return self._render_register(company_sudo, product_sudo, "", post, problems)

    # === Access === #

    def _registering_company(self):
        """The company where the visitor may register, in sudo mode: customers may not read its settings."""
        companies_sudo = self._products_companies().filtered("aftersales_portal_register")
        return companies_sudo.filtered(lambda company: company == request.env.company) or companies_sudo[:1]

    def _allow_registration(self):
        # What is refused tells which serial numbers are known here: nobody tries them all.
        return request.env["aftersales.attempt"]._allow("register", request.httprequest.remote_addr)

    def _ensure_registering(self):
        company_sudo = self._registering_company()
        if not company_sudo or not self._can_read_products():
            raise NotFound()
        return company_sudo

    def _registrable(self, company_sudo, **which):
        return request.env["product.product"]._portal_registrable(company_sudo, **which)

    # === The page === #

    def _render_register(self, company_sudo, product_sudo, words, typed=None, problems=None):
        values = {
            **self._prepare_portal_layout_values(),
            "product": product_sudo,
            "found": self._registrable(company_sudo, words=words) if not product_sudo else product_sudo.browse(),
            "words": words,
            "today": fields.Date.to_string(company_sudo._aftersales_today()),
            "typed": typed or {},
            "problems": problems or {},
            "form_ref": uuid.uuid4().hex,
            "megabytes": PHOTO_BYTES // 1024 // 1024,
            "page_name": "aftersales_register",
            "res_company": company_sudo,
        }
        return request.render("aftersales_portal.portal_register", values)

    # === Reading the form === #

    def _read_registration(self, product_sudo, post, problems):
        """What the visitor registers, as `aftersales.warranty._register_unit` takes it.

        :param dict problems: name of a field → what is wrong with it; updated
        """
        bought = self._as_day(post.get("purchase_date"))
        if not bought:
            problems["purchase_date"] = request.env._("Enter the day on your receipt.")
        if product_sudo.tracking == "serial" and not post.get("serial"):
            problems["serial"] = request.env._("Enter the serial number. It stands on the product, often on its back.")
        proofs = self._read_proofs()
        if not proofs:
            problems["proof"] = request.env._("Add a photo or a PDF of your receipt.")
        return {
            "product": product_sudo.with_user(request.env.user).sudo(),  # what follows carries the visitor's name
            "serial": post.get("serial", "") if product_sudo.tracking != "none" else "",
            "purchase_date": bought,
            "seller": " ".join(post.get("seller", "").split())[:TEXT_LENGTH],
            "proofs": proofs,
        }

    def _as_day(self, text):
        """A day that a visitor chose, else None."""
        try:
            return fields.Date.to_date(text) or None if len(text or "") == 10 else None
        except ValueError:
            return None

    def _read_proofs(self):
        files = [file for file in request.httprequest.files.getlist("proof") if file.filename]
        # One more than allowed is read, so that the service can refuse them.
        return [self._read_proof(file) for file in files[: PHOTO_COUNT + 1]]

    def _read_proof(self, file):
        # When Odoo runs a request again after a conflict, it rewinds only the first file of a name.
        file.seek(0)
        # One byte more than allowed is read, for the same reason as one file more.
        content = file.read(PHOTO_BYTES + 1)
        return {"name": self._as_text(file.filename)[:TEXT_LENGTH], "data": b64encode(content).decode()}

    def _register_once(self, company_sudo, values, post):
        """Register; the same form sent again does not register again.

        :return: `aftersales.warranty` in sudo mode
        """
        partner = request.env.user.partner_id
        # The reference only says which form this was; customers have no rights on the register.
        refs_sudo = request.env["aftersales.external.ref"].sudo()
        warranty_sudo, _created = refs_sudo._once(
            "aftersales.warranty",
            company_sudo,
            self._registration_ref(partner, post, values),
            None,
            lambda: request.env["aftersales.warranty"]._portal_register(company_sudo, partner, values),
        )
        return warranty_sudo

    def _registration_ref(self, partner, post, values):
        """Names one filled-in form: sent twice, by a double tap or a reload, it registers once."""
        if not post.get("form_ref"):
            return False
        content = repr((values["product"].id, sorted(post.items()), [proof["name"] for proof in values["proofs"]]))
        return f"portal-{partner.id}-{hashlib.sha256(content.encode()).hexdigest()}"
