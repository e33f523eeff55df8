"""The lesson does not need this: which long training runs there are, by name."""

from helpers.records.experiments import Comparison, Epochs, LongRun
from helpers.records.texts import TextRun

DEFAULT, XAVIER = ("pytorch_default", 1.0), ("xavier_normal", 1.0)
HE = ("he_normal", 1.0)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)
RATES = tuple(10 ** (k / 2) for k in range(-6, 0))  # 0.001 to 0.316
CRUDE = {"N(0, 1)": ("normal", 1.0), "N(0, 0.01²)": ("normal", 0.01)}
RECORDS: dict[str, Comparison | Epochs | LongRun | TextRun] = {
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
    # Three ways to be ill, and a healthy network beside them: chapters 0, 1, 2 and 4.
    "sigmoid-20": LongRun(
        "sigmoid",
        XAVIER,
        20,
        {
            "SGD 0.03": ("sgd", 0.03),
            "SGD 0.3": ("sgd", 0.3),
            "SGD 3": ("sgd", 3.0),
            "Adam 0.001": ("adam", 0.001),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    "sigmoid-8": LongRun(
        "sigmoid",
        XAVIER,
        8,
        {
            "SGD 0.1": ("sgd", 0.1),
            "SGD 1": ("sgd", 1.0),
            "Adam 0.001": ("adam", 0.001),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    "relu-20": LongRun(
        "relu",
        XAVIER,
        20,
        {
            "SGD 0.03": ("sgd", 0.03),
            "SGD 0.1": ("sgd", 0.1),
            "SGD 0.3": ("sgd", 0.3),
            "Adam 0.001": ("adam", 0.001),
        },
    ),
    "tanh-20": LongRun(
        "tanh",
        XAVIER,
        20,
        {"SGD 0.003": ("sgd", 0.003), "SGD 0.03": ("sgd", 0.03)}
        | {"Adam 0.001": ("adam", 0.001)},
    ),
    "chaos-20": LongRun(
        "tanh",
        ("xavier_normal", 3.0),
        20,
        {
            "SGD 0.0003": ("sgd", 0.0003),
            "SGD 0.003": ("sgd", 0.003),
            "SGD 0.03": ("sgd", 0.03),
            "Adam 0.0003": ("adam", 0.0003),
        },
    ),
    "chaos-12": LongRun(
        "tanh",
        ("xavier_normal", 4.0),
        12,
        {
            "SGD 0.0003": ("sgd", 0.0003),
            "SGD 0.003": ("sgd", 0.003),
            "Adam 0.0001": ("adam", 0.0001),
            "Adam 0.0003": ("adam", 0.0003),
        },
    ),
    "default-12": LongRun(
        "relu",
        DEFAULT,
        12,
        {
            "SGD 0.03": ("sgd", 0.03),
            "SGD 0.3": ("sgd", 0.3),
            "Adam 0.001": ("adam", 0.001),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    "default-24": LongRun(
        "relu",
        DEFAULT,
        24,
        {
            "SGD 0.03": ("sgd", 0.03),
            "SGD 0.3": ("sgd", 0.3),
            "Adam 0.001": ("adam", 0.001),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    "default-tanh-20": LongRun(
        "tanh",
        DEFAULT,
        20,
        {
            "SGD 0.03": ("sgd", 0.03),
            "SGD 0.3": ("sgd", 0.3),
            "Adam 0.001": ("adam", 0.001),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    # Two transformers that differ in nothing but where they normalize: chapter 10.
    "transformer-post": TextRun(
        "post",
        {
            "SGD 0.1": ("sgd", 0.1, 0),
            "SGD 0.5": ("sgd", 0.5, 0),
            "Adam 0.0003": ("adam", 0.0003, 0),
            "Adam 0.001": ("adam", 0.001, 0),
            "Adam 0.003": ("adam", 0.003, 0),
            "Adam 0.003, warm-up": ("adam", 0.003, 100),
        },
    ),
    "transformer-pre": TextRun(
        "pre",
        {
            "SGD 0.1": ("sgd", 0.1, 0),
            "SGD 0.5": ("sgd", 0.5, 0),
            "Adam 0.001": ("adam", 0.001, 0),
            "Adam 0.003": ("adam", 0.003, 0),
        },
    ),
}
"""Every record by name."""
