"""Theory's maps and their ends against closed forms, published numbers, simulation."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq

from helpers import activations
from helpers.activations import ACTIVATIONS, activation, crowded
from helpers.meanfield import (
    Phases,
    c_map,
    c_star,
    chi_1,
    critical_sigma_w,
    depth_scale,
    forward_curve,
    numerics,
    phases,
    q_map,
    q_star,
)
from tests.shared.printed import digits_of
from tests.shared.seeds import seeded

NAMES = list(ACTIVATIONS)
SB2 = 0.05**0.5  # sigma_b of the published table


# The map of mean squares --------------------------------------------------------------


@pytest.mark.parametrize("sigma_b", [0.0, 0.7])
@pytest.mark.parametrize("name", NAMES)
def test_q_map_is_what_one_wide_layer_does(name, sigma_b):
    n, sigma_w = 200_000, 1.3
    z = 1.5 * torch.randn(n, generator=seeded(), dtype=torch.float64)
    h2 = activation(name).phi(z).square()
    next_q = sigma_w**2 * h2.mean() + sigma_b**2
    # Five standard errors of a mean of n draws.
    bound = 5 * sigma_w**2 * h2.std() / n**0.5
    assert abs(q_map(name, sigma_w, sigma_b, 1.5**2) - next_q) < bound


@pytest.mark.parametrize(
    ("name", "sigma_w2", "value"),
    [
        ("tanh", 25 / 9, "1.17848"),
        ("sigmoid", 1.0, "0.264687"),
        ("sigmoid", 16.0, "5.855"),
        ("selu", 9 / 16, "0.0230"),
    ],
)
def test_fixed_points_are_the_tabled_ones(name, sigma_w2, value):
    assert q_star(name, sigma_w2**0.5) == digits_of(value)


@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b", "value"),
    [
        ("relu", 2**0.5, 0.0, 1.0),  # every q is kept: the one it starts from
        ("linear", 1.0, 0.0, 1.0),
        ("relu", 2**0.5, 0.1, math.inf),  # and the biases add up
        ("relu", 1.5, 0.0, math.inf),
        ("linear", 1.1, 0.3, math.inf),
        ("relu", 1.0, 0.0, 0.0),
        ("relu", 1.0, 1.0, 2.0),  # 1 / (1 - 1/2)
        ("linear", 0.5**0.5, 1.0, 2.0),
        ("tanh", 1.0, 0.0, 0.0),
        ("tanh", 0.5, 0.0, 0.0),
        ("gelu", 1.0, 0.0, 0.0),
        ("gelu", 2.0, 0.0, math.inf),  # above 1.5335 it runs away from q = 1
        ("tanh", 0.0, 0.5, 0.25),
        ("sigmoid", 0.0, 0.0, 0.0),
    ],
)
def test_fixed_points_that_are_known_exactly(name, sigma_w, sigma_b, value):
    # Twelve digits: what the averages promise.
    assert q_star(name, sigma_w, sigma_b) == pytest.approx(value, rel=1e-11)


def test_a_fixed_point_of_selu_is_one_by_design():
    # Klambauer et al. chose its constants so; printed to 16 digits.
    assert q_star("selu", 1.0) == pytest.approx(1, abs=1e-10)


def test_layers_settle_at_the_first_fixed_point_on_their_way():
    # silu at 1.42: up from q = 1 to 1.404, though far above it q grows for ever.
    here = "silu", 1.42, 0.58
    q = q_star(*here)
    assert q == pytest.approx(forward_curve("silu", 1.42, 1000, 0.58)[-1].item())
    assert 1.40 < q < 1.41 and q_map(*here, 100.0) > 100
    scales = torch.tensor([1.42, 1.6], dtype=torch.float64)
    assert phases("silu", scales, 0.58).q.tolist() == [q, math.inf]


@pytest.mark.parametrize("sigma_b", [0.1, 0.5])
@pytest.mark.parametrize("sigma_w", [0.5, 1.0, 1.7, 3.0, 10.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign"])
def test_layers_settle_at_the_fixed_point(name, sigma_w, sigma_b):
    settled = forward_curve(name, sigma_w, 3000, sigma_b)[-1].item()
    # The map contracts by less than 0.99 a layer for these: 0.99 ** 3000 = 1e-13.
    assert q_star(name, sigma_w, sigma_b) == pytest.approx(settled, rel=1e-10)


# chi ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sigma_w2", "value"),
    [
        ("linear", 1.0, "1.000000"),
        ("relu", 2.0, "1.000000"),
        ("relu", 1.0, "0.500000"),
        ("relu", 1 / 3, "0.166667"),
        ("tanh", 1 / 3, "0.333333"),
        ("tanh", 25 / 9, "1.20983"),
        ("sigmoid", 1.0, "0.0557207"),
        ("sigmoid", 16.0, "0.3989"),
        ("selu", 1.0, "1.07157"),
        ("selu", 9 / 16, "1.0037"),
        ("gelu", 1.0, "0.25000"),
        ("silu", 1.0, "0.25000"),
        ("softsign", 0.5, "0.50000"),
    ],
)
def test_chi_is_the_tabled_one(name, sigma_w2, value):
    assert chi_1(name, sigma_w2**0.5).item() == digits_of(value)


@pytest.mark.parametrize(
    ("name", "gain", "value"),
    [
        ("tanh", 1.5925, "1.178"),
        ("sigmoid", 1.8462, "0.153"),
        ("softsign", 2.3375, "1.244"),
        ("gelu", 1.5335, "1.072"),
        ("silu", 1.6765, "1.067"),
    ],
)
def test_chi_at_the_unit_variance_gain_is_the_tabled_one(name, gain, value):
    assert chi_1(name, gain, q=1.0).item() == digits_of(value)


def test_leaving_q_out_means_the_fixed_point():
    for name, sigma_w, sigma_b in (("tanh", 2.0, 0.0), ("sigmoid", 3.0, 0.4)):
        q = q_star(name, sigma_w, sigma_b)
        implied = chi_1(name, sigma_w, sigma_b)
        assert torch.equal(implied, chi_1(name, sigma_w, sigma_b, q))
    per_q = chi_1("tanh", 1.0, q=torch.tensor([0.0, 1.0]))
    assert per_q.shape == (2,) and per_q[0] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("sb2", "sw2", "q"),
    [
        (2.01e-5, "1.0500", "0.0259"),
        (0.01, "1.4242", "0.2733"),
        (0.05, "1.7610", "0.5700"),
        (0.1, "1.9861", "0.8058"),
        (0.104, "2.0008", "0.8223"),
    ],
)
def test_the_critical_line_of_tanh_is_the_published_one(sb2, sw2, q):
    sigma_w = critical_sigma_w("tanh", sb2**0.5)
    assert sigma_w**2 == digits_of(sw2)
    assert q_star("tanh", sigma_w, sb2**0.5) == digits_of(q)
    # On the line chi_1 is 1: bisection to machine precision, 12-digit averages.
    assert chi_1("tanh", sigma_w, sb2**0.5).item() == pytest.approx(1, abs=1e-9)


# Correlations -------------------------------------------------------------------------


def arc_cosine(c):
    """Cho & Saul (2009), degree 1, at sigma_w^2 = 2."""
    return (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi


@pytest.mark.parametrize("c", [-1.0, -0.999, -0.5, 0.0, 0.3, 0.9, 0.999999, 1.0])
@pytest.mark.parametrize("q", [1e-4, 1.0, 100.0])
def test_relus_correlations_follow_the_arc_cosine_kernel(c, q):
    # Ten digits are promised.
    assert c_map("relu", 2**0.5, c=c, q=q) == pytest.approx(arc_cosine(c), abs=1e-10)


def test_relus_correlations_are_the_tabled_ones():
    c, seen = 0.0, []
    for _ in range(50):
        c = c_map("relu", 2**0.5, c=c)
        seen.append(c)
    table = {
        1: ".31831",
        2: ".49373",
        3: ".60483",
        5: ".73595",
        10: ".87154",
        20: ".94843",
        50: ".98786",
    }
    assert {layer: seen[layer - 1] for layer in table} == {
        layer: digits_of(value) for layer, value in table.items()
    }


@pytest.mark.parametrize("c", [-0.7, 0.0, 0.5, 0.95])
@pytest.mark.parametrize("name", NAMES)
def test_c_map_is_what_simulation_gives(name, c):
    n, q, sigma_w, sigma_b = 200_000, 1.44, 1.2, 0.3
    a, b = torch.randn(2, n, generator=seeded(1), dtype=torch.float64)
    u, v = 1.2 * a, 1.2 * (c * a + math.sqrt(1 - c * c) * b)
    product = activation(name).phi(u) * activation(name).phi(v)
    size = q_map(name, sigma_w, sigma_b, q).item()
    simulated = (sigma_w**2 * product.mean().item() + sigma_b**2) / size
    # Five standard errors of a mean of n products.
    bound = 5 * sigma_w**2 * product.std().item() / n**0.5 / size
    assert abs(c_map(name, sigma_w, sigma_b, c, q) - simulated) < bound


@pytest.mark.parametrize("sigma_b", [0.0, 0.4])
@pytest.mark.parametrize("name", NAMES)
def test_equal_inputs_stay_equal(name, sigma_b):
    # c = 1 turns the pair's integral into the single one: ten digits.
    assert c_map(name, 1.3, sigma_b, 1.0, q=0.8) == pytest.approx(1, abs=1e-10)


def test_erf_free_closed_forms_of_the_pair():
    # linear keeps a correlation; an odd function maps c to minus what it maps -c to.
    assert c_map("linear", 0.7, c=0.4, q=2.0) == pytest.approx(0.4, abs=1e-10)
    for c in (0.2, 0.9):
        there, back = (c_map("tanh", 1.5, c=s, q=1.0) for s in (c, -c))
        assert there == pytest.approx(-back, abs=1e-10)


def test_where_inputs_end_up():
    # Ordered: equal. Chaotic: at a fixed point below 1, reached from either side.
    assert c_star("tanh", 1.0, SB2) == 1.0
    c = c_star("tanh", 2.0, SB2)
    assert 0 < c < 1
    assert c_map("tanh", 2.0, SB2, c) == pytest.approx(c, abs=1e-11)
    for start in (0.0, 0.999):
        for _ in range(100):
            start = c_map("tanh", 2.0, SB2, start)
        # Near c_star the map contracts by exp(-1 / xi_c) = 0.867 a layer; the
        # first twenty-odd of a hundred go into the slow way down from 0.999.
        assert start == pytest.approx(c, abs=0.867**75)
    # Without biases tanh is odd: correlation 0 stays.
    assert c_star("tanh", 2.0) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("sw2", "six_xi"),
    [
        (0.5, "7.1"),
        (1.0, "21.8"),
        (1.4, "64.4"),
        (1.6, "162"),
        (1.7, "449.5"),  # the table has 446: chi near 1 takes more digits than it had
        (2.0, "151"),
        (2.5, "70.8"),
        (4.0, "41.9"),
    ],
)
def test_depth_scales_are_the_published_ones(sw2, six_xi):
    assert 6 * depth_scale("tanh", sw2**0.5, SB2) == digits_of(six_xi)


@pytest.mark.parametrize(
    ("sw2", "chi"),
    [
        (0.5, ".4320"),
        (1.0, ".7590"),
        (1.4, ".9110"),
        (1.6, ".9637"),
        (1.7, ".9867"),
        (2.0, "1.0477"),
        (2.5, "1.1335"),
        (4.0, "1.3424"),
    ],
)
def test_chis_at_the_depth_scales_are_the_published_ones(sw2, chi):
    assert chi_1("tanh", sw2**0.5, SB2).item() == digits_of(chi)


def test_in_the_ordered_phase_the_depth_scale_is_that_of_the_correlation():
    c, gaps = 0.5, []
    for _ in range(60):
        c = c_map("tanh", 1.0, SB2, c)
        gaps.append(1 - c)
    xi = -1 / math.log(gaps[-1] / gaps[-2])
    # By then the gap is 1e-8 and shrinks by a constant factor; twelve-digit integrals
    # leave its ratio 1e-4 of noise.
    assert xi == pytest.approx(depth_scale("tanh", 1.0, SB2), rel=1e-3)


@pytest.mark.parametrize("off", [-1e-13, 0.0, 1e-13])  # rounding
def test_a_rounding_off_the_critical_line_is_still_on_it(off):
    critical = [(name, critical_sigma_w(name), 0.0) for name in NAMES]
    smooth = ["tanh", "sigmoid", "softsign"]
    critical += [(name, critical_sigma_w(name, 0.3), 0.3) for name in smooth]
    critical += [("linear", 1.0, 0.0), ("relu", 2**0.5, 0.0), ("tanh", 1.0, 0.0)]
    for name, sigma_w, sigma_b in critical:
        if name in ("gelu", "silu", "selu"):
            continue  # critical at q = 0 only, which their signals leave
        here = name, sigma_w * (1 + off), sigma_b
        assert c_star(*here) == 1.0 and depth_scale(*here) == math.inf
        point = phases(*here)
        assert point.c == 1 and point.xi == math.inf
        assert abs(point.chi.item() - 1) < 1e-9


@pytest.mark.parametrize("off", [-1e-13, 0.0, 1e-13])
@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
def test_every_size_is_kept_a_rounding_off_the_critical_line(name, off):
    sigma_w = critical_sigma_w(name) * (1 + off)
    assert q_star(name, sigma_w) == 1 and q_star(name, sigma_w, 0.1) == math.inf


def test_criticality_does_not_hang_on_the_last_bit_of_a_node(monkeypatch):
    # Versions of numpy and machines differ in that; here by eight times as much.
    legendre = np.polynomial.legendre.leggauss
    caches = [crowded, numerics._angles_and_lengths, numerics._sizes]
    caches += [activations._half_line, activations._square_at_one]
    for sign in (1, -1):
        noise = [1 + sign * 8 * 2.2e-16, 1 - sign * 8 * 2.2e-16]

        def nodes(count, noise=noise):
            x, weights = legendre(count)
            return x * noise[1], weights * noise[0]

        monkeypatch.setattr(np.polynomial.legendre, "leggauss", nodes)
        for cache in caches:
            cache.cache_clear()
        try:
            for name, sigma_w in (("relu", 2**0.5), ("linear", 1.0), ("tanh", 1.0)):
                assert depth_scale(name, sigma_w) == math.inf
                assert c_star(name, sigma_w) == 1.0
        finally:
            monkeypatch.undo()
            for cache in caches:
                cache.cache_clear()


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, 3e-9])
@pytest.mark.parametrize(("name", "sigma_b"), [("tanh", SB2), ("sigmoid", 0.3)])
def test_beside_the_critical_line_a_depth_scale_is_1_over_the_distance(
    name, sigma_b, distance
):
    # With chi_1 = 1 + d the map is c -> c + (1 - c) (e - d), where e is of the order of
    # 1 - c. So its slope at its end is 1 - d, and xi is 1 / d, to a share of d.
    sigma_w = critical_sigma_w(name, sigma_b)
    for side in (1, -1):
        here = name, sigma_w * (1 + side * distance), sigma_b
        d = abs(chi_1(*here).item() - 1)
        # A share of d, and what eleven digits leave of d: 1e-11 / d.
        assert depth_scale(*here) * d == pytest.approx(1, rel=10 * d + 1e-11 / d)
        c = c_star(*here)
        assert c == 1 if side < 0 else 0 < 1 - c < 100 * d


def test_a_correlation_beside_the_critical_line_settles_where_slopes_are_1_on_average():
    # The same by SciPy, where the map itself still tells it: 1e-12 over 1e-4.
    here = "tanh", critical_sigma_w("tanh", 0.5) * 1.0001, 0.5

    def above(c):
        return c_map(*here, c) - c

    expected = brentq(above, 0.99, 0.9999)
    assert c_star(*here) == pytest.approx(expected, abs=1e-7)


def test_biases_on_the_critical_line_of_relu_add_up_and_harm_no_correlation():
    here = "relu", 2**0.5, 0.1
    grid = phases(*here)
    assert q_star(*here) == grid.q.item() == math.inf
    assert c_star(*here) == grid.c.item() == 1.0
    assert depth_scale(*here) == grid.xi.item() == math.inf


def mean_slope(name, q):
    """E phi' by QUADPACK, in pieces that grow from where the slope is steep."""
    slopes = {
        "tanh": lambda z: math.cosh(min(abs(z), 300)) ** -2,
        "softsign": lambda z: (1 + abs(z)) ** -2,
    }

    def integrand(t):
        return slopes[name](math.sqrt(q) * t) * math.exp(-t * t / 2)

    ends = [0.0, *(5**k / math.sqrt(q) for k in range(30)), 14.0]
    ends = [x for x in ends if x <= 14]
    parts = [
        quad(integrand, *piece, epsabs=0, epsrel=1e-12)[0]
        for piece in zip(ends, ends[1:], strict=False)
    ]
    return 2 * math.fsum(parts) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("sigma_w", [2.0, 5.0, 10.0, 20.0, 40.0, 100.0, 1e4, 1e5])
