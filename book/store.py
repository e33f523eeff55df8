"""Keeps the results of the chapters, and knows which of them are still true.

A result is true as long as nothing changed that it was computed from: the chapter's
code, the helpers, the versions of the tools, the kind of machine. To see that takes no
kernel and no torch.
Words can change without it: a page shows those of now beside the results that are kept.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from book import language
from book.environment import machine
from book.project import Project, own_files


def bring_up_to_date(project: Project) -> None:
    """Execute the chapters whose code changed since the last time."""
    keys = current_keys(project)
    todo = stale(project, keys)
    for chapter in [chapter for chapter in keys if chapter not in todo]:
        print(f"unchanged  {chapter}")
    if todo:
        from book.execute import execute_for_site

        execute_for_site(project, {chapter: keys[chapter] for chapter in todo})


def current_keys(project: Project) -> dict[Path, str]:
    """For each chapter the key of what its result would be computed from now."""
    code = own_files(project.root / "helpers")
    code += [project.root / "book" / name for name in ("environment.py", "execute.py")]
    code += [project.root / "constraints.txt", *language.spoken(project)]
    return {
        chapter: project.digest(
            code, str(chapter), program(project.notebook(chapter)), machine()
        )
        for chapter in project.chapters()
    }


def program(notebook: dict[str, Any]) -> str:
    """What a notebook does: its code, not its words or the results stored in it.

    Of its captions, only whether a cell has one and so has to draw something.
    """
    return json.dumps(
        [
            [
                "".join(cell["source"]),
                cell["metadata"].get("tags", []),
                bool(captioned(cell)),
            ]
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
        ]
    )


def captioned(cell: Mapping[str, Any]) -> str:
    """The words below what a cell draws, or nothing if it is no figure."""
    return cell["metadata"].get("mystnb", {}).get("caption", "")


def stale(project: Project, keys: dict[Path, str]) -> list[Path]:
    """The chapters whose results are no longer true, or were never there."""
    return [
        chapter for chapter in keys if stored_key(project, chapter) != keys[chapter]
    ]


def stored_key(project: Project, chapter: Path) -> str:
    """The key of the result that is kept for a chapter, if there is one."""
    result = project.executed / chapter
    stamp = result.with_suffix(".key")
    return stamp.read_text() if result.exists() and stamp.exists() else ""


def with_results(project: Project, chapter: Path) -> str:
    """A chapter as it is written now, with the results that are kept for its code."""
    written = project.notebook(chapter)
    kept = json.loads((project.executed / chapter).read_text(encoding="utf-8"))
    code, run = ([c for c in n["cells"] if "outputs" in c] for n in (written, kept))
    for cell, result in zip(code, run, strict=True):
        cell["outputs"] = result["outputs"]
        cell["execution_count"] = result["execution_count"]
    return json.dumps(written | {"metadata": kept["metadata"]}, ensure_ascii=False)
