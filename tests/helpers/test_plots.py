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

from book.project import COURSE
from helpers.live.svg import themed
from helpers.plots import (
    COLOURS,
    GUIDE,
    STYLE,
    Look,
    both_ways,
    draw,
    fan,
    histograms,
    per_layer,
    unchanged,
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
    palette = COURSE.root / "helpers" / "live" / "palette.css"
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
    assert len(ax.get_legend().get_texts()) == 2, "dots are measured, lines are theory"
    assert ax.get_xlabel() and ax.get_ylabel()


def test_a_fan_of_some_curves_names_only_those():
    ax = axes()
    fan(ax, {"backward": [0.1, 1.0]}, 2)
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["← gradient dL/dz"]
    assert ax.get_autoscaley_on(), "without decades it goes as far as its curves"
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


def test_every_curve_is_drawn_under_its_name_with_its_mark():
    looks = {
        "theory": Look("theory", COLOURS["green"]),
        "measured": Look(None, COLOURS["green"], "dots"),
        "counted": Look("counted", COLOURS["blue"], "bars"),
    }
    ax = axes()
    assert draw(ax, {name: [0.1, 0.2, 0.1] for name in looks}, looks) is ax
    line, dots = ax.lines
    (bars,) = ax.containers
    assert [line.get_gid(), dots.get_gid()] == ["theory", "measured"]
    assert {bar.get_gid() for bar in bars} == {"counted"}
    for drawn in (line.get_ydata(), dots.get_ydata(), bars.datavalues):
        assert list(drawn) == [0.1, 0.2, 0.1]
    assert dots.get_color() == line.get_color() == COLOURS["green"]
    assert (dots.get_linestyle(), line.get_linestyle()) == ("None", "-")
    assert (dots.get_marker(), line.get_marker()) == ("o", "None")
    ax.legend()
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["theory", "counted"], "what has no label stays out"


def test_curves_without_looks_are_lines_that_bear_their_names():
    ax = axes()
    draw(ax, {"Gaussian": [2.0, 0.1], "orthogonal": [1.0, 1.0]})
    ax.legend()
    names = ["Gaussian", "orthogonal"]
    assert [line.get_gid() for line in ax.lines] == names
    assert [text.get_text() for text in ax.get_legend().get_texts()] == names
    colours = [COLOURS["blue"], COLOURS["orange"]]
    assert [line.get_color() for line in ax.lines] == colours
    assert list(ax.lines[0].get_xdata()) == [1, 2], "layers are counted from 1"


def test_a_size_is_the_width_of_a_line_and_of_a_bar_and_of_a_dot():
    for look, size in ((Look(), 1.6), (Look(size=4), 4)):
        (line,) = draw(axes(), {"a": [1.0]}, {"a": look}).lines
        assert line.get_linewidth() == size
    for look, size in ((Look(mark="dots"), 3.5), (Look(mark="dots", size=2.5), 2.5)):
        (dots,) = draw(axes(), {"a": [1.0]}, {"a": look}).lines
        assert dots.get_markersize() == size
    for look, size in ((Look(mark="bars"), 0.9), (Look(mark="bars", size=0.25), 0.25)):
        (bars,) = draw(axes(), {"a": [1.0]}, {"a": look}).containers
        assert bars.patches[0].get_width() == pytest.approx(size)


def test_numbers_stand_where_they_are_told():
    curves = {"a": torch.tensor([0.5, 1.0, 2.0]), "b": [1.0, 1.0, 1.0]}
    for line in draw(axes(), curves, x=torch.tensor([-5.0, 0.0, 5.0])).lines:
        assert list(line.get_xdata()) == [-5, 0, 5]
    (steps,) = draw(axes(), {"a": [0.1, 0.2]}, x=range(0, 20, 10)).lines
    assert list(steps.get_xdata()) == [0, 10]
    looks = {"walk": Look(), "ends": Look(mark="dots")}
    places = {"walk": [0.0, 2.0, 4.0], "ends": (1.0, 3.0)}
    curves = {"walk": torch.full((3,), torch.nan), "ends": [0.5, 2.0]}
    walk, ends = draw(axes(), curves, looks, x=places).lines
    assert list(walk.get_xdata()) == [0, 2, 4]
    assert (list(ends.get_xdata()), list(ends.get_ydata())) == ([1, 3], [0.5, 2])


def test_bars_are_drawn_around_their_places():
    ax = draw(axes(), {"a": [0, 5, 0]}, {"a": Look(mark="bars")}, x=range(-1, 2))
    (bars,) = ax.containers
    centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    assert centres == pytest.approx([-1, 0, 1])


def test_a_curve_without_a_look_or_a_place_is_refused():
    with pytest.raises(KeyError, match="sideways"):
        draw(axes(), {"sideways": [1.0]}, {"forward": Look()})
    with pytest.raises(KeyError, match="sideways"):
        draw(axes(), {"sideways": [1.0]}, x={"forward": [1.0]})
    with pytest.raises(ValueError, match="same first dimension"):
        draw(axes(), {"forward": [1.0, 2.0]}, x=[1.0, 2.0, 3.0])


def test_an_unknown_mark_is_refused_by_name():
    with pytest.raises(ValueError, match="line, dots or bars, got 'crosses'"):
        Look("signal", mark="crosses")


def test_what_is_drawn_to_compare_with_looks_like_unchanged():
    ax = axes()
    (diagonal,) = ax.plot((0, 4), (0, 4), **GUIDE)
    level = unchanged(ax)
    assert diagonal.get_gid() is None
    assert diagonal.get_color() == level.get_color() == COLOURS["muted"]
    (curve,) = set(draw(ax, {"a": [1.0]}).lines) - {diagonal, level}
    assert diagonal.get_zorder() == level.get_zorder() < curve.get_zorder()


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


def test_histograms_stand_in_the_order_of_the_layers():
    values = {1: torch.tensor([0.0, 0.0, 0.9]), 20: torch.tensor([[-5.0], [7.0]])}
    ax = histograms(axes(), values, -1, 1)
    first, last = (patch.get_data() for patch in ax.patches)
    assert [first.baseline, last.baseline] == [1, 0], "the first at the top"
    middle = (first.edges[:-1] < 0) & (first.edges[1:] > 0)
    assert list(first.values[middle]) == [1.9], "the highest bar is as high as all"
    assert (first.values > 1).sum() == 2
    ends = last.values[[0, -1]]
    assert list(ends) == [0.9, 0.9], "what lies outside is counted at the ends"
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == ["layer 1", "layer 20"]
    assert ax.get_xlim() == (-1, 1)


def test_histograms_of_nothing_are_refused():
    with pytest.raises(ValueError, match="at least one layer"):
        histograms(axes(), {}, -1, 1)
    with pytest.raises(ValueError, match="low=1 and high=1"):
        histograms(axes(), {1: torch.zeros(3)}, 1, 1)