@pytest.mark.parametrize("name", ["tanh", "softsign"])
def test_the_depth_scale_of_large_weights(name, sigma_w):
    # Without biases an odd function ends at c = 0, where the average of the product is
    # the product of the averages: eleven digits.
    mean = mean_slope(name, q_star(name, sigma_w))
    expected = -1 / math.log(sigma_w**2 * mean**2)
    assert depth_scale(name, sigma_w) == pytest.approx(expected, rel=1e-10)
    assert phases(name, sigma_w).xi.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("sigma_w", [3.0, 10.0, 100.0, 1e4])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign"])
def test_large_weights_settle_where_the_map_stays(name, sigma_w):
    here = name, sigma_w, 1.0
    c, q = c_star(*here), q_star(*here)
    assert q_map(*here, q).item() == pytest.approx(q, rel=1e-12)
    if chi_1(*here) > 1:
        assert 0 < c < 1 and c_map(*here, c) == pytest.approx(c, abs=1e-11)
    assert 0 < depth_scale(*here) < math.inf


def test_on_the_critical_line_information_reaches_any_depth():
    assert depth_scale("relu", 2**0.5) == math.inf
    assert depth_scale("linear", 1.0) == math.inf
    assert depth_scale("tanh", critical_sigma_w("tanh", SB2), SB2) > 1e8


