from .credit import CreditCommon


class TestPaidWithCredit(CreditCommon):
    """What a card paid comes back to the card, for the refund leaves it out."""

    def _order_paid_by(self, program, credit, quantity=2):
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.customer.id, "points": credit}
        )
        order = self._order((self.kettle, quantity), confirm=False)
        order._update_programs_and_rewards()
        order.applied_coupon_ids |= card
        order._apply_program_reward(program.reward_ids, card)
        order.action_confirm()
        self._deliver(order)
        self._pay(self._invoice(order).filtered("amount_total"))
        return order, card

    def _refund(self, order, quantity):
        rma = self._rma(order, quantity)
        rma.with_user(self.manager).action_approve()
        self._receive(rma)
        rma.action_settle()
        self.assertEqual(rma.remedy_ids.mapped("error"), [False])
        self.env["sale.order"].sudo()._aftersales_sync_touched()
        return rma

    def test_credit_comes_back_in_proportion_and_once(self):
        for program in (self.vouchers, self.wallet):
            for credit in (60, 200):
                with self.subTest(program=program.name, credit=credit):
                    order, card = self._order_paid_by(program, credit)
                    self.assertEqual(card.points, 0)
                    refunds, apart = [], self._owed() - self._outstanding()
                    for back in (credit / 2, credit):
                        refunds.append(self._refund(order, 1).refunded_total)
                        self.assertEqual(card.points, back)
                        self.assertAlmostEqual(self._owed() - self._outstanding(), apart, 2)
                    self.assertAlmostEqual(sum(refunds), 200 - credit, 2)
                    order.sudo()._aftersales_sync_points()
                    order._action_cancel()
                    self.assertEqual(card.points, credit)
