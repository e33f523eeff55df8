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

from book.language import language
from book.sources import EXECUTED, ROOT, BookError, chapters, plain

SECONDS_PER_CELL = 300
WIDGETS = "application/vnd.jupyter.widget-state+json"


class ThisPython(AsyncKernelManager):
    """A kernel of the running interpreter that draws figures as SVG."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How to start it."""
        options = [
            "--InlineBackend.figure_formats=svg",
            # or it warns on every start that it listens on localhost without a key
            "--IPKernelApp.log_level=ERROR",
        ]
        if language():
            speak = "import helpers.words; helpers.words.translate_figures()"
            options.append(f"--IPKernelApp.exec_lines={speak}")
        return KernelSpec(**get_kernel_dict(options))


@dataclass
class Run:
    """One chapter that was executed: the notebook with its results, or what failed."""

    chapter: Path
    notebook: NotebookNode
    seconds: float
    failure: str = ""


def environment(for_book: bool) -> dict[str, str]:
    """What a kernel finds around it."""
    env = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        ),
        # matplotlib writes the date into an SVG; the same chapter, the same bytes
        "SOURCE_DATE_EPOCH": "0",
    }
    if for_book:
        # asks helpers.live for the values at every position of every slider
        env["FIRST_WEIGHTS_BOOK"] = "1"
    return env


async def execute(chapter: Path, for_book: bool) -> Run:
    """Run one chapter from top to bottom; its file is only read."""
    notebook = nbformat.read(ROOT / chapter, as_version=4)
    folder = EXECUTED / chapter.parent
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(folder)}},
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        coalesce_streams=True,  # or a cell that prints slowly has an output per line
    )
    started = time.perf_counter()
    failure = ""
    try:
        await client.async_execute(env=environment(for_book))
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
                    r"Cell In\[\d+\], line (\d+)", plain("\n".join(output.traceback))
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
    why = [f"  {text}" for text in plain(reason).splitlines()]
    return "\n".join([title, *code, *why])


async def execute_all(todo: list[Path], for_book: bool) -> list[Run]:
    """Run chapters side by side, a line for each as it ends."""
    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(chapter: Path) -> Run:
        async with free:
            run = await execute(chapter, for_book)
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
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    for number, model in enumerate(state, start=1):
        text = text.replace(model, f"{number:032x}")
    return text


def execute_for_site(keys: dict[Path, str]) -> None:
    """Execute chapters and keep each result with the key of what it was made from."""
    runs = asyncio.run(execute_all(list(keys), for_book=True))
    for run in runs:
        if not run.failure:
            result = EXECUTED / run.chapter
            result.write_text(stable(run.notebook), encoding="utf-8")
            result.with_suffix(".key").write_text(keys[run.chapter])
    finished(runs)


def refresh(names: list[str]) -> None:
    """Execute chapters in place, all or those named, and keep their words and numbers.

    Raises:
        BookError: If a name is no chapter's, or a chapter fails.
    """
    todo = [named(name) for name in names] or chapters()
    for run in finished(asyncio.run(execute_all(todo, for_book=False))):
        text = nbformat.writes(normalize(run.notebook)) + "\n"
        (ROOT / run.chapter).write_text(text, encoding="utf-8", newline="\n")


def named(name: str) -> Path:
    """The chapter with this number, name or path, like ``03`` or ``03_symmetry``."""
    wanted = Path(name).stem
    found = [path for path in chapters() if wanted in (path.stem, path.stem[:2])]
    if not found:
        known = ", ".join(path.stem for path in chapters())
        raise BookError(f"there is no chapter {name!r}; the chapters are {known}")
    return found[0]


def normalize(notebook: NotebookNode) -> NotebookNode:
    """The form in which a chapter is committed: text outputs, counted from 1.

    Pictures, HTML and widgets are made anew wherever the notebook is read, cannot be
    reviewed in a diff, and could carry a script.
    """
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        cell.outputs = [
            kept for output in cell.outputs if (kept := words(output, count))
        ]
    notebook.metadata = NotebookNode(
        kernelspec={
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        language_info={"name": "python"},
    )
    notebook.nbformat_minor = 5
    return notebook


def words(output: NotebookNode, count: int) -> NotebookNode | None:
    """What of an output can be read as text, if anything."""
    if output.output_type not in ("execute_result", "display_data"):
        return output
    if "text/plain" not in output.data:
        return None
    output.data = {"text/plain": output.data["text/plain"]}
    output.metadata = {}
    if output.output_type == "execute_result":
        output.execution_count = count
    return output
