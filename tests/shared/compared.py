"""What a live figure in a page shows, compared with torch.

``differences`` moves every control of one live figure in an open page, by the keyboard,
and says in words where the numbers or the drawn lines are not what the chapter's own
code computes here and now.
"""

import math
import re
from functools import partial

import numpy as np
import pytest
from matplotlib.collections import QuadMesh

from helpers.controls import is_menu
from helpers.live import LiveFigure
from helpers.live.marks import marks_of
from tests.shared.shown import Shown

# For each curve, the box of its axes, and the place and label of each tick.
AXES = """key => {
  const svg = [
    ...firstWeights.figures[key].el.querySelectorAll(".fw-picture > svg"),
  ].find((svg) => svg.getClientRects().length);
  const label = (text) => {
    const parts = [...text.querySelectorAll("tspan")];
    const sizes = parts.map(part => parseFloat(getComputedStyle(part).fontSize));
    const of = (test) => parts.filter((_, i) => test(sizes[i])).map(p => p.textContent);
    const largest = Math.max(...sizes);
    return parts.length
      ? [of(size => size === largest).join(""), of(size => size < largest).join("")]
      : [text.textContent.trim(), ""];
  };
  const ticks = (axes, name) =>
    [...axes.querySelectorAll(`g[id*="${name}tick_"]`)]
      .filter(tick => tick.querySelector("text") && tick.querySelector("use"))
      .map(tick => [
        ...label(tick.querySelector("text")),
        +tick.querySelector("use").getAttribute(name),
      ]);
  // those that the page's own script writes, where an axis follows its curves
  const written = (axes) =>
    [...axes.querySelectorAll('[data-part="ticks"] > path')].map(path => [
      path.nextSibling.firstChild.textContent,
      path.nextSibling.querySelector("tspan")?.textContent ?? "",
      +path.getAttribute("d").match(/ (\\S+)H/)[1],
    ]);
  const of = (path) => {
    const axes = path.closest('g[id*="axes_"]');
    const box = axes.querySelector(':scope > g[id*="patch_"] > path').getAttribute("d");
    return { box, x: ticks(axes, "x"), y: [...ticks(axes, "y"), ...written(axes)] };
  };
  const paths = [...svg.querySelectorAll("[data-curve]")];
  return Object.fromEntries(paths.map(path => [path.dataset.curve, of(path)]));
}"""

FAR = 100_000  # as far as a line runs beyond its frame: helpers/live/drawing.py

# A box in a path: its left, its foot, its other height, its right.
BOX = r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)H(-?[\d.]+)"


