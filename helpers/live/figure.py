"""The kernel's side of a live figure: controls over a picture whose curves follow them.

Conventions: a *setting* holds one value per control; a *curve* is an array drawn by a
line, dots, bars or a heat map of the picture. A curve with one point per layer grows
and shrinks with the control named ``depth``; a heat map keeps its shape, and its cells
are counted row by row.
"""

import base64
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from matplotlib import style
from matplotlib.figure import Figure

from helpers.controls import Control, is_menu, settled
from helpers.expressions import expression
from helpers.live.contract import VIEW, Answer, Question, Refusal, Spec
from helpers.live.marks import Curves, Drawn, drawn
from helpers.live.own import ACTIVATION, OWN, described, field, offered
from helpers.live.svg import both_widths
from helpers.live.widths import PIXELS
from helpers.plots import STYLE

Setting = dict[str, Any]
HERE = Path(__file__).parent


class LivePicture(anywidget.AnyWidget):
    """Matplotlib's own SVG; the front end moves its curves. The traits: contract.py."""

    _esm = HERE / "live.js"
    _css = "".join(
        (HERE / name).read_text(encoding="utf-8")
        for name in ("palette.css", "picture.css", "live.css")
    )
    svgs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    # Base64 text: JupyterLab drops binary buffers when it saves widget state.
    tables = traitlets.Dict().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    typed = traitlets.Unicode().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)


