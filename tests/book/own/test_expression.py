"""Expressions in z: their values and slopes are PyTorch's, and nonsense is named."""

import pytest
import torch

from tests.shared.expressions import EXPRESSIONS, in_torch

EVALUATE = """([text, z]) => {
  const { value, slope } = parts.expression.compile(text)(Float64Array.from(z));
  return [[...value], [...slope]];
}"""
REFUSE = """text => {
  const before = Object.keys(globalThis).length;
  const began = performance.now();
  try {
    parts.expression.compile(text);
    return null;
  } catch ({ message, fields }) {
    const wrong = !fields || Object.keys(globalThis).length !== before;
    return wrong || performance.now() - began > 1000 ? "broken: " + message : message;
  }
}"""
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


@pytest.mark.parametrize("text", EXPRESSIONS + PRECEDENCE)
def test_values_and_slopes_are_those_of_torch(arithmetic, text):
    generator = torch.Generator().manual_seed(3)
    z = 3 * torch.randn(500, generator=generator)
    if text == "z ** 2 ** 0.5":
        z = z.abs()  # else no number
    z.requires_grad_()
    value = in_torch(text, z)
    [slope] = torch.autograd.grad(value.sum(), z)
    found = torch.tensor(arithmetic.evaluate(EVALUATE, [text, z.tolist()]))
    # a few roundings of numbers that may cancel, like 1 + erf far below 0
    torch.testing.assert_close(found[0], value.detach(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(found[1], slope, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "slope"),
    [("relu(z)", 0.0), ("abs(z)", 0.0), ("maximum(z, 0)", 0.5), ("minimum(0, z)", 0.5)],
)
def test_at_a_kink_the_slope_is_what_autograd_takes(arithmetic, text, slope):
    z = torch.zeros(1, requires_grad=True)
    in_torch(text, z).backward()
    assert arithmetic.evaluate(EVALUATE, [text, [0.0]])[1] == [slope] == z.grad.tolist()


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


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_expression_is_refused_in_a_sentence(arithmetic, text):
    said = arithmetic.evaluate(REFUSE, text)
    assert said and not said.startswith("broken"), said
    assert said.endswith((".", "please.")) and said[0].isupper() or said[0] == "{"


def test_at_least_sixty_kinds_of_nonsense_are_tried():
    assert len(set(NONSENSE)) >= 60


@pytest.mark.parametrize(
    "text", ["9" * 200, "z" + "**z" * 60, "-" * 199 + "z", "1e999 * z", "exp(exp(z))"]
)
def test_what_is_huge_gives_numbers_or_none_of_them_and_ends(arithmetic, text):
    value, slope = arithmetic.evaluate(EVALUATE, [text, [-1.0, 0.0, 900.0]])
    assert len(value) == len(slope) == 3
