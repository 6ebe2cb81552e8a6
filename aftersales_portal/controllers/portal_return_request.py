import hashlib
import uuid
from base64 import b64encode
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.aftersales_crm.models.aftersales_photo_mixin import PHOTO_BYTES, PHOTO_COUNT

from ..models.aftersales_rma import TEXT_LENGTH
from .portal_returns import PortalReturns

# Of an address that names more, the rest is left out.
MOST_ROWS = 50
# What becomes no return.
QUESTIONS = ("question", "visit")
# Products of which a page asks at once; of a longer order the customer first chooses one.
SHOWN_ROWS = 4


class PortalReturnRequest(PortalReturns):
    """The one door: what is the matter with an order, and what would help."""

    @route("/my/returns/new", type="http", auth="public", website=True, methods=["GET"])
    def portal_return_form(self, order_id=None, access_token=None, message=None, **kw):
        """What can be done about an order, for who may read it or holds its signed link.

        :param str line: id of an order line or key of a row to begin with; may be given repeatedly
        """
        try:
            order_sudo = self._return_order(order_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        rows = order_sudo._portal_return_rows()
        return self._render_request(order_sudo, rows, access_token, asked=message == "question")

    @route("/my/returns/new", type="http", auth="public", website=True, methods=["POST"])
    def portal_return_request(self, order_id=None, access_token=None, **post):
        """Ask for what would help; what cannot be is said next to the product."""
        self._ensure_post()
        post = self._as_texts(post)
        try:
            order_sudo = self._return_order(order_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        rows, problems = order_sudo._portal_return_rows(), {}
        try:
            with request.env.cr.savepoint():
                if post.get("ask") or post.get("matter") in QUESTIONS:
                    asked_sudo = self._ask_once(order_sudo, rows, post)
                    return request.redirect(self._asked_url(order_sudo, asked_sudo, access_token))
                rma_sudo = self._request_once(order_sudo, rows, post, problems)
        except UserError as error:
            problems[""] = str(error)
            return self._render_request(order_sudo, rows, access_token, post, problems)
        return request.redirect(self._return_url(rma_sudo, "asked"))

    def _return_order(self, order_id, access_token):
        """The order, if the visitor may see it.

        :return: `sale.order` in sudo mode: customers have no rights on deliveries
        :raise AccessError, MissingError: when it is not theirs or not there
        :raise NotFound: when the id is none, or the company takes no returns online
        """
        order_id = self._as_id(order_id)
        if not order_id:
            raise NotFound()
        order_sudo = self._document_check_access("sale.order", order_id, self._as_text(access_token))
        if not order_sudo.company_id.aftersales_portal_returns:
            raise NotFound()
        # What the visitor asks for carries their name, not the system's.
        return order_sudo.with_user(request.env.user).sudo()

    def _request_url(self, order_sudo, access_token, **params):
        signed = {"access_token": access_token} if self._as_text(access_token) else {}
        return f"/my/returns/new?{urlencode({'order_id': order_sudo.id, **signed, **params}, doseq=True)}"

    # === The page === #

    def _render_request(self, order_sudo, rows, access_token, typed=None, problems=None, asked=False):
        wanted = self._wanted_keys(rows, typed)
        askable = [row for row in rows if row["terms"]]
        few, home_lines = len(rows) <= SHOWN_ROWS, order_sudo._portal_home_lines()
        signed = f"?{urlencode({'access_token': access_token})}" if access_token else ""
        values = {
            "return_order": order_sudo,
            "order_url": f"{order_sudo.access_url}{signed}",
            "rows": rows,
            "matters": order_sudo._portal_matters(rows) if askable else [],
            "can_ask": bool(askable),
            "first_step": self._first_step(askable, home_lines, typed),
            "shown": {row["key"] for row in rows if few or row["key"] in wanted},
            "row_urls": {
                row["key"]: self._request_url(order_sudo, access_token, line=[*wanted, row["key"]]) for row in askable
            },
            "preset": self._preset_key(askable, wanted) if not typed else "",
            "typed": typed or {},
            "problems": problems or {},
            "asked": asked,
            "home_lines": home_lines,
            "takes_cases": order_sudo.company_id.aftersales_portal_cases,
            "about": self._about_key(rows, wanted),
            "lost_photos": any(file.filename for file in request.httprequest.files.values()),
            "photo_megabytes": PHOTO_BYTES // 1024 // 1024,
            "photo_count": PHOTO_COUNT,
            "form_ref": uuid.uuid4().hex,
            "access_token": access_token,
            "page_name": "aftersales_rma_new",
            "res_company": order_sudo.company_id,
        }
        return request.render("aftersales_portal.portal_return_request", values)

    def _first_step(self, askable, home_lines, typed):
        """The part of the form that scripts begin with."""
        if typed and self._question_kind(typed) == "visit":
            return "visit"
        if typed and typed.get("matter") == "question":
            return "question"
        if not askable and not home_lines:
            return "question"
        return "item" if typed and askable else "matter"

    def _about_key(self, rows, wanted):
        """Line of the one product that a question is most likely about, else ""."""
        keys = wanted or [row["key"] for row in rows]
        return keys[0].partition("-")[0] if len(keys) == 1 else ""

    def _wanted_keys(self, rows, typed):
        """Keys of the rows that the address or the form names."""
        named = request.httprequest.args.getlist("line")[:MOST_ROWS]
        if typed:
            named = [name.partition("-")[2] for name, value in typed.items() if name.startswith("quantity-") and value]
        return [row["key"] for row in rows if row["key"] in named or str(row["line"].id) in named]

    def _preset_key(self, askable, wanted):
        """Key of the one row that the customer most likely means, else ""."""
        keys = [row["key"] for row in askable]
        if wanted:
            keys = [key for key in keys if key in wanted]
        return keys[0] if len(keys) == 1 else ""

    # === Reading the form === #

    def _read_items(self, rows, post, problems):
        """Turn the form into what `aftersales.rma._request` takes.

        :param list rows: the rows of the order; nothing else can be asked for
        :param dict post: the form
        :param dict problems: key of a row → what is wrong with it; updated
        :raise UserError: when the form names something that is not part of the order
        """
        by_key = {row["key"]: row for row in rows}
        items = []
        for name, text in post.items():
            prefix, _, key = name.partition("-")
            if prefix != "quantity" or not text:
                continue
            if key not in by_key:
                raise UserError(self._no_row_message(rows, key))
            try:
                quantity = self._read_quantity(by_key[key], text)
                if quantity:
                    items.append(self._read_item(by_key[key], quantity, post))
            except UserError as error:
                problems[key] = str(error)
        return items

    def _no_row_message(self, rows, key):
        """Why the form names a product that the order does not offer."""
        if key.partition("-")[0] in {str(row["line"].id) for row in rows}:
            return request.env._("That serial number is part of another return by now. Please look again.")
        return request.env._("One of these products is not part of this order.")

    def _read_quantity(self, row, text):
        quantity = self._as_number(text)
        if quantity is None:
            raise UserError(request.env._("Enter how many come back, as a number."))
        if row["whole"] and quantity != int(quantity):
            raise UserError(request.env._("Only whole units can come back."))
        if row["product"].uom_id.compare(quantity, row["returnable"]) > 0:
            raise UserError(request.env._("Only %(left)s can still be returned.", left=f"{row['returnable']:g}"))
        return quantity

    def _read_item(self, row, quantity, post):
        option = self._read_option(row, post)
        return {
            "sale_line": row["line"],
            "product": row["product"],
            "undelivered": row["undelivered"],
            "opened": {"yes": True, "no": False}.get(post.get(f"opened-{row['key']}")),
            "lot": row["lot"],
            "quantity": quantity,
            "reason": option["reason"],
            "remedy": self._read_remedy(row, option, post),
            "chosen": bool(post.get(f"remedy-{row['key']}")),
            "note": post.get(f"note-{row['key']}", "")[:TEXT_LENGTH],
            "photos": self._read_photos(row["line"].company_id, f"photos-{row['key']}"),
        }

    def _read_option(self, row, post):
        """The option of the reason that was chosen, refused where no right supports it."""
        reason_id = self._as_id(post.get(f"reason-{row['key']}") or post.get("matter"))
        option = next((option for option in row["options"] if option["reason"].id == reason_id), None)
        if not option:
            raise UserError(request.env._("Tell us what is the matter."))
        if not option["possible"]:
            raise UserError(
                request.env._(
                    "“%(reason)s” is no longer possible: %(why)s",
                    reason=option["reason"].portal_name or option["reason"].name,
                    why=" ".join(option["why"]),
                )
            )
        return option

    def _read_remedy(self, row, option, post):
        """The solution asked for; the proposed one where the customer leaves it to us."""
        text = post.get(f"remedy-{row['key']}")
        if not text:
            return option["remedy"]
        remedy = option["remedies"].filtered(lambda remedy: remedy.id == self._as_id(text))
        if not remedy:
            offered = request.env._(
                "For “%(reason)s” we offer: %(remedies)s.",
                reason=option["reason"].portal_name or option["reason"].name,
                remedies=", ".join(remedy.portal_name or remedy.name for remedy in option["remedies"]),
            )
            raise UserError(" ".join(filter(None, [offered, option["order"]])))
        return remedy

    def _read_photos(self, company, name):
        files = [file for file in request.httprequest.files.getlist(name) if file.filename]
        if files and not company.aftersales_portal_photos:
            raise UserError(request.env._("Photos are not taken here."))
        # One more than allowed is read, so that the service can refuse them.
        return [self._read_photo(file) for file in files[: PHOTO_COUNT + 1]]

    def _read_photo(self, file):
        # When Odoo runs a request again after a conflict, it rewinds only the first file of a name.
        file.seek(0)
        # One byte more than allowed is read, for the same reason as one photo more.
        content = file.read(PHOTO_BYTES + 1)
        return {"name": self._as_text(file.filename)[:100], "data": b64encode(content).decode()}

    # === Asking === #

    def _ask_once(self, order_sudo, rows, post):
        """Pass on a question, or the wish for a visit; the same form sent again asks nothing.

        :return: the document in which the customer finds the answer, in sudo mode
        :raise UserError: without a question, or where nobody comes to repair anything
        """
        kind = self._question_kind(post)
        words = post.get(kind, "")[:TEXT_LENGTH]
        line = self._read_about(order_sudo, rows, kind, post)
        if kind == "question" and not words:
            raise UserError(request.env._("Write your question first."))

        def create():
            if not self._may_ask(f"order {order_sudo.id}"):
                raise UserError(self._too_often_message())
            author, photos = self._return_author(order_sudo.partner_id), self._read_photos(company, f"photos-{kind}")
            return order_sudo._portal_ask(author, words, line, photos, visit=kind == "visit")

        company = order_sudo.company_id
        model = "aftersales.case" if company.aftersales_portal_cases else "sale.order"
        refs_sudo = request.env["aftersales.external.ref"].sudo()  # see _request_once
        asked_sudo, _created = refs_sudo._once(model, company, self._request_ref(order_sudo, post), None, create)
        return asked_sudo

    def _question_kind(self, post):
        """Which part of the form was sent: of its buttons, else the matter that was chosen."""
        return "visit" if "visit" in (post.get("ask"), post.get("ask") or post.get("matter")) else "question"

    def _read_about(self, order_sudo, rows, kind, post):
        """The line that a question is about, empty for none.

        :raise UserError: when a visit is asked for something that is not repaired at home
        """
        none = order_sudo.order_line.browse()
        named = post.get(f"about-{kind}")
        line = next((row["line"] for row in rows if row["key"] == named or str(row["line"].id) == named), none)
        if kind == "visit" and line not in order_sudo._portal_home_lines():
            raise UserError(request.env._("Choose what is to be repaired at your home."))
        return line

    def _may_ask(self, subject):
        # Each writes to somebody of the shop.
        return request.env["aftersales.attempt"]._allow("ask", request.httprequest.remote_addr, subject)

    def _asked_url(self, order_sudo, asked_sudo, access_token):
        if asked_sudo == order_sudo:
            return self._request_url(order_sudo, access_token, message="question")
        return self._return_url(asked_sudo, "asked")

    def _request_once(self, order_sudo, rows, post, problems):
        """Read the form and ask for the return; the same form sent again does not ask again.

        :param dict problems: key of a row → what is wrong with it; updated
        :return: `aftersales.rma` in sudo mode
        :raise UserError: when the form cannot be carried out as it is
        """

        def create():
            items = self._read_items(rows, post, problems)
            if problems:
                raise UserError(request.env._("Nothing was sent yet: see the notes in red."))
            return self._request_return(order_sudo, items)

        # The reference only says which form this was; customers have no rights on the register.
        refs_sudo = request.env["aftersales.external.ref"].sudo()
        form = self._request_ref(order_sudo, post)
        rma_sudo, _created = refs_sudo._once("aftersales.rma", order_sudo.company_id, form, None, create)
        return rma_sudo

    def _request_ref(self, order_sudo, post):
        """Names one filled-in form: sent twice, by a double tap or a reload, it asks once."""
        if not post.get("form_ref"):
            return False
        photos = [file.filename for file in request.httprequest.files.values()]
        content = repr((sorted(post.items()), photos))
        return f"portal-{order_sudo.id}-{hashlib.sha256(content.encode()).hexdigest()}"

    def _request_return(self, order_sudo, items):
        """Create the return.

        The visitor may read the order (see `_return_order`); sudo because a customer has no
        right to create returns, nor to see the deliveries they claim.
        """
        customer = order_sudo.partner_id
        author = self._return_author(customer)
        same_company = author.commercial_partner_id == customer.commercial_partner_id
        partner = author if same_company else customer
        rma_sudo = request.env["aftersales.rma"].sudo()._request(partner, items)
        rma_sudo._track_set_author(author)
        rma_sudo.message_subscribe(partner.ids)
        return rma_sudo
