"""Every scheme draws what it promises, and what torch.nn.init draws."""

import math
import re

import numpy as np
import pytest
import torch
from torch import nn

from helpers.schemes import SCHEMES, STD, UNIFORM, bound, std
from tests.shared.seeds import seeded

NAMES = list(SCHEMES)
RANDOM = [name for name in NAMES if name not in ("zeros", "constant")]
FANS = [(1, 1), (2, 3), (3, 2), (5, 7), (300, 100), (100, 300)]  # (fan_in, fan_out)
EPS = torch.finfo(torch.float32).eps

# The same law, drawn by PyTorch.
IN_TORCH = {
    "zeros": lambda W, g: nn.init.zeros_(W),
    "normal": lambda W, g: nn.init.normal_(W, generator=g),
    "lecun": lambda W, g: nn.init.kaiming_normal_(
        W, nonlinearity="linear", generator=g
    ),
    "xavier_uniform": lambda W, g: nn.init.xavier_uniform_(W, generator=g),
    "xavier_normal": lambda W, g: nn.init.xavier_normal_(W, generator=g),
    "he_uniform": lambda W, g: nn.init.kaiming_uniform_(
        W, nonlinearity="relu", generator=g
    ),
    "he_normal": lambda W, g: nn.init.kaiming_normal_(
        W, nonlinearity="relu", generator=g
    ),
    "pytorch_default": lambda W, g: nn.init.kaiming_uniform_(
        W, a=math.sqrt(5), generator=g
    ),
    "orthogonal": lambda W, g: nn.init.orthogonal_(W, generator=g),
}


def test_the_menu_has_the_ten_schemes_of_the_course():
    assert NAMES == [
        "zeros",
        "constant",
        "normal",
        "lecun",
        "xavier_uniform",
        "xavier_normal",
        "he_uniform",
        "he_normal",
        "pytorch_default",
        "orthogonal",
    ]
    assert set(IN_TORCH) == set(NAMES) - {"constant"}


# The same numbers as PyTorch ------------------------------------------------------


@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("name", IN_TORCH)
def test_a_scheme_draws_the_numbers_that_torch_draws(name, fan_in, fan_out):
    ours = SCHEMES[name](fan_out, fan_in, generator=seeded())
    theirs = IN_TORCH[name](torch.empty(fan_out, fan_in), seeded())
    # One stream of random numbers; the factor on it is computed in float64 in two
    # ways and rounded to float32. A uniform draw, a + 2 a u, loses a bit more near 0.
    largest = theirs.abs().max().item()
    torch.testing.assert_close(ours, theirs, rtol=2 * EPS, atol=EPS * largest)


