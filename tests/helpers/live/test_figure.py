"""Live figures: every slider position exact, nothing wrong published."""

import base64
import io
import json
import re
import zlib
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from book.widgets import problems, slim
from helpers.activations import ACTIVATIONS
from helpers.controls import (
    activation_menu,
    depth_slider,
    gain_slider,
    nearest,
    positions,
)
from helpers.live import LiveFigure, live
from helpers.plots import COLOURS
from helpers.tables import pack, varints
from helpers.traces import INFINITE, LIMIT, MINUS_INFINITE, NOT_A_NUMBER, ZERO, svg_of

ROOT = Path(__file__).parents[2]
DEPTHS = 6


# A toy with every kind of curve: log and linear, lines and dots, layered and not -----


def compute(depth, gain, activation, seed=0):
    layers = np.arange(1, depth + 1)
    factor = gain * {"tanh": 0.9, "relu": 0.5**0.5}[activation]
    noise = np.random.default_rng(seed + 7).normal(size=50)
    return {
        "forward": factor**layers * np.exp(noise[:depth] / 9),
        "backward": torch.tensor(factor ** (depth - layers) * 3.0),
        "bell": gain * np.sin(np.linspace(0, 3, 11)),
        "loss": [depth * gain - 9.0] * 3,
    }


def grid(depth, gain, activation, seed=0):
    rows = [[compute(d, g, activation, seed) for d in depth] for g in gain]
    deepest = max(depth)

    def padded(row):
        row = np.asarray(row)
        return np.pad(row, (0, deepest - len(row)), constant_values=np.nan)

    return {
        "forward": (("gain",), [row[-1]["forward"] for row in rows]),
        "backward": (
            ("depth", "gain"),
            np.array([[padded(c["backward"]) for c in r] for r in rows]).swapaxes(0, 1),
        ),
        "bell": (("gain",), [row[0]["bell"] for row in rows]),
        "loss": (("gain", "depth"), [[c["loss"] for c in row] for row in rows]),
    }


def picture(curves, depth, **_):
    figure, (left, right) = plt.subplots(1, 2)
    left.set(yscale="log", xlim=(0, 51), ylim=(1e-9, 1e9), xlabel="layer")
    layers = np.arange(1, depth + 1)
    left.plot(layers, curves["forward"], gid="forward")
    left.plot(layers, curves["backward"], "o", gid="backward")
    right.set(ylim=(-10, 10))
    right.plot(np.linspace(0, 3, 11), curves["bell"], gid="bell")
    right.plot([0, 1, 2], curves["loss"], gid="loss")
    return figure


def controls(depth=3, gain=1.0, activation="tanh"):
    return {
        "depth": depth_slider(depth, max=DEPTHS),
        "gain": gain_slider(gain),
        "activation": activation_menu(activation, ["tanh", "relu"]),
    }


def toy(**changes):
    setup = {"key": "toy", "seeds": (0, 4), **controls()} | changes
    return live(setup.pop("compute", compute), setup.pop("picture", picture), **setup)


@pytest.fixture
def in_book(monkeypatch):
    monkeypatch.setenv("FIRST_WEIGHTS_BOOK", "1")


# A second reader of the tables, written from their description ------------------------


def numbers(stream):
    """The signed integers of a varint stream, one by one."""
    value = shift = 0
    for byte in stream:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            signed = value // 2 if value % 2 == 0 else -(value // 2) - 1
            yield signed
            value = shift = 0


