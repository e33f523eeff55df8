"""What the theme of Jupyter Book gets wrong, or too heavy: repaired, each by a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from sphinx.config import Config
from sphinx.util import logging

log = logging.getLogger(__name__)


@dataclass
class Site:
    """A finished site: its folder, and its pages by their addresses."""

    folder: Path
    pages: dict[str, str]  # changed in place by whatever repairs them

    @property
    def static(self) -> Path:
        """The folder of its styles and scripts."""
        return self.folder / "_static"


def report(config: Config, idle: Iterable[str]) -> None:
    """Warn of repairs that found nothing to repair.

    A book that is too small for some of them says so: ``repairs_without_work`` in its
    configuration has their names, or patterns of names.
    """
    for name in idle:
        if not any(fnmatch(name, known) for known in config.repairs_without_work):
            log.warning(
                "the repair %r found nothing to repair: has the theme changed? "
                "Then mend it in book/site/theme, or take it out",
                name,
            )
