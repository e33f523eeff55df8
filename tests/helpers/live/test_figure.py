"""The kernel's side: it computes what is asked, and has a form for every reader."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from book.project import COURSE
from helpers.controls import positions
from helpers.live.contract import VIEW
from helpers.live.figure import LivePicture
from helpers.plots import COLOURS
from tests.shared import cells
from tests.shared.lines import compute, toy


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
    asked = {"depth": 5, "gain": 10**0.3 * (1 + 1e-15), "activation": 1}
    message, [buffer] = figure.answer({"from": "me", "setting": asked, "seed": 17})
    truth = compute(5, positions(figure.controls["gain"])[26], "relu", seed=17)
    assert message["to"] == "me"
    assert message["sizes"] == [(name, len(row)) for name, row in truth.items()]
    codes = np.frombuffer(buffer, dtype="<i4")
    assert np.abs(codes[:5] / 200 - np.log10(truth["forward"])).max() <= 1 / 400


def test_an_error_of_the_readers_own_function_is_answered_in_words():
    def breaks(depth, **setting):
        return compute(depth, **setting) if depth == 3 else 1 / 0

    figure = toy(compute=breaks)
    asked = {"depth": 5, "gain": 1.0, "activation": 1}
    reply = figure.answer({"from": "me", "setting": asked, "seed": 0})
    assert reply == ({"to": "me", "error": "division by zero"}, [])


def test_an_answer_is_sent_to_the_front_end():
    figure, sent = toy(), []
    figure.view.send = lambda *answer: sent.append(answer)
    setting = {"depth": 3, "gain": 1.0, "activation": 0}
    asked = {"from": "me", "setting": setting, "seed": 0}
    data = {"method": "custom", "content": asked}
    figure.view.comm.handle_msg({"content": {"data": data}, "buffers": []})
    assert sent == [figure.answer(asked)]


def test_the_kernel_answers_with_cells_row_by_row():
    figure = cells.toy(say={"kernel": ("kernel in the first cell of row 1", 5)})
    asked = {"depth": 5, "gain": 1.0, "activation": 1}
    message, [buffer] = figure.answer({"from": "me", "setting": asked, "seed": 4})
    assert dict(message["sizes"]) == dict(share=8, size=5, change=35, kernel=15, dots=5)
    codes = np.frombuffer(buffer, dtype="<i4")[13 + 35 :][:15] / 200
    truth = cells.both(depth=5, gain=1.0, activation="relu", seed=4)["kernel"]
    assert np.abs(codes - np.log10(truth).ravel()).max() <= 1 / 400
    assert repr(figure).endswith(
        f"row 1 {cells.both(depth=3, gain=1.0)['kernel'][1, 0]:.3g})"
    )


def test_the_bundle_has_a_form_for_every_reader():
    bundle = toy(alt='Two "panels"')._repr_mimebundle_()
    assert set(bundle) == {
        VIEW,
        "text/html",
        "image/png",
        "text/plain",
    }
    html = bundle["text/html"]
    assert html.count('aria-label="Two &quot;panels&quot;"') == 2, "at both widths"
    assert html.count("data-curve=") == 2 * 4 and "<style" not in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)


def test_a_heat_map_that_changes_its_shape_is_named():
    def grows(depth, **setting):
        return cells.both(depth=depth, **setting) | {"kernel": np.ones((depth, 5))}

    figure = cells.toy(compute=grows)
    figure.controls["depth"].value = 4
    with pytest.raises(ValueError, match=r"had shape \(3, 5\) at first.*\(4, 5\)"):
        figure.at(figure.setting, 0)
    plt.close("all")


def test_jupyterlab_has_a_dark_colour_for_every_colour():
    style = LivePicture().get_state()["_css"]
    folder = Path(COURSE.root, "helpers", "live")
    for name in ("palette.css", "picture.css", "live.css"):
        assert folder.joinpath(name).read_text() in style
    [block] = re.findall(
        r"\[data-jp-theme-light=\"false\"\][^{]*\{(.*?)\}", style, re.S
    )
    assert set(re.findall(r"--fw-(\w+): ", block)) == set(COLOURS)