def read(figure, choice):
    """Codes by curve: a function from positions (by name) to the row of codes."""
    spec = figure.view.spec
    stream = zlib.decompress(base64.b64decode(figure.view.tables[choice]))
    sliders = [c for c in spec["controls"] if "options" not in c]
    sliders.sort(key=lambda c: c["name"] == "depth")
    rows = {}
    at = 0
    for curve in spec["curves"]:
        kept, twice = stream[at], stream[at + 1]
        at += 2
        axes = [c for i, c in enumerate(sliders) if kept >> i & 1]
        shape = tuple(c["count"] for c in axes) or (1,)
        ragged = curve["layered"] and axes and axes[-1]["name"] == "depth"
        depth = next(c for c in spec["controls"] if c["name"] == "depth")
        sizes = [
            depth["min"] + depth["step"] * i if ragged else curve["points"]
            for i in range(shape[-1])
        ]
        slopes, codes = {}, {}
        for place in np.ndindex(shape):
            row = []
            for _ in range(sizes[place[-1]]):
                end = next(i for i in range(at, len(stream)) if stream[i] < 128) + 1
                row += numbers(stream[at:end])
                at = end
            row = np.array(row)
            if twice and place[-2] > 0:
                row = row + slopes[(*place[:-2], place[-2] - 1, place[-1])][1]
            surprise = row.copy()
            if place[-1] > 0:
                before = slopes[(*place[:-1], place[-1] - 1)][0]
                inner = before[:-1] if len(before) > 1 else np.zeros(1, dtype=int)
                more = len(row) - len(before)
                row = row + [
                    *np.pad(inner, (0, more), "edge")[: len(row) - 1],
                    before[-1],
                ]
            slopes[place] = row, surprise
            codes[place] = np.cumsum(row[::-1])[::-1]
        rows[curve["name"]] = (axes, codes, curve)
    assert at == len(stream)

    def look(setting):
        found = {}
        for name, (axes, codes, curve) in rows.items():
            place = tuple(
                nearest(figure.controls[c["name"]], setting[c["name"]]) for c in axes
            )
            row = codes[place or (0,)]
            found[name] = row[: setting["depth"]] if curve["layered"] else row
        return found

    return look


def every_setting(figure):
    for i, activation in enumerate(positions(figure.controls["activation"])):
        for j, seed in enumerate((0, 4)):
            look = read(figure, f"{i}-{j}")
            for gain in positions(figure.controls["gain"]):
                for depth in positions(figure.controls["depth"]):
                    setting = {"depth": depth, "gain": gain, "activation": activation}
                    yield look(setting), compute(**setting, seed=seed)


@pytest.mark.parametrize("batched", [grid, None])
def test_every_position_is_exact_to_half_a_quantum(in_book, batched):
    figure = toy(grid=batched)
    quantum = {curve["name"]: curve["quantum"] for curve in figure.view.spec["curves"]}
    compared = 0
    for codes, truth in every_setting(figure):
        for name in truth:
            value = np.asarray(truth[name], dtype=float)
            value = np.log10(value) if name in ("forward", "backward") else value
            assert codes[name].shape == value.shape
            error = np.abs(codes[name] * quantum[name] - value).max()
            assert error <= quantum[name] / 2 * (1 + 1e-9)
            compared += 1
    assert compared == 2 * 2 * 41 * DEPTHS * 4


def test_the_grid_and_single_calls_give_the_same_tables(in_book):
    assert toy(grid=grid).view.tables == toy(grid=None).view.tables


def test_what_depends_on_no_depth_is_stored_once(in_book):
    figure = toy(grid=None)
    stream = zlib.decompress(base64.b64decode(figure.view.tables["0-0"]))
    assert stream[0] == 0b01  # forward: gain (bit 0), not depth (bit 1)


def test_a_linear_axis_has_at_least_2000_steps():
    curve = toy().view.spec["curves"][2]
    assert curve["quantum"] == 0.01 and not curve["log"]
    assert (curve["high"] - curve["low"]) >= 2000


def test_special_values_have_codes_of_their_own():
    trace = toy()._traces["forward"]
    assert trace.encode([0, np.inf, np.nan, 1]).tolist() == [
        ZERO,
        INFINITE,
        NOT_A_NUMBER,
        0,
    ]
    smallest, largest = 5e-324, 1.79e308
    codes = trace.encode([smallest, largest])
    assert np.abs(codes / 200 - np.log10([smallest, largest])).max() <= 1 / 400
    linear = toy()._traces["bell"]
    assert linear.encode([0, -1, -np.inf]).tolist() == [0, -100, MINUS_INFINITE]
    with pytest.raises(ValueError, match=r"'forward' has the value -0\.5.*logarithmic"):
        trace.encode([1, -0.5])
    with pytest.raises(ValueError, match=r"'bell' has the value 1e\+30"):
        linear.encode([1e30])


