"""The diagram shows what theory foretells, and networks that obey it."""

import numpy as np
import pytest
import torch

from helpers.activations import ACTIVATIONS
from helpers.meanfield import c_star, critical_sigma_w, depth_scale, q_star
from helpers.order_chaos import (
    BIASES,
    WEIGHTS,
    diagram,
    everywhere,
    here,
    inputs,
    measured,
    order_chaos,
    picture,
)
from tests.shared.contrast import contrast


def test_cells_of_the_map_are_six_depth_scales():
    cells = diagram("tanh")
    assert cells["map"].shape == (21, 26)  # rows are bias scales
    row, column = 4, 15
    w, b = WEIGHTS[column].item(), BIASES[row].item()
    assert (w, b) == pytest.approx((2.0, 0.2))
    six = 6 * depth_scale("tanh", w, b)
    assert cells["map"][row, column].item() == pytest.approx(six, rel=1e-3)


def test_the_edge_is_the_critical_line():
    edge = diagram("tanh")["edge"]
    assert edge[:5].isnan().all(), "no edge left of sigma_w = 1"
    for column in (7, 10, 13):
        w = WEIGHTS[column].item()
        # A straight line between bias scales 0.05 apart.
        assert critical_sigma_w("tanh", edge[column].item()) == pytest.approx(
            w, abs=0.01
        )
    assert diagram("sigmoid")["edge"].isnan().all(), "sigmoid has none here"


def test_the_edge_stands_out_from_the_cells_below_it():
    cells = diagram("tanh")
    figure = picture(order_chaos().curves)
    (mesh,) = figure.axes[0].collections
    columns = cells["edge"].isfinite().nonzero().ravel()
    nearest = (BIASES[:, None] - cells["edge"][columns]).abs().argmin(0)
    below = mesh.to_rgba(cells["map"][nearest, columns].numpy())
    for cell in below:
        assert contrast(cell, figure.axes[0].lines[0].get_color()) >= 3


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_a_network_is_measured_as_it_would_be_by_hand(name):
    q, strangers, twins = measured(name, torch.tensor(1.4), torch.tensor(0.3))
    assert q.shape == strangers.shape == twins.shape == (30,)
    g, h = torch.Generator().manual_seed(3), inputs()
    torch.testing.assert_close(h.square().mean(1), torch.ones(3).double())
    torch.testing.assert_close(
        h @ h[0] / 256,
        torch.tensor([1, 0, 0.99], dtype=torch.float64),
        atol=1e-12,
        rtol=0,
    )
    for layer in range(3):
        drawn = torch.randn(257, 256, generator=g, dtype=torch.float64)
        z = 1.4 / 16 * h @ drawn[:256] + 0.3 * drawn[256]
        assert q[layer].item() == pytest.approx(z[0].square().mean().item(), rel=1e-6)
        cosine = torch.nn.functional.cosine_similarity(z[:1], z[1:])
        seen = torch.stack([strangers[layer], twins[layer]])
        torch.testing.assert_close(seen, cosine.double(), rtol=1e-6, atol=1e-7)
        h = ACTIVATIONS[name].phi(z)


def test_networks_settle_where_theory_says():
    w, b = torch.tensor(2.0), torch.tensor(0.2)
    q, strangers, _ = measured("tanh", w, b)
    # Eight networks of 256 units: q 2.19 +- 0.06, correlation 0.17 +- 0.09; four sds.
    assert q[10:].mean().item() == pytest.approx(q_star("tanh", 2.0, 0.2), abs=0.24)
    assert abs(strangers[10:].mean().item() - c_star("tanh", 2.0, 0.2)) < 0.36


def test_all_positions_at_once_are_each_of_them():
    scales = [0.8, 1.3, 2.0], [0.0, 0.4]
    grid = everywhere(*scales, "tanh")
    for i, w in enumerate(scales[0]):
        for j, b in enumerate(scales[1]):
            alone = here(w, b, "tanh")
            assert list(alone) == list(grid)
            for name, values in alone.items():
                axes, every = grid[name]
                there = every[i, j] if axes else every
                torch.testing.assert_close(there, values, equal_nan=True)


def test_the_figure_marks_the_chosen_network():
    figure = order_chaos(0.8, 0.3)
    ring = figure.curves["here"]
    assert np.flatnonzero(~np.isnan(ring)).tolist() == [3]
    assert ring[3].item() == pytest.approx(0.3)
    assert figure.setting["activation"] == "tanh"


def test_the_diagram_puts_cells_around_their_scales_and_the_network_in_its_column():
    ring = torch.full((26,), torch.nan)
    ring[3] = 0.3
    per_layer = dict.fromkeys(("q", "q theory", "gradient"), torch.ones(30))
    both = ("strangers", "strangers theory", "twins", "twins theory")
    curves = {
        "map": torch.full((21, 26), 7.0),
        "edge": torch.linspace(0, 1, 26),
        "here": ring,
        "halo": ring,
        "six": torch.tensor([7.0, 7.0]),
        **per_layer,
        **dict.fromkeys(both, torch.zeros(30)),
    }
    figure = picture(curves)
    top, sizes, correlations, bar = figure.axes
    (mesh,) = top.collections
    corners = mesh.get_coordinates()
    assert corners.shape == (22, 27, 2)
    assert corners[0, 0].tolist() == pytest.approx([0.45, -0.025])
    assert corners[-1, -1].tolist() == pytest.approx([3.05, 1.025])
    edge, halo, dot = top.lines
    assert halo.get_markersize() > dot.get_markersize()
    assert dot.get_xdata()[3] == pytest.approx(0.8) and dot.get_ydata()[3] == 0.3
    assert sizes.get_yscale() == "log" and correlations.get_yscale() == "linear"
    drawn = {line.get_gid() for ax in figure.axes for line in ax.lines}
    assert drawn | {mesh.get_gid()} == set(curves)
