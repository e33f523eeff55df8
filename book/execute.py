"""Runs the chapters: each in a process of its own, as many at once as there are cores.

The kernel is the Python that runs this program, whatever kernels are installed. It
computes on one thread, so that chapters do not fight for cores and sums do not depend
on how many there are.
"""

import asyncio
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

from book.project import BookError, Project, uncoloured
from helpers.live.contract import FOR_BOOK, STATE
from helpers.words import LANGUAGE

SECONDS_PER_CELL = 300


class ThisPython(AsyncKernelManager):
    """A kernel of the running interpreter that draws figures as SVG."""

    more: tuple[str, ...] = ()  # options of its own

    @property
    def kernel_spec(self) -> KernelSpec:
        """How to start it."""
        options = [
            "--InlineBackend.figure_formats=svg",
            *self.more,
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


def environment(project: Project, for_book: bool) -> dict[str, str]:
    """What a kernel finds around it."""
    env = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(project.root), os.environ.get("PYTHONPATH")])
        ),
        # matplotlib writes the date into an SVG; the same chapter, the same bytes
        "SOURCE_DATE_EPOCH": "0",
        LANGUAGE: project.language,
    }
    if for_book:
        # asks live figures for their curves at every position of every slider
        env[FOR_BOOK] = "1"
    return env


async def execute(project: Project, chapter: Path, for_book: bool) -> Run:
    """Run one chapter from top to bottom; its file is only read."""
    notebook = nbformat.read(project.root / chapter, as_version=4)
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
        await client.async_execute(env=environment(project, for_book))
    except CellExecutionError:
        pass  # the error is among the outputs, where problem() finds it
    except (CellTimeoutError, DeadKernelError) as error:
        failure = f"{chapter}: {str(error).splitlines()[0]}"
    seconds = time.perf_counter() - started
    return Run(chapter, notebook, seconds, failure or problem(chapter, notebook))


def problem(chapter: Path, notebook: NotebookNode) -> str:
    """In a few plain lines, the first cell that raised or warned, or nothing."""
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
    return ""


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
    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(chapter: Path) -> Run:
        async with free:
            run = await execute(project, chapter, for_book)
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
    """A notebook as text in which widgets are numbered, not named at random."""
    text = nbformat.writes(notebook) + "\n"
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for number, model in enumerate(state, start=1):
        text = text.replace(model, f"{number:032x}")
    return text


def execute_for_site(project: Project, keys: dict[Path, str]) -> None:
    """Execute chapters and keep each result with the key of what it was made from."""
    runs = execute_all(project, list(keys), for_book=True)
    for run in runs:
        if not run.failure:
            result = project.executed / run.chapter
            result.write_text(stable(run.notebook), encoding="utf-8")
            result.with_suffix(".key").write_text(keys[run.chapter])
    finished(runs)
