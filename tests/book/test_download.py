"""What readers take home: notebooks that say what they need, and a zip that runs."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
import torch
from ipykernel.kernelspec import get_kernel_dict
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from book import download
from book.project import COURSE
from tests.shared.built import page, site
from tests.shared.toys import toy_course

PACKAGES = Path(torch.__file__).parents[1]


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


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The zip as a reader unpacks it."""
    folder = tmp_path_factory.mktemp("zip")
    with ZipFile(site() / download.ZIP) as archive:
        archive.extractall(folder)
    return folder / "first-weights"


class Stranger(AsyncKernelManager):
    """A kernel that has the packages, and not the course, even where that is installed.

    With -S no package adds folders to Python's path, as the course's own does here.
    """

    @property
    def kernel_spec(self):
        spec = get_kernel_dict()
        python, *rest = spec["argv"]
        return KernelSpec(**spec | {"argv": [python, "-S", *rest]})


def run_beginning(notebook, folder):
    """Run a notebook as far as its first own code, there; say where helpers is from.

    pip asks no network, and puts what it installs where the kernel looks.
    """
    own = next(n for n, c in enumerate(notebook.cells) if "import torch" in c.source)
    asked = new_code_cell("import helpers; print(helpers.__file__)")
    notebook.cells = [*notebook.cells[: own + 1], asked]
    installed = folder / "installed"
    installed.mkdir(exist_ok=True)  # as site-packages is there before
    pip = {"TARGET": str(installed), "NO_INDEX": "1", "NO_DEPS": "1"}
    pip["NO_BUILD_ISOLATION"] = "0"  # so pip spells: build with what is here
    env = os.environ | {f"PIP_{name}": value for name, value in pip.items()}
    env["PYTHONPATH"] = os.pathsep.join([str(installed), str(PACKAGES)])
    client = NotebookClient(
        notebook,
        kernel_manager_class=Stranger,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=env)
    return Path(asked.outputs[0].text.strip())


def downloaded(chapter):
    """A chapter as its page offers it."""
    return nbformat.read(site() / "_sources" / chapter, as_version=4)


def test_a_downloaded_notebook_says_what_it_needs_and_is_the_chapter():
    beginnings = set()
    for chapter in COURSE.chapters():
        words, code, *rest = downloaded(chapter).cells
        assert rest == nbformat.read(COURSE.root / chapter, as_version=4).cells
        assert words.cell_type == "markdown"
        assert "Python 3.11" in words.source
        beginnings.add((words.source, code.source))
    assert len(beginnings) == 1, "what is tried with one chapter holds for all"


def test_a_downloaded_notebook_runs_with_the_zip_beside_it(tmp_path):
    notebook = downloaded(COURSE.chapters()[1])
    assert f"`{download.ZIP}`" in notebook.cells[0].source
    shutil.copy(site() / download.ZIP, tmp_path)
    found = run_beginning(notebook, tmp_path)
    assert found.is_relative_to(tmp_path / "installed")


def test_a_downloaded_notebook_runs_beside_the_code(tmp_path, unpacked):
    shutil.copytree(unpacked / "helpers", tmp_path / "helpers")
    found = run_beginning(downloaded(COURSE.chapters()[1]), tmp_path)
    assert found.is_relative_to(tmp_path / "helpers")


def test_a_downloaded_notebook_alone_asks_for_the_zip(tmp_path):
    with pytest.raises(CellExecutionError, match=f"Put {download.ZIP} beside"):
        run_beginning(downloaded(COURSE.chapters()[1]), tmp_path)


def test_the_chapters_of_the_zip_run_in_its_folder(tmp_path, unpacked):
    # its README installs the folder; here the kernel finds it beside the chapters
    folder = tmp_path / "first-weights"
    shutil.copytree(unpacked, folder)
    for name in ("helpers", "classroom"):
        shutil.copytree(unpacked / name, folder / "installed" / name)
    for chapter in COURSE.chapters()[:1]:
        notebook = nbformat.read(folder / chapter, as_version=4)
        assert run_beginning(notebook, folder).is_relative_to(folder)


def test_the_zip_has_all_that_the_chapters_need(unpacked):
    for chapter in COURSE.chapters():
        written = (COURSE.root / chapter).read_bytes()
        assert (unpacked / chapter).read_bytes() == written
    needs = (unpacked / "requirements.txt").read_text().splitlines()
    assert needs[-1] == "-e ." and any(line.startswith("torch") for line in needs)
    assert not any(line.startswith(("jupyter-book", "nbval")) for line in needs)


def linked(path):
    """The files that a notebook or a page of Markdown links to or shows."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    found = re.findall(r"\]\(([^)#\s]+)|(?:href|src)=\"([^\"#]+)", text)
    return {link for pair in found for link in pair if link and "://" not in link}


def test_all_that_the_pages_of_the_zip_link_to_is_in_it(unpacked):
    files = [*unpacked.rglob("*.md"), *unpacked.rglob("*.ipynb")]
    links = [(path, link) for path in files for link in linked(path)]
    assert {"glossary.md", "references.md", "drawings/fans.svg"} <= {
        link for _, link in links
    }
    lost = [
        f"{path.name}: {link}"
        for path, link in links
        if not (path.parent / link).is_file()
    ]
    assert lost == []


def test_the_lines_of_the_zips_readme_are_whole(unpacked):
    text = (unpacked / "README.md").read_text()
    commands = re.findall("^    (.+)$", text, re.M)
    assert len(commands) == 4
    for command in commands:
        assert "  " not in command, "blanks in the midst of a command"
        for name in command.split():
            if name.endswith((".txt", ".ipynb")):
                assert (unpacked / name).is_file(), name
    assert any(f" torch=={torch.__version__.partition('+')[0]} " in c for c in commands)


def test_the_files_of_the_zip_are_as_old_as_the_course():
    with ZipFile(site() / download.ZIP) as archive:
        dates = {datetime(*each.date_time, tzinfo=UTC) for each in archive.infolist()}
    [date] = dates
    assert datetime(2024, 1, 1, tzinfo=UTC) < date < datetime.now(UTC)


def test_the_date_is_the_one_that_was_asked_for_the_commits_or_the_pages(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    project = toy_course(tmp_path)
    for path in project.pages():
        os.utime(project.root / path, (1.7e9, 1.7e9))
    assert download.date(project).timestamp() == 1.7e9
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run(
        [*git, "commit", "-q", "--allow-empty", "-m", "one"],
        check=True,
        env=os.environ | {"GIT_COMMITTER_DATE": "1600000000 +0000"},
    )
    assert download.date(project).timestamp() == 1.6e9
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1500000000")
    assert download.date(project).timestamp() == 1.5e9
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert download.date(project).year == 1980, "no zip is older"


def test_a_copy_for_colab_begins_by_fetching_the_code_and_is_the_chapter(monkeypatch):
    chapter = COURSE.chapters()[0]
    monkeypatch.setattr(
        download, "repository", lambda project: ("https://github.com/a/b", "main")
    )
    words, code, *rest = nbformat.reads(download.to_download(COURSE, chapter), 4).cells
    assert "git+https://github.com/a/b@main" in code.source
    assert download.ZIP not in words.source, "nothing has to be put anywhere"
    assert rest == nbformat.read(COURSE.root / chapter, 4).cells
    # Where helpers is installed, as here, the cell does nothing: pip would fail.
    program = TransformerManager().transform_cell(code.source)
    exec(program, {"get_ipython": None})
