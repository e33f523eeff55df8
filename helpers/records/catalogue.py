"""The lesson does not need this: which long training runs there are, by name."""

from helpers.records.blocks import Blocks
from helpers.records.experiments import Comparison, Epochs, LongRun, PairRun
from helpers.records.memory import Memory
from helpers.records.texts import TextRun

DEFAULT, XAVIER = ("pytorch_default", 1.0), ("xavier_normal", 1.0)
HE = ("he_normal", 1.0)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40)
RATES = tuple(10 ** (k / 2) for k in range(-6, 0))  # 0.001 to 0.316
ADAM_DEPTHS = (1, 2, 4, 8, 12, 16, 24, 32)
ADAM_RATES = tuple(10 ** (k / 2) for k in range(-7, -3))  # 0.000316 to 0.01
RELU = {"default": DEFAULT, "Xavier": XAVIER, "He": HE}
RELU |= {"orthogonal": ("orthogonal", 2**0.5)}
TANH = {"default": DEFAULT, "Xavier": XAVIER, "gain 5/3": ("xavier_normal", 5 / 3)}
TANH |= {"orthogonal": ("orthogonal", 1.0)}
WIDE = tuple(10 ** (k / 2) for k in range(-8, -2))  # 0.0001 to 0.0316
LOW = tuple(10 ** (k / 2) for k in range(-10, -3))  # 0.00001 to 0.01
LARGE = {"N(0, 1)": ("normal", 1.0)}
CRUDE = {"N(0, 1)": ("normal", 1.0), "N(0, 0.01²)": ("normal", 0.01)}
# Weights and biases of 300 plain tanh layers: Pennington et al. (2017).
ON_THE_EDGE = {"depth": 300, "steps": 200, "every": 20, "sigma_b": 2.01e-5**0.5}
GAUSSIAN, ORTHOGONAL = ("lecun", 1.05**0.5), ("orthogonal", 1.05**0.5)
RECORDS: dict[str, Blocks | Comparison | Epochs | LongRun | Memory | TextRun] = {
    "relu": Comparison("relu", RELU, DEPTHS, RATES),
    "tanh": Comparison("tanh", TANH, DEPTHS, RATES),
    "relu-adam": Comparison(
        "relu", RELU, ADAM_DEPTHS, ADAM_RATES, every=30, optimizer="adam"
    ),
    "tanh-adam": Comparison(
        "tanh", TANH, ADAM_DEPTHS, ADAM_RATES, every=30, optimizer="adam"
    ),
    "crude": Comparison("relu", CRUDE, (1, 2, 3, 4, 6), RATES),
    "crude-adam": Comparison(
        "relu", CRUDE, (1, 2, 3, 4, 6), WIDE, every=30, optimizer="adam"
    ),
    # With a warm-up and without: weights that are too large, and He's.
    "large-cold": Comparison("relu", LARGE, (2, 4, 6), LOW, every=60),
    "large-warm": Comparison("relu", LARGE, (2, 4, 6), LOW, every=60, warmup=100),
    "he-warm": Comparison("relu", {"He": HE}, (8, 24), RATES[:5], every=60, warmup=100),
    "he-adam-warm": Comparison(
        "relu",
        {"He": HE},
        (8, 24),
        ADAM_RATES,
        every=60,
        optimizer="adam",
        warmup=100,
    ),
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
    # Forty layers with and without shortcuts and normalization: chapter 9.
    "blocks": Blocks(
        {
            "chain": ("none", "none"),
            "chain, batch norm": ("none", "batch"),
            "chain, layer norm": ("none", "layer"),
            "shortcut, divided": ("1/sqrt(L)", "none"),
            "shortcut, layer norm": ("plain", "layer"),
        },
        {"default": 3**-0.5, "He": 2**0.5},
        {
            "SGD 0.003": ("sgd", 0.003),
            "SGD 0.03": ("sgd", 0.03),
            "Adam 0.0003": ("adam", 0.0003),
            "Adam 0.003": ("adam", 0.003),
        },
    ),
    # One bit, remembered: chapter 11.
    "memory": Memory(
        (20, 100), {"SGD 0.1": ("sgd", 0.1), "Adam 0.003": ("adam", 0.003)}
    ),
    # Three hundred plain layers, narrow and wide: chapter 8.
    "orthogonal-300-64": PairRun(
        "tanh",
        ORTHOGONAL,
        ways={"SGD 0.003": ("sgd", 0.003), "Adam 0.00001": ("adam", 1e-5)},
        seeds=3,
        **ON_THE_EDGE,
    ),
    "gaussian-300-64": PairRun(
        "tanh",
        GAUSSIAN,
        ways={
            "SGD 0.003": ("sgd", 0.003),
            "Adam 0.00001": ("adam", 1e-5),
            "Adam 0.0001": ("adam", 1e-4),
        },
        seeds=5,
        **ON_THE_EDGE,
    ),
    "gaussian-300-256": PairRun(
        "tanh",
        GAUSSIAN,
        ways={"Adam 0.00001": ("adam", 1e-5)},
        seeds=3,
        width=256,
        **ON_THE_EDGE,
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
