from odoo.tests import HttpCase, TransactionCase, tagged

QUIZZES = ("returns", "law", "talk")


@tagged("post_install", "-at_install")
class TestTrainingQuiz(TransactionCase):
    """The quizzes of the three shipped checklists."""

    def test_each_quiz_asks_eight_questions_with_one_right_answer_and_explains_every_answer(self):
        for code in QUIZZES:
            quiz = self.env.ref(f"aftersales_crm.survey_{code}")
            self.assertTrue(quiz.certification)
            self.assertEqual(len(quiz.question_ids), 8)
            for question in quiz.question_ids:
                answers = question.suggested_answer_ids
                with self.subTest(quiz=code, question=question.title):
                    self.assertEqual(len(answers), 4)
                    self.assertEqual(len(answers.filtered("is_correct")), 1)
                    self.assertTrue(all(answers.mapped("aftersales_explanation")))

    def test_nobody_finds_the_right_answer_by_its_length_or_place(self):
        for code in QUIZZES:
            right = [
                (places.index(True), lengths.index(max(lengths)))
                for question in self.env.ref(f"aftersales_crm.survey_{code}").question_ids
                for places in [question.suggested_answer_ids.mapped("is_correct")]
                for lengths in [[len(value) for value in question.suggested_answer_ids.mapped("value")]]
            ]
            with self.subTest(quiz=code):
                self.assertEqual({place for place, _longest in right}, {0, 1, 2, 3})
                self.assertLessEqual(sum(place == longest for place, longest in right), 4)

    def test_six_right_answers_pass_and_five_do_not(self):
        quiz = self.env.ref("aftersales_crm.survey_law")
        for right, passes in ((6, True), (5, False)):
            taken = quiz._create_answer(user=self.env.user)
            for number, question in enumerate(quiz.question_ids):
                answers = question.suggested_answer_ids.grouped("is_correct")
                chosen = answers[number < right][:1]
                taken._save_lines(question, str(chosen.id))
            taken._mark_done()
            self.assertEqual(taken.scoring_success, passes)


@tagged("post_install", "-at_install")
class TestTrainingQuizPage(HttpCase):
    def test_who_reviews_a_quiz_reads_why_each_answer_is_right_or_wrong(self):
        quiz = self.env.ref("aftersales_crm.survey_law")
        user = self.env.ref("base.user_admin")
        taken = quiz._create_answer(user=user)
        for question in quiz.question_ids:
            taken._save_lines(question, str(question.suggested_answer_ids[0].id))
        page = f"{quiz.access_token}?answer_token={taken.access_token}"
        self.authenticate("admin", "admin")
        words = quiz.question_ids[0].suggested_answer_ids[-1].aftersales_explanation
        self.assertNotIn(words, self.url_open(f"/survey/start/{page}").text)
        taken._mark_done()
        self.assertIn(words, self.url_open(f"/survey/print/{page}").text)
