"""What readers take home: each chapter as a notebook, and all of them in one zip.

A chapter alone lacks the course's own code. So the copy to download begins with two
cells: words that say what it needs, and code that gets it where it is not already, from
the repository, or from the zip while no address is known. The chapter in the
repository, and in the zip, which has the code, has no such cells.
"""

import json
import os
import subprocess
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from book.project import Project, own_files

ZIP = "first-weights.zip"
PACKAGES = ("helpers", "classroom")
BEFORE = """\
**Before you begin.** This notebook needs Python 3.11 or newer, and the course's own
code.
"""
FROM_REPOSITORY = f"""\
{BEFORE}The next cell installs that code, with the packages that it uses, where it is
missing, as on Colab; it does nothing where it is there.
"""
FETCH = """\
from importlib.util import find_spec

if find_spec("helpers") is None:
    %pip install --quiet "git+{repository}@{branch}"
"""
FROM_ZIP = f"""\
{BEFORE}That code is in `{ZIP}`, which the chapter's page offers in the menu that this
notebook comes from. Put the zip beside this notebook, unopened.
The next cell installs the code from it, with the packages that it uses, where it is
missing; it does nothing where it is there. On Linux, PyTorch brings gigabytes along
that only graphics cards need; the README in the zip says how to do without.
"""
UNPACK = f"""\
from importlib.util import find_spec
from pathlib import Path

if find_spec("helpers") is None:
    assert Path("{ZIP}").exists(), "Put {ZIP} beside this notebook."
    %pip install --quiet ./{ZIP}
"""
README = """\
# First Weights

The chapters of an interactive course on how a deep network starts, with the code that
they use. You need Python 3.11 or newer. In this folder:

    python -m venv .venv
    .venv/bin/python -m pip install -c constraints.txt -r requirements.txt
    .venv/bin/jupyter lab chapters/{first}

On Windows it is `.venv\\Scripts\\python` and `.venv\\Scripts\\jupyter`. On Linux, this
line before the second one saves gigabytes that only graphics cards need:

    .venv/bin/python -m pip install torch=={torch} --index-url {index}

The folder `chapters` has the lessons, one notebook a topic, and the pages that they
link to: glossary, misconceptions, cheat sheet, references. `helpers` is the code of the
lessons, `classroom` what grades homework.

The text is CC BY 4.0 (LICENSE-TEXT), the code MIT (LICENSE).
"""
BEGIN_OF_ZIP = 315532800  # 1980, the earliest date that a zip can hold
INDEX = "https://download.pytorch.org/whl/cpu"  # torch without what graphics cards need


def repository(project: Project) -> tuple[str, str]:
    """The address of the repository, or nothing, and its branch: from _config.yml."""
    about = project.settings("_config.yml").get("repository", {})
    return about.get("url", "").rstrip("/"), about.get("branch", "main")


def to_download(project: Project, chapter: Path) -> str:
    """A chapter as its page offers it."""
    notebook = json.loads((project.root / chapter).read_text(encoding="utf-8"))
    url, branch = repository(project)
    words, code = (FROM_REPOSITORY, FETCH) if url else (FROM_ZIP, UNPACK)
    before: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "id": "what-it-needs",
            "metadata": {},
            "source": words.rstrip(),
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "get-helpers",
            "metadata": {},
            "outputs": [],
            "source": code.format(repository=url, branch=branch).rstrip(),
        },
    ]
    notebook["cells"][:0] = before
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def packed(project: Project) -> dict[str, bytes]:
    """The files of the zip by their names: what chapters need to run, and link to."""
    root = project.root
    names = ("constraints.txt", "pyproject.toml", "LICENSE", "LICENSE-TEXT")
    files = own_files(*(root / package for package in PACKAGES))
    # the first page is the site's own; the README stands for it
    inside = [*project.pages()[1:], *project.attachments(), *map(Path, names)]
    files += [root / name for name in inside]
    content = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    readme = README.format(
        first=project.chapters()[0].name, torch=pin(project, "torch"), index=INDEX
    )
    return content | {
        "README.md": readme.encode(),
        "requirements.txt": "\n".join([*needs(project), "-e .", ""]).encode(),
    }


def date(project: Project) -> datetime:
    """When the course was written: its last commit, or its newest file without git.

    ``SOURCE_DATE_EPOCH`` decides where it is set, https://reproducible-builds.org. The
    same course has the same date, whenever it is built.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        git = ["git", "-C", str(project.root), "log", "-1", "--format=%ct"]
        try:
            done = subprocess.run(git, capture_output=True, text=True)
            seconds = done.stdout.strip()
        except FileNotFoundError:
            pass
    if not seconds:
        files = [project.root / page for page in project.pages()]
        seconds = str(max(int(path.stat().st_mtime) for path in files))
    return datetime.fromtimestamp(max(int(seconds), BEGIN_OF_ZIP), UTC)


def needs(project: Project) -> list[str]:
    """What has to be installed for reading and running the chapters, as ranges."""
    text = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    about = tomllib.loads(text)["project"]
    lab = about.get("optional-dependencies", {}).get("lab", ["jupyterlab"])
    return [*about.get("dependencies", []), *lab]


def pin(project: Project, package: str) -> str:
    """The version of a package that was tested."""
    text = (project.root / "constraints.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(f"{package}=="):
            return line.removeprefix(f"{package}==")
    raise LookupError(f"constraints.txt does not pin {package}")


def write_downloads(project: Project) -> None:
    """Put beside the pages what readers take home; the same files, the same bytes."""
    for chapter in project.chapters():
        # not what was executed: that holds the values of all sliders
        target = project.html / "_sources" / chapter
        target.write_text(to_download(project, chapter), encoding="utf-8")
    written = date(project).timetuple()[:6]
    with zipfile.ZipFile(project.html / ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(packed(project).items()):
            about = zipfile.ZipInfo(f"first-weights/{name}", written)
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content)


def write_copies(project: Project) -> None:
    """Write the chapters as Colab opens them, for a branch of their own."""
    copies = project.build / "notebooks"
    for chapter in project.chapters():
        target = copies / chapter
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_download(project, chapter), encoding="utf-8")
    print(f"The chapters for Colab are in {copies}")
