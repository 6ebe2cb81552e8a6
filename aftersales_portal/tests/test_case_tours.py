from odoo.tests import tagged

from .test_tours import TourCommon


@tagged("post_install", "-at_install")
class TestCaseTours(TourCommon):
    """Questions, visits and messages with photos, on the phone, by touch."""

    browser_size = "360x740"
    touch_enabled = True

    def _cases(self):
        return self.env["aftersales.case"].search([("partner_id", "=", self.customer.id)])

    def _said(self, document):
        """The last message of the customer, with its one photo."""
        message = document.message_ids.filtered(lambda message: message.author_id == self.customer)[:1]
        self.assertEqual(message.attachment_ids.mapped("mimetype"), ["image/jpeg"])
        return message.body

    def test_from_the_mail_a_question_is_its_words_and_a_visit_none(self):
        order = self._sold((self.kettle, 1))
        self._tour(self._door(order), "question")
        self.assertIn("Which tea is best?", self._cases().description)
        self.assertEqual(self._cases().product_id, self.kettle)
        self.kettle.product_tmpl_id.aftersales_home_repair = True
        self._tour(self._door(order), "visit")
        self.assertEqual(self._cases()[:1].type, "visit")

    def test_who_came_by_a_link_talks_with_photos(self):
        rma = self._rma(self._sold((self.kettle, 1))).sudo()
        rma.message_post(body="Which colour is it?", message_type="comment", subtype_xmlid="mail.mt_comment")
        self._tour(rma._portal_link(), "chat")
        self.assertIn("It is red", self._said(rma))

    def test_a_customer_asks_talks_closes_and_asks_again(self):
        self._sold((self.kettle, 1))
        self._tour("/my", "cases", login=self.customer_user.login)
        case = self._cases()
        self.assertEqual((case.state, case.type, case.product_id), ("in_progress", "problem", self.kettle))
        self.assertIn("leak.jpg", case.message_ids.attachment_ids.mapped("name"))


@tagged("post_install", "-at_install")
class TestCaseToursDesktop(TestCaseTours):
    """The same on a desk, by mouse."""

    browser_size = "1280x800"
    touch_enabled = False
