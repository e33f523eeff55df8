"""The plots draw what they are given, for all eyes, and compute nothing."""

import colorsys
import io
import math
import re
from itertools import combinations

import matplotlib
import pytest
import torch
from matplotlib.figure import Figure

from book.sources import ROOT
from helpers.live.svg import themed
from helpers.plots import (
    COLOURS,
    STYLE,
    both_ways,
    by_depth,
    ceilings,
    cobweb,
    decades,
    fan,
    framed,
    growth,
    histogram,
    incoming,
    loss_by_start,
    losses,
    modes,
    order_chaos,
    per_layer,
    ratios,
    sizes,
    spectrum,
    three_sizes,
    unchanged,
    units_apart,
    update_ratios,
    weights_drawn,
)
from tests.shared.contrast import EYES, contrast, difference

INKS = [name for name in COLOURS if name not in ("paper", "grid", "ink", "muted")]


def axes():
    with matplotlib.rc_context(STYLE):
        return Figure().subplots()


@pytest.mark.parametrize("name", INKS)
def test_lines_stand_out_from_the_paper(name):
    assert contrast(COLOURS[name], COLOURS["paper"]) >= 3


def dark_colours():
    palette = ROOT / "helpers" / "live" / "palette.css"
    style = palette.read_text(encoding="utf-8")
    return dict(re.findall(r"--fw-(\w+): (#\w{6});", style))


# Of the 100 from black to white; 2.3 is just noticeable. Eyes without blue cones are
# a hundred times rarer than those without red or green ones.
APART = {"all cones": 20, "protanopia": 15, "deuteranopia": 15, "tritanopia": 10}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_differ_for_all_eyes(theme, eyes):
    colours = COLOURS if theme == "light" else dark_colours()
    for one, other in combinations(INKS, 2):
        apart = difference(colours[one], colours[other], eyes)
        assert apart >= APART[eyes], f"{one} and {other}: {apart:.1f}"


def test_eyes_see_what_is_known_of_them():
    for eyes in EYES:  # greys stay as they are, white is 100 from black
        assert difference("white", "black", eyes) == pytest.approx(100, abs=0.1)
    # CIELAB of sRGB's red is (53.2, 80.1, 67.2) (Lindbloom's calculator).
    length = math.hypot(53.2, 80.1, 67.2)
    assert difference("red", "black", "all cones") == pytest.approx(length, abs=0.2)
    # Red and green of one brightness: apart for most, near each other for some.
    pair = ("#c84f00", "#8f6a00")
    assert difference(*pair, "all cones") > 35
    assert difference(*pair, "protanopia") < 5


@pytest.mark.parametrize("name", ["ink", "muted"])
def test_text_stands_out_from_the_paper(name):
    assert contrast(COLOURS[name], COLOURS["paper"]) >= 4.5


def test_colours_are_six_digits_each_and_all_different():
    assert all(re.fullmatch(r"#[0-9a-f]{6}", c) for c in COLOURS.values())
    assert len(set(COLOURS.values())) == len(COLOURS)
    hues = [
        colorsys.rgb_to_hsv(*(int(COLOURS[n][i : i + 2], 16) / 255 for i in (1, 3, 5)))[
            0
        ]
        for n in INKS
    ]
    # A tenth of... no two inks share a hue: 15 degrees apart on the wheel.
    for i, one in enumerate(hues):
        for other in hues[:i]:
            distance = abs(one - other)
            assert min(distance, 1 - distance) > 15 / 360


def test_the_style_is_one_that_matplotlib_knows():
    with matplotlib.rc_context(STYLE):
        for key in STYLE:
            assert key in matplotlib.rcParams
        assert matplotlib.rcParams["svg.fonttype"] == "none"


def test_a_curve_is_one_value_per_layer_from_layer_one():
    ax = axes()
    assert per_layer(ax, [3.0, 2.0, 1.0], "signal", gid="forward") is ax
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [3, 2, 1]
    assert line.get_label() == "signal" and line.get_gid() == "forward"
    assert line.get_linestyle() == "-" and line.get_marker() == "None"


def test_measurements_are_dots():
    ax = axes()
    per_layer(ax, [1.0, 2.0], colour=COLOURS["green"], dots=True)
    (line,) = ax.lines
    assert line.get_linestyle() == "None" and line.get_marker() == "o"
    assert line.get_color() == COLOURS["green"]


