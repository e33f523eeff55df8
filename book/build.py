"""Builds the site: Jupyter Book renders what was executed; a warning is an error."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from book.results import bring_up_to_date
from book.sources import (
    BUILD,
    ROOT,
    BookError,
    chapters,
    digest,
    own_files,
    pages,
    plain,
)

SOURCE = BUILD / "source"
HTML = BUILD / "html"
FIRST_PAGE = HTML / "index.html"
STAMP = BUILD / "built.key"


def build() -> None:
    """Bring the site up to date."""
    assemble(bring_up_to_date())
    looks = own_files(SOURCE, ROOT / "book", ROOT / "helpers")
    key = digest([*looks, ROOT / "constraints.txt"])
    if FIRST_PAGE.exists() and STAMP.exists() and STAMP.read_text() == key:
        print("unchanged  the site")
    else:
        STAMP.unlink(missing_ok=True)
        render()
        STAMP.write_text(key, encoding="utf-8")
    print(f"\nThe book is ready. Open {FIRST_PAGE}\nor see it on localhost: make serve")


def assemble(executed: Path) -> None:
    """Gather in one folder what Jupyter Book is to read."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    listed = pages()
    folders = {page.parent for page in listed if page.parent != Path()}
    attachments = [
        path.relative_to(ROOT)
        for path in own_files(*(ROOT / folder for folder in folders))
        if path.suffix not in (".ipynb", ".md")
    ]
    for name in [*listed, *attachments, Path("_config.yml"), Path("_toc.yml")]:
        origin = executed if name.suffix == ".ipynb" else ROOT
        target = SOURCE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin / name, target)


def render() -> None:
    """Run Jupyter Book from nothing.

    A rebuild of a part would be quicker by seconds, but it repeats no warning of the
    pages that it leaves alone, and it keeps pages that are gone.
    """
    for folder in (HTML, BUILD / ".doctrees", BUILD / "jupyter_execute"):
        shutil.rmtree(folder, ignore_errors=True)
    started = time.perf_counter()
    command = "from jupyter_book.cli.main import main; main()"
    flags = ["-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", command, "build", SOURCE, "--path-output", ROOT, *flags],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise BookError(f"{plain(done.stderr).strip()}\n\nThe site was not built.")
    for chapter in chapters():
        # what readers download is the chapter, not the values of all its sliders
        shutil.copyfile(ROOT / chapter, HTML / "_sources" / chapter)
    print(f" rendered  the site  {time.perf_counter() - started:.1f} s")
