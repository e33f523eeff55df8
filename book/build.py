"""Builds the site: Jupyter Book renders what was executed; a warning is an error."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from book import language
from book.address import redirect
from book.download import packed, write_downloads
from book.results import bring_up_to_date, current_keys, stale, with_results
from book.sources import (
    BUILD,
    EXECUTED,
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
MESSAGES = BUILD / "messages" / "_build" / "gettext"


def build() -> None:
    """Bring the site up to date."""
    bring_up_to_date()
    assemble()
    if is_rendered():
        print("unchanged  the site")
    else:
        STAMP.unlink(missing_ok=True)
        key = site_key()
        render()
        STAMP.write_text(key, encoding="utf-8")
    print(f"\nThe book is ready. Open {FIRST_PAGE}\nor see it on localhost: make serve")


def is_current() -> bool:
    """Whether the site shows what is written now; nothing is executed to see that."""
    return (
        not stale(current_keys())
        and all(
            target.is_file() and target.read_bytes() == content
            for content, target in parts()
        )
        and is_rendered()
    )


def is_rendered() -> bool:
    """Whether the site was made from what is assembled now."""
    return FIRST_PAGE.exists() and STAMP.exists() and STAMP.read_text() == site_key()


def site_key() -> str:
    """A key of all that decides how the site looks."""
    looks = own_files(SOURCE, ROOT / "book", ROOT / "helpers")
    return digest(looks, *map(str, sorted(packed().items())))


def assemble() -> None:
    """Gather in one folder what Jupyter Book is to read."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    for content, target in parts():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def parts() -> Iterator[tuple[bytes, Path]]:
    """Each file that Jupyter Book is to read: what is in it, and where it shall be."""
    listed = pages()
    folders = {page.parent for page in listed if page.parent != Path()}
    attachments = [
        path.relative_to(ROOT)
        for path in own_files(*(ROOT / folder for folder in folders))
        if path.suffix not in (".ipynb", ".md")
    ]
    for name in [*listed, *attachments, Path("_toc.yml")]:
        if name.suffix == ".ipynb":
            yield with_results(name).encode(), SOURCE / name
        else:
            yield (ROOT / name).read_bytes(), SOURCE / name
    config = Path("_config.yml")
    yield language.settings((ROOT / config).read_bytes()), SOURCE / config
    for compiled, name in language.catalogues(ROOT):
        yield compiled, SOURCE / name


def render() -> None:
    """Run Jupyter Book from nothing.

    A rebuild of a part would be quicker by seconds, but it repeats no warning of the
    pages that it leaves alone, and it keeps pages that are gone.
    """
    for folder in (HTML, BUILD / ".doctrees", BUILD / "jupyter_execute"):
        shutil.rmtree(folder, ignore_errors=True)
    started = time.perf_counter()
    done = jupyter_book(ROOT, "-W", "-n", "--keep-going")
    if done.returncode:
        raise BookError(f"{plain(done.stderr).strip()}\n\nThe site was not built.")
    # Jupyter Book's own has no title, and no link for those whom no browser leads on.
    first = pages()[0].with_suffix(".html").as_posix()
    FIRST_PAGE.write_text(redirect(first), encoding="utf-8")
    write_downloads(HTML)
    print(f" rendered  the site  {time.perf_counter() - started:.1f} s")


def check_links() -> None:
    """Ask every address outside the book that a page links to; this needs a network.

    Raises:
        BookError: If one of them is gone; all that are, with the page and line.
    """
    bring_up_to_date()
    assemble()
    done = jupyter_book(BUILD / "links", "--builder", "linkcheck")
    if done.returncode:
        raise BookError(f"{plain(done.stderr).strip()}\n\nSome links lead nowhere.")
    print("Every link leads somewhere.")


def write_messages(languages: list[str]) -> None:
    """Write what the course says as templates, and bring catalogues up to date with it.

    Raises:
        BookError: If a page cannot be read, or a language is none.
    """
    bring_up_to_date()
    assemble()
    shutil.rmtree(MESSAGES, ignore_errors=True)
    done = jupyter_book(
        MESSAGES.parents[1], "-W", "--builder", "custom", "--custom-builder", "gettext"
    )
    if done.returncode:
        raise BookError(plain(done.stderr).strip())
    results = [EXECUTED / chapter for chapter in chapters()]
    language.write_template(MESSAGES / "helpers.pot", results)
    for code in languages:
        language.update(MESSAGES, code, ROOT)
    print(f"What the course says is in {MESSAGES}")


def jupyter_book(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Jupyter Book's run over what is assembled, into ``_build`` in a folder."""
    program = "from jupyter_book.cli.main import main; main()"
    arguments = ["build", SOURCE, "--path-output", output, "-q", *options]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