def test_curves_without_a_colour_take_the_books_colours_in_turn():
    ax = axes()
    for _ in INKS:
        per_layer(ax, [1.0, 2.0])
    assert [line.get_color() for line in ax.lines] == [COLOURS[n] for n in INKS]


def test_a_grey_line_marks_unchanged():
    ax = axes()
    line = unchanged(ax, 0.5)
    assert set(line.get_ydata()) == {0.5}
    assert line.get_color() == COLOURS["muted"]


def test_a_fan_is_two_signals_measured_and_foretold():
    ax = axes()
    curves = {
        "forward": [1.0, 0.5],
        "forward_theory": [1.0, 0.4],
        "backward": [0.1, 1.0],
        "backward_theory": [0.2, 1.0],
    }
    assert fan(ax, curves, 10, decades=5) is ax
    drawn = {line.get_gid(): line for line in ax.lines if line.get_gid() in curves}
    assert {k: v.get_ydata().tolist() for k, v in drawn.items()} == curves
    assert ax.get_yscale() == "log"
    assert ax.get_xlim() == (0, 11)
    # A power of ten, computed in two ways.
    assert ax.get_ylim() == pytest.approx((1e-5, 1e5), rel=1e-12)
    assert drawn["forward"].get_color() == drawn["forward_theory"].get_color()
    assert drawn["forward"].get_color() != drawn["backward"].get_color()
    for name, line in drawn.items():
        assert (line.get_marker() == "None") == name.endswith("theory")
    assert len(ax.get_legend().get_texts()) == 4
    assert ax.get_xlabel() and ax.get_ylabel()


def test_a_fan_of_some_curves_names_only_those():
    ax = axes()
    fan(ax, {"backward": [0.1, 1.0]}, 2)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "gradient dL/dz, measured"
    ]
    with pytest.raises(KeyError, match="sideways"):
        fan(axes(), {"sideways": [1.0]}, 2)


def saved(ax):
    with matplotlib.rc_context(STYLE):
        stream = io.StringIO()
        ax.figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def test_a_saved_figure_follows_the_theme_and_keeps_its_text():
    ax = axes()
    fan(ax, {"forward": [1.0, 0.5]}, 2)
    svg = saved(ax)
    assert COLOURS["blue"] in svg and ">layer<" in svg
    themed_svg = themed(svg)
    for name in ("blue", "ink", "muted", "grid", "paper"):
        assert f"var(--fw-{name}, {COLOURS[name]})" in themed_svg
    # Every colour is inside a variable, none twice.
    for name, colour in COLOURS.items():
        outside = re.sub(r"var\(--fw-\w+, #[0-9a-f]{6}\)", "", themed_svg)
        assert colour not in outside, name
    assert "var(--fw-blue, var(" not in themed_svg


def test_the_same_figure_is_saved_as_the_same_bytes():
    files = []
    for _ in range(2):
        ax = axes()
        fan(ax, {"forward": [1.0, 0.5], "backward_theory": [0.3, 1.0]}, 2)
        files.append(saved(ax))
    assert files[0] == files[1]


def test_a_histogram_has_area_one():
    ax = histogram(axes(), torch.linspace(-1, 1, 8000).reshape(80, 100), "even")
    (outline,) = ax.patches
    assert outline.get_xy()[:, 1].max() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    ("draw", "names"),
    [
        (three_sizes, ["signal", "spread", "gradient", "signal_theory"]),
        (weights_drawn, ["drawn", "he"]),
        (losses, ["plain", "clipped"]),
        (decades, ["networks", "typical", "average"]),
    ],
)
def test_framed_draws_every_curve_under_its_name(draw, names):
    figure = framed(draw)({name: [0.1, 0.2, 0.1] for name in names}, depth=3)
    assert isinstance(figure, Figure)
    drawn = {line.get_gid(): line.get_ydata() for line in figure.axes[0].lines}
    for bars in figure.axes[0].containers:
        drawn[bars.patches[0].get_gid()] = bars.datavalues
    for name in names:
        assert list(drawn[name]) == [0.1, 0.2, 0.1]


