"""Some pages of the course rendered by Jupyter Book, without executing anything."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import yaml

from book.build import JUPYTER_BOOK
from book.project import COURSE

PAGES = [page for page in COURSE.pages() if page.parent.name == "chapters"]
NOTEBOOKS = [page for page in PAGES if page.suffix == ".ipynb"]


def render(source: Path, output: Path, *options: str) -> CompletedProcess:
    """Jupyter Book's run over a folder; a warning is an error."""
    return subprocess.run(
        [*JUPYTER_BOOK, source, "--path-output", output]
        + ["-q", "-W", "--keep-going", *options],
        env=os.environ | {"PYTHONPATH": str(COURSE.root), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def assemble(folder: Path, chosen: list[Path]) -> None:
    """Some pages of the course as Jupyter Book reads them, each picture one square."""
    config = yaml.safe_load((COURSE.root / "_config.yml").read_text(encoding="utf-8"))
    config["sphinx"]["config"] |= {
        "suppress_warnings": ["myst.xref_missing"],  # links to the pages left out
        "repairs_without_work": ["*"],  # what they mend may be on those
    }
    names = [page.with_suffix("").as_posix() for page in chosen]
    toc = {"format": "jb-book", "root": names[0], "chapters": []}
    toc["chapters"] = [{"file": name} for name in [*names[1:], "after"]]
    (folder / "chapters").mkdir(parents=True)
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "after.md").write_text("# The end\n", encoding="utf-8")
    for name in ["chapters/references.bib", "chapters/audit.svg"]:
        (folder / name).write_bytes((COURSE.root / name).read_bytes())
    shutil.copytree(COURSE.root / "chapters/drawings", folder / "chapters/drawings")
    square = '<svg viewBox="0 0 9 9" width="9pt" height="9pt"></svg>'
    output = {"output_type": "display_data", "metadata": {}}
    for page in chosen:
        text = (COURSE.root / page).read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            notebook = json.loads(text)
            for cell in notebook["cells"]:
                if {"image", "caption"} & cell["metadata"].get("mystnb", {}).keys():
                    data = {"image/svg+xml": square, "text/plain": "<Figure>"}
                    cell["outputs"].append(output | {"data": data})
            text = json.dumps(notebook)
        (folder / page).write_text(text, encoding="utf-8")
