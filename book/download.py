"""What readers take home: each chapter as a notebook, and all of them in one zip.

A chapter alone lacks the course's own code. Where the repository is known, the copy to
download begins with a cell that fetches it, and does nothing where it is already; the
chapter in the repository, and in the zip, which has the code, has no such cell.
"""

import json
import tomllib
import zipfile
from pathlib import Path

import yaml

from book.sources import BUILD, ROOT, chapters, own_files

ZIP = "first-weights.zip"
COPIES = BUILD / "notebooks"
FETCH = """\
# The course's own code: where it is not installed, as on Colab, it is fetched.
import importlib.util

if importlib.util.find_spec("helpers") is None:
    %pip install --quiet anywidget "git+{repository}@{branch}"
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


def repository() -> tuple[str, str]:
    """The address of the repository, or nothing, and its branch: from _config.yml."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    about = config.get("repository", {})
    return about.get("url", "").rstrip("/"), about.get("branch", "main")


def to_download(chapter: Path) -> str:
    """A chapter as its page offers it."""
    text = (ROOT / chapter).read_text(encoding="utf-8")
    url, branch = repository()
    if not url:
        return text
    notebook = json.loads(text)
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "get-helpers",
        "metadata": {},
        "outputs": [],
        "source": FETCH.format(repository=url, branch=branch).rstrip(),
    }
    notebook["cells"].insert(0, cell)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def packed() -> dict[str, bytes]:
    """The files of the zip by their names: all that the chapters need to run."""
    packages = [ROOT / "helpers", ROOT / "classroom"]
    names = ["constraints.txt", "pyproject.toml", "LICENSE", "LICENSE-TEXT"]
    files = own_files(*packages) + [ROOT / name for name in [*chapters(), *names]]
    content = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    needs = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    torch = project_pin("torch")
    return content | {
        "README.md": README.format(torch=torch).encode(),
        "requirements.txt": "\n".join([*needs, "-e .", ""]).encode(),
    }


def project_pin(package: str) -> str:
    """The version of a package that was tested."""
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{package}=="):
            return line.removeprefix(f"{package}==")
    raise LookupError(f"constraints.txt does not pin {package}")


def write_downloads(site: Path) -> None:
    """Put beside the pages what readers take home; the same files, the same bytes."""
    for chapter in chapters():
        # not what was executed: that holds the values of all sliders
        (site / "_sources" / chapter).write_text(to_download(chapter), encoding="utf-8")
    with zipfile.ZipFile(site / ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(packed().items()):
            about = zipfile.ZipInfo(f"first-weights/{name}")
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content)


def write_copies() -> None:
    """Write the chapters as Colab opens them, for a branch of their own."""
    for chapter in chapters():
        target = COPIES / chapter
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_download(chapter), encoding="utf-8")
    print(f"The chapters for Colab are in {COPIES}")
