"""Order-wide discounts and rewards: negative lines that make other lines cheaper."""


class Reductions:
    """How much of each line's price the negative lines beside it take away.

    A negative line is shared out over the lines with the same taxes, as Odoo's own discount
    makes one per set of taxes; without any such line, over all. Down payments are no discount.

    :param lines: lines of one order (`sale.order.line`) or invoice (`account.move.line`)
    """

    def __init__(self, lines):
        priced = lines.filtered(lambda line: not line.is_downpayment and line.display_type in (False, "product"))
        self.negative = priced.filtered(lambda line: line.price_total < 0)
        self.positive = priced.filtered(lambda line: line.price_total > 0)

    def base(self, negative):
        """The lines over which a negative line is shared out."""
        same = self.positive.filtered(lambda line: line.tax_ids == negative.tax_ids)
        return same or self.positive

    def ratio(self, line):
        """Share of a line's price that is taken away, between 0 and 1."""
        ratio = sum(
            -negative.price_total / sum(self.base(negative).mapped("price_total"))
            for negative in self.negative
            if line in self.base(negative)
        )
        return min(ratio, 1.0)
