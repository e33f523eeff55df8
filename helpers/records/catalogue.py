"""The lesson does not need this: which long training runs there are, by name."""

from helpers.records.experiments import Comparison, Epochs

DEFAULT, XAVIER = ("pytorch_default", 1.0), ("xavier_normal", 1.0)
HE = ("he_normal", 1.0)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)
RATES = tuple(10 ** (k / 2) for k in range(-6, 0))  # 0.001 to 0.316
CRUDE = {"N(0, 1)": ("normal", 1.0), "N(0, 0.01²)": ("normal", 0.01)}
RECORDS: dict[str, Comparison | Epochs] = {
    "relu": Comparison(
        "relu",
        {"default": DEFAULT, "Xavier": XAVIER, "He": HE}
        | {"orthogonal": ("orthogonal", 2**0.5)},
        DEPTHS,
        RATES,
    ),
    "tanh": Comparison(
        "tanh",
        {"default": DEFAULT, "Xavier": XAVIER, "gain 5/3": ("xavier_normal", 5 / 3)}
        | {"orthogonal": ("orthogonal", 1.0)},
        DEPTHS,
        RATES,
    ),
    "crude": Comparison("relu", CRUDE, (1, 2, 3, 4, 6), RATES),
    "he": Comparison(
        "relu",
        {"default": DEFAULT, "Xavier": XAVIER, "He": HE},
        (22, 30),
        (0.001, 0.003, 0.01, 0.03),
        seeds=3,
        steps=660,
        every=22,
        width=128,
    ),
    "plateau": Epochs("sigmoid", {"default": DEFAULT}, 6, ("loss", "mean"), 0.3, 60),
    "escape": Epochs("sigmoid", {"default": DEFAULT}, 4, ("loss", "mean"), 0.1, 60),
    "reversal": Epochs(
        "tanh",
        {"default": DEFAULT, "Xavier": XAVIER},
        6,
        ("high", "gradient", "weight"),
        0.05,
        12,
    ),
}
"""Every record by name."""