def differences(shown: Shown, figure: LiveFigure) -> list[str]:
    """Where a page shows something else than torch computes, in words.

    Every slider is moved to both ends and between them, every menu to each of its
    choices, the others staying where they were.
    """
    found = compare(shown, figure)
    for name, control in figure.controls.items():
        label, home = control.description, shown.place(control.description)
        last = len(figure.stops[name]) - 1
        if is_menu(control):
            moves = [partial(shown.choose, label, place) for place in range(last + 1)]
            wanted = list(range(last + 1))
            back = partial(shown.choose, label, home)
        else:
            # PageUp goes a tenth of the way, and at least one position
            half = ["PageUp"] * 5 if last >= 10 else ["ArrowRight"] * (last // 2)
            keys = [["Home"], half, ["End"]]
            moves = [partial(shown.press, label, *pressed) for pressed in keys]
            wanted = [0, None if last > 1 else 0, last]
            back = partial(shown.put, label, home)
        for move, place in zip(moves, wanted, strict=True):
            move()
            reached = shown.place(label)
            if reached != place and not (place is None and 0 < reached < last):
                found.append(f"{name}: position {reached} of {last}, not {place}")
            found += compare(shown, figure)
        back()
    return found


def compare(shown: Shown, figure: LiveFigure) -> list[str]:
    """The differences at the setting that the page has now."""
    look, axes = shown.look(), shown.page.evaluate(AXES, shown.key)
    for name, control in figure.controls.items():
        control.value = figure.stops[name][shown.place(control.description)]
    figure.view.seed = look["setting"].get("seed", figure.seed)
    at = ", ".join(f"{name} {value}" for name, value in look["setting"].items())
    found = []
    for name, control in figure.controls.items():
        said = look["setting"][name]
        value = control.label if is_menu(control) else pytest.approx(control.value)
        if said != value:
            found.append(f"{at}: {name} stands at {control.value}")
    fresh = {name: values.ravel() for name, values in figure.curves.items()}
    if list(fresh) != list(look["numbers"]):
        return [*found, f"{at}: curves {list(look['numbers'])}, not {list(fresh)}"]
    for curve in figure.view.spec["curves"]:
        name = curve["name"]
        wrong = unequal(np.array(look["numbers"][name], float), fresh[name], curve)
        if not wrong and curve["mark"] == "cells":
            with np.errstate(invalid="ignore"):  # matplotlib and infinite bars
                mesh = marks_of(figure.drawn())[name]
            wrong = miscoloured(look["paths"][name], mesh, curve, axes[name])
        elif not wrong:
            wrong = misdrawn(look["paths"][name], fresh[name], curve, axes[name])
        if wrong:
            found.append(f"{at}: {name} {wrong}")
    return found


def unequal(shown: np.ndarray, fresh: np.ndarray, curve: dict) -> str:
    """How two curves differ by more than half a quantum, or nothing."""
    if shown.shape != fresh.shape:
        return f"has {len(shown)} points, torch {len(fresh)}"
    kinds = kinds_of(fresh, curve)
    for i, kind in enumerate(kinds_of(shown, curve)):
        if kind != kinds[i]:
            return f"is {shown[i]} at point {i}, torch has {fresh[i]}"
    plain = [kind == "" for kind in kinds]
    codes = [
        (np.log10(values[plain]) if curve["log"] else values[plain]) / curve["quantum"]
        for values in (shown, fresh)
    ]
    far = np.abs(codes[0] - codes[1])
    if far.size and far.max() > 0.5 + 1e-6:
        i = np.flatnonzero(plain)[far.argmax()]
        return (
            f"is {shown[i]:.6g} at point {i}, torch has {fresh[i]:.6g}: "
            f"{far.max():.2f} quanta apart ({(far > 0.5 + 1e-6).sum()} such points)"
        )
    return ""


def kinds_of(values: np.ndarray, curve: dict) -> list[str]:
    """What each value is if it is not an ordinary number."""
    special = {math.inf: "inf", -math.inf: "-inf"} | (
        {0.0: "0"} if curve["log"] else {}
    )
    return [
        "nan" if math.isnan(value) else special.get(value, "")
        for value in values.tolist()
    ]


def misdrawn(paths: list, fresh: np.ndarray, curve: dict, axes: dict) -> str:
    """Where a path does not run through the values, as the labels of its axes tell."""
    [(d, _)] = paths
    if curve["mark"] == "bars":
        bars = np.array(re.findall(BOX, d), float).reshape(-1, 4)
        drawn = np.stack([(bars[:, 0] + bars[:, 3]) / 2, bars[:, 2]], 1)
    else:
        points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)
        drawn = np.array(points, float).reshape(-1, 2)
    box = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", axes["box"]), float)
    if axes["x"]:
        across, slope_x = scale(axes["x"], log=False)
    else:  # a mark on a colour bar, from one side of it to the other
        across, slope_x = box[:, 0].min(), np.ptp(box[:, 0])
    up, slope_y = scale(axes["y"], log=curve["log"])
    edges = box[:, 1]
    with np.errstate(divide="ignore"):
        values = np.log10(fresh) if curve["log"] else fresh
    x = across + slope_x * (curve["first"] + curve["step"] * np.arange(len(fresh)))
    # what is infinite, or 0 on a logarithmic scale, leaves the picture
    y = np.clip(up + slope_y * values, edges.min() - FAR, edges.max() + FAR)
    there = ~np.isnan(fresh)
    if curve["mark"] == "bars":
        foot = edges.max() if curve["log"] else up
        if np.abs(bars[:, 1] - foot).max(initial=0) > 0.02:
            return f"stands on {bars[:, 1]}, not on {foot:.2f}"
    if len(drawn) != there.sum():
        return f"is drawn with {len(drawn)} points, torch has {there.sum()}"
    # Half a quantum, and what is lost by writing two digits after the point.
    # Far outside, it counts how exactly two ticks tell the slope.
    allowed = np.full(drawn.shape, 0.02)
    allowed[:, 1] += abs(slope_y) * curve["quantum"] / 2
    beyond = np.maximum(edges.min() - y, y - edges.max())[there].clip(0)
    allowed[:, 1] += 1e-3 * beyond
    off = np.abs(drawn - np.stack([x, y], 1)[there]) - allowed
    if off.size and off.max() > 0:
        i = off.max(1).argmax()
        wanted = (float(x[there][i].round(2)), float(y[there][i].round(2)))
        return f"is drawn at {drawn[i]}, not at {wanted}"
    return ""