@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_default_is_what_a_new_linear_layer_has(fan_in, fan_out, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(fan_in, fan_out)
    ours = SCHEMES["pytorch_default"](fan_out, fan_in, generator=seeded(seed))
    # As above: the bound is the same up to rounding.
    torch.testing.assert_close(
        ours, layer.weight.detach(), rtol=2 * EPS, atol=EPS / fan_in**0.5
    )


@pytest.mark.parametrize("name", ["xavier_uniform", "xavier_normal", "orthogonal"])
def test_the_gain_is_the_gain_of_torch(name):
    init = getattr(nn.init, f"{name}_")
    theirs = init(torch.empty(7, 5), gain=0.3, generator=seeded())
    ours = SCHEMES[name](7, 5, 0.3, seeded())
    largest = theirs.abs().max().item()
    torch.testing.assert_close(ours, theirs, rtol=2 * EPS, atol=EPS * largest)


# The law --------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [0.25, 1.0, 3.0])
@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
def test_the_standard_deviation_is_the_published_formula(fan_in, fan_out, gain):
    published = {
        "zeros": 0,
        "constant": 0,
        "normal": 1,
        "lecun": 1 / fan_in,
        "xavier_uniform": 2 / (fan_in + fan_out),
        "xavier_normal": 2 / (fan_in + fan_out),
        "he_uniform": 2 / fan_in,
        "he_normal": 2 / fan_in,
        "pytorch_default": 1 / (3 * fan_in),
        "orthogonal": 1 / max(fan_in, fan_out),
    }
    assert set(published) == set(STD)
    for name, variance in published.items():
        # A root, a product and a square in float64.
        expected = pytest.approx(gain**2 * variance, rel=1e-15, abs=0)
        assert std(name, fan_in, fan_out, gain) ** 2 == expected


@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
def test_the_bounds_are_the_published_formulas(fan_in, fan_out):
    published = {
        "xavier_uniform": math.sqrt(6 / (fan_in + fan_out)),  # Glorot & Bengio, 16
        "he_uniform": math.sqrt(6 / fan_in),
        "pytorch_default": 1 / math.sqrt(fan_in),  # documentation of nn.Linear
    }
    assert set(published) == set(UNIFORM)
    for name, value in published.items():
        assert bound(name, fan_in, fan_out) == pytest.approx(value, rel=1e-15)
        assert bound(name, fan_in, fan_out, 2.0) == pytest.approx(2 * value, rel=1e-15)


@pytest.mark.parametrize(
    "gain",
    [
        1.0,
        pytest.param(0.25, marks=pytest.mark.slow),
        pytest.param(3.0, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(("fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("name", RANDOM)
def test_weights_have_the_promised_std(name, fan_in, fan_out, gain):
    g = seeded()
    count = max(1, 20_000 // (fan_in * fan_out))
    W = torch.stack([SCHEMES[name](fan_out, fan_in, gain, g) for _ in range(count)])
    W = W.double()
    promised = std(name, fan_in, fan_out, gain)
    # The mean square of n draws has a relative standard error of sqrt(2 / n) for
    # normal draws, less for uniform and orthogonal ones; allow five of them.
    n = W.numel()
    assert abs(W.square().mean() / promised**2 - 1) < 5 * math.sqrt(2 / n)
    assert abs(W.mean()) < 5 * promised / math.sqrt(n)


@pytest.mark.parametrize("gain", [0.25, 1.0])
@pytest.mark.parametrize(("fan_in", "fan_out"), [(2, 3), (300, 100)])
@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_weights_fill_their_interval_evenly(name, fan_in, fan_out, gain):
    g = seeded()
    count = 60_000 // (fan_in * fan_out)
    W = torch.stack([SCHEMES[name](fan_out, fan_in, gain, g) for _ in range(count)])
    a, n = bound(name, fan_in, fan_out, gain), W.numel()
    # The ends are rounded to float32.
    assert W.abs().max() <= a * (1 + EPS)
    share = ((W + a) / (2 * a)).flatten().sort().values
    even = torch.arange(1, n + 1) / n
    # Kolmogorov-Smirnov: 2 / sqrt(n) is exceeded with probability 7e-4; float32 eps.
    assert (share - even).abs().max() < 2 / math.sqrt(n)


@pytest.mark.parametrize("name", ["normal", "lecun", "xavier_normal", "he_normal"])
def test_normal_weights_are_normal(name):
    W = SCHEMES[name](300, 200, 0.7, seeded()).double()
    share = torch.special.ndtr(W / std(name, 200, 300, 0.7)).flatten().sort().values
    n = W.numel()
    even = torch.arange(1, n + 1) / n
    # Kolmogorov-Smirnov, as above.
    assert (share - even).abs().max() < 2 / math.sqrt(n)


@pytest.mark.parametrize("gain", [0.5, 1.0])
@pytest.mark.parametrize(("fan_in", "fan_out"), FANS + [(64, 64)])
def test_orthogonal_weights_are_orthogonal(fan_in, fan_out, gain):
    W = SCHEMES["orthogonal"](fan_out, fan_in, gain, seeded()).double()
    short = W @ W.T if fan_out <= fan_in else W.T @ W
    # Householder QR in float32: its columns are orthogonal to a few eps, growing
    # like the root of their length.
    bound = 4 * EPS * math.sqrt(max(fan_in, fan_out)) * gain**2
    assert (short - gain**2 * torch.eye(len(short))).abs().max() < bound


def test_orthogonal_draws_favour_no_direction():
    g = seeded()
    diagonal = torch.stack(
        [SCHEMES["orthogonal"](4, 4, 1.0, g).diagonal() for _ in range(2000)]
    )
    # An entry of a uniform 4 by 4 rotation has mean 0 and variance 1/4. Without the
    # signs of R all entries of the diagonal lean to one side.
    assert (diagonal.mean(0).abs() < 5 * 0.5 / math.sqrt(2000)).all()


# Seeds, gains, types --------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_global_random_state_is_neither_read_nor_moved(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        first = SCHEMES[name](5, 7)
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(SCHEMES[name](5, 7), first), "None means seed 0"
    assert torch.equal(SCHEMES[name](5, 7, generator=seeded(0)), first)


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_and_another_draw_give_other_weights(name):
    g = seeded(0)
    first, second = SCHEMES[name](5, 7, 1.0, g), SCHEMES[name](5, 7, 1.0, g)
    assert (first != second).any()
    assert (SCHEMES[name](5, 7, 1.0, seeded(1)) != first).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_gain_scales_the_same_draw(name):
    one, double = (SCHEMES[name](5, 7, gain, seeded()) for gain in (1.0, 2.0))
    assert torch.equal(double, 2 * one), "doubling is exact"
    assert (SCHEMES[name](5, 7, 0.0, seeded()) == 0).all()
    third = SCHEMES[name](5, 7, 1 / 3, seeded())
    # The factor is rounded to float32 on one way and the product on the other.
    largest = third.abs().max().item()
    torch.testing.assert_close(third, one / 3, rtol=4 * EPS, atol=EPS * largest)


@pytest.mark.parametrize("name", NAMES)
def test_weights_have_shape_fan_out_by_fan_in_and_the_default_type(name):
    W = SCHEMES[name](fan_out=3, fan_in=2)
    assert W.shape == (3, 2)
    assert W.dtype == torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        assert SCHEMES[name](3, 2).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", NAMES)
def test_every_scheme_draws_in_16_bits(name, dtype):
    torch.set_default_dtype(dtype)
    try:
        W = SCHEMES[name](30, 20, 0.7, seeded())
        again = SCHEMES[name](30, 20, 0.7, seeded())
    finally:
        torch.set_default_dtype(torch.float32)
    assert W.dtype == dtype and torch.equal(W, again)
    assert SCHEMES[name](30, 20, 0.7).dtype == torch.float32, "nothing stays behind"
    if name in RANDOM:
        # Five standard errors of a mean of 600 squares, as above.
        promised = std(name, 20, 30, 0.7)
        square = W.double().square().mean() / promised**2
        assert abs(square - 1) < 5 * math.sqrt(2 / 600)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_orthogonal_weights_of_16_bits_are_those_of_32_rounded(dtype):
    expected = SCHEMES["orthogonal"](30, 20, 0.7, seeded()).to(dtype)
    torch.set_default_dtype(dtype)
    try:
        assert torch.equal(SCHEMES["orthogonal"](30, 20, 0.7, seeded()), expected)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", NAMES)
def test_a_scheme_draws_where_its_generator_is(name):
    expected = SCHEMES[name](3, 2)
    with torch.device("meta"):
        W = SCHEMES[name](3, 2)
    assert torch.equal(W, expected)


def test_zeros_and_constant_are_what_they_are_called():
    assert (SCHEMES["zeros"](3, 2, 5.0) == 0).all()
    assert (SCHEMES["constant"](3, 2, 0.5) == 0.5).all()


# Bad input ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["he", "Xavier_normal", "", None, 3])
def test_an_unknown_scheme_is_named_with_those_that_exist(name):
    with pytest.raises(ValueError) as error:
        std(name, 2, 3)
    assert repr(name) in str(error.value)
    assert all(known in str(error.value) for known in NAMES)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in UNIFORM] + ["he"])
def test_a_scheme_without_a_bound_is_named_with_those_that_have_one(name):
    with pytest.raises(ValueError) as error:
        bound(name, 2, 3)
    assert repr(name) in str(error.value)
    assert all(uniform in str(error.value) for uniform in UNIFORM)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fan", [0, -1])
def test_a_fan_below_one_is_named(name, fan):
    with pytest.raises(ValueError, match=f"fan_in must be at least 1, got {fan}"):
        SCHEMES[name](3, fan)
    with pytest.raises(ValueError, match=f"fan_out must be at least 1, got {fan}"):
        SCHEMES[name](fan, 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fan", [2.0, "2", None, True])
def test_a_fan_that_is_no_whole_number_is_named(name, fan):
    with pytest.raises(TypeError, match=f"fan_in must be a whole number, got {fan!r}"):
        std(name, fan, 3)
    with pytest.raises(TypeError, match=f"fan_out .* whole number, got {fan!r}"):
        SCHEMES[name](fan, 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gain", [-0.1, -1, math.inf, -math.inf, math.nan])
def test_a_gain_that_cannot_be_is_named(name, gain):
    with pytest.raises(ValueError, match=f"finite and at least 0, got {gain}"):
        SCHEMES[name](3, 2, gain)
    with pytest.raises(ValueError, match=f"finite and at least 0, got {gain}"):
        std(name, 2, 3, gain)


GROW = [name for name in NAMES if name != "zeros"]


@pytest.mark.parametrize("name", GROW)
@pytest.mark.parametrize("gain", [1e300, 1e39, 10**400, 1e-60])
def test_a_gain_beyond_the_format_is_named_with_the_range(name, gain):
    words = "from .* to .*float32, got|gain must be finite and at least 0, got"
    with pytest.raises(ValueError, match=words) as error:
        SCHEMES[name](3, 2, gain)
    assert str(gain) in str(error.value)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("name", GROW)
def test_gains_at_the_ends_of_the_range_give_numbers_of_the_format(name, dtype):
    torch.set_default_dtype(dtype)
    try:
        with pytest.raises(ValueError) as error:
            SCHEMES[name](30, 20, 1000 * torch.finfo(dtype).max)
        ends = re.search("gain must be 0 or from (.*) to (.*) for", str(error.value))
        # The two digits of the message are rounded by 5 % at most.
        for gain in (1.06 * float(ends[1]), 0.94 * float(ends[2])):
            W = SCHEMES[name](30, 20, gain)
            assert W.isfinite().all() and (W != 0).any()
        for gain in (0.94 * float(ends[1]), 1.06 * float(ends[2])):
            with pytest.raises(ValueError, match="gain must be 0 or from"):
                SCHEMES[name](30, 20, gain)
        assert (SCHEMES[name](3, 2, 0) == 0).all()
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_of_numpy_are_whole_numbers(name):
    fans = np.int64(3), np.int32(2)
    assert torch.equal(SCHEMES[name](*fans), SCHEMES[name](3, 2))
    assert std(name, np.int64(2), 2**62) == std(name, 2, 2**62)
    with pytest.raises(ValueError, match=f"fan_in must be at most .*, got {2**63}"):
        std(name, 2**63, 3)


@pytest.mark.parametrize("name", NAMES)
def test_a_generator_that_is_none_is_named(name):
    with pytest.raises(TypeError, match="generator must be a torch.Generator, got 3"):
        SCHEMES[name](3, 2, 1.0, 3)
