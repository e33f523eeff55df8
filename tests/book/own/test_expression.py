"""Expressions in z: their values and slopes are PyTorch's, and nonsense is named."""

import pytest
import torch

from helpers.schemes import std
from tests.shared.expressions import EXPRESSIONS, NONSENSE, PRECEDENCE, in_torch

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


DEVIATION = """([text, given]) => {
  try {
    return parts.expression.deviation(text, given);
  } catch ({ message, fields }) {
    return [message, Object.values(fields)];
  }
}"""
FANS = {"n_in": 300, "n_out": 100, "gain": 1.5}


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("gain * sqrt(2 / (n_in + n_out))", "xavier_normal"),
        ("gain * sqrt(2 / n_in)", "he_normal"),
        ("gain / n_in ** 0.5", "lecun"),
        ("gain * (1 / (3 * n_in)) ** 0.5", "pytorch_default"),
        ("gain / sqrt(maximum(n_in, n_out))", "orthogonal"),
    ],
)
def test_a_scheme_gives_the_standard_deviation_of_the_helpers(arithmetic, text, scheme):
    found = arithmetic.evaluate(DEVIATION, [text, FANS])
    assert found == pytest.approx(std(scheme, 300, 100, gain=1.5), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a standard deviation"),
        ("-gain", "at least 0"),
        ("0 / 0", "not a number"),
        ("sqrt(0 - 1)", "not a number"),
        ("1 / 0", "infinite"),
        ("z", "There is no {name} here"),
        ("n_in > 3", "A comparison is no number"),
        ("sqrt(n_in", "A {sign} is missing"),
        ("n_in n_out", "not expected"),
        ("sqrt", "is a function"),
    ],
)
def test_what_is_no_standard_deviation_is_said(arithmetic, text, words):
    message, fields = arithmetic.evaluate(DEVIATION, [text, FANS])
    assert words in message
    assert "z" not in fields or text == "z", "the sentence is about n_in, n_out, gain"


def test_a_scheme_knows_none_of_the_names_that_are_not_given(arithmetic):
    message, fields = arithmetic.evaluate(DEVIATION, ["z", FANS])
    assert "n_in, n_out, gain" in fields[1] and "z," not in fields[1]
    message, fields = arithmetic.evaluate(DEVIATION, ["n_in", {"gain": 1.0}])
    assert message.startswith("There is no")