def miscoloured(paths: list, mesh: QuadMesh, curve: dict, axes: dict) -> str:
    """Which cell of a heat map has another place or colour than matplotlib gives it."""
    values = np.ma.getdata(mesh.get_array())
    across, slope_x = scale(axes["x"], log=False)
    up, slope_y = scale(axes["y"], log=False)
    corners = mesh.get_coordinates() * (slope_x, slope_y) + (across, up)
    centres = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    cmap, norm = mesh.get_cmap(), mesh.norm
    drawn = np.zeros(values.shape, int)
    for d, fill in paths:
        found = np.array(re.findall(BOX, d), float).reshape(-1, 4)
        for x, below, y, beyond in found:
            off = np.abs(centres - ((x + beyond) / 2, (y + below) / 2)).max(-1)
            place = np.unravel_index(off.argmin(), off.shape)
            row, column = place
            wanted = corners[[row, row + 1], [column, column + 1]]
            if np.abs(wanted - [[x, below], [beyond, y]]).max() > 0.02:
                return f"has a cell from ({x}, {y}) to ({beyond}, {below})"
            drawn[place] += fill != "none"
            # A code is up to half a quantum off, and so is the end of the scale.
            ends = np.array([norm.vmin, norm.vmax])
            ends = np.log10(ends) if curve["log"] else ends
            slack = curve["quantum"] / np.ptp(ends)
            if not np.isfinite(values[place]) or (curve["log"] and not values[place]):
                kind = (
                    cmap.get_bad()
                    if np.isnan(values[place])
                    else (cmap.get_over() if values[place] > 0 else cmap.get_under())
                )
                allowed = [kind]
            else:
                near = norm(values[place]) + slack * np.linspace(-1, 1, 17)
                inside = 0 <= norm(values[place]) <= 1
                allowed = cmap(np.clip(near, 0, 1) if inside else near)
            rgb = [int(part) for part in re.findall(r"\d+", fill)]
            if fill != "none" and not any(
                np.abs(np.multiply(colour[:3], 255) - rgb).max() < 0.51
                for colour in allowed
            ):
                return f"is {fill} in cell {place}, whose value is {values[place]:.6g}"
    seen = ~np.isnan(values) | bool(cmap.get_bad()[3])
    if not np.array_equal(drawn, seen):
        return f"has {drawn.sum()} cells of a colour, not {seen.sum()}"
    return ""


def scale(ticks: list, log: bool) -> tuple[float, float]:
    """Where 0 lies on an axis, and how far it is to 1 (decades, if logarithmic).

    Raises:
        AssertionError: If the ticks do not tell, or not the same everywhere.
    """
    assert len(ticks) >= 2, "an axis needs two labelled ticks to be read"
    places = [place for *_, place in ticks]
    counted = range(len(ticks))  # what else the labels may name: place 0, 1, 2, ...
    try:
        values = [number(large, small) for large, small, _ in ticks]
    except ValueError:  # words
        values = counted
    values = [math.log10(value) for value in values] if log else values
    for said in (values,) if log else (values, counted):
        slope, zero = np.polyfit(said, places, 1)
        if fits := np.allclose(np.polyval([slope, zero], said), places, atol=0.01):
            break
    assert fits, ticks
    return float(zero), float(slope)


def number(large: str, small: str) -> float:
    """A tick's label as a number: its text, and what is set small above it."""
    large, small = large.replace("−", "-"), small.replace("−", "-")
    if not small:
        return float(large)
    factor = re.fullmatch(r"(?:([\d.]+)\s*×\s*)?10", large.strip())
    return float(factor[1] or 1) * 10.0 ** int(small)