def test_theory_is_a_line_in_the_colour_of_its_dots():
    ax = three_sizes(axes(), {"signal": [1.0, 2.0], "signal_theory": [1.0, 2.0]})
    dots, line = ax.lines[-2:]
    assert dots.get_color() == line.get_color()
    assert (dots.get_linestyle(), line.get_linestyle()) == ("None", "-")


def test_a_ceiling_is_a_level_with_its_name_above_it():
    ax = ceilings(axes(), {"forward": [1.0, 2.0], "backward": [2.0, 1.0]})
    levels = [line.get_ydata()[0] for line in ax.lines if not line.get_gid()]
    assert levels[-2:] == [65504.0, 3.4e38]
    assert [text.get_text() for text in ax.texts] == ["float16", "float32, bfloat16"]
    for text, level in zip(ax.texts, levels[-2:], strict=True):
        assert level < text.get_position()[1] < 100 * level


def test_the_loss_of_a_guess_is_ln_10():
    ax = losses(axes(), {"plain": [2.0, 1.0]})
    (guess,) = [
        line.get_ydata()[0] for line in ax.lines if not line.get_gid() == "plain"
    ]
    assert guess == pytest.approx(2.302585092994046)
    assert ax.get_yscale() == "log" and ax.get_xlabel() == "step"


def test_decades_are_counted_around_one():
    names = ["networks", "typical", "average"]
    ax = decades(axes(), {name: [0.0, 5.0, 0.0] for name in names})
    for bars in ax.containers:
        centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
        assert centres == pytest.approx([-1, 0, 1])


def test_units_and_growth_draw_each_curve_under_its_name():
    with matplotlib.rc_context(STYLE):
        above, below = Figure().subplots(2)
        units_apart((above, below), {"unit 1": [0.1, 0.2], "spread": [0.0, 0.1]})
        assert [line.get_gid() for line in above.lines] == ["unit 1"]
        assert [line.get_gid() for line in below.lines] == ["spread"]
        assert list(below.lines[0].get_xdata()) == [0, 10]
        above, below = Figure().subplots(2)
        growth((above, below), {"spread": [1e-3, 1.0], "rank": [1, 8]}, units=8)
        assert above.get_yscale() == "log" and below.lines[0].get_gid() == "rank"


def test_incoming_weights_are_a_row_of_colours_for_each_unit():
    W = torch.tensor([[0.0, 1.0, -1.0], [2.0, 0.5, 0.0]])
    [picture] = (ax := incoming(axes(), W, 2.0)).images
    assert picture.get_array().tolist() == W.tolist()
    assert picture.get_clim() == (-2.0, 2.0), "white is zero"
    assert picture.origin == "lower", "unit 0 is the lowest row"


def test_sizes_and_ratios_draw_each_curve_under_its_name_against_unchanged():
    both = sizes(axes(), {"forward": [1.0, 2.0], "weight": [1.0, 1.0]}, 5, 1e-3, 1e3)
    shape = ratios(axes(), {"backward": [0.5, 1.0, 2.0]})
    for ax, names in ((both, ["forward", "weight"]), (shape, ["backward"])):
        level, *lines = ax.lines
        assert [line.get_gid() for line in lines] == names
        assert list(level.get_ydata()) == [1, 1] and ax.get_yscale() == "log"
    assert list(shape.lines[1].get_xdata()) == [-5, 0, 5], "doublings of n_out / n_in"


def test_both_ways_has_room_for_every_size_and_marks_what_is_lost():
    ax = axes()
    both_ways(ax, [1.0, 2e3, 0.0], [math.inf, 3e-7, math.nan], ["a", "b", "c"])
    low, high = ax.get_ylim()
    assert low <= 3e-7 / 3 and high >= 2e3 * 3 and high / low < 1e13
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    lost = {
        (line.get_marker(), tuple(line.get_xdata()), *set(line.get_ydata()))
        for line in ax.lines
        if line.get_marker() in "v^" and len(line.get_xdata())
    }
    assert lost == {("v", (3,), low), ("^", (1, 3), high)}
    both_ways(axes(), [0.0], [0.0], ["a"])
    many = axes()
    both_ways(many, [1.0] * 31, [1.0] * 31, ["a"] * 31)
    assert "a" not in [label.get_text() for label in many.get_xticklabels()]


