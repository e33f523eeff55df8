"""Random inputs: how they are asked for, and what is then in them."""

import pytest
import torch
from torch import nn

from helpers.signals.inputs import Input, batch_for, read


def batch(*texts, count=1000, model=None):
    model = model or nn.Linear(2, 2)
    return batch_for(model, [read(text) for text in texts], count, seed=0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3,32,32", Input((3, 32, 32))),
        ("16:1000", Input((16,), 0, 999)),
        (":1000", Input((), 0, 999)),
        ("16:5..9", Input((16,), 5, 9)),
        ("16:-3..3:int8", Input((16,), -3, 3, torch.int8)),
        ("16:bool", Input((16,), 0, 1, torch.bool)),
        ("3:float16", Input((3,), None, None, torch.float16)),
        ("3:0..255:float32", Input((3,), 0, 255, torch.float32)),
        ("3:-0.5..0.5:float64", Input((3,), -0.5, 0.5, torch.float64)),
        ("mask=16:0..1:bool", Input((16,), 0, 1, torch.bool, "mask")),
    ],
)
def test_an_input_is_read_as_it_is_asked_for(text, found):
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "such as 3,32,32"),
        ("3,x", "got '3,x'"),
        ("0", "got '0'"),
        ("8:0", "got '8:0'"),
        ("8:1..2..3", "got '8:1..2..3'"),
        ("2nd=8", "got '2nd=8'"),
        ("8:int9", "'int9' is no number format; known: float64, float32"),
        ("8:9..5", "a range goes up, got '8:9..5'"),
        ("8:0..300:uint8", "uint8 go from 0 to 254"),
        ("8:0.5..1", "whole numbers go from"),
        ("8:0..2:bool", "bool go from 0 to 1"),
        ("8:0..99999999999999999999", "whole numbers go from"),
    ],
)
def test_what_is_no_input_is_refused_with_what_was_asked(text, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        read(text)


def test_whole_numbers_fill_their_range_and_do_not_leave_it():
    codes, few, signed, mask = batch("16:10", "4:5..9", "4:-3..3:int8", "4:bool")
    # 4000 draws of ten numbers miss one with a chance of 10 * 0.9 ** 4000.
    assert codes.shape == (1000, 16) and set(codes.flatten().tolist()) == {*range(10)}
    assert set(few.flatten().tolist()) == {*range(5, 10)} and few.dtype == torch.int64
    assert set(signed.flatten().tolist()) == {*range(-3, 4)}
    assert signed.dtype == torch.int8 and mask.dtype == torch.bool
    assert mask.any() and not mask.all()


def test_numbers_with_fractions_are_spread_evenly():
    (x,) = batch("64:0..255:float32")
    # 64,000 draws: the mean within five of its standard errors, 255 / sqrt(12 n).
    assert x.dtype == torch.float32 and 0 <= x.min() and x.max() <= 255
    assert abs(x.mean() - 127.5) < 5 * 255 / (12 * x.numel()) ** 0.5
    assert x.min() < 1 and x.max() > 254


def test_normal_numbers_have_the_models_format_unless_one_is_asked_for():
    x, y = batch("8", "8:float16", model=nn.Linear(2, 2).double())
    assert x.dtype == torch.float64 and y.dtype == torch.float16


def test_one_number_for_each_input_and_names():
    inputs = batch("x=8", "t=:1000", count=4)
    assert list(inputs) == ["x", "t"] and inputs["t"].shape == (4,)


def test_the_seed_decides():
    read_ = [read("8:100")]
    one, same, other = (batch_for(nn.Linear(1, 1), read_, 4, s)[0] for s in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)
