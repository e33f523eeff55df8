"""Expressions in z as the page reads them, and as PyTorch does."""

import math

import torch

# Whose size is that of a network's signal at some gain, and some that are ill.
EXPRESSIONS = [
    "z",
    "relu(z)",
    "tanh(z)",
    "sigmoid(z)",
    "z * sigmoid(z)",
    "z * sigmoid(1.7 * z)",
    "z * tanh(softplus(z))",
    "z * (1 + erf(z / sqrt(2))) / 2",
    "z / (1 + abs(z))",
    "where(z > 0, z, 0.1 * z)",
    "where(z >= 0, z, expm1(minimum(z, 0)))",
    "maximum(z, 0.2 * z)",
    "minimum(maximum(z, -1), 1)",
    "minimum(relu(z), 6)",
    "z + sin(z) ** 2",
    "sin(z)",
    "cos(z)",
    "z * cos(z)",
    "atan(z)",
    "erf(z)",
    "softplus(z)",
    "softplus(z) - 0.5",
    "exp(-z ** 2)",
    "z * exp(-z ** 2 / 2)",
    "log1p(abs(z))",
    "sign(z) * log1p(abs(z))",
    "sqrt(1 + z ** 2) - 1",
    "z / sqrt(1 + z * z)",
    "z * (z > 0)",
    "(z > -1) * (z + 1)",
    "relu(z) - relu(-z)",
    "relu(z) - 0.4",
    "1.5 * tanh(2 * z / 3)",
    "-z",
    "2 ** -abs(z)",
    "tanh(z) + 0.1 * z",
    "sinh(tanh(z))",
    "cosh(tanh(z)) - 1",
    "1 / (1 + exp(-z))",
    "e * atan(z / pi)",
]

# Where operators stand in one another.
PRECEDENCE = [
    "-z ** 2",
    "2 ** -z",
    "z ** 2 ** 0.5",
    "-2 ** 2 * z",
    "z - 1 - 2",
    "8 / 2 / 2 * z",
    "- - z",
    "+z",
    "2 - -z",
    "1e-3 * z",
    ".5 * z",
    "2. * z",
    "1E2 * z",
    "((z))",
    " z\t*  2 ",
    "where(z == z, z, 0)",
    "where(z != 1, z, 0)",
    "where(z <= 0, 0, z)",
    "where(z < 0, where(z < -1, -1, z), z ** 3)",
]

# What is no expression in z.
NONSENSE = [
    *("", " ", "z*", "*z", "z z", "(z", "z)", "()", "((((", "z +* 2", "z ** ", "z //2"),
    *("foo(z)", "Z", "x", "zz", "sin", "sin z", "sin()", "sin(z, z)", "maximum(z)"),
    *("where(z, 1, 2)", "where(z > 0, z)", "0 < z < 1", "z > 0", "-(z > 0)", "z = 2"),
    *("(z > 0) + z", "z / (z > 0)", "(z > 0) * (z > 1)", "where(1, z, z > 0)"),
    *("z if z > 0 else 0", "lambda z: z", "z and 1", "not z", "z.real", "z[0]", "[z]"),
    *("{z}", "'z'", '"z"', "z; z", "z # a", "z\\", "z@z", "z % 2", "z & 1", "z | 1"),
    *("~z", "z := 1", "import os", "__import__('os')", "exec(z)", "eval(z)", "self"),
    *("constructor(z)", "__proto__", "toString()", "hasOwnProperty(z)", "window"),
    *("globalThis", "fetch(z)", "postMessage(z)", "`z`", "${z}", "</script>", "<!--"),
    *("while True: pass", "(lambda f: f(f))(z)", "é", "ｚ", "z × 2", "z²", "√z", "𝑧"),
    *("0x10", "1_000 * z", "1e", "1..2", "z\x00", "\u202ez", "None", "True", "nan"),
    *("z" * 201, "(" * 200, "-" * 200, "sin(" * 50, "z+" * 100, "z**" * 66 + "+"),
]


def _lifted(f):
    """PyTorch's functions take no plain numbers; the page's do."""

    def of(*given):
        return f(
            *(
                torch.tensor(float(x)) if isinstance(x, int | float) else x
                for x in given
            )
        )

    return of


_TORCH = {
    "exp expm1 log log1p sqrt abs sign sin cos sinh cosh tanh atan erf relu sigmoid "
    "maximum minimum where": torch,
    "softplus": torch.nn.functional,
}
NAMES = {
    name: _lifted(getattr(module, name))
    for names, module in _TORCH.items()
    for name in names.split()
} | {"pi": math.pi, "e": math.e}


def in_torch(expression, z):
    """The expression at z, float64, by Python and PyTorch."""
    return eval(expression, {"__builtins__": {}}, NAMES | {"z": z})
