"""A chapter's results are the same whatever a reader has set around them."""

import os
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from book import environment
from book.execute import execute_for_site
from book.project import BookError
from tests.shared.toys import ONE, write_chapter

DRAWS = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
TELLS = "import os, random\n1 + 1\n(hash('a'), random.Random('a').random())"


@pytest.fixture
def settings(tmp_path_factory, monkeypatch):
    """What can be set around a build, each with another value than the book's."""
    home = tmp_path_factory.mktemp("home")
    (home / "matplotlibrc").write_text("lines.linewidth: 9\nfont.size: 30\n")
    profile = home / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    for name in ("ipython_config.py", "ipython_kernel_config.py"):
        (profile / name).write_text(
            "c.InteractiveShell.ast_node_interactivity = 'all'\n"
            "c.InteractiveShellApp.exec_lines = ['print(1)']\n"
        )
    return {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MATPLOTLIBRC": str(home / "matplotlibrc"),
        "MPLCONFIGDIR": str(home),
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "7",
        "PYTHONSTARTUP": str(profile / "ipython_config.py"),
        "OMP_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
        "ATEN_CPU_CAPABILITY": "default",
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "Asia/Kolkata",
        "FIRST_WEIGHTS_BOOK": "",
    }


def executed(project):
    execute_for_site(project, {ONE: "key"})
    return (project.executed / ONE).read_text(encoding="utf-8")


def test_settings_of_a_reader_change_no_result(project, settings, monkeypatch):
    cells = [
        new_code_cell(source, id=f"cell-{i}")
        for i, source in enumerate(
            [
                DRAWS,
                TELLS,
                "import torch\ntorch.get_num_threads()",
                "__import__('time').tzname",
            ]
        )
    ]
    write_chapter(project, *cells)
    plain = executed(project)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert executed(project) == plain
    result = nbformat.reads(plain, as_version=4)
    assert "image/svg+xml" in result.cells[1].outputs[0].data
    assert len(result.cells[2].outputs) == 1
    assert result.cells[3].outputs[0].data["text/plain"] == "1"
    assert result.cells[4].outputs[0].data["text/plain"] == "('UTC', 'UTC')"


@pytest.mark.parametrize("home", ["/proc", "/nowhere/at/all"])
def test_no_home_is_needed(project, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    write_chapter(project, new_code_cell(DRAWS, id="draws"))
    assert "svg" in executed(project)


def test_what_python_needs_to_start_is_passed_on(project, monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/lib")
    monkeypatch.setenv("PYTHONPATH", "/opt/python")
    monkeypatch.setenv("A_TOKEN", "secret")
    found = environment.environment(project)
    assert found["PATH"] == os.environ["PATH"]
    assert found["LD_LIBRARY_PATH"] == "/opt/lib"
    assert found["PYTHONPATH"] == f"{project.root}{os.pathsep}/opt/python"
    assert "A_TOKEN" not in found


def test_fonts_are_looked_for_once(project, monkeypatch):
    environment.prepare(project)
    [fonts] = project.home.glob("matplotlib/fontlist-*.json")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    environment.prepare(project)
    fonts.unlink()
    with pytest.raises(BookError, match="matplotlib does not start"):
        environment.prepare(project)


def test_the_day_that_drawings_name_is_not_the_year_of_the_copyright(project):
    assert environment.prepare(project)["SOURCE_DATE_EPOCH"] == "0"
    assert "SOURCE_DATE_EPOCH" not in environment.environment(project), (
        "Sphinx would put its year in the place of _config.yml's"
    )
