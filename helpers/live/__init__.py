"""Figures whose curves follow sliders, with a kernel or without; no lesson needs this.

The doors are :func:`live` and :class:`LiveFigure`. They open when they are asked for,
so that the book reads the ``contract`` alone, without torch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.live.call import live
    from helpers.live.figure import LiveFigure

__all__ = ["LiveFigure", "live"]


def __getattr__(name: str) -> Any:
    """One of the doors; Python asks here for what the module does not hold yet."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from helpers.live.call import live
    from helpers.live.figure import LiveFigure

    globals().update(live=live, LiveFigure=LiveFigure)
    return globals()[name]