def test_a_cobweb_is_a_curve_over_the_diagonal_with_stairs_and_their_ends():
    ax = axes()
    q = torch.linspace(0, 4, 9, dtype=torch.float64)
    curves = {"one layer": q.sqrt(), "from 4": torch.full((9,), torch.nan)}
    curves["after 50 layers"] = torch.tensor([0.5, 2.0])
    assert cobweb(ax, curves, (1.0, 3.0), end=4.0) is ax
    diagonal, curve, walk, ends = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 4]
    assert diagonal.get_gid() is None and diagonal.get_color() == COLOURS["muted"]
    assert list(curve.get_xdata()) == list(walk.get_xdata()) == q.tolist()
    assert curve.get_color() == COLOURS["ink"] != walk.get_color()
    assert (list(ends.get_xdata()), ends.get_linestyle()) == ([1, 3], "None")
    assert ends.get_ydata().tolist() == [0.5, 2.0]
    assert [line.get_gid() for line in ax.lines[1:]] == list(curves)
    assert ax.get_xlim() == ax.get_ylim() == (0, 4)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(curves)


def test_seeds_are_spread_over_the_place_of_their_depth_and_lines_pass_its_middle():
    ax = axes()
    curves = {"seeds 0": [0.1, 0.2, 0.3, 0.4], "best 0": [0.5, 0.6]}
    assert by_depth(ax, curves, (3, 40), ["a start"]) is ax
    guess, dots, line = ax.lines
    assert list(guess.get_ydata()) == [0.1, 0.1]
    assert list(dots.get_xdata()) == [-0.25, 0.25, 0.75, 1.25]
    assert dots.get_linestyle() == "None" and dots.get_color() == line.get_color()
    assert list(line.get_xdata()) == [0, 1]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["3", "40"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a start"]
    assert [drawn.get_gid() for drawn in (dots, line)] == list(curves)


def test_a_mean_loss_stands_in_the_middle_of_its_steps():
    ax = axes()
    assert loss_by_start(ax, {"loss 0": [2.0, 1.0]}, ["a start"], every=20) is ax
    guess, line = ax.lines
    assert guess.get_ydata()[0] == pytest.approx(2.302585, abs=1e-6)
    assert list(line.get_xdata()) == [10, 30] and line.get_gid() == "loss 0"


def test_update_ratios_grow_darker_towards_the_last_layer():
    ax = axes()
    curves = {"layer 1": [1e-3, 1e-4], "layer 2": [1e-2, 1e-2]}
    assert update_ratios(ax, curves, every=2) is ax
    guide, first, last = ax.lines
    assert list(guide.get_ydata()) == [1e-3, 1e-3]
    assert list(first.get_xdata()) == [0, 2]
    assert first.get_alpha() < last.get_alpha() == 1
    assert [line.get_gid() for line in (first, last)] == list(curves)


def test_a_spectrum_falls_on_a_log_axis_around_one():
    ax = axes()
    assert spectrum(ax, {"Gaussian": [2.0, 0.1], "orthogonal": [1.0, 1.0]}) is ax
    level, first, second = ax.lines
    assert list(level.get_ydata()) == [1, 1] and ax.get_yscale() == "log"
    assert list(first.get_xdata()) == [1, 2]
    assert [line.get_gid() for line in (first, second)] == ["Gaussian", "orthogonal"]


def test_modes_are_lines_with_dots_of_their_colour():
    ax = axes()
    curves = {"strong": [0.0, 1.0], "strong in two layers": [0.0, 0.9]}
    assert modes(ax, curves) is ax
    line, dots = ax.lines
    assert dots.get_linestyle() == "None" and dots.get_color() == line.get_color()
    assert [drawn.get_gid() for drawn in ax.lines] == list(curves)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["strong"]


def test_the_diagram_puts_cells_around_their_scales_and_the_network_in_its_column():
    here = torch.full((26,), torch.nan)
    here[3] = 0.3
    per_layer = dict.fromkeys(("q", "q theory", "gradient"), torch.ones(30))
    both = ("strangers", "strangers theory", "twins", "twins theory")
    curves = {
        "map": torch.full((21, 26), 7.0),
        "edge": torch.linspace(0, 1, 26),
        "here": here,
        "halo": here,
        "six": torch.tensor([7.0, 7.0]),
        **per_layer,
        **dict.fromkeys(both, torch.zeros(30)),
    }
    figure = order_chaos(curves)
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
