"""What a chapter's kernel and Sphinx find around them, whoever builds the book.

A page hangs on the chapter, the helpers and the versions of the tools. A reader's
settings of matplotlib and IPython, fonts, language and number of threads are not seen:
little is passed on, and the rest is stated here.
"""

import os
import platform
import site
import subprocess
import sys

from book.project import BookError, Project
from helpers.words import LANGUAGE

# Where programs, libraries and packages are. What is not named here is not passed on.
PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "TMPDIR",
    # without these, Windows starts no program
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "TMP",
)
# Where a figure has no style of ours: names in a drawing that follow from what is in it
MATPLOTLIBRC = "svg.hashsalt: first weights\n"


def environment(project: Project) -> dict[str, str]:
    """The variables of a process whose results belong into the book."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    home = project.home
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        # packages that were installed with pip's --user are still found
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(project.root), os.environ.get("PYTHONPATH")])
        ),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        # sums do not depend on how many cores there are
        "OMP_NUM_THREADS": "1",
        LANGUAGE: project.language,
    }


def prepare(project: Project) -> dict[str, str]:
    """A kernel's environment, with a home that has matplotlib's settings and fonts.

    Else each of the first kernels would look for the fonts, and matplotlib warns when
    that takes long. It writes the date into an SVG, which is the same day each time;
    Sphinx must not hear of that, who would take its year for the book's copyright.

    Raises:
        BookError: If matplotlib cannot be imported.
    """
    settings = project.home / "matplotlib"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    around = environment(project)
    if not any(settings.glob("fontlist-*.json")):
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        done = subprocess.run(command, env=around, capture_output=True, text=True)
        if done.returncode:
            raise BookError(f"matplotlib does not start:\n{done.stderr.strip()}")
    return around | {"SOURCE_DATE_EPOCH": "0"}


def machine() -> str:
    """What of a machine can decide a result: its Python, system and processor."""
    return f"{platform.python_version()} {platform.system()} {platform.machine()}"
