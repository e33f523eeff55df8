"""The picture in the README and beside links to the course: three networks' fans."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from book.project import COURSE
from book.site.head import CARD_SIZE
from helpers import plots
from helpers.fan import sizes
from helpers.live.svg import inline

PICTURE = COURSE.root / "chapters" / "first-fan.svg"
CARD = COURSE.root / "book" / "assets" / "card.png"
DEPTH = 50
PANELS = {
    "sigmoid, gain 1: vanishing": ("sigmoid", 1.0),
    "relu, gain √2: level": ("relu", 2**0.5),
    "tanh, gain 3: exploding": ("tanh", 3.0),
}
ALT = (
    "Three fan plots of fifty layers on a logarithmic axis. In a sigmoid network at "
    "gain 1 the gradient falls to 1e-31 at the first layer, in a relu network at gain "
    "root 2 signal and gradient stay level, in a tanh network at gain 3 the gradient "
    "grows a millionfold."
)


@contextmanager
def double_precision() -> Iterator[None]:
    """Random weights as in the chapters, which compute in float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def fans(width: float, height: float, **font: float) -> Iterator[Figure]:
    """The three fans side by side, in inches; closed when they have been used."""
    style: Any = plots.STYLE | font
    with double_precision(), plt.rc_context(style):
        figure, axes = plt.subplots(1, 3, figsize=(width, height), sharey=True)
        for ax, (title, (activation, gain)) in zip(axes, PANELS.items(), strict=True):
            plots.fan(ax, sizes(DEPTH, gain, activation), DEPTH, decades=36)
            ax.set_title(title)
            ax.get_legend().remove()
            ax.label_outer()
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=4,
            fontsize="small",
        )
        yield figure
        plt.close(figure)


def draw() -> str:
    """The picture as an SVG that follows the theme of the page it stands in."""
    with fans(8.4, 2.8) as figure:
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
    text = inline(svg.getvalue(), "first-", ALT)
    # Outside a page, in the README, it has no style sheet and needs its own name space.
    return text.replace(
        "<svg ",
        '<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" '
        'font-family="sans-serif" stroke-linejoin="round" ',
        1,
    )


def draw_card() -> bytes:
    """The picture that messengers show with a link to the course, as a PNG."""
    width, height = CARD_SIZE
    with fans(width / 100, height / 100, **{"font.size": 17}) as figure:
        figure.suptitle(
            "First Weights\nhow a deep network starts, and whether it can learn",
            fontsize=30,
        )
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=100, metadata={"Software": None})
    return png.getvalue()


def write() -> None:
    """Draw the pictures anew and keep them."""
    PICTURE.write_text(draw() + "\n", encoding="utf-8")
    CARD.write_bytes(draw_card())
    print(f"wrote {PICTURE} and {CARD}")


if __name__ == "__main__":
    write()
