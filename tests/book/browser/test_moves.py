"""Live figures moved at random, thousands of times, and addresses full of nonsense.

What is seen at the end is what a fresh page shows at the same address; nothing is
complained of, and nothing is left behind in memory.
"""

import json
import random
import re
from urllib.parse import urlencode

import pytest

from tests.shared.browser import TOOLS
from tests.shared.built import page, with_figures
from tests.shared.figured import spec_of
from tests.shared.shown import Shown

WALK = (TOOLS.parent / "moves.js").read_text(encoding="utf-8")
FEW, MANY = 60, 2500  # moves on each page; make long makes more than 5000 in all
NONSENSE = [
    "nan",
    "-inf",
    "1e999",
    "-0",
    "0x10",
    "1_000",
    "٣",
    "",
    " ",
    "%00",
    "null",
    "<img src=x onerror=document.title='stolen'>",
    "'\"><script>document.title='stolen'</script>",
    "javascript:document.title='stolen'",
    "__proto__",
    "constructor",
    "z" * 5000,
    "\u202e\u0000😀",
    "{gain}",
    "${gain}",
    "tanh;relu",
]


def moved(opened, count, seed):
    """Move the figures of an open page; what they show then, and the address."""
    told = opened.evaluate(f"plan => ({WALK})(plan)", {"count": count, "seed": seed})
    return json.loads(told)


def still(opened, keys):
    """The same of a page that nobody has moved."""
    for key in keys:
        Shown(opened, key)
    return moved(opened, 0, 1)


def in_use(opened):
    """Nodes, listeners and bytes that a page keeps."""
    session = opened.context.new_cdp_session(opened)
    for _ in range(3):  # what waits for the end of something else needs another turn
        session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    size = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return counters["nodes"], counters["jsEventListeners"], size


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.long])]
)
@pytest.mark.parametrize("name", with_figures())
def test_after_many_moves_a_page_shows_what_a_fresh_one_shows(show, name, count):
    opened = show(name)
    first = moved(opened, count, seed=1 + count)
    assert first["errors"] == []
    before = in_use(opened)
    last = moved(opened, count, seed=2 + count)
    assert last["errors"] == [] and opened.watch.complaints == []
    after = in_use(opened)
    if count == MANY:  # by then every table has been asked for
        assert after[0] <= before[0] * 1.02 and after[1] <= before[1]
        assert after[2] <= before[2] * 1.05
    address = last["address"].removeprefix(show.base)
    fresh = still(show(address), page(name).figures)
    for key, shown in last["seen"].items():
        assert shown == fresh["seen"][key], key


@pytest.mark.parametrize("name", with_figures())
def test_no_address_can_break_a_page_or_bring_something_into_it(show, name):
    draw = random.Random(name)
    for _ in range(3):
        query = {draw.choice(NONSENSE)[:50]: draw.choice(NONSENSE)}
        for key in page(name).figures:
            controls = [control["name"] for control in spec_of(name, key)["controls"]]
            for control in [*controls, "seed", "typed", "scheme", "__proto__"]:
                query[f"{key}.{control}"] = draw.choice(NONSENSE)
        opened = show(f"{name}?{urlencode(query)}#{draw.choice(NONSENSE)[:50]}")
        for key in page(name).figures:
            status = Shown(opened, key).look()["status"]
            assert re.search(r"\w", status), f"{key} says nothing"
        assert "stolen" not in opened.title()
        assert opened.locator("img[src=x]").count() == 0
        assert opened.watch.complaints == []