@pytest.mark.parametrize("constrained", [True, False])
def test_the_moving_lines_lie_where_matplotlib_draws_them(constrained):
    with plt.rc_context({"figure.constrained_layout.use": constrained}):
        figure = picture(compute(6, 1.2, "tanh"), 6)
    stream = io.StringIO()
    figure.savefig(stream, format="svg")
    curves = compute(6, 1.2, "tanh") | {"backward": np.array([3.0] * 6)}
    _, traces = svg_of(figure, curves)
    plt.close(figure)
    for name in ("forward", "bell", "loss"):
        drawn = re.search(rf'<g id="{name}">\s*<path d="([^"]+)"', stream.getvalue())[1]
        theirs = np.array(re.findall(r"-?[\d.]+", drawn), dtype=float).reshape(-1, 2)
        (ours,) = traces[name].paths(traces[name].encode(curves[name]))
        ours = ours.replace("h0", "")
        ours = np.array(re.findall(r"-?[\d.]+", ours), dtype=float).reshape(-1, 2)
        scale = abs(traces[name].y[1]) / 2 + 0.02  # half a quantum
        assert np.abs(ours - theirs).max() <= scale


def test_special_values_are_drawn_on_the_edge_or_as_a_gap():
    trace = toy()._traces["forward"]
    top, bottom = (trace.y[0] + edge * trace.y[1] for edge in (trace.high, trace.low))
    (path,) = trace.paths(trace.encode(np.array([np.inf, 1e99, np.nan, 0, 1e-99])))
    heights = [
        float(y) for y in re.findall(r"[ML]\S+ (-?[\d.]+?)(?:h0)?(?=[ML]|$)", path)
    ]
    assert np.allclose(heights, [top, top, bottom, bottom], atol=0.01)
    assert path.count("M") == 2  # the gap at the value that is not a number


@pytest.mark.parametrize("seed", range(20))
def test_any_integers_survive_packing(seed):
    random = np.random.default_rng(seed)
    lengths = sorted(random.integers(1, 9, size=random.integers(1, 6)).tolist())
    shape = (*random.integers(1, 4, size=seed % 3), len(lengths), max(lengths))
    codes = random.integers(-(10 ** random.integers(1, 8)), 10**5, size=shape)
    special = [ZERO, INFINITE, NOT_A_NUMBER, MINUS_INFINITE]
    codes = np.where(random.random(shape) < 0.2, random.choice(special, shape), codes)
    codes[..., np.arange(max(lengths)) >= np.array(lengths)[:, None]] = 0
    stream = pack(codes, lengths)
    values = list(numbers(stream[1:]))
    assert len(values) == np.prod(shape[:-2], dtype=int) * sum(lengths)
    # An independent inverse of the row prediction, in 32 bits as the page has them.
    rows, at, done = {}, 0, np.zeros_like(codes)
    for place in np.ndindex(shape[:-1]):
        n = lengths[place[-1]]
        row = np.array(values[at : at + n], dtype=np.int64)
        at += n
        if stream[0] and place[-2] > 0:
            row = row + rows[(*place[:-2], place[-2] - 1, place[-1])][1]
        surprise = row.copy()
        if place[-1] > 0:
            before = rows[(*place[:-1], place[-1] - 1)][0]
            inner = before[:-1] if len(before) > 1 else np.zeros(1, dtype=int)
            guess = np.pad(inner, (0, n), "edge")[: n - 1]
            row = row + np.append(guess, before[-1])
        rows[place] = row, surprise
        done[place][:n] = np.cumsum(row[::-1])[::-1]
    assert np.array_equal(done.astype(np.int32), codes.astype(np.int32))


