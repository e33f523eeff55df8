"""Still figures at both widths, when the book is built; no lesson needs this."""

from typing import Any

from IPython.core import pylabtools
from matplotlib.figure import Figure

from helpers.live.widths import PIXELS, lay_out


def publish_both_widths() -> None:
    """From now on, a figure that a cell shows as SVG is two: see widths.py.

    IPython has no setting for it, but it looks for ``print_figure`` at every figure.
    """
    once = pylabtools.print_figure

    def at_both_widths(figure: Figure, fmt: str = "png", **options: Any) -> Any:
        if fmt != "svg":
            return once(figure, fmt, **options)
        engine, pictures = figure.get_layout_engine(), ""
        for width in PIXELS:
            figure.set_layout_engine(engine)
            lay_out(figure, width)
            # whole: cut to its ink, it would no longer have that width
            pictures += once(figure, fmt, **options | {"bbox_inches": None})
        return pictures

    pylabtools.print_figure = at_both_widths  # type: ignore[assignment]
