from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from odoo.addons.web.controllers.utils import clean_action

from .aftersales_warranty_term import PARTS

# The newest that happened to a unit.
MAX_DOCUMENTS = 20


class AftersalesWarrantyCheck(models.AbstractModel):
    """Checking a warranty: one question, one answer in words, and the next steps.

    A unit is named by ``move_id`` (the delivery that brought it), ``lot_id`` and ``warranty_id`` (what
    was registered without either), each an id or false.
    """

    _name = "aftersales.warranty.check"
    _description = "Check a Warranty"
    _inherit = ["aftersales.finder"]

    # === Methods of the screen === #

    @api.model
    @api.readonly
    def start(self):
        """What the screen has to know before the first scan: the reasons to choose from, and today."""
        self._ensure_agent()
        reasons = self.env["aftersales.reason"].search([("kind", "!=", "mind")])
        defect = reasons.filtered(lambda reason: reason.code == "defective")[:1]
        return {
            "reasons": [{"id": reason.id, "name": reason.name} for reason in reasons],
            "reason_id": defect.id,
            "today": fields.Date.to_string(self.env.company._aftersales_today()),
        }

    @api.model
    @api.readonly
    def find(self, code, reason_id=False, on=False):
        """Find units by what was scanned or typed; of a single one tell the verdict at once.

        :param str code: serial or lot, order, barcode or reference of a product, or name, phone or e-mail of a customer
        :param int reason_id: what is the matter (`aftersales.reason`)
        :param str on: the day asked for; today
        :return: ``kind`` (``verdict, hits, nothing``) and what belongs to it
        """
        self._ensure_agent()
        code = self._clean_code(code)
        if len(code) < 2:
            return {"kind": "nothing", "message": self.env._("Scan a serial number, or type an order or a name.")}
        units, more = self._find_units(code)
        if len(units) == 1:
            reason = self.env["aftersales.reason"].search([("id", "=", self._id(reason_id))])
            return {"kind": "verdict", **self._card(self._facts(units[0], reason, self._day(on)))}
        if units:
            return {"kind": "hits", "hits": self._hits(units), "more": more}
        message = self.env._("%(code)s is not known here: try the order, or the customer's name.", code=code)
        return {"kind": "nothing", "message": message, "steps": self._steps({})}

    @api.model
    @api.readonly
    def judge(self, unit, reason_id=False, on=False):
        """The verdict on a unit, for a reason and a day.

        :param dict unit: as a hit of `find` names it
        :param int reason_id: what is the matter (`aftersales.reason`)
        :param str on: the day asked for; today
        """
        self._ensure_agent()
        return {"kind": "verdict", **self._card(self._case(unit, reason_id, on))}

    @api.model
    def step(self, code, unit=False, reason_id=False, on=False):
        """The action behind a button of the screen.

        :param str code: of a step, as `find` and `judge` offer it
        """
        self._ensure_agent()
        case = self._judged([self._case(unit, reason_id, on)])[0] if unit else {}
        if code not in [step["code"] for step in self._steps(case)]:
            raise UserError(self.env._("This is not possible here any more: look the unit up again."))
        return clean_action(getattr(self, f"_step_{code}")(case), env=self.env)

    def _ensure_agent(self):
        if not self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            raise AccessError(self.env._("Only agents check warranties."))

    # === The unit === #

    def _case(self, unit, reason_id, on):
        """A unit that the user may see, with the reason and the day; see `_facts`.

        :raise UserError: when there is no such unit, or it is none of the user's
        """
        unit = unit if isinstance(unit, dict) else {}
        move = self._visible_moves(self._browse("stock.move", unit.get("move_id")))
        lot = self._browse("stock.lot", unit.get("lot_id"))
        known = self.env["aftersales.warranty"]
        if not move:
            domain = [("lot_id", "=", lot.id)] if lot else [("id", "=", self._id(unit.get("warranty_id")))]
            companies = [("company_id", "in", self.env.companies.ids)]
            known = known.search(domain + companies, order="start_date desc, id desc", limit=1)
        elif lot not in move.move_line_ids.lot_id:
            lot = lot.browse()
        if not (move or known):
            raise UserError(self.env._("This unit is not known here, or is another company's."))
        reason = self.env["aftersales.reason"].search([("id", "=", self._id(reason_id))])
        return self._facts({"move": move, "lot": lot, "known": known}, reason, self._day(on))

    def _facts(self, unit, reason=None, on=False):
        """What is known of a unit, as records.

        :param dict unit: ``move`` and ``lot``, read whoever asks, and ``known``: a warranty of a unit without delivery
        :return: ``move, lot, warranty, product, partner, order, company, reason, on``
        """
        move, lot, known = unit["move"], unit["lot"], unit["known"]
        order = move.sale_line_id.order_id.sudo(False)
        company = move.company_id or known.company_id
        return {
            "move": move,
            "lot": lot,
            "warranty": known.browse() if move or lot else known,
            "product": move.product_id or known.product_id,
            "partner": order.partner_id or known.partner_id,
            "order": order,
            "company": company,
            "reason": reason or self.env["aftersales.reason"],
            "on": on or company._aftersales_today(),
        }

    def _judged(self, cases):
        """Cases with their ``verdict`` and the ``owner`` of the unit, who may have it from somebody else."""
        verdicts = self.env["aftersales.entitlement"]._judge(cases, cases[0]["on"])
        return [
            {
                **case,
                "verdict": verdict,
                "owner": verdict["warranties"].filtered(lambda w: not w.closing)[:1].partner_id or case["partner"],
            }
            for case, verdict in zip(cases, verdicts, strict=True)
        ]

    def _id(self, value):
        """An id that may be searched for; 0 for what is none."""
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0

    def _day(self, value):
        try:
            return fields.Date.to_date(value or False)
        except (TypeError, ValueError):
            raise UserError(self.env._("%(day)s is no day.", day=value)) from None

    def _browse(self, model, value):
        """A record of the user's companies, whatever rights they have on its app."""
        # Agents look units up without rights on the warehouse; what is shown of them is up to the card.
        return self.env[model].sudo().search([("id", "=", self._id(value)), *self._companies_or_none()])

    # === The card === #

    def _card(self, case):
        """Everything that the screen shows of a unit, as plain data."""
        case = self._judged([case])[0]
        # The owner's name and how to reach them is what an agent asks for; see _browse.
        verdict, owner_sudo = case["verdict"], case["owner"].sudo()
        return {
            "unit": self._unit_ref(case),
            "product": case["product"].sudo().display_name,
            "image": self._image_of(case["product"]),
            "lot": case["lot"].name or False,
            "customer": owner_sudo.display_name,
            "contact": " · ".join(filter(None, (owner_sudo.phone, owner_sudo.email))),
            "order": case["order"].sudo().name or False,
            "delivered": self._delivered_on(case["move"]),
            "on": fields.Date.to_string(case["on"]),
            "reason_id": case["reason"].id,
            "verdict": verdict["verdict"],
            "verdict_label": self._verdict_label(verdict),
            "reasons": verdict["reasons"],
            "rights": [self._right_data(right) for right in verdict["rights"]],
            "burden": verdict["burden"] and verdict["burden"]["sentence"],
            "happened": self._happened(verdict["warranties"]),
            "documents": self._documents(case),
            "steps": self._steps(case),
        }

    def _verdict_label(self, verdict):
        """The verdict in few words: until when, or that it is not."""
        labels = dict(self.env["aftersales.rma.line"]._fields["warranty_verdict"]._description_selection(self.env))
        if verdict["verdict"] != "covered" or any(right["open_end"] for right in verdict["rights"]):
            return labels[verdict["verdict"]]
        last = max(verdict["covering"].mapped("end_date"))
        return self.env._("Covered until %(day)s", day=format_date(self.env, last))

    def _delivered_on(self, move):
        return format_date(self.env, move.company_id._aftersales_date(move.date)) if move else False

    def _image_of(self, product):
        return f"/web/image/product.product/{product.id}/image_128" if product.sudo().image_128 else False

    def _unit_ref(self, case):
        return {f"{name}_id": case[name].id for name in ("move", "lot", "warranty")}

    def _right_data(self, right):
        names = {
            "parts": self.env._("Parts"),
            "labour": self.env._("Labour"),
            "shipping": self.env._("Shipping"),
        }
        labels = dict(self.env["aftersales.rma.line"]._fields["warranty_verdict"]._description_selection(self.env))
        return {
            "id": right["warranty"].id,
            "by_law": right["by_law"],
            "name": right["name"],
            "verdict": right["verdict"],
            "label": labels[right["verdict"]],
            "reason": right["reason"],
            "start": format_date(self.env, right["start"]),
            "until": format_date(self.env, right["until"]),
            "parts": [
                {
                    "name": names[part],
                    "percent": right["coverage"][part],
                    "until": format_date(self.env, right["coverage_until"][part])
                    if right["coverage_until"].get(part, right["until"]) != right["until"]
                    else False,
                }
                for part in PARTS
                if right["verdict"] == "covered"
            ],
        }

    def _happened(self, warranties):
        """Repairs, new owners and what made it void, as sentences, each once; oldest first."""
        # The verdict has shown that the unit is the user's to see.
        changes = warranties.sudo().change_ids.sorted("date_from")
        told = {self._change_sentence(change): format_date(self.env, change.date_from) for change in changes}
        by_hand = changes.filtered(lambda change: change.kind == "void").warranty_id
        for warranty in warranties.filtered("closing") - by_hand:
            day = warranty.closed_on
            told.setdefault(warranty.closing_reason or warranty.closing, day and format_date(self.env, day))
        return [{"text": text, "day": day} for text, day in told.items()]

    def _change_sentence(self, change):
        words = {
            "day": format_date(self.env, change.date_to) if change.date_to else "",
            "reason": change.reason or "",
            "new": change.partner_id.display_name,
            "former": change.former_partner_id.display_name,
        }
        if change.kind == "transfer":
            return self.env._("%(new)s has it from %(former)s. %(reason)s", **words)
        if change.kind == "void":
            return self.env._("Made void: %(reason)s", **words)
        if not change.date_to:
            return self.env._("In repair, and not back yet. %(reason)s", **words)
        if not change.is_done:
            return self.env._("Came in for repair and went back as it was on %(day)s. %(reason)s", **words)
        return self.env._("Repaired, and back on %(day)s. %(reason)s", **words)

    def _documents(self, case):
        """Returns and repairs of the unit that the user may see, newest first."""
        lines = self.env["aftersales.rma.line"].search(
            self._claimed_domain(case), order="requested_on desc, id desc", limit=MAX_DOCUMENTS
        )
        found = [self._return_data(line) for line in lines]
        if case["lot"]:
            domain = [("lot_id", "=", case["lot"].id), ("company_id", "in", self.env.companies.ids)]
            repairs = self.env["repair.order"].search(domain, order="id desc", limit=MAX_DOCUMENTS)
        else:
            repairs = lines.rma_id.repair_ids._filtered_access("read")
        return found + [self._repair_data(repair) for repair in repairs]

    def _claimed_domain(self, case):
        """Domain of the return lines of the unit; without serial, of its delivery."""
        if case["lot"]:
            return [("lot_id", "=", case["lot"].id)]
        return [("origin_move_id", "=", case["move"].id or 0)]

    def _return_data(self, line):
        states = dict(line.rma_id._fields["state"]._description_selection(self.env))
        return {
            "model": "aftersales.rma",
            "id": line.rma_id.id,
            "name": line.rma_id.name,
            "day": format_date(self.env, line.requested_on),
            "text": line.reason_id.name or "",
            "state": states[line.state],
        }

    def _repair_data(self, repair):
        states = dict(repair._fields["state"]._description_selection(self.env))
        return {
            "model": "repair.order",
            "id": repair.id,
            "name": repair.name,
            "day": format_date(self.env, repair.schedule_date),
            "text": self.env._("under warranty") if repair.under_warranty else "",
            "state": states[repair.state],
        }