def test_a_signal_that_died_out_still_has_a_depth_scale():
    # It sits at 0, where chi_1 is sigma_w^2 times the mean of both slopes' squares.
    assert depth_scale("relu", 0.5) == pytest.approx(1 / math.log(8))
    assert depth_scale("tanh", 0.5) == pytest.approx(1 / math.log(4))


# The diagram --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_diagram_holds_what_each_of_its_points_has(name):
    sigma_w = torch.tensor([0.3, 0.8, 1.2, 2.0, 3.0], dtype=torch.float64)
    sigma_b = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    grid = phases(name, sigma_w[:, None], sigma_b)
    assert grid.q.shape == grid.chi.shape == grid.c.shape == grid.xi.shape == (5, 3)
    for i, j in itertools.product(range(5), range(3)):
        here = name, sigma_w[i].item(), sigma_b[j].item()
        q, chi = grid.q[i, j].item(), grid.chi[i, j].item()
        assert q == pytest.approx(q_star(*here), rel=1e-9)
        assert chi == pytest.approx(chi_1(*here).item(), rel=1e-9)
        if not math.isfinite(q):
            assert grid.c[i, j].isnan() and grid.xi[i, j].isnan()
        else:
            # Two rules of eleven digits, where the grid reaches further than a point.
            assert grid.c[i, j].item() == pytest.approx(c_star(*here), abs=1e-9)
            assert grid.xi[i, j].item() == pytest.approx(depth_scale(*here), rel=1e-8)


