"""Both languages mean the same; what breaks the contract is named where it is made."""

import json
import re
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from book.project import COURSE
from helpers.live.contract import (
    ANOTHER_DRAW,
    COPY_LINK,
    INFINITE,
    LIMIT,
    NOT_A_NUMBER,
    RESET,
    STATE,
    ZERO,
    Box,
    Curve,
    Layout,
    Menu,
    Place,
    Said,
    Scale,
    Slider,
    Spec,
)

FOLDER = COURSE.root / "helpers" / "live"
LIVE = (FOLDER / "live.js").read_text(encoding="utf-8")
PAGE = (COURSE.root / "book" / "assets" / "widgets.js").read_text(encoding="utf-8")
# Each imports only from those before it.
ORDER = (
    "contract",
    "widths",
    "still",
    "codes",
    "drawing",
    "svg",
    "marks",
    "tables",
    "own",
    "figure",
    "positions",
    "call",
)
CURVE = Curve(
    name="size",
    mark="line",
    axis="layer",
    first=1.0,
    step=1.0,
    frame=0,
    log=True,
    quantum=1 / 200,
)
SCALE = Scale(-2, 2, log=True)
LAYOUT = Layout(634, False, (Box(0, 9, 0, 9),), {"size": Place(0, 1)})
SPEC = Spec(
    key="toy",
    alt="A line.",
    controls=(
        Slider("depth", "depth", (1, 2, 3)),
        Menu("phi", "phi", ("tanh", "relu")),
    ),
    scales=(SCALE,),
    curves=(CURVE,),
    layouts=(LAYOUT,),
    say={"size": Said("size at the end", -1, "size")},
)


def test_both_scripts_name_the_contract_and_no_other_file_of_python():
    for script in (LIVE, PAGE):
        assert "helpers/live/contract.py" in script
    others = {"helpers/live/contract.py", "drawing.py"}  # what draws the same
    assert set(re.findall(r"[\w/]+\.py\b", LIVE)) == others


def test_the_scripts_have_the_codes_and_the_labels_of_python():
    [power] = re.findall(r"const LIMIT = 2 \*\* (\d+);", LIVE)
    assert 2 ** int(power) == LIMIT
    assert "[ZERO, INFINITE, NOT_A_NUMBER] = [-LIMIT, LIMIT, LIMIT + 1]" in LIVE
    assert (ZERO, INFINITE, NOT_A_NUMBER) == (-LIMIT, LIMIT, LIMIT + 1)
    assert f'button(actions, say("{ANOTHER_DRAW}")' in LIVE
    assert f'button(actions, say("{RESET}")' in LIVE
    assert f'textContent: say("{COPY_LINK}")' in PAGE
    assert f'script[type="{STATE}"]' in PAGE


def test_the_scripts_read_nothing_that_python_does_not_write():
    spec = replace(SPEC, still=(), curves=(replace(CURVE, layered=True, points=50),))
    written = spec.saved()
    for script in (LIVE, PAGE):
        assert set(re.findall(r"\bspec\.(\w+)", script)) <= written.keys()
        curve = written["curves"][0].keys()
        assert set(re.findall(r"\bcurve\.(\w+)", script)) <= curve
    assert {one.name for one in fields(Curve)} | {"say"} == curve


def test_what_is_not_known_yet_is_left_out():
    saved = SPEC.saved()
    assert "still" not in saved
    assert not saved["curves"][0].keys() & {"layered", "points"}
    assert json.loads(json.dumps(saved))["said"] == ["size"]


def test_many_words_get_more_room():
    assert SPEC.room == "live-status live-brief"
    assert replace(SPEC, limits={"float16": (1e-8, 65504.0)}).room == "live-status"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: replace(SPEC, key="A b"), "'A b'"),
        (lambda: replace(SPEC, key=3), "like 'signal', got 3"),
        (lambda: replace(SPEC, seeds=()), "at least one"),
        (lambda: replace(SPEC, seeds=(1, 1)), "different"),
        (lambda: replace(SPEC, limits={"float16": (1, 0)}), "float16"),
        (lambda: replace(SPEC, say={"up": Said("x", 0)}), "'up'.*the curves are size"),
        (lambda: Scale(2, 2, log=False), "must rise, got 2 to 2"),
        (lambda: Slider("depth", "depth", ()), "'depth' must have values that rise"),
        (lambda: Slider("depth", "depth", (2, 1)), r"'depth'.*got \(2, 1\)"),
        (lambda: Menu("phi", "phi", ()), "'phi' must have options"),
    ],
)
def test_what_breaks_the_contract_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_the_book_reads_the_contract_without_torch():
    program = "import sys, helpers.live.contract; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=COURSE.root, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "helpers.live.contract" in loaded
    assert not loaded & {"torch", "numpy", "matplotlib", "ipywidgets"}


def test_inside_the_package_imports_lead_one_way():
    files = {path.stem: path.read_text() for path in FOLDER.glob("*.py")}
    assert files.keys() == {"__init__", *ORDER}
    for place, name in enumerate(ORDER):
        used = re.findall(r"from helpers\.live\.?(\w*) import", files[name])
        assert set(used) <= set(ORDER[:place]), name
