"""Forms: what honest answers may differ in, and what earns nothing."""

import math
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from classroom.forms import form_of, misfit

NAN = float("nan")
ROWS = torch.ones(2, 3)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (1, 0.5),
        (True, 1.0),
        (torch.tensor(1.0), 0.5),
        (torch.tensor([[1.0]]), 0.5),
        ([0.5], 0.5),
        (np.float32(1), 1.0),
        (math.inf, 1.0),
        (Fraction(1, 3), 0.5),
        (Decimal("0.5"), 0.5),
        (range(3), [1, 2, 3]),
        (torch.Size([2, 3]), (4, 5)),
        ([1, 2, 3], torch.zeros(3)),
        ((1, 2.0, 3), [0.1, 0.2, 0.3]),
        (torch.ones(3, 1), torch.ones(3)),
        (ROWS.float(), ROWS.double()),
        ([[1, 2, 3], [4, 5, 6]], ROWS),
        (list(ROWS), ROWS),
        ({"a": 1, "more": 2}, OrderedDict(a=2.0)),
        ("other", "word"),
        (["a", 1], ("b", 2)),
        (NAN, NAN),
        ([NAN, 1.0], [1.0, NAN]),
        ([], []),
        (3, None),
        ({1, 2}, {1}),
    ],
)
def test_what_differs_between_honest_answers_makes_no_difference(found, wanted):
    assert misfit(form_of(found), form_of(wanted)) is None


@pytest.mark.parametrize(
    ("found", "wanted", "words"),
    [
        ([], [0.1, 0.2], "0 numbers, where there should be 2 numbers"),
        (torch.empty(0, 1, 1, 1), ROWS, "0 numbers, where there should be 2 x 3"),
        (1.0, ROWS, "one number, where there should be 2 x 3 numbers"),
        (torch.ones(3), ROWS, "3 numbers"),
        (torch.ones(3, 2), ROWS, "3 x 2 numbers"),
        (NAN, 1.0, "nan, where there should be one number"),
        ([1.0, NAN], [1.0, 2.0], "some of them nan"),
        (ROWS * NAN, ROWS, "some of them nan"),
        (None, 1.0, "something else, where there should be one number"),
        ("1.0", 1.0, "text, where there should be one number"),
        ({}, {"a": 1}, "0 values, where there should be 1 values"),
        ([], ["a", "b"], "0 numbers, where there should be 2 values"),
        (["a"], ["a", "b"], "1 values, where there should be 2 values"),
        ({"a": []}, {"a": ROWS}, "0 numbers"),
        ([ROWS, ROWS[:0]], [ROWS, ROWS[:1]], "0 x 3 numbers"),
    ],
)
def test_emptiness_one_for_many_and_nan_are_misfits(found, wanted, words):
    assert words in (misfit(form_of(found), form_of(wanted)) or "")
