import io
import re
from pathlib import Path

import polib
from lxml import html

from odoo.modules import get_module_path
from odoo.tests import tagged
from odoo.tools.translate import trans_export

from .common import PortalCommon

# Loyalty is an add-on that a shop may leave out.
ADDONS = tuple(
    addon for addon in ("aftersales_crm", "aftersales_portal", "aftersales_loyalty") if get_module_path(addon, False)
)
# The same words as in English.
SAME_EVERYWHERE = {
    '<i class="fa fa-download me-1" aria-hidden="true"/>PDF',
    "{{ object.company_id.name }}: {{ object.type_id.name }}, {{ object._credit_words() }}",
    "%(product)s: %(cover)s",
    "IBAN",
    "Długa 1, Gdańsk",
    "Piotr",
    "Re: {{ object.subject }}",
    "[{{ object.name }}] {{ object.subject }}",
}
SAME = {
    "de": {"Bonus", "Feedback", "Name", "Status", "Transfers"},
    "hu": {"Program"},
    "nl": {"Bonus", "Feedback", "Filters", "Log in", "Open", "Product", "Status"},
    "pl": {"Bonus", "Program", "E-mail", "Status"},
}
LANGUAGES = {"de": "de_DE", "hu": "hu_HU", "nl": "nl_NL", "pl": "pl_PL", "ru": "ru_RU"}
# Where the words come from that customers read: every message of the models (any may be told on a page), what
# records of ours are called, mails, and pages and papers, which are views without “_view_” in their names.
FOR_CUSTOMERS = re.compile(
    r"code:addons/aftersales_(crm/models|loyalty/(controllers|models)|portal/(controllers|models|static/src))/"
    r"|model:aftersales\.(reason|remedy\.type|product\.kind),"
    r"|model:aftersales\.jurisdiction,(withdrawal|confirm)_label"
    r"|model:mail\.template,(subject|body_html):|model:ir\.actions\.report,name"
    r"|model:ir\.model\.fields\.selection,name:aftersales_crm\.selection__aftersales_"
    r"(rma_line__basis|warranty__(source|state)|rma__(state|payout_status|reception_status|settlement_status))"
    r"|model_terms:ir\.ui\.view,arch_db:aftersales_(crm|loyalty|portal)\.(?!\w*_view_)"
)
FOR_STAFF = re.compile(
    r"models/aftersales_(api|claim_cost|commitment|dock|event_timeline|finder|followup_(job|plan|step)|goodwill|jurisdiction|payout"
    r"|profile|remedy_goodwill|rma_(answer|overview)|rules|setup|team|visit_part|warranty_(change|check))"
    r"|models/aftersales_case_(answers|assignment|clock|desk|entitlement|gateway|goodwill|links|merge|parent|recognition|set_aside)"
    r"|models/aftersales_(case_visit_(parts|steps)|privacy(_anonymise)?\.py|feedback_(complaint|links))|models/res_company_feedback"
    r"|models/(aftersales_checklist|survey_|res_users_checklist|aftersales_loyalty_(award_job|bonus|desk|entry\.py|figures|grant|post|tier\.py)|loyalty_program|res_company_grant)"
    r"|aftersales_crm\.(checklist|fiscal_register|rules_page|simulation_result|training_certificate_report)$"
)
PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\{.*?\}\}|t-\w+=\"[^\"]*\"|</?\w+")


def is_for_customers(entry):
    sources = [source for source, _line in entry.occurrences]
    return any(FOR_CUSTOMERS.match(source) and not FOR_STAFF.search(source) for source in sources)


@tagged("post_install", "-at_install")
class TestTranslations(PortalCommon):
    """What customers read, in the five languages of the shops we serve."""

    def _terms(self):
        """The terms of today's code that customers read: add-on → set of texts."""
        terms = {}
        for addon in ADDONS:
            buffer = io.BytesIO()
            trans_export(False, [addon], buffer, "po", self.env)
            terms[addon] = {
                entry.msgid for entry in polib.pofile(buffer.getvalue().decode()) if is_for_customers(entry)
            }
        return terms

    def _translated(self, addon, language):
        path = Path(get_module_path(addon)) / "i18n" / f"{language}.po"
        return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr}

    def test_every_term_for_customers_is_translated(self):
        for addon, terms in self._terms().items():
            for language in LANGUAGES:
                missing = sorted(
                    terms - self._translated(addon, language).keys() - SAME_EVERYWHERE - SAME.get(language, set())
                )
                with self.subTest(addon=addon, language=language):
                    self.assertFalse(missing, "run “python3 setup terms”, then translate")

    def test_translations_keep_what_is_filled_in(self):
        for addon in ADDONS:
            for language in LANGUAGES:
                for term, text in self._translated(addon, language).items():
                    with self.subTest(language=language, term=term):
                        self.assertEqual(sorted(PLACEHOLDERS.findall(text)), sorted(PLACEHOLDERS.findall(term)))

    def test_no_page_keeps_english_words(self):
        order = self._sold((self.kettle, 3))
        asked, approved, rejected = (self._rma(order).sudo() for _ in range(3))
        approved.action_approve()
        rejected.action_reject("x")
        pages = ["/my/returns", f"/my/returns/new?order_id={order.id}", "/my/products", "/withdraw", "/find-order"]
        pages += [f"/track?order_id={order.id}", f"/withdraw?order_id={order.id}", f"/my/orders/{order.id}"]
        pages += [f"/my/returns/{rma.id}" for rma in (asked, approved, rejected)]
        modules = self.env["ir.module.module"]
        self._login(self.customer_user)
        for language, code in LANGUAGES.items():
            prefix = self.env["res.lang"]._activate_lang(code).url_code
            modules._load_module_terms(list(ADDONS), [code])
            translated = self._translated("aftersales_portal", language) | self._translated("aftersales_crm", language)
            english = {term for term, text in translated.items() if text != term and " " in term.strip()}
            for page in pages:
                answer = self._get(f"/{prefix}{page}")
                words = {text.strip() for text in html.fromstring(answer.content).itertext()}
                with self.subTest(language=language, page=page):
                    self.assertTrue(words & set(translated.values()))
                    self.assertFalse(sorted(words & english))
