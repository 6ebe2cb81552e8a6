from odoo import api, models
from odoo.tools import SQL

# What people write to each other; what the system writes has events of its own.
SPOKEN = ("email", "comment")
# Letters of a message or call that the history shows.
WORDS = 120


class AftersalesEvent(models.Model):
    """What was said: calls that were made, and messages between a customer and the people of the shop."""

    _inherit = "aftersales.event"

    def _sources(self):
        return {
            **super()._sources(),
            "mail.activity": self._source_mail_activity,
            "mail.message": self._source_mail_message,
        }

    def _documents(self):
        return [name for name in super()._documents() if not name.startswith("mail.")] + ["res.partner"]

    @api.model
    def _spoken_about(self):
        """Hook: model → SELECT of id, customer, company and name of the documents that people talk about."""
        return {
            "res.partner": SQL("SELECT id, id AS partner_id, company_id, NULL AS name FROM res_partner"),
            "sale.order": SQL("SELECT id, partner_id, company_id, name FROM sale_order"),
            "aftersales.rma": SQL("SELECT id, partner_id, company_id, name FROM aftersales_rma"),
            "aftersales.case": SQL("SELECT id, partner_id, company_id, name FROM aftersales_case"),
        }

    def _about_sql(self, model):
        """A LATERAL subquery: the document that ``doc`` is about.

        :param SQL model: the column of ``doc`` with the model's name; the id is ``doc.res_id``
        """
        return SQL(" UNION ALL ").join(
            SQL("SELECT * FROM (%s) about WHERE %s = %s AND about.id = doc.res_id", documents, model, name)
            for name, documents in self._spoken_about().items()
        )

    def _plain_sql(self, html):
        """The beginning of a text without its tags."""
        tags = SQL("regexp_replace(LEFT(%s, 4000), '<[^>]*(>|$)', ' ', 'g')", html)
        for entity, letter in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
            tags = SQL("replace(%s, %s, %s)", tags, entity, letter)
        return SQL("NULLIF(btrim(regexp_replace(%s, '\\s+', ' ', 'g')), '')", tags)

    def _source_mail_activity(self, condition):
        """Calls that were made: Odoo archives an activity that is done."""
        return SQL(
            """SELECT 'mail.activity,' || doc.id, doc.res_model, doc.res_id, 'call',
                      doc.date_done + TIME '12:00', about.partner_id, partner.commercial_partner_id,
                      COALESCE(NULLIF(CONCAT_WS(' · ', about.name, doc.summary, LEFT(COALESCE(
                          %(feedback)s, %(note)s), %(words)s)), ''), '…'),
                      NULL::numeric, NULL::integer, doc.user_id, about.company_id
                 FROM mail_activity doc
                 JOIN mail_activity_type kind ON kind.id = doc.activity_type_id
                 JOIN LATERAL (%(about)s) about ON TRUE
                 JOIN res_partner partner ON partner.id = about.partner_id
                WHERE NOT doc.active AND doc.date_done IS NOT NULL AND kind.category = 'phonecall'
                  AND %(condition)s""",
            feedback=self._plain_sql(SQL("doc.feedback")),
            note=self._plain_sql(SQL("doc.note")),
            words=WORDS,
            about=self._about_sql(SQL("doc.res_model")),
            condition=condition,
        )

    def _source_mail_message(self, condition):
        """What customers wrote, and what people of the shop wrote to them: no notes, no automatic mails."""
        return SQL(
            """SELECT 'mail.message,' || doc.id, doc.model, doc.res_id, 'message', doc.date,
                      about.partner_id, partner.commercial_partner_id,
                      COALESCE(NULLIF(CONCAT_WS(' · ', about.name, LEFT(COALESCE(
                          %(body)s, doc.subject), %(words)s)), ''), '…'),
                      NULL::numeric, NULL::integer,
                      (SELECT MIN(staff.id) FROM res_users staff
                        WHERE staff.partner_id = doc.author_id AND NOT staff.share),
                      about.company_id
                 FROM mail_message doc
                 JOIN mail_message_subtype kind ON kind.id = doc.subtype_id
                 JOIN LATERAL (%(about)s) about ON TRUE
                 JOIN res_partner partner ON partner.id = about.partner_id
                WHERE doc.message_type IN %(spoken)s AND doc.is_internal IS NOT TRUE
                  AND kind.internal IS NOT TRUE AND doc.date IS NOT NULL AND %(condition)s""",
            body=self._plain_sql(SQL("doc.body")),
            words=WORDS,
            about=self._about_sql(SQL("doc.model")),
            spoken=SPOKEN,
            condition=condition,
        )
