"""What readers take home: notebooks of words, a zip that runs, copies for Colab."""

import os
import subprocess
import sys
from zipfile import ZipFile

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from book import download
from book.project import COURSE
from tests.shared.built import page, site


def test_notebooks_to_download_hold_words_only():
    found = sorted((site() / "_sources").rglob("*.ipynb"))
    assert [path.relative_to(site() / "_sources") for path in found] == sorted(
        COURSE.chapters()
    )
    for path in found:
        notebook = nbformat.read(path, as_version=4)
        assert "widgets" not in notebook.metadata
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                assert output.output_type != "error"
                assert set(output.get("data", {"text/plain": ""})) == {"text/plain"}


def test_a_page_offers_its_notebook():
    for chapter in COURSE.chapters():
        name = chapter.with_suffix(".html").as_posix()
        links = [link.get("href", "") for link in page(name).all("a")]
        assert any(link.endswith(f"_sources/{chapter.as_posix()}") for link in links)


def test_the_zip_has_all_that_the_chapters_need(tmp_path):
    with ZipFile(site() / "first-weights.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "first-weights"
    found = sorted(path.name for path in (folder / "chapters").iterdir())
    assert found == sorted(chapter.name for chapter in COURSE.chapters())
    for chapter in COURSE.chapters():
        assert (folder / chapter).read_bytes() == (COURSE.root / chapter).read_bytes()
    # Each chapter's first cell, in the unpacked folder, which knows no other one.
    first = [
        next(
            c.source
            for c in nbformat.read(folder / chapter, 4).cells
            if c.cell_type == "code"
        )
        for chapter in COURSE.chapters()
    ]
    program = "\n".join([*first, "import helpers; print(helpers.__file__)"])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder / "chapters",
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(str(folder)), done.stderr
    needs = (folder / "requirements.txt").read_text().splitlines()
    assert needs[-1] == "-e ." and any(line.startswith("torch") for line in needs)
    assert not any(line.startswith(("jupyter-book", "nbval")) for line in needs)
    assert "torch==" in (folder / "README.md").read_text()


def test_a_copy_for_colab_begins_by_fetching_the_code_and_is_the_chapter(monkeypatch):
    chapter = COURSE.chapters()[0]
    assert download.to_download(COURSE, chapter) == (COURSE.root / chapter).read_text(
        "utf-8"
    )
    monkeypatch.setattr(
        download, "repository", lambda project: ("https://github.com/a/b", "main")
    )
    first, *rest = nbformat.reads(download.to_download(COURSE, chapter), 4).cells
    assert "git+https://github.com/a/b@main" in first.source
    assert rest == nbformat.read(COURSE.root / chapter, 4).cells
    # Where helpers is installed, as here, the cell does nothing: pip would fail.
    program = TransformerManager().transform_cell(first.source)
    exec(program, {"get_ipython": None})
