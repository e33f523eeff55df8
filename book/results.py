"""Keeps the results of the chapters, and knows which of them are still true.

A result is true as long as nothing changed that it was computed from: the chapter's
cells, the helpers, the versions of the tools. To see that takes no kernel and no torch.
"""

from pathlib import Path

from book.sources import EXECUTED, ROOT, chapters, digest, own_files, program


def bring_up_to_date() -> Path:
    """Execute the chapters that changed since the last time; return their folder."""
    keys = current_keys()
    todo = stale(keys)
    for chapter in [chapter for chapter in keys if chapter not in todo]:
        print(f"unchanged  {chapter}")
    if todo:
        from book.execute import execute_for_site

        execute_for_site({chapter: keys[chapter] for chapter in todo})
    return EXECUTED


def current_keys() -> dict[Path, str]:
    """For each chapter the key of what its result would be computed from now."""
    code = own_files(ROOT / "helpers")
    code += [ROOT / "book" / "execute.py", ROOT / "constraints.txt"]
    return {
        chapter: digest(code, str(chapter), program(ROOT / chapter))
        for chapter in chapters()
    }


def stale(keys: dict[Path, str]) -> list[Path]:
    """The chapters whose results are no longer true, or were never there."""
    return [chapter for chapter in keys if stored_key(chapter) != keys[chapter]]


def stored_key(chapter: Path) -> str:
    """The key of the result that is kept for a chapter, if there is one."""
    result = EXECUTED / chapter
    stamp = result.with_suffix(".key")
    return stamp.read_text() if result.exists() and stamp.exists() else ""
