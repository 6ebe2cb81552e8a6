import base64
import hashlib
import hmac

from odoo import api, fields, models

# Letters of the code that prove that it is ours.
SEAL = 6
# As long as a code of ours can be, blanks and dashes left out.
LONGEST = 20


class LoyaltyCard(models.Model):
    # The code that a member gives to friends: the number of the card, sealed. It is made when asked for, is the same
    # each time, and nothing has to be stored for a million members.

    _inherit = "loyalty.card"

    aftersales_referral_code = fields.Char(
        "Code for friends",
        compute="_compute_aftersales_referral_code",
        search="_search_aftersales_referral_code",
        help="A friend who names it with the first order is rewarded, and so is the member.",
    )

    @api.depends("program_id")
    def _compute_aftersales_referral_code(self):
        programs = self.env["aftersales.loyalty.bonus"]._rules("referral").program_id
        for card in self:
            given = card.program_id in programs and card.partner_id and card._origin.id
            card.aftersales_referral_code = self._aftersales_sealed(card._origin.id) if given else False

    def _search_aftersales_referral_code(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        values = [value] if isinstance(value, str) else value or []
        cards = self.browse().concat(*(self._aftersales_by_referral(code) for code in values if code))
        return [("id", "in", cards.ids)]

    @api.model
    def _aftersales_sealed(self, number):
        """The code of a number: the number itself and a seal, in letters that read well aloud."""
        plain = base64.b32encode(number.to_bytes((number.bit_length() + 7) // 8)).decode().rstrip("=")
        # Made for every visitor of the page: the secret of the database proves that we made it.
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        digest = hmac.new(secret.encode(), f"aftersales_referral:{number}".encode(), hashlib.sha256).digest()
        return f"{plain}-{base64.b32encode(digest).decode()[:SEAL]}"

    @api.model
    def _aftersales_by_referral(self, code):
        """The card of a code, in sudo mode; none for a code that is not ours.

        :param code: as somebody typed it
        """
        none_sudo = self.browse().sudo()  # who knows a code may name it
        if not isinstance(code, str) or len(code) > 4 * LONGEST:
            return none_sudo
        letters = "".join(letter for letter in code.upper() if letter.isalnum() and letter.isascii())
        plain = letters[:-SEAL]
        if not plain or len(letters) > LONGEST:
            return none_sudo
        try:
            number = int.from_bytes(base64.b32decode(plain + "=" * (-len(plain) % 8)))
        except ValueError:
            return none_sudo
        if not 0 < number < 2**31:
            return none_sudo
        sealed = self._aftersales_sealed(number).replace("-", "")
        card_sudo = none_sudo.browse(number).exists() if hmac.compare_digest(sealed, letters) else none_sudo
        return card_sudo.aftersales_merged_into_id or card_sudo
