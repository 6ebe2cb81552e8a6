"""The club of the demo shop: who bought, what came back, what was given. Days are days before the installation."""

# order, ordered, customer, {product: units}, whether points pay a reward; delivered two days later
CLUB_ORDERS = [
    ("W2001", 345, "anna", {"towels": 6, "kettle": 2}, False),
    ("W2002", 240, "jonas", {"towels": 20, "toaster": 2}, False),
    ("W2003", 170, "anna", {"toaster": 3, "water_filter": 4}, True),
    ("W2004", 120, "jonas", {"towels": 30}, False),
    ("W2005", 95, "sanne", {"toaster": 2, "kettle": 3}, False),
    ("W2006", 60, "bram", {"kettle": 2}, False),
    ("W2007", 7, "anna", {"water_filter": 3, "brush_heads": 2}, False),
    ("W2008", 1, "marie", {"kettle": 1}, False),
]
CLUB_NOT_DELIVERED = ("W2008",)

# order, product, units, reason, what the customer says, [(step, day, *arguments)]
CLUB_RETURN = (
    "W2005",
    "toaster",
    1,
    "wrong_choice",
    "One would have been enough.",
    [
        ("submit", 40),
        ("goodwill", 39, "A member for years."),
        ("receive", 35, 1),
        ("settle", 35),
        ("pay", 34),
    ],
)

# customer, day, points, why
CLUB_GIFTS = [("bram", 20, 50, "Sorry that the kettle came late")]
