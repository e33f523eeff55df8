"""Chapters are committed with their words and numbers, and nothing else."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.notebooks import normalize, refresh
from tests.shared.toys import ONE, write_chapter

MY_KERNEL = {"name": "mine", "display_name": "Mine", "language": "python"}


def shown(**data):
    mimes = {name.replace("_", "/"): text for name, text in data.items()}
    return new_output("display_data", mimes, metadata={"image/png": {"width": 1}})


def test_committed_notebooks_keep_words_and_numbers_only():
    cells = [
        new_markdown_cell("# A", id="a"),
        new_code_cell(
            "f()",
            id="b",
            execution_count=7,
            metadata={"execution": {"iopub": "now"}, "tags": ["check"]},
            outputs=[
                shown(text_plain="<Figure>", image_png="AAAA", text_html="<script>"),
                shown(text_html="<b>only html</b>"),
                new_output("stream", text="12.5\n"),
                new_output("execute_result", {"text/plain": "3"}, execution_count=7),
            ],
        ),
    ]
    metadata = {"widgets": {"state": {}}, "kernelspec": MY_KERNEL}
    kept = normalize(nbformat.from_dict(new_notebook(cells=cells, metadata=metadata)))
    nbformat.validate(kept)
    text = nbformat.writes(kept)
    assert kept.metadata.keys() == {"kernelspec", "language_info"}
    assert kept.metadata.kernelspec["name"] == "python3"
    assert not any(word in text for word in ("AAAA", "script", "html", "iopub"))
    assert kept.cells[1].metadata == {"tags": ["check"]}
    assert [output.output_type for output in kept.cells[1].outputs] == [
        "display_data",
        "stream",
        "execute_result",
    ]
    assert kept.cells[1].execution_count == 1
    assert kept.cells[1].outputs[2].execution_count == 1
    assert nbformat.writes(normalize(kept)) == text, "twice is the same"


def test_a_chapter_is_executed_in_place(project):
    write_chapter(project, new_code_cell("print(6 * 7)", id="answer"))
    refresh(project, ["one"])
    text = (project.root / ONE).read_text(encoding="utf-8")
    stored = nbformat.reads(text, as_version=4)
    assert stored.cells[1].outputs[0].text == "42\n"
    assert stored.cells[1].execution_count == 1
    assert "FIRST_WEIGHTS_BOOK" not in text and text.endswith("}\n")
