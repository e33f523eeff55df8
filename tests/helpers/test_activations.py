"""phi, phi' and their Gaussian averages, against torch, simulation and closed forms."""

import math

import pytest
import torch
from scipy.integrate import quad
from torch import nn

from helpers.activations import (
    ACTIVATIONS,
    activation,
    critical_gain,
    crowded,
    first_fall,
    gaussian_average,
    mean_square,
    mean_square_slope,
    recommended_gain,
    steepest_slope,
    unit_variance_gain,
)

NAMES = list(ACTIVATIONS)
EPS = torch.finfo(torch.float64).eps
# Every decade from the smallest normal numbers to 1e8, both signs, and 0 of each sign.
MAGNITUDES = torch.logspace(-300, 8, 309, dtype=torch.float64)
WIDE = torch.cat(
    [
        torch.linspace(-50, 50, 20_001, dtype=torch.float64),
        MAGNITUDES,
        -MAGNITUDES,
        torch.tensor([0.0, -0.0], dtype=torch.float64),
    ]
)


def slope_by_autograd(function, z):
    z = z.clone().requires_grad_()
    return torch.autograd.grad(function(z).sum(), z)[0]


# phi and phi' ---------------------------------------------------------------------


def test_the_menu_has_the_nine_activations_of_the_course():
    assert NAMES == [
        "linear",
        "relu",
        "leaky_relu",
        "tanh",
        "sigmoid",
        "softsign",
        "gelu",
        "silu",
        "selu",
    ]
    assert all(a.name == name for name, a in ACTIVATIONS.items())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_phi_is_what_the_torch_module_computes(name, dtype):
    z = WIDE.to(dtype)
    before = z.clone()
    # The same torch kernel on the same numbers: bit for bit.
    assert torch.equal(activation(name).phi(z), activation(name).module()(z))
    assert torch.equal(z, before), "phi leaves its argument alone"


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_is_what_autograd_takes(name):
    before = WIDE.clone()
    ours = activation(name).dphi(WIDE)
    theirs = slope_by_autograd(activation(name).module(), WIDE)
    assert torch.equal(WIDE, before), "dphi leaves its argument alone"
    # A slope is made of few operations on numbers of at most abs(z) phi'(z), which
    # for gelu and silu is below 2 in size where it is not phi' itself.
    torch.testing.assert_close(ours, theirs, rtol=8 * EPS, atol=8 * EPS)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_far_out_the_slope_is_its_limit_even_where_autograd_has_none(name):
    infinite = torch.tensor([-math.inf, math.inf], dtype=torch.float64)
    assert activation(name).dphi(infinite).tolist() == [0.0, 1.0]
    assert slope_by_autograd(activation(name).module(), infinite).isnan().any()


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("softsign", 0, 0),
        ("linear", 1, 1),
        ("relu", 0, 1),
        ("leaky_relu", 0.01, 1),
        ("tanh", 0, 0),
        ("sigmoid", 0, 0),
        ("selu", 0, 1.0507009873554805),
    ],
)
def test_the_slope_at_infinity_is_its_limit(name, left, right):
    infinite = torch.tensor([-math.inf, math.inf], dtype=torch.float64)
    # leaky_relu's 1 is (1 - 0.01) + 0.01: one rounding.
    expected = torch.tensor([left, right], dtype=torch.float64)
    slope = activation(name).dphi(infinite)
    torch.testing.assert_close(slope, expected, rtol=EPS, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_slopes_far_out_have_all_their_digits(dtype):
    eps = torch.finfo(dtype).eps
    z = -torch.tensor([1.0, 5.0, 15.0, 20.0, 60.0, 80.0], dtype=dtype)
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    exact = scale * alpha * z.double().exp()
    ours = activation("selu").dphi(z).double()
    torch.testing.assert_close(ours, exact, rtol=4 * eps, atol=0)
    for far in (z, -z * 1e6):
        exact = (1 + far.double().abs()) ** -2
        ours = activation("softsign").dphi(far).double()
        torch.testing.assert_close(ours, exact, rtol=4 * eps, atol=0)


@pytest.mark.parametrize(
    "name", ["tanh", "sigmoid", "softsign", "gelu", "silu", "selu"]
)
def test_a_slope_has_a_slope_of_its_own_that_is_a_number(name):
    z = torch.tensor([-800.0, -1.0, 1.0, 800.0], dtype=torch.float64)
    assert slope_by_autograd(activation(name).dphi, z).isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_no_number_is_not_hidden(name):
    nan = torch.tensor([math.nan], dtype=torch.float64)
    assert activation(name).phi(nan).isnan().all()


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_is_homogeneous_exactly_if_it_is_said_to_be(name):
    z = torch.linspace(-3, 3, 101, dtype=torch.float64)
    phi = activation(name).phi
    # Doubling is exact in binary.
    assert torch.equal(phi(2 * z), 2 * phi(z)) == activation(name).homogeneous


@pytest.mark.parametrize("name", NAMES)
def test_no_slope_is_steeper_than_the_steepest(name):
    finer = torch.linspace(-12, 12, 1_000_003, dtype=torch.float64)
    finer = torch.cat([finer, WIDE])  # both sides of the kinks
    steepest = activation(name).dphi(finer).abs().max().item()
    # The grid of steepest_slope has spacing 1e-4 and no curvature here exceeds 4.
    assert steepest <= steepest_slope(name) + 4 * 1e-4**2 / 8
    assert steepest >= steepest_slope(name) - 1e-8


@pytest.mark.parametrize(
    ("name", "value"),
    [("linear", 1), ("relu", 1), ("tanh", 1), ("sigmoid", 0.25), ("softsign", 1)],
)
def test_the_steepest_slopes_of_the_textbook(name, value):
    assert steepest_slope(name) == value


# Gaussian averages ----------------------------------------------------------------

AVERAGES = {
    "mean": (gaussian_average, lambda a, z: a.phi(z)),
    "mean square": (None, lambda a, z: a.phi(z).square()),
    "mean square slope": (None, lambda a, z: a.dphi(z).square()),
}


def average(kind, name, q):
    if kind == "mean square":
        return mean_square(name, q)
    if kind == "mean square slope":
        return mean_square_slope(name, q)
    return gaussian_average(activation(name).phi, q)


@pytest.mark.parametrize("q", [0.1, 1.0, 9.0])
@pytest.mark.parametrize("kind", AVERAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_gaussian_average_is_what_simulation_gives(name, kind, q):
    n = 200_000
    g = torch.Generator().manual_seed(NAMES.index(name))
    z = q**0.5 * torch.randn(n, generator=g, dtype=torch.float64)
    sample = AVERAGES[kind][1](activation(name), z)
    # Five standard errors of a mean of n draws, and rounding where all are equal.
    bound = 5 * sample.std() / n**0.5 + 1e-12
    assert abs(sample.mean() - average(kind, name, q)) < bound


@pytest.mark.parametrize("q", [1e-12, 1e-3, 1.0, 100.0, 1e4, 1e7, 1e12])
@pytest.mark.parametrize("kind", AVERAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_gaussian_average_is_what_another_quadrature_gives(name, kind, q):
    a = activation(name)

    def integrand(t):
        z = torch.tensor(q**0.5 * t, dtype=torch.float64)
        density = math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
        return AVERAGES[kind][1](a, z).item() * density

    # QUADPACK with its own estimate of its error, in pieces: the kink at 0 and the
    # steep part, a few 1 / sqrt(q) wide, lie at their ends.
    steep = q**-0.5
    ends = {0.0, 14.0} | {
        x for x in (1.0, *(steep * 5**power for power in range(20))) if x < 14
    }
    ends = sorted(ends | {-x for x in ends})
    parts = [
        quad(integrand, *piece, epsabs=1e-14, epsrel=1e-12, limit=400)
        for piece in zip(ends, ends[1:], strict=False)
    ]
    value, error = map(math.fsum, zip(*parts, strict=True))
    # What gaussian_average promises: 12 digits (of the mean, of its larger half).
    size = max(abs(part[0]) for part in parts)
    assert abs(average(kind, name, q).item() - value) < error + 1e-12 * size


@pytest.mark.parametrize("q", [1e-6, 0.3, 1.0, 4.0, 100.0])
def test_averages_that_have_a_closed_form(q):
    leak = 0.01
    expected = {
        ("linear", mean_square): q,
        ("linear", mean_square_slope): 1,
        ("relu", mean_square): q / 2,
        ("relu", mean_square_slope): 0.5,
        ("leaky_relu", mean_square): q * (1 + leak**2) / 2,
        ("leaky_relu", mean_square_slope): (1 + leak**2) / 2,
    }
    for (name, function), value in expected.items():
        # Twelve digits: what gaussian_average promises.
        assert function(name, q).item() == pytest.approx(value, rel=1e-12, abs=0)
    mean = gaussian_average(torch.relu, q).item()
    assert mean == pytest.approx(math.sqrt(q / (2 * math.pi)), rel=1e-12, abs=0)


@pytest.mark.parametrize("q", [1e-6, 0.3, 1.0, 4.0, 20.0])
def test_averages_of_the_error_function(q):
    def slope(z):
        return 2 / math.sqrt(math.pi) * torch.exp(-z.square())

    # Williams (1997): both are known in closed form. Twelve digits.
    value = gaussian_average(lambda z: torch.erf(z).square(), q).item()
    exact = 2 / math.pi * math.asin(2 * q / (1 + 2 * q))
    assert value == pytest.approx(exact, rel=1e-12, abs=0)
    value = gaussian_average(lambda z: slope(z).square(), q).item()
    exact = 4 / math.pi / math.sqrt(1 + 4 * q)
    assert value == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.parametrize("q", [1e13, 1e17, 1e40, 1e150, 1e305, math.inf])
def test_averages_of_signals_beyond_all_measure(q):
    # At such sizes phi is a step or two rays: one or two terms of a series in 1 / q^1/2
    # are exact to 1e-13, except where softsign falls like a logarithm.
    steep = math.sqrt(2 / math.pi / q)  # twice the density at 0, in units of z
    square = {
        "tanh": (1 - steep, 1e-12),  # of 1 - tanh^2 the integral from 0 is 1
        "sigmoid": (0.5 - steep / 2, 1e-12),
        "softsign": (1.0, 1e-5),
        "gelu": (q / 2, 1e-12),
        "silu": (q / 2, 1e-12),
        "selu": (1.0507009873554805**2 * q / 2, 1e-5),
    }
    slope = {
        "tanh": (steep * 2 / 3, 1e-12),  # of sech^4
        "sigmoid": (steep / 12, 1e-12),  # of s^2 (1 - s)^2
        "softsign": (steep / 3, 1e-12),  # of (1 + z)^-4
        "gelu": (0.5, 1e-6),
        "silu": (0.5, 1e-6),
        "selu": (1.0507009873554805**2 / 2, 1e-6),
    }
    for function, table in ((mean_square, square), (mean_square_slope, slope)):
        for name, (value, digits) in table.items():
            got = function(name, q).item()
            # Of phi nine digits are promised, of a slope twelve.
            bound = max(digits, 1e-9 if function is mean_square else 1e-11)
            assert got == pytest.approx(value, rel=bound, abs=0), (name, function)


@pytest.mark.parametrize("name", NAMES)
def test_an_average_depends_on_its_own_q_only(name):
    q = torch.tensor([0.3, 1e3, 1e9, 1e20, math.inf], dtype=torch.float64)
    for function in (mean_square, mean_square_slope):
        alone = torch.stack([function(name, value) for value in q])
        # Two rules of twelve digits.
        torch.testing.assert_close(function(name, q), alone, rtol=1e-11, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_no_signal_is_the_limit_of_small_ones(name):
    for function in (mean_square, mean_square_slope):
        none, little = function(name, 0.0).item(), function(name, 1e-30).item()
        assert none == pytest.approx(little, rel=1e-12, abs=1e-29)
    assert mean_square_slope("relu", 0.0).item() == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("least", [1e-7, 1e-3, 0.1, 1.0])
def test_crowded_nodes_see_what_is_steep_at_0_and_what_is_not(least):
    x, weights = crowded(least)
    for width in (least, math.sqrt(least), 1.0):
        exact = width * math.atan(1 / width)  # of 1 / (1 + (x / width)^2), from 0 to 1
        got = (weights / (1 + (x / width).square())).sum().item()
        assert got == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.parametrize("q", [1.0, 1e6])
def test_the_average_of_one_is_one_and_never_more(q):
    one = gaussian_average(torch.ones_like, q).item()
    assert 1 - 1e-14 < one < 1
    assert 0 <= one / one**2 - 1 < 1e-14, "a spread that is at least 0"


def test_an_average_leaves_nothing_behind_and_follows_a_gradient():
    crowded.cache_clear()
    with torch.inference_mode():
        first = mean_square("tanh", 0.7)
    q = torch.tensor(0.7, requires_grad=True, dtype=torch.float64)
    value = mean_square("tanh", q)
    assert value.item() == first.item()
    (slope,) = torch.autograd.grad(value, q)
    up, down = mean_square("tanh", 0.7 + 1e-4), mean_square("tanh", 0.7 - 1e-4)
    # A symmetric difference: its error is of the order of 1e-8.
    assert slope.item() == pytest.approx((up - down).item() / 2e-4, rel=1e-6)


def test_an_average_has_the_shape_of_q():
    assert mean_square("tanh", torch.ones(0, 3)).shape == (0, 3)
    q = torch.rand(2, 3, dtype=torch.float64)
    together = gaussian_average(torch.tanh, q)
    assert together.shape == q.shape and together.dtype == torch.float64
    # The same sums in another order: rounding only.
    one = torch.stack([gaussian_average(torch.tanh, x) for x in q.flatten()])
    torch.testing.assert_close(together.flatten(), one, rtol=0, atol=4 * EPS)
    # An odd function has mean 0: each pair of nodes cancels exactly.
    assert (together == 0).all()
    assert gaussian_average(torch.exp, 0.0).item() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("q", [-1e-9, math.nan, -math.inf])
def test_a_mean_square_that_cannot_be_is_named(q):
    with pytest.raises(ValueError, match=r"at least 0, got q=.*(-1e-09|nan|-inf)"):
        gaussian_average(torch.tanh, q)
    with pytest.raises(ValueError, match="at least 0"):
        mean_square("relu", torch.tensor([1.0, q]))


# Gains ----------------------------------------------------------------------------

GAINS = {
    # name: (recommended by PyTorch, unit variance, critical); sources: quadrature of
    # an independent program and, for the first column, PyTorch's documentation.
    "linear": (1, 1.0, 1.0),
    "relu": (math.sqrt(2), 1.4142, 1.4142),
    "leaky_relu": (math.sqrt(2 / (1 + 1e-4)), 1.4141, 1.4141),
    "tanh": (5 / 3, 1.5925, 1.0),
    "sigmoid": (1, 1.8462, 10.15),
    "softsign": (None, 2.3375, 1.0),
    "gelu": (None, 1.5335, None),
    "silu": (None, 1.6765, None),
    "selu": (0.75, 1.0, None),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_gains_of_the_table(name):
    recommended, unit, critical = GAINS[name]
    assert recommended_gain(name) == (recommended and pytest.approx(recommended))
    # Half a unit in the last digit of the table.
    assert abs(unit_variance_gain(name) - unit) <= 0.5e-4
    if critical is not None:
        half = 0.005 if name == "sigmoid" else 0.5e-4
        assert abs(critical_gain(name) - critical) <= half


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_variance_gain_keeps_a_mean_square_of_one(name):
    g = unit_variance_gain(name)
    # Definition; two roundings.
    assert g**2 * mean_square(name).item() == pytest.approx(1, rel=4 * EPS)


def test_the_gain_of_relu_is_the_root_of_two():
    assert unit_variance_gain("relu") == pytest.approx(math.sqrt(2), rel=1e-12)
    assert critical_gain("relu") == pytest.approx(math.sqrt(2), rel=1e-12)
    assert unit_variance_gain("selu") == pytest.approx(1, rel=1e-12), "by design"


@pytest.mark.parametrize("sigma_b", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign"])
def test_at_the_critical_gain_signal_and_gradient_both_stand_still(name, sigma_b):
    g = critical_gain(name, sigma_b)
    q = 1.0
    # The map contracts at its fixed point (slope below 0.97 for these); 2000 steps.
    for _ in range(2000):
        q = g**2 * mean_square(name, q).item() + sigma_b**2
    # Bisection ends at machine precision, amplified by 1 / (1 - slope) < 100.
    assert g**2 * mean_square_slope(name, q).item() == pytest.approx(1, abs=1e-9)


def test_the_critical_gain_of_sigmoid_is_a_fixed_point_with_chi_one():
    g = critical_gain("sigmoid")
    q = 45.6
    for _ in range(2000):
        q = g**2 * mean_square("sigmoid", q).item()
    assert q == pytest.approx(45.6, abs=0.05), "the table's q*, to its last digit"
    assert g**2 * mean_square_slope("sigmoid", q).item() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_gelu_and_silu_are_critical_at_zero_only(name):
    # phi'(0) = 1/2 from both sides, so chi_1 = 1 takes gain 2. q = 1e-24: 12 digits.
    assert critical_gain(name) == pytest.approx(2, rel=1e-11)


def test_the_critical_gain_of_selu_counts_both_sides_of_its_kink():
    left, right = 1.0507009873554805 * 1.6732632423543772, 1.0507009873554805
    # No settled signal of positive size has chi_1 = 1 (0.75 ** 2 gives 1.0037 at
    # q = 0.023), so q = 0 decides. 1e-24 stands for it: 12 digits.
    expected = ((left**2 + right**2) / 2) ** -0.5
    assert critical_gain("selu") == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("sigma_b", [-0.1, math.inf, math.nan])
def test_a_bias_scale_that_cannot_be_is_named(sigma_b):
    with pytest.raises(ValueError, match=f"sigma_b .* at least 0, got {sigma_b}"):
        critical_gain("tanh", sigma_b)
    with pytest.raises(
        ValueError, match="sigma_b must be at most 100,000, got 1000000.0"
    ):
        critical_gain("tanh", 1e6)
    with pytest.raises(TypeError, match="sigma_b must hold real numbers, got '0'"):
        critical_gain("tanh", "0")


@pytest.mark.parametrize("sigma_b", [100.0, 1000.0, 1e5])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign"])
def test_large_biases_take_large_gains(name, sigma_b):
    g, high = critical_gain(name, sigma_b), {"sigmoid": 0.5}.get(name, 1.0)
    # Saturated: q = g^2 high + sigma_b^2, and g^2 times a slope that falls like
    # 1 / q^1/2 is 1; the next term is a share of 1 / q^1/2, of softsign a logarithm
    # times that.
    area = {"tanh": 2 / 3, "sigmoid": 1 / 12, "softsign": 1 / 3}[name]
    area *= math.sqrt(2 / math.pi)
    q = sigma_b**2
    for _ in range(100):
        q = math.sqrt(q) / area * high + sigma_b**2
    assert g == pytest.approx((math.sqrt(q) / area) ** 0.5, rel=20 / sigma_b)


@pytest.mark.parametrize("sigma_b", [1e-4, 1e-5, 1e-6])
def test_small_biases_take_a_gain_a_little_above_1(sigma_b):
    # tanh z = z - z^3 / 3 + 2 z^5 / 15, so E phi^2 / E phi'^2 is q - 4/3 q^3, and the
    # square of the gain 1 + 2 q to first order.
    q = (3 / 4 * sigma_b**2) ** (1 / 3)
    excess = critical_gain("tanh", sigma_b) - 1
    assert excess == pytest.approx(q, rel=10 * q + 1e-3)


@pytest.mark.parametrize("name", ["Tanh", "swish", "", None, 3, ["relu"]])
@pytest.mark.parametrize(
    "function",
    [
        activation,
        mean_square,
        mean_square_slope,
        recommended_gain,
        critical_gain,
        unit_variance_gain,
    ],
)
def test_an_unknown_activation_is_named_with_those_that_exist(function, name):
    with pytest.raises(ValueError) as error:
        function(name)
    assert repr(name) in str(error.value)
    assert all(known in str(error.value) for known in NAMES)


def test_gains_agree_with_the_torch_that_is_installed():
    for name in ("linear", "relu", "tanh", "sigmoid", "selu"):
        assert recommended_gain(name) == nn.init.calculate_gain(name)
    assert recommended_gain("leaky_relu") == nn.init.calculate_gain("leaky_relu", 0.01)


# The search for a zero ------------------------------------------------------------


def test_the_first_fall_through_zero_is_found():
    points = torch.linspace(0.1, 20, 500, dtype=torch.float64)
    # sin falls through 0 at pi, 3 pi, ...; bisection ends between two neighbours.
    assert first_fall(torch.sin, points) == pytest.approx(math.pi, rel=2 * EPS)
    assert first_fall(torch.sin, points.flip(0)) == pytest.approx(
        6 * math.pi, rel=2 * EPS
    ), "from above: there it falls where it rises from below"
    assert first_fall(torch.exp, points) is None
    assert first_fall(lambda z: -torch.exp(z), points) is None