def test_the_diagram_of_tanh_has_its_edge_where_chi_is_one():
    sigma_b = torch.tensor([0.1, 0.3, 0.7], dtype=torch.float64)
    edge = torch.tensor([critical_sigma_w("tanh", b.item()) for b in sigma_b])
    assert (phases("tanh", edge - 0.02, sigma_b).chi < 1).all()
    assert (phases("tanh", edge + 0.02, sigma_b).chi > 1).all()
    assert (6 * phases("tanh", edge, sigma_b).xi > 1e3).all()


# Bad input ----------------------------------------------------------------------------


FUNCTIONS = [q_map, q_star, chi_1, c_map, c_star, depth_scale, phases]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("value", [-0.5, math.nan, math.inf])
def test_a_scale_that_cannot_be_is_named(function, value):
    with pytest.raises(ValueError, match=f"sigma_w must be .* at least 0, got {value}"):
        function("tanh", value)
    with pytest.raises(ValueError, match=f"sigma_b must be .* at least 0, got {value}"):
        function("tanh", 1.0, value)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_unknown_activation_is_named_with_those_that_exist(function):
    with pytest.raises(ValueError, match="unknown activation 'swish'; known: .*selu"):
        function("swish", 1.0)
    with pytest.raises(ValueError, match="unknown activation 'swish'; known: .*selu"):
        critical_sigma_w("swish")