class LiveFigure(ipywidgets.VBox):
    """Controls over one picture whose curves follow them; made by ``live``.

    Attributes:
        controls: The sliders and menus by name; setting a ``value`` moves the curves.
        setting: The value of every control, by name.
        curves: The curves at the present setting by name: float arrays, 1-D or 2-D.
        seed: The random draw that is shown.
        stops: Every value that each control can take, by name, in order.
        spec: What the front end knows of the figure.
        traces: Where each curve lies in the picture.
        view: The widget of the picture.
    """

    _ipython_display_ = None  # older ipywidgets would use it instead of the bundle

    def __init__(
        self,
        compute: Callable[..., Mapping[str, Any]],
        picture: Callable[..., Figure],
        controls: Mapping[str, Control],
        stops: Mapping[str, list],
        spec: Spec,
    ) -> None:
        """See ``live``, which checks what it is given; ``spec`` has no curves yet."""
        self._compute, self._picture = compute, picture
        self._controls, self.spec = dict(controls), spec
        self.stops = dict(stops)
        self._shown: tuple[tuple, Curves] | None = None
        self._drawn: tuple[Curves, list[Drawn]] | None = None
        self._maps: dict[str, tuple[int, ...]] = {}
        self.view = LivePicture(controls=self._controls, seed=spec.seeds[0])
        curves = self.curves
        self._maps = {name: v.shape for name, v in curves.items() if v.ndim == 2}
        pictures = self._pictures()
        self.traces = pictures[0].traces
        self.view.set_trait("svgs", [one.svg for one in pictures])
        spec = replace(
            spec,
            curves=tuple(self.traces.values()),
            scales=pictures[0].scales,
            layouts=tuple(one.layout for one in pictures),
        )
        self.hand_over(spec, {})
        self.view.on_msg(self._asked)
        children = [*self._controls.values()]
        if offered(self.stops):
            children.append(field(self._controls[ACTIVATION], self.view))
        super().__init__([*children, self.view])
        self.add_class("live-lab")

    @property
    def controls(self) -> dict[str, Control]:
        """The sliders and menus, by name."""
        return self._controls

    @property
    def setting(self) -> Setting:
        """The value of every control, by name."""
        return {
            name: settled(c, c.value, self.stops[name])
            for name, c in self._controls.items()
        }

    @property
    def seed(self) -> int:
        """The random draw that is shown."""
        return self.view.seed

    @property
    def curves(self) -> Curves:
        """The curves at the present setting by name: float arrays, 1-D or 2-D."""
        return self.at(self.setting, self.seed)

    def at(self, setting: Setting, seed: int) -> Curves:
        """The curves at any setting, by name; the last ones are kept.

        Raises:
            TypeError: If ``compute`` returns no curves.
            ValueError: If one has not one or two dimensions, or is a heat map of
                another shape than at first.
        """
        setting = {name: setting[name] for name in self._controls}
        if setting.get(ACTIVATION) == OWN:
            setting[ACTIVATION] = self.view.typed
        place = (*setting.values(), seed)
        if self._shown is None or self._shown[0] != place:
            drawn = {"seed": seed} if len(self.spec.seeds) > 1 else {}
            curves = checked(self._compute(**setting, **drawn))
            for name, shape in self._maps.items():
                now = curves[name].shape if name in curves else None
                if now != shape:
                    raise ValueError(
                        f"curve {name!r} had shape {shape} at first, now it has "
                        f"{now}; a heat map must keep its shape"
                    )
            self._shown = place, curves
        return self._shown[1]

    def drawn(self) -> Figure:
        """The picture at the present setting, as matplotlib has it.

        Raises:
            TypeError: If ``picture`` returns something else than a figure.
        """
        # The first figure of a session switches Jupyter's display on. Inside
        # style.context that would be undone, and no later cell would show its figure.
        plt.close(plt.figure())
        with style.context(STYLE):
            figure = self._picture(dict(self.curves), **self.setting)
        if not isinstance(figure, Figure):
            raise TypeError(f"picture must return a Figure, got {type(figure)}")
        plt.close(figure)
        return figure

    def _pictures(self) -> list[Drawn]:
        """The picture at the present setting at each width, ready to be moved."""
        curves = self.curves
        if self._drawn is None or self._drawn[0] is not curves:
            found = []
            for width in PIXELS:
                figure = self.drawn()
                with style.context(STYLE):
                    found.append(drawn(figure, curves, width))
            self._drawn = curves, found
        return self._drawn[1]

    def hand_over(self, spec: Spec, tables: Mapping[str, str]) -> None:
        """Give the front end another spec and other tables; contract.py has both."""
        self.spec = spec
        self.view.set_trait("spec", spec.saved())
        self.view.set_trait("tables", dict(tables))

    def answer(self, asked: Question) -> tuple[Answer | Refusal, list[bytes]]:
        """What the front end is told, and the codes of all curves in one buffer."""
        try:
            setting = {
                name: self.stops[name][asked["setting"][name]]
                if is_menu(c)
                else settled(c, asked["setting"][name], self.stops[name])
                for name, c in self._controls.items()
            }
            if setting.get(ACTIVATION) == OWN:
                expression(self.view.typed)  # says what is wrong with it, no more
            curves = self.at(setting, int(asked["seed"]))
            codes = {name: self.traces[name].encode(v) for name, v in curves.items()}
        except Exception as error:  # a reader's own compute may raise anything
            return {"to": asked["from"], "error": str(error)}, []
        sizes = [(name, row.size) for name, row in codes.items()]
        row = np.concatenate([row.ravel() for row in codes.values()]).astype("<i4")
        answer: Answer = {"to": asked["from"], "sizes": sizes}
        if setting.get(ACTIVATION) == OWN:
            answer["words"] = described(self.view.typed)
        return answer, [row.tobytes()]

    def _asked(self, _: Any, message: Question, buffers: list) -> None:
        """Answers the front end; the newest question wins there."""
        self.view.send(*self.answer(message))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        svgs = [one.svg for one in self._pictures()]
        return {
            VIEW: {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/html": both_widths(svgs, self.spec.alt),
            "image/png": base64.b64encode(png_of(self.drawn())).decode(),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        """The setting, and the said numbers at three significant digits."""
        setting = ", ".join(f"{n}={spoken(v)}" for n, v in self.setting.items())
        said = ", ".join(
            f"{say.words} {spoken(self.curves[name].flat[say.point])}"
            for name, say in self.spec.say.items()
        )
        return f"LiveFigure({setting}{': ' if said else ''}{said})"


def png_of(figure: Figure) -> bytes:
    """A figure as PNG on white, for front ends that show neither widgets nor SVG."""
    stream = io.BytesIO()
    with style.context(STYLE):
        for axes in figure.axes:
            if axes.get_legend_handles_labels()[1] and not axes.get_legend():
                axes.legend()  # a live picture has its labels beside the lines
        figure.savefig(stream, format="png", dpi=100, facecolor="white")
    return stream.getvalue()


def as_floats(values: Any, name: str) -> np.ndarray:
    """An array or tensor as a float64 array; ``name`` is for the error."""
    if isinstance(values, torch.Tensor):
        values = values.detach().to("cpu", torch.float64).numpy()
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers, got {type(values)}") from error


def checked(curves: Any) -> Curves:
    """What ``compute`` returned, as float64 arrays of one or two dimensions."""
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError(
            "compute must return curves by name, like {'forward': ...}, "
            f"got {curves!r}"
        )
    arrays = {name: as_floats(row, f"curve {name!r}") for name, row in curves.items()}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or not array.size:
            raise ValueError(
                f"curve {name!r} must have one or two dimensions and at least one "
                f"point, got shape {array.shape}"
            )
    return arrays


def spoken(value: Any) -> str:
    """A value in three significant digits; words and whole numbers as they are."""
    if isinstance(value, float):
        return f"{value:#.3g}".rstrip(".") if math.isfinite(value) else f"{value}"
    return repr(value)
