import hashlib
import uuid

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command
from odoo.http import content_disposition, request, route
from odoo.tools import email_normalize

from .portal_returns import PortalReturns

NAME_LENGTH = 100
CONTRACT_LENGTH = 200
PARTS_LENGTH = 1000
# Orders that a customer is offered to withdraw from, the newest of so many.
RECENT_ORDERS = 40
MY_WITHDRAWAL = "aftersales_portal.portal_withdrawal"


class PortalWithdrawal(PortalReturns):
    """The withdrawal function of Art. 11a of Directive 2011/83/EU: a statement, and its confirmation."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            partner = request.env.user.partner_id
            labels = request.env.company._portal_withdrawal_labels(partner.country_id)
            is_consumer = not partner.commercial_partner_id.is_company
            values["aftersales_withdrawal_label"] = is_consumer and labels and labels[0] and labels[1]
        return values

    # === The statement === #

    @route("/withdraw", type="http", auth="public", website=True, methods=["GET"])
    def portal_withdraw(self, order_id=None, access_token=None, **kw):
        """The form of the statement; of an order for who may see it, free for everybody else."""
        order_sudo = self._withdrawal_order(order_id, access_token)
        return self._render_withdrawal(order_sudo, access_token)

    @route("/withdraw", type="http", auth="public", website=True, methods=["POST"])
    def portal_withdraw_confirm(self, order_id=None, access_token=None, **post):
        """Record the statement at once; its return is opened and its confirmation sent afterwards."""
        self._ensure_post()
        post = self._as_texts(post)
        order_sudo = self._withdrawal_order(order_id, access_token)
        problems = {}
        vals = self._read_statement(order_sudo, post, problems)
        if not problems and not self._may_state(order_sudo):
            problems[""] = self._too_often_message()
        if problems:
            return self._render_withdrawal(order_sudo, access_token, post, problems)
        statement_id, path = request.env["aftersales.withdrawal"]._submit(vals)
        if order_sudo:
            request.env["aftersales.withdrawal"]._process_now(statement_id)
        return request.redirect(path)

    def _withdrawal_order(self, order_id, access_token):
        """The confirmed order that the visitor may see; empty for any other, whether or not it exists.

        :return: `sale.order` in sudo mode: customers have no rights on deliveries
        :raise NotFound: where the company has the function switched off
        """
        order_sudo = request.env["sale.order"].sudo()
        order_id = self._as_id(order_id)
        if order_id:
            try:
                order_sudo = self._document_check_access("sale.order", order_id, self._as_text(access_token))
            except (AccessError, MissingError):
                order_id = None
        company_sudo = order_sudo.company_id or request.env.company.sudo()  # visitors read no settings
        if not company_sudo.aftersales_portal_withdrawal:
            raise NotFound()
        order_sudo = order_sudo.filtered(lambda order: order.state == "sale")
        # What follows carries the visitor's name, not the system's.
        return order_sudo.with_user(request.env.user).sudo()

    def _may_state(self, order_sudo):
        """Whether the visitor may have one more confirmation sent, to whatever address they type."""
        user = request.env.user
        if not user._is_public():
            return self._allow("withdraw_known", f"user {user.id}")
        return self._allow("withdraw_known", f"order {order_sudo.id}") if order_sudo else self._allow("withdraw")

    def _allow(self, kind, subject=""):
        """Whether a visitor may do something once more, see `aftersales.attempt`."""
        return request.env["aftersales.attempt"]._allow(kind, request.httprequest.remote_addr, subject)

    def _render_withdrawal(self, order_sudo, access_token, typed=None, problems=None):
        company_sudo = order_sudo.company_id or request.env.company.sudo()  # visitors read no settings
        country = request.env.user.partner_id.country_id
        labels = (
            order_sudo._portal_withdrawal_labels() if order_sudo else company_sudo._portal_withdrawal_labels(country)
        )
        values = {
            "withdrawal_order": order_sudo,
            "rows": order_sudo._aftersales_withdrawal().get(order_sudo, []),
            "orders": order_sudo or self._withdrawable_orders(),
            "labels": labels,
            "typed": typed or self._known_statement(order_sudo, access_token),
            "problems": problems or {},
            "form_ref": (typed or {}).get("form_ref") or uuid.uuid4().hex,
            "access_token": access_token,
            "page_name": "aftersales_withdrawal",
            "res_company": company_sudo,
        }
        return request.render(MY_WITHDRAWAL, values)

    def _known_statement(self, order_sudo, access_token):
        """What of the statement is known of the visitor: nobody identifies themselves twice."""
        partner_sudo = request.env.user.partner_id.sudo()
        if request.env.user._is_public():
            partner_sudo = order_sudo.partner_id  # who holds the link reads this on the order's page
        return {"person_name": partner_sudo.name or "", "email": partner_sudo.email or ""}

    def _withdrawable_orders(self):
        """The visitor's orders in their period, the newest first."""
        if request.env.user._is_public():
            return request.env["sale.order"].sudo()
        domain = [("state", "=", "sale"), ("aftersales_is_consumer", "=", True)]
        customer = request.env.user.partner_id.commercial_partner_id
        domain.append(("partner_id", "child_of", customer.ids))
        orders = request.env["sale.order"].search(domain, order="date_order desc, id desc", limit=RECENT_ORDERS)
        # The visitor may read these orders, but not their deliveries.
        return orders.sudo().filtered(lambda order: order._portal_can_withdraw())

    # === Reading the form === #

    def _read_statement(self, order_sudo, post, problems):
        """What the visitor states, as `aftersales.withdrawal._submit` takes it.

        :param dict problems: name of a field → what is wrong with it; updated
        """
        company = order_sudo.company_id or request.env.company
        vals = {
            "person_name": self._as_line(post, "person_name")[:NAME_LENGTH],
            "email": email_normalize(post.get("email", "")),
            "contract": order_sudo.name or self._as_line(post, "contract")[:CONTRACT_LENGTH],
            "lang": request.env.lang,
            "company_id": company.id,
            "form_key": self._statement_key(order_sudo, post),
            **self._read_parts(order_sudo, post, problems),
        }
        if order_sudo:
            vals.update(sale_order_id=order_sudo.id, partner_id=self._return_author(order_sudo.partner_id).id)
        if not vals["person_name"]:
            problems["person_name"] = request.env._("Enter your name.")
        if not vals["email"]:
            problems["email"] = request.env._("Enter the e-mail address that we confirm to, like ada@example.com.")
        if not vals["contract"]:
            problems["contract"] = request.env._("Say which order it is: its number, or its day and products.")
        return vals

    def _as_line(self, post, name):
        return " ".join(post.get(name, "").split())

    def _read_parts(self, order_sudo, post, problems):
        if post.get("scope") != "parts":
            return {"whole_order": True}
        if not order_sudo:
            if not post.get("parts"):
                problems["parts"] = request.env._("Say which products you withdraw from.")
            return {"whole_order": False, "parts": post.get("parts", "")[:PARTS_LENGTH]}
        lines = self._read_products(order_sudo, post, problems)
        if not lines and not problems:
            problems["parts"] = request.env._("Say how many of which product you withdraw from.")
        return {"whole_order": False, "line_ids": lines}

    def _read_products(self, order_sudo, post, problems):
        statements = request.env["aftersales.withdrawal"]
        lines = []
        for row in order_sudo._aftersales_withdrawal()[order_sudo]:
            text = post.get(f"quantity-{row['key']}")
            if not text:
                continue
            try:
                quantity = self._read_withdrawn(row["entry"], text)
            except UserError as error:
                problems[row["key"]] = str(error)
                continue
            if quantity:
                lines.append(Command.create(statements._prepare_line_vals(row["entry"], quantity)))
        return lines

    def _read_withdrawn(self, entry, text):
        quantity = self._as_number(text)
        if quantity is None:
            raise UserError(request.env._("Enter how many, as a number."))
        if entry["product"]._aftersales_is_whole() and quantity != int(quantity):
            raise UserError(request.env._("Only whole units can be withdrawn from."))
        if entry["product"].uom_id.compare(quantity, entry["returnable"]) > 0:
            raise UserError(request.env._("There are only %(left)s.", left=f"{entry['returnable']:g}"))
        return quantity

    def _statement_key(self, order_sudo, post):
        """Names one filled-in form: sent twice, by a double tap or a reload, it is one statement."""
        if not post.get("form_ref"):
            return uuid.uuid4().hex
        content = repr((order_sudo.id, sorted(item for item in post.items() if item[0] != "csrf_token")))
        return hashlib.sha256(content.encode()).hexdigest()

    # === The confirmation === #

    @route("/withdraw/<int:statement_id>", type="http", auth="public", website=True, methods=["GET"])
    def portal_withdrawal_done(self, statement_id, access_token=None, **kw):
        """What was stated and when, for who holds the link."""
        try:
            statement_sudo = self._document_check_access(
                "aftersales.withdrawal", statement_id, self._as_text(access_token)
            )
        except (AccessError, MissingError):
            return request.redirect("/withdraw")
        values = {
            "statement": statement_sudo,
            "access_token": access_token,
            "page_name": "aftersales_withdrawal",
            "res_company": statement_sudo.company_id,
        }
        return request.render("aftersales_portal.portal_withdrawal_done", values)

    @route("/withdraw/<int:statement_id>/receipt", type="http", auth="public", website=True, methods=["GET"])
    def portal_withdrawal_receipt(self, statement_id, access_token=None, **kw):
        """The confirmation as PDF, for who holds the link."""
        try:
            statement_sudo = self._document_check_access(
                "aftersales.withdrawal", statement_id, self._as_text(access_token)
            )
        except (AccessError, MissingError):
            return request.redirect("/withdraw")
        receipt_sudo = statement_sudo._receipt()
        if not receipt_sudo:
            raise NotFound()
        return request.env["ir.binary"]._get_stream_from(receipt_sudo).get_response(as_attachment=True)

    @route("/withdraw/form", type="http", auth="public", website=True, methods=["GET"])
    def portal_withdrawal_form(self, order_id=None, access_token=None, **kw):
        """The model form of the law with the address of the seller, as PDF."""
        order_sudo = self._withdrawal_order(order_id, access_token)
        company_sudo = order_sudo.company_id or request.env.company.sudo()  # its address is no secret
        try:
            content = company_sudo._aftersales_withdrawal_form()
        except UserError:  # without the program that makes PDF
            raise NotFound() from None
        name = request.env._("Model withdrawal form")
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(f"{name}.pdf")),
        ]
        return request.make_response(content, headers)
