"""The form in which a chapter is committed: words and numbers, counted from 1.

Pictures, HTML and widgets are made anew wherever the notebook is read, cannot be
reviewed in a diff, and could carry a script.
"""

import nbformat
from nbformat import NotebookNode

from book.execute import execute_all, finished
from book.project import Project


def refresh(project: Project, names: list[str]) -> None:
    """Execute chapters in place, all or those named, and keep their words and numbers.

    Raises:
        BookError: If a name is no chapter's, or a chapter fails.
    """
    todo = [project.find_chapter(name) for name in names] or project.chapters()
    for run in finished(execute_all(project, todo, for_book=False)):
        text = nbformat.writes(normalize(run.notebook)) + "\n"
        target = project.root / run.chapter
        target.write_text(text, encoding="utf-8", newline="\n")


def normalize(notebook: NotebookNode) -> NotebookNode:
    """A notebook in that form; it is changed in place."""
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