def test_small_numbers_take_one_byte_and_any_takes_five_at_most():
    assert len(varints(np.arange(-64, 64))) == 128
    assert len(varints(np.array([LIMIT * 4, -LIMIT * 4]))) <= 10
    assert list(numbers(varints(np.array([0, -1, 300, -(2**31)])))) == [
        0,
        -1,
        300,
        -(2**31),
    ]


# The figure in Jupyter ----------------------------------------------------------------


def test_without_the_book_nothing_is_precomputed():
    calls = []

    def counted(**setting):
        calls.append(setting)
        return compute(**setting)

    figure = toy(compute=counted)
    assert len(calls) == 1 and figure.view.tables == {}


def test_a_control_set_from_python_moves_the_curves_and_the_words():
    figure = toy(say={"forward": ("signal at the last layer", -1)}, seeds=(0,))
    assert "gain=1.00" in repr(figure)
    figure.controls["gain"].value = 2.0
    figure.controls["activation"].value = "relu"
    expected = compute(3, 10**0.3, "relu")  # the position nearest to 2
    assert np.array_equal(figure.curves["forward"], expected["forward"])
    assert repr(figure) == (
        "LiveFigure(depth=3, gain=2.00, activation='relu': signal at the last layer "
        f"{expected['forward'][-1]:.3g})"
    )


def test_the_kernel_answers_what_it_is_asked():
    figure = toy()
    sent = []
    figure.view.send = lambda *answer: sent.append(answer)
    asked = {"depth": 5, "gain": 10**0.3 * (1 + 1e-15), "activation": 1}
    figure._answer(None, {"from": "me", "setting": asked, "seed": 17}, [])
    message, [buffer] = sent[0]
    truth = compute(5, positions(figure.controls["gain"])[26], "relu", seed=17)
    assert message["to"] == "me"
    assert message["sizes"] == [(name, len(row)) for name, row in truth.items()]
    codes = np.frombuffer(buffer, dtype="<i4")
    assert np.abs(codes[:5] / 200 - np.log10(truth["forward"])).max() <= 1 / 400


def test_an_error_of_the_readers_own_function_is_answered_in_words():
    figure = toy()
    sent = []
    figure.view.send = lambda *answer: sent.append(answer)
    figure._compute = lambda **_: 1 / 0
    asked = {"depth": 5, "gain": 1.0, "activation": 1}
    figure._answer(None, {"from": "me", "setting": asked, "seed": 0}, [])
    assert sent == [({"to": "me", "error": "division by zero"},)]


def test_the_bundle_has_a_form_for_every_reader():
    bundle = toy(alt='Two "panels"')._repr_mimebundle_()
    assert set(bundle) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "image/png",
        "text/plain",
    }
    svg = bundle["text/html"]
    assert svg.startswith("<svg") and 'aria-label="Two &quot;panels&quot;"' in svg
    assert svg.count("data-curve=") == 4 and "<style" not in svg


def test_one_layer_is_drawn():
    assert toy(**controls(depth=1))._traces["forward"].step == 1


def test_the_dark_colours_are_those_of_the_book():
    def dark(path, theme):
        block = path.read_text().split(theme, 1)[1].split("}")[0]
        return dict(re.findall(r"--fw-(\w+): (#\w+);", block))

    lab = dark(ROOT / "helpers" / "live.css", '[data-jp-theme-light="false"]')
    book = dark(ROOT / "book" / "assets" / "book.css", 'html[data-theme="dark"]')
    assert set(lab) == set(COLOURS)
    assert {name: book[name] for name in lab if name in book}.items() <= lab.items()


def test_the_front_end_is_small():
    assert len((ROOT / "helpers" / "live.js").read_bytes()) <= 12_000


def test_presets_go_to_the_nearest_position():
    figure = toy(presets={"Go": {"gain": 1.5, "activation": "relu"}})
    [[label, part]] = figure.view.spec["presets"]
    assert label == "Go" and part["activation"] == ("index", 1)
    assert part["gain"][0] == "value" and part["gain"][1] == pytest.approx(
        10**0.2, rel=0.1
    )


