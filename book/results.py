"""Keeps the results of the chapters, and knows which of them are still true.

A result is true as long as nothing changed that it was computed from: the chapter's
cells, the helpers, the versions of the tools. To see that takes no kernel and no torch.
"""

from pathlib import Path

from book.sources import EXECUTED, ROOT, chapters, digest, own_files, program


def bring_up_to_date() -> Path:
    """Execute the chapters that changed since the last time; return their folder."""
    code = own_files(ROOT / "helpers")
    code += [ROOT / "book" / "execute.py", ROOT / "constraints.txt"]
    keys = {
        chapter: digest(code, str(chapter), program(ROOT / chapter))
        for chapter in chapters()
    }
    stale = [chapter for chapter in keys if stored_key(chapter) != keys[chapter]]
    for chapter in [chapter for chapter in keys if chapter not in stale]:
        print(f"unchanged  {chapter}")
    if stale:
        from book.execute import execute_for_site

        execute_for_site({chapter: keys[chapter] for chapter in stale})
    return EXECUTED


def stored_key(chapter: Path) -> str:
    """The key of the result that is kept for a chapter, if there is one."""
    result = EXECUTED / chapter
    stamp = result.with_suffix(".key")
    return stamp.read_text() if result.exists() and stamp.exists() else ""
