"""What customers of the demo shop asked, and what became of it. Days are days before the installation."""

# Since when the shop keeps its promises by rule.
RULES_SINCE = 60

# subject, type, customer, order, product, channel, priority, day, words, [(step, day, *arguments)]; a step is a method
# of `aftersales.demo`
CASES = [
    (
        "How do I descale it?",
        "question",
        "gabor",
        "W1006",
        "espresso",
        "email",
        "0",
        48,
        "The lamp has been blinking since Sunday. What do I do?",
        [
            ("answer", 48, 13, "Please see page 12 of the manual: one sachet, two tanks of water, twenty minutes."),
            ("hear", 47, 9, "Done, it runs again. Thank you!"),
            ("solve", 47, "Descaling: page 12 of the manual; the lamp goes out after the second tank."),
            ("feedback", 46, {"csat": 5, "comment": "Answered the same day."}),
        ],
    ),
    (
        "One cup is missing in the parcel",
        "problem",
        "karin",
        "W1013",
        "barista",
        "phone",
        "1",
        40,
        "The measuring cup was not in the box.",
        [
            ("answer", 40, 12, "We are sorry. A cup is on its way to you, with the next parcel."),
            ("solve", 38, "A cup sent along with the next parcel."),
            ("feedback", 36, {"csat": 4}),
        ],
    ),
    (
        "The courier never came",
        "complaint",
        "bram",
        "W1026",
        "toaster",
        "portal",
        "2",
        27,
        "I waited at home the whole day for the pick-up.",
        [
            ("answer", 24, 10, "You are right, and we apologise. The courier comes tomorrow between 9 and 11."),
            ("solve", 22, "Pick-up booked again with another courier."),
            ("feedback", 20, {"csat": 2, "comment": "Three days until somebody answered."}),
        ],
    ),
    (
        "Which filter fits my vacuum cleaner?",
        "question",
        "eszter",
        "W1019",
        "hepa_filter",
        "email",
        "0",
        12,
        "There are two on your page.",
        [("answer", 12, 14, "The HEPA filter with the blue frame."), ("solve", 12, "HEPA filter, blue frame.")],
    ),
    (
        "Still no money",
        "complaint",
        "luc",
        "W1017",
        "espresso",
        "email",
        "3",
        3,
        "You have had the machine for days now. When do I get my money?",
        [("take", 3), ("promise", 2, "Tell Luc the day of the payment")],
    ),
    (
        "The drum is loud when it spins",
        "problem",
        "piotr",
        "W1012",
        "washer_7",
        "phone",
        "1",
        2,
        "It began last week. I can send a video.",
        [
            ("answer", 2, 15, "Please send the video. We come on Thursday in any case."),
            ("wait", 2),
            ("visit", 1, "home_repair"),
        ],
    ),
    (
        "Can I get the invoice in German?",
        "question",
        "jonas",
        "W1018",
        "washer_9",
        "portal",
        "0",
        1,
        "My tax adviser asks for it.",
        [],
    ),
    (
        "Where is the remote control of the robot?",
        "question",
        "emily",
        "W1003",
        "robot",
        "email",
        "0",
        1,
        "It is in the pictures of your shop.",
        [],
    ),
]

# subject, customer, order, product, day, outcome or False for one that is still to come, what was done
VISITS = [
    ("Installation", "anna", "W1001", "washer_7", 350, "solved", "Levelled, connected, tried with one wash."),
    ("Installation", "sanne", "W1005", "washer_9", 303, "not_solved", "The tap does not close: needs a plumber first."),
    ("Installation", "sanne", "W1005", "washer_9", 296, "solved", "Connected after the tap was replaced."),
    ("The door seal drips", "anna", "W1001", "washer_7", -2, False, ""),
]

# order, day, what its customer answered
FEEDBACK = [
    ("W1002", 300, {"nps": 9}),
    ("W1006", 270, {"nps": 10, "comment": "Good advice on the phone.", "consent": True}),
    ("W1009", 210, {"nps": 7}),
    ("W1013", 150, {"nps": 9}),
    ("W1014", 130, {"nps": 8}),
    ("W1015", 120, {"nps": 6, "comment": "The return took long."}),
    ("W1018", 70, {"nps": 10}),
    ("W1019", 55, {"nps": 9}),
]
