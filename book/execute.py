"""Runs the chapters: each in a process of its own, as many at once as there are cores.

The kernel is the Python that runs this program, whatever kernels are installed. It
finds an environment of the book's own around it (environment.py), one thread in it, so
that chapters do not fight for cores.
"""

import asyncio
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from book.environment import prepare
from book.project import BookError, Project, uncoloured
from book.store import captioned
from helpers.live.contract import FOR_BOOK, STATE, VIEW

SECONDS_PER_CELL = 300
PICTURES = {"image/svg+xml", "image/png", VIEW}


class ThisPython(AsyncKernelManager):
    """A kernel of the running interpreter that draws figures as SVG."""

    more: tuple[str, ...] = ()  # options of its own

    @property
    def kernel_spec(self) -> KernelSpec:
        """How to start it."""
        options = [
            "--InlineBackend.figure_formats=svg",
            *self.more,
            "--HistoryManager.enabled=False",
            # or it warns on every start that it listens on localhost without a key
            "--IPKernelApp.log_level=ERROR",
        ]
        return KernelSpec(**get_kernel_dict(options))


class ForBook(ThisPython):
    """One that draws each figure at both widths that the book shows."""

    more = (
        "--IPKernelApp.exec_lines=from helpers.live import still",
        "--IPKernelApp.exec_lines=still.publish_both_widths()",
    )


@dataclass
class Run:
    """One chapter that was executed: the notebook with its results, or what failed."""

    chapter: Path
    notebook: NotebookNode
    seconds: float
    failure: str = ""


async def execute(
    project: Project, chapter: Path, around: dict[str, str], for_book: bool
) -> Run:
    """Run one chapter from top to bottom; its file is only read.

    Args:
        project: the course.
        chapter: which.
        around: the variables that its kernel finds.
        for_book: whether its figures are drawn as pages show them.
    """
    notebook = nbformat.reads(json.dumps(project.notebook(chapter)), as_version=4)
    folder = project.executed / chapter.parent
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        kernel_manager_class=ForBook if for_book else ThisPython,
        resources={"metadata": {"path": str(folder)}},
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        coalesce_streams=True,  # or a cell that prints slowly has an output per line
    )
    started = time.perf_counter()
    failure = ""
    try:
        await client.async_execute(env=around)
    except CellExecutionError:
        pass  # the error is among the outputs, where problem() finds it
    except (CellTimeoutError, DeadKernelError) as error:
        failure = f"{chapter}: {str(error).splitlines()[0]}"
    seconds = time.perf_counter() - started
    return Run(chapter, notebook, seconds, failure or problem(chapter, notebook))


def problem(chapter: Path, notebook: NotebookNode) -> str:
    """In a few plain lines, the first cell that raised, warned or drew nothing."""
    for number, cell in enumerate(notebook.cells, start=1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not expected:
                where = re.search(
                    r"Cell In\[\d+\], line (\d+)",
                    uncoloured("\n".join(output.traceback)),
                )
                return report(
                    f"{chapter}: cell {number} (id {cell.id}) failed",
                    cell.source,
                    f"{output.ename}: {output.evalue}",
                    int(where[1]) if where else 0,
                )
            if output.output_type == "stream" and output.name == "stderr":
                return report(
                    f"{chapter}: cell {number} (id {cell.id}) wrote a warning",
                    cell.source,
                    re.sub(r"\S+ipykernel_\S+\.py:(\d+):", r"line \1:", output.text),
                )
        if captioned(cell) and not any(map(has_picture, cell.outputs)):
            return report(
                f"{chapter}: cell {number} (id {cell.id}) has drawn nothing",
                cell.source,
                "its metadata has a caption, so it is a figure",
            )
    return ""


def has_picture(output: NotebookNode) -> bool:
    """Whether an output of a cell is a figure, drawn or live."""
    return not PICTURES.isdisjoint(output.get("data", {}))


def report(title: str, source: str, reason: str, line: int = 0) -> str:
    """A failed cell as an author wants to see it, an arrow at the guilty line."""
    code = [
        f"  {'->' if number == line else '  '} {text}"
        for number, text in enumerate(source.splitlines(), start=1)
    ]
    why = [f"  {text}" for text in uncoloured(reason).splitlines()]
    return "\n".join([title, *code, *why])


def execute_all(project: Project, todo: list[Path], for_book: bool) -> list[Run]:
    """Run chapters side by side, a line for each as it ends."""
    return asyncio.run(side_by_side(project, todo, for_book))


async def side_by_side(project: Project, todo: list[Path], for_book: bool) -> list[Run]:
    """As many chapters at once as there are cores."""
    around = prepare(project)
    if for_book:
        # asks live figures for their curves at every position of every slider
        around |= {FOR_BOOK: "1"}
    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(chapter: Path) -> Run:
        async with free:
            run = await execute(project, chapter, around, for_book)
        result = "FAILED" if run.failure else "executed"
        print(f"{result:>9}  {chapter}  {run.seconds:.1f} s", flush=True)
        return run

    return await asyncio.gather(*map(one, todo))


def finished(runs: list[Run]) -> list[Run]:
    """The same runs, unless one failed."""
    if failures := [run.failure for run in runs if run.failure]:
        raise BookError("\n\n".join(failures))
    return runs


def stable(notebook: NotebookNode) -> str:
    """A notebook as text in which widgets are numbered, not named at random.

    They are written in the order of their numbers too.
    """
    text = nbformat.writes(notebook)
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for number, model in enumerate(state, start=1):
        text = text.replace(model, f"{number:032x}")
    return nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"


def execute_for_site(project: Project, keys: dict[Path, str]) -> None:
    """Execute chapters and keep each result with the key of what it was made from."""
    runs = execute_all(project, list(keys), for_book=True)
    for run in runs:
        if not run.failure:
            result = project.executed / run.chapter
            # who is killed between two of these lines leaves no result with a false key
            result.with_suffix(".key").unlink(missing_ok=True)
            result.write_text(stable(run.notebook), encoding="utf-8")
            result.with_suffix(".key").write_text(keys[run.chapter])
    finished(runs)