def test_the_gain_slider_reaches_41_gains():
    gains = positions(gain_slider())
    assert len(gains) == 41
    assert np.allclose(gains, np.logspace(-1, 1, 41), rtol=1e-12)
    assert 1.0 in gains
    assert positions(activation_menu()) == list(ACTIVATIONS)
    assert positions(depth_slider()) == list(range(1, 51))


# Bad input ----------------------------------------------------------------------------


def broken_picture(change):
    def draw(curves, depth, **_):
        figure = picture(curves, depth)
        change(figure)
        return figure

    return draw


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: depth_slider(0), ValueError, "value=0"),
        (lambda: depth_slider(60), ValueError, "value=60"),
        (lambda: depth_slider(2.5), TypeError, "2.5"),
        (lambda: gain_slider(-1), ValueError, "between 0.1 and 10, got -1"),
        (lambda: gain_slider(float("nan")), ValueError, "nan"),
        (lambda: activation_menu("swish"), ValueError, "allowed: .*relu"),
        (lambda: activation_menu("relu", ["swish"]), ValueError, "'swish'"),
        (lambda: activation_menu("tanh", ["relu"]), ValueError, "'tanh'"),
        (lambda: toy(compute=3), TypeError, "compute must be a function"),
        (lambda: toy(picture=None), TypeError, "picture must be a function"),
        (lambda: toy(grid=3), TypeError, "grid must be a function"),
        (lambda: toy(key="A b"), ValueError, "'A b'"),
        (lambda: toy(depth=7), TypeError, "'depth' must be an IntSlider"),
        (lambda: toy(extra=ipywidgets.IntSlider()), ValueError, "description"),
        (lambda: toy(seed=depth_slider()), ValueError, "seeds="),
        (lambda: toy(seeds=()), ValueError, "at least one"),
        (lambda: toy(seeds=(1, 1)), ValueError, "different"),
        (lambda: toy(presets={"x": {"width": 1}}), ValueError, "'width'"),
        (
            lambda: toy(presets={"x": {"gain": 11}}),
            ValueError,
            "from 0.1 to 10, got 11",
        ),
        (lambda: toy(presets={"x": {"activation": "gelu"}}), ValueError, "tanh, relu"),
        (lambda: toy(presets={"x": {"gain": "big"}}), TypeError, "'big'"),
        (lambda: toy(say={"up": ("x", 0)}), ValueError, "forward, backward"),
        (lambda: toy(limits={"float16": (1, 0)}), ValueError, "float16"),
        (lambda: toy(compute=lambda **_: {}), TypeError, "by name"),
        (lambda: toy(compute=lambda **_: {"a": 3.0}), ValueError, "one or two dim"),
        (lambda: toy(compute=lambda **_: {"a": ["x"]}), TypeError, "must hold numbers"),
        (lambda: toy(picture=lambda *_, **__: None), TypeError, "must return a Figure"),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].lines[0].set_gid("x"))
            ),
            ValueError,
            "with the curve's name as gid",
        ),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].set_yscale("symlog"))
            ),
            ValueError,
            "got 'symlog'",
        ),
        (
            lambda: toy(
                picture=broken_picture(
                    lambda f: f.axes[1].lines[1].set_xdata([0, 1, 5])
                )
            ),
            ValueError,
            "evenly spaced",
        ),
        (
            lambda: toy(
                picture=broken_picture(lambda f: f.axes[0].lines[0].set_linestyle("--"))
            ),
            ValueError,
            "one solid line, or markers alone",
        ),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error, match=words):
        make()
    plt.close("all")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"forward": (("width",), [[1.0]])}, "allowed: gain, depth"),
        ({"forward": (("gain",), [[1.0]])}, r"must have shape \(41, 6\)"),
        ({"new": ((), [1.0])}, "must return the curves"),
        ({"bell": ((), np.zeros(11))}, "different curves 'bell' at the setting"),
    ],
)
def test_a_grid_that_does_not_fit_is_named(in_book, wrong, words):
    with pytest.raises(ValueError, match=words):
        toy(grid=lambda **at: grid(**at) | wrong)