@pytest.mark.parametrize("c", [-1.1, 1.000001, math.nan])
def test_a_correlation_that_cannot_be_is_named(c):
    with pytest.raises(ValueError, match=f"from -1 to 1, got c={c}"):
        c_map("tanh", 1.0, c=c, q=1.0)


SCALARS = [q_star, c_map, c_star, depth_scale]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("value", [None, "1", True, 1j, ["1"]])
def test_a_scale_that_is_no_number_is_named(function, value):
    with pytest.raises(TypeError, match="sigma_w must hold real numbers, got"):
        function("tanh", value)
    with pytest.raises(TypeError, match="sigma_b must hold real numbers, got"):
        function("tanh", 1.0, value)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_scales_of_any_kind_are_numbers(function):
    def all_of(answer):
        return vars(answer) if isinstance(answer, Phases) else {"": answer}

    plain = all_of(function("tanh", 1.5, 0.25))
    for kind in (np.float32, torch.tensor, Fraction):
        for name, value in all_of(function("tanh", kind(1.5), kind(0.25))).items():
            assert float(value) == float(plain[name])


@pytest.mark.parametrize("function", SCALARS)
def test_a_function_of_one_network_names_the_shape_of_more(function):
    with pytest.raises(ValueError, match=r"sigma_w must be one number, got shape \(2,"):
        function("tanh", torch.tensor([1.0, 2.0]))


def test_shapes_that_do_not_fit_are_named():
    two, three = torch.ones(2), torch.ones(3)
    for function in (q_map, chi_1):
        with pytest.raises(ValueError, match=r"shapes that do not fit: \(3,\) and"):
            function("tanh", two, 0.0, three)
    with pytest.raises(
        ValueError, match=r"sigma_w and sigma_b have shapes that do not"
    ):
        phases("tanh", two, three)


def test_nothing_in_is_nothing_out():
    none = torch.ones(0)
    point = phases("tanh", none)
    assert point.q.shape == point.xi.shape == q_map("tanh", none).shape == (0,)


def test_no_correlation_without_a_signal_one_layer_on():
    with pytest.raises(ValueError, match="no correlation without a signal .* q=0"):
        c_map("tanh", 0.0, q=1.0)


def test_no_correlation_without_a_signal():
    for name, sigma_w in (("tanh", 0.5), ("relu", 3.0)):
        with pytest.raises(ValueError, match="no correlation without a signal"):
            c_map(name, sigma_w)
