"""What readers take home: each chapter as a notebook, and all of them in one zip.

A chapter alone lacks the course's own code. Where the repository is known, the copy to
download begins with a cell that fetches it, and does nothing where it is already; the
chapter in the repository, and in the zip, which has the code, has no such cell.
"""

import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from book.project import Project, own_files

ZIP = "first-weights.zip"
PACKAGES = ("helpers", "classroom")
FETCH = """\
# The course's own code: where it is not installed, as on Colab, it is fetched.
from importlib.metadata import PackageNotFoundError, version

try:
    version("first-weights")
except PackageNotFoundError:
    %pip install --quiet "git+{repository}@{branch}"
"""
README = """\
# First Weights

The chapters of an interactive course on how a deep network starts, with the code that
they use. You need Python 3.11 or newer. In this folder:

    python -m venv .venv
    .venv/bin/python -m pip install -c constraints.txt -r requirements.txt
    .venv/bin/jupyter lab chapters

On Windows it is `.venv\\Scripts\\python` and `.venv\\Scripts\\jupyter`. On Linux, this
line before the second one saves gigabytes that only graphics cards need:

    .venv/bin/python -m pip install torch=={torch} --index-url \
        https://download.pytorch.org/whl/cpu

The text is CC BY 4.0 (LICENSE-TEXT), the code MIT (LICENSE).
"""


def repository(project: Project) -> tuple[str, str]:
    """The address of the repository, or nothing, and its branch: from _config.yml."""
    about = project.settings("_config.yml").get("repository", {})
    return about.get("url", "").rstrip("/"), about.get("branch", "main")


def to_download(project: Project, chapter: Path) -> str:
    """A chapter as its page offers it."""
    text = (project.root / chapter).read_text(encoding="utf-8")
    url, branch = repository(project)
    if not url:
        return text
    notebook = json.loads(text)
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "get-helpers",
        "metadata": {},
        "outputs": [],
        "source": FETCH.format(repository=url, branch=branch).rstrip(),
    }
    notebook["cells"].insert(0, cell)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def packed(project: Project) -> dict[str, bytes]:
    """The files of the zip by their names: all that the chapters need to run."""
    root = project.root
    names = ["constraints.txt", "pyproject.toml", "LICENSE", "LICENSE-TEXT"]
    files = own_files(*(root / package for package in PACKAGES))
    files += [root / chapter for chapter in project.chapters()]
    files += [root / name for name in names]
    content = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    return content | {
        "README.md": README.format(torch=pin(project, "torch")).encode(),
        "requirements.txt": "\n".join([*needs(project), "-e .", ""]).encode(),
    }


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
    with zipfile.ZipFile(project.html / ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(packed(project).items()):
            about = zipfile.ZipInfo(f"first-weights/{name}")
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
