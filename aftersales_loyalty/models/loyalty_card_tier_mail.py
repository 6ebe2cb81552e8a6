from odoo import api, models
from odoo.tools import SQL


class LoyaltyCard(models.Model):
    # Members are told when their tier changes, and before it drops.

    _inherit = "loyalty.card"

    @api.model
    def _aftersales_cron_tell_tiers(self, limit=200):
        """Tell members what changed since they were last told, each change once."""
        cards = self._aftersales_to_tell(limit)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(cards))
        for card in cards:
            if card.try_lock_for_update():
                card._aftersales_tell_tier()
            if not cron._commit_progress(1):
                return
        if len(cards) == limit:
            self.env.ref("aftersales_loyalty.ir_cron_tier_news")._trigger()

    @api.model
    def _aftersales_to_tell(self, limit):
        """Members who do not know of their tier yet, or not that they will drop."""
        self.flush_model()
        programs = tuple(self.env["aftersales.loyalty.tier"]._programs()) or (0,)
        rows = self.env.execute_query(
            SQL(
                """SELECT card.id
                     FROM loyalty_card card
                     JOIN loyalty_program program ON program.id = card.program_id
                    WHERE card.program_id IN %s AND card.active AND program.aftersales_tier_started IS NOT NULL
                      AND (card.aftersales_tier_id IS DISTINCT FROM card.aftersales_tier_told_id
                           OR card.aftersales_tier_notice = 'due')
                    ORDER BY card.id LIMIT %s""",
                programs,
                limit,
            )
        )
        return self.browse(card for (card,) in rows)

    def _aftersales_tell_tier(self):
        self.ensure_one()
        self.invalidate_recordset()
        before, now = self.aftersales_tier_told_id, self.aftersales_tier_id
        kind = None
        if before != now:
            kind = "up" if now._rank() > before._rank() else "down"
        elif self.aftersales_tier_notice == "due":
            kind = "notice"
        self.write(
            {
                "aftersales_tier_told_id": now.id,
                "aftersales_tier_notice": self.aftersales_tier_notice and "sent",
            }
        )
        template = kind and self.env.ref(f"aftersales_loyalty.mail_template_tier_{kind}", raise_if_not_found=False)
        if template and self.partner_id.email:
            template.with_company(self.company_id or self.env.company).send_mail(self.id)