def test_a_curve_of_changing_length_is_named(in_book):
    def odd(depth, gain, activation, seed):
        return compute(depth, gain, activation) | {"loss": np.ones(3 * depth)}

    def draw(curves, **setting):
        figure = picture(curves | {"loss": np.ones(3)}, **setting)
        figure.axes[1].lines[1].set_data(np.arange(9), curves["loss"])
        return figure

    with pytest.raises(
        ValueError, match="'loss' has 9 points at depth 3 and 3 at depth 1"
    ):
        toy(compute=odd, picture=draw)
    plt.close("all")


# The page -----------------------------------------------------------------------------


def saved(*shown, extra=()):
    """The state of widgets as a notebook keeps it."""
    widgets = {}

    def keep(widget):
        if widget.model_id in widgets:
            return
        state = json.loads(json.dumps(widget.get_state(), default=str))
        name = state["_model_name"]
        widgets[widget.model_id] = {"model_name": name, "state": state}
        for child in getattr(widget, "children", ()):
            keep(child)

    for widget in (*shown, *extra):
        keep(widget)
    return widgets, [widget.model_id for widget in shown]


def test_a_whole_figure_has_no_problems(in_book):
    assert list(problems(*saved(toy()))) == []


def test_a_control_that_moves_nothing_is_named(in_book):
    def stuck(depth, gain, activation, seed):
        return compute(3, 1.0, activation) | {
            "forward": np.ones(depth),
            "backward": np.ones(depth),
        }

    figure = toy(compute=stuck)
    assert list(problems(*saved(figure))) == [
        f"dead control: {name!r} of live figure 'toy' changes no curve"
        for name in ("gain", "activation", "seed")
    ]


def test_controls_that_no_figure_hears_are_named(in_book):
    lonely = ipywidgets.IntSlider(description="lonely")
    [problem] = problems(*saved(toy(), lonely))
    assert problem == "dead control: no figure listens to IntSliderModel 'lonely'"
    figure = toy()
    far = ipywidgets.IntSlider(description="far", min=1, max=DEPTHS)
    link = ipywidgets.jslink((far, "value"), (figure.controls["depth"], "value"))
    widgets, shown = saved(figure, far, extra=[link])
    widgets[link.model_id]["state"] |= {
        "source": [f"IPY_MODEL_{far.model_id}", "value"],
        "target": [f"IPY_MODEL_{figure.controls['depth'].model_id}", "value"],
    }
    assert list(problems(widgets, shown)) == []


def test_widgets_that_the_page_cannot_draw_are_named(in_book):
    [problem] = problems(*saved(ipywidgets.Checkbox(description="tick")))
    assert problem == "CheckboxModel 'tick' cannot be drawn in the published page"
    assert "was not saved" in next(problems({}, ["abc"]))


def test_figures_without_tables_or_with_one_key_for_two_are_named(monkeypatch):
    [problem] = problems(*saved(toy()))
    assert "without FIRST_WEIGHTS_BOOK=1" in problem
    monkeypatch.setenv("FIRST_WEIGHTS_BOOK", "1")
    assert list(problems(*saved(toy(), toy()))) == [
        "the key 'toy' names more than one live figure of this page"
    ]


def test_only_the_table_of_the_first_choice_stays_in_the_page(in_book, tmp_path):
    figure = toy(**controls(activation="relu"))
    assert isinstance(figure, LiveFigure)
    before = dict(figure.view.tables)
    widgets, _ = saved(figure)
    slim(widgets, tmp_path / "_live", "../_live", [figure.view.model_id])
    tables = widgets[figure.view.model_id]["state"]["tables"]
    assert [key for key, table in tables.items() if isinstance(table, str)] == ["1-0"]
    for key, table in tables.items():
        if key != "1-0":
            script = (tmp_path / "_live" / f"{table['name']}.js").read_text()
            assert table["src"] == f"../_live/{table['name']}.js"
            assert f'["{table["name"]}"] = "{before[key]}"' in script
