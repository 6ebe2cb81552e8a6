import re

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.modules.db import FunctionStatus
from odoo.tools import SQL

# Of what matches, the newest are ranked; of those, the best are shown.
NEWEST = 200
BEST = 5
MOST_WORDS = 12
# Letters that are cut off short words; three off longer ones.
ENDINGS = {3: 0, 4: 0, 5: 1, 6: 2}
# What is longer than a word of a search, or than a document's beginning, is cut.
LONGEST_WORD = 40
LONGEST_TEXT = 100000


def solution_vector(registry):
    """SQL of the words of a solved case: the same text for the index and for what is looked up with it."""
    text = "coalesce(subject, '') || ' ' || coalesce(solution, '')"
    if registry.has_unaccent == FunctionStatus.INDEXABLE:
        text = f"unaccent({text})"
    return f"to_tsvector('simple', left({text}, {LONGEST_TEXT}))"


class AftersalesCase(models.Model):
    """What may be answered: templates, what has helped others, and documents of the product."""

    _inherit = "aftersales.case"

    _solutions = models.Index(lambda registry: f"USING gin ({solution_vector(registry)}) WHERE solution IS NOT NULL")

    # === Methods of the composer === #

    @api.readonly
    def answer_suggestions(self, query=False):
        """What may help to answer the case.

        :param str query: what the agent looks for; without, what the customer has asked
        :return: ``templates`` (``id, name``), ``solutions`` (``id, name, subject, html``) and ``documents`` (``id`` of
            the attachment, ``name``, ``url``)
        :raise AccessError: for others than agents
        """
        self.ensure_one()
        if not self.env.user.has_group("aftersales_crm.aftersales_crm_group_agent"):
            raise AccessError(self.env._("Only agents answer cases."))
        self.check_access("read")
        query = query.strip() if isinstance(query, str) else False
        words = self._search_words(query) if query else self._question_words()
        cases = self._similar_solutions(words, bool(query))
        return {
            "templates": [] if query else self._answer_templates(),
            "solutions": [
                {"id": case.id, "name": case.name, "subject": case.subject, "html": case.solution} for case in cases
            ],
            "documents": self._answer_documents(words, bool(query)),
        }

    # === Business === #

    @api.model
    def _search_words(self, text):
        """Beginnings of the words of a text, so that endings do not matter (list of str, each once)."""
        found = re.findall(r"[^\W_]{3,}", self.env.registry.unaccent_python(text.lower()))
        stems = [word[: max(3, len(word) - ENDINGS.get(len(word), 3))][:LONGEST_WORD] for word in found]
        return list(dict.fromkeys(stems))[:MOST_WORDS]

    def _question_words(self):
        """Words of what the customer has asked: of the subject, where it says something."""
        words = self._search_words(self.subject)
        return words if len(words) > 1 else self._search_words(self._words_of_customer())

    @api.model
    def _text_query(self, words, every):
        return SQL("to_tsquery('simple', %s)", (" & " if every else " | ").join(f"{word}:*" for word in words))

    def _similar_solutions(self, words, every):
        """Solved cases of the company with these words, best first; those of the same product before others.

        Read rights are part of the query. Every word has to be there when the agent looks for them; where no case
        has them all, some will do.

        :param list words: see `_search_words`
        :param bool every: whether all of them are wanted
        :return: `aftersales.case`
        """
        if not words:
            return self.browse()
        self.flush_model(["subject", "solution", "state", "product_id", "company_id"])
        domain = Domain("state", "in", ("solved", "closed")) & Domain("company_id", "=", self.company_id.id)
        query = self._search(domain & Domain("id", "!=", self.id))
        vector, wanted = SQL(solution_vector(self.env.registry)), self._text_query(words, every)
        query.add_where(SQL("solution IS NOT NULL AND %s @@ %s", vector, wanted))
        # All that match first, by the index: looking for the newest would read every case when few match.
        rows = self.env.execute_query(
            SQL(
                """WITH found AS MATERIALIZED (%(found)s)
                   SELECT id FROM aftersales_case
                    WHERE id IN (SELECT id FROM found ORDER BY id DESC LIMIT %(newest)s)
                    ORDER BY (product_id = %(product)s) IS TRUE DESC, ts_rank(%(vector)s, %(wanted)s) DESC, id DESC
                    LIMIT %(best)s""",
                found=query.select(),
                newest=NEWEST,
                product=self.product_id.id or None,
                vector=vector,
                wanted=wanted,
                best=BEST,
            )
        )
        cases = self.browse([case_id for (case_id,) in rows])
        return cases if cases or not every else self._similar_solutions(words, False)

    def _answer_templates(self):
        """Templates of answers: shared ones and the agent's own, but none that the system sends by itself."""
        domain = [("model", "=", self._name), ("user_id", "in", (False, self.env.uid))]
        # Agents need not know what is sent when.
        steps_sudo = self.env["aftersales.mail.step"].sudo().search([("template_id.model", "=", self._name)])
        domain.append(("id", "not in", steps_sudo.template_id.ids))
        templates = self.env["mail.template"].search(domain, limit=BEST, order="user_id, name, id")
        return [{"id": template.id, "name": template.name} for template in templates]

    def _answer_documents(self, words, every):
        """Documents of the product, by name and text; those with the words first, and all of a small number."""
        product = self.product_id or self.lot_id.product_id
        if not product:
            return []
        domain = Domain("res_model", "=", "product.template") & Domain("res_id", "=", product.product_tmpl_id.id)
        domain |= Domain("res_model", "=", "product.product") & Domain("res_id", "=", product.id)
        documents = self.env["product.document"].search(domain, limit=NEWEST)
        ranks = self._document_ranks(documents, words)
        if every:
            documents = documents.filtered(lambda document: ranks.get(document.ir_attachment_id.id))
        documents = documents.sorted(lambda document: -ranks.get(document.ir_attachment_id.id, 0.0))[:BEST]
        return [
            {"id": document.ir_attachment_id.id, "name": document.name, "url": document.url or False}
            for document in documents
        ]

    def _document_ranks(self, documents, words):
        """How well the texts of documents match: ``{id of the attachment: float}``, without those that do not."""
        ids = documents.ir_attachment_id.ids
        if not (ids and words):
            return {}
        wanted = self._text_query(words, False)
        vector = SQL(
            "to_tsvector('simple', coalesce(name, '') || ' ' || left(coalesce(index_content, ''), %s))", LONGEST_TEXT
        )
        self.env["ir.attachment"].flush_model(["name", "index_content"])
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, ts_rank(%(vector)s, %(wanted)s) FROM ir_attachment"
                    " WHERE id IN %(ids)s AND %(vector)s @@ %(wanted)s",
                    vector=vector,
                    wanted=wanted,
                    ids=tuple(ids),
                )
            )
        )
