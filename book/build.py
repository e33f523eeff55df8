"""Builds the site: Jupyter Book renders what was executed; a warning is an error."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from string import Template

from book import language
from book.download import packed, write_downloads
from book.environment import environment
from book.project import BookError, Project, own_files, uncoloured
from book.store import bring_up_to_date, current_keys, stale, with_results

# Jupyter Book's command, without what this package leaves out of its imports.
PROGRAM = "import book; from jupyter_book.cli.main import main; main()"
JUPYTER_BOOK = [sys.executable, "-c", PROGRAM, "build"]
REDIRECT = Path(__file__).with_name("templates") / "redirect.html"


def build(project: Project) -> None:
    """Bring the site up to date."""
    bring_up_to_date(project)
    assemble(project)
    if is_rendered(project):
        print("unchanged  the site")
    else:
        stamp(project).unlink(missing_ok=True)
        key = site_key(project)
        render(project)
        stamp(project).write_text(key, encoding="utf-8")
    print(f"\nThe book is ready. Open {project.first_page}")
    print("or see it on localhost: make serve")


def is_current(project: Project) -> bool:
    """Whether the site shows what is written now; nothing is executed to see that."""
    return (
        not stale(project, current_keys(project))
        and all(
            target.is_file() and target.read_bytes() == content
            for content, target in parts(project)
        )
        and is_rendered(project)
    )


def is_rendered(project: Project) -> bool:
    """Whether the site was made from what is assembled now."""
    made = project.first_page.exists() and stamp(project).exists()
    return made and stamp(project).read_text() == site_key(project)


def stamp(project: Project) -> Path:
    """The file with the key of what the site was made from."""
    return project.build / "built.key"


def site_key(project: Project) -> str:
    """A key of all that decides how the site looks."""
    code = [project.root / "book", project.root / "helpers"]
    looks = own_files(project.source, *code)
    return project.digest(looks, *map(str, sorted(packed(project).items())))


def assemble(project: Project) -> None:
    """Gather in one folder what Jupyter Book is to read."""
    shutil.rmtree(project.source, ignore_errors=True)
    for content, target in parts(project):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def parts(project: Project) -> Iterator[tuple[bytes, Path]]:
    """Each file that Jupyter Book is to read: what is in it, and where it shall be."""
    for name in [*project.pages(), *project.attachments(), Path("_toc.yml")]:
        if name.suffix == ".ipynb":
            yield with_results(project, name).encode(), project.source / name
        else:
            yield (project.root / name).read_bytes(), project.source / name
    yield language.settings(project), project.source / "_config.yml"
    for compiled, name in language.catalogues(project):
        yield compiled, project.source / name


def render(project: Project) -> None:
    """Run Jupyter Book from nothing; the site stays as it was until that is done.

    A rebuild of a part would be quicker by seconds, but it repeats no warning of the
    pages that it leaves alone, and it keeps pages that are gone.
    """
    output = project.build / "rendered"
    shutil.rmtree(output, ignore_errors=True)
    started = time.perf_counter()
    done = jupyter_book(project, output, "-W", "-n", "--keep-going")
    if done.returncode:
        raise BookError(f"{uncoloured(done.stderr).strip()}\n\nThe site was not built.")
    shutil.rmtree(project.html, ignore_errors=True)
    (output / "_build" / "html").rename(project.html)
    # Jupyter Book's own has no title, and no link for those whom no browser leads on.
    first = redirect(project.addresses()[0])
    project.first_page.write_text(first, encoding="utf-8")
    write_downloads(project)
    print(f" rendered  the site  {time.perf_counter() - started:.1f} s")


def redirect(to: str) -> str:
    """A page that leads on to another one, for those too whom no browser leads."""
    return Template(REDIRECT.read_text(encoding="utf-8")).substitute(to_uri=to)


def check_links(project: Project) -> None:
    """Ask every address outside the book that a page links to; this needs a network.

    Raises:
        BookError: If one of them is gone; all that are, with the page and line.
    """
    bring_up_to_date(project)
    assemble(project)
    done = jupyter_book(project, project.build / "links", "--builder", "linkcheck")
    if done.returncode:
        said = uncoloured(done.stderr).strip()
        raise BookError(f"{said}\n\nSome links lead nowhere.")
    print("Every link leads somewhere.")


def jupyter_book(
    project: Project, output: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Jupyter Book's run over what is assembled, into ``_build`` in a folder."""
    command = [*JUPYTER_BOOK, str(project.source), "--path-output", str(output)]
    return subprocess.run(
        [*command, "-q", *options],
        env=environment(project),
        cwd=project.root,  # where Python looks first
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
