"""Whole classes graded from end to end, as a teacher does it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
import torch
from nbformat.v4 import new_code_cell

import helpers
from classroom.__main__ import main
from classroom.course import Graded, only_grader
from classroom.grading import Job, at_most, grade, what_cannot_be_isolated
from classroom.hand_ins import HandIn
from classroom.notebook import Master
from classroom.release import students_version
from classroom.reports import for_gradescope, write_gradescope
from classroom.sandbox import ISOLATION, Limits
from tests.shared.homework import ANSWERS, MASTER, RELEASED, TESTS, as_bytes, solved

ROOT = Path(helpers.__file__).parents[1]
FULL = sum(points for points, _ in TESTS.values())
FAST = Limits(cpu=2, total=60)
OTHER = ROOT / "assignments" / "05_xavier.ipynb"
CLASS = {
    "ada": as_bytes(solved()),
    "bob": as_bytes(solved(double="def double(x):\n    return x * x", why="")),
    "cleo": as_bytes(RELEASED),
    "dan": as_bytes(solved(size="import os\nos._exit(3)")),
    "eve": b"{",
    "fay": nbformat.writes(students_version(Master.read(OTHER))).encode(),
}


def write_class(folder, hand_ins):
    for name, notebook in hand_ins.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "homework.ipynb").write_bytes(notebook)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class that was graded from the command line, and how."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "homework.ipynb").write_text(MASTER.text)
    (folder / "roster.csv").write_text("name,id\nAda,ada\nbob,b\nZoe,z\n")
    write_class(folder / "in", CLASS)
    words = [folder / "homework.ipynb", folder / "in", folder / "out", "--jobs", 2]
    words += ["--roster", folder / "roster.csv", "--seed", 3, "--gradescope"]
    words = ["grade", *map(str, words)]
    assert main(words) == 0
    return folder, words


def rows(out):
    with open(out / "marks.csv", newline="", encoding="utf-8") as file:
        return {row["file"] or row["student"]: row for row in csv.DictReader(file)}


def test_every_student_and_every_file_has_a_row(course):
    found = rows(course[0] / "out")
    marks = {name: (row["status"], row["total"]) for name, row in found.items()}
    assert marks == {
        "ada/homework.ipynb": ("graded", "5"),
        "bob/homework.ipynb": ("graded", "3"),
        "cleo/homework.ipynb": ("graded", "0"),
        "dan/homework.ipynb": ("died", "3"),
        "eve/homework.ipynb": ("unreadable", ""),
        "fay/homework.ipynb": ("another", ""),
        "Zoe": ("missing", ""),
    }
    ada, bob = found["ada/homework.ipynb"], found["bob/homework.ipynb"]
    assert ada["student"] == "Ada" and ada["noticed"] == "" == ada["why (by hand)"]
    assert [bob[name] for name in ANSWERS] == ["0", "2", "1"]
    assert bob["noticed"] == "why: empty"
    assert "not on the roster" in found["dan/homework.ipynb"]["noticed"]
    assert "exit code 3" in found["dan/homework.ipynb"]["noticed"]
    assert float(ada["seconds"]) > 0 and float(ada["cpu_seconds"]) > 0
    missing = what_cannot_be_isolated()
    active = [name for name in ISOLATION if name not in missing]
    assert ada["sandbox"] == (" ".join(active) or "none")


def test_feedback_has_messages_and_no_hidden_test(course):
    pages = {p.name[:3]: p.read_text() for p in (course[0] / "out/feedback").iterdir()}
    assert len(pages) == len(CLASS)
    assert "twice the number, whatever its sign and size" in pages["bob"]
    assert "Because it is." in pages["ada"] and "NotImplementedError" in pages["cle"]
    for text in pages.values():
        assert "1e300" not in text and "HIDDEN" not in text


def test_gradescope_reads_the_results(course):
    out = course[0] / "out"
    found = {p.name[:3]: json.loads(p.read_text()) for p in out.glob("*.results.json")}
    assert len(found) == len(CLASS)
    assert sum(test["score"] for test in found["bob"]["tests"]) == 3
    assert sum(test["max_score"] for test in found["bob"]["tests"]) == FULL
    assert found["eve"]["score"] == 0 and "not JSON" in found["eve"]["output"]
    assert found["fay"] == {"score": 0, "output": "another; another homework"}
    for name in ("ada", "bob", "cle", "dan"):
        assert found[name].keys() == {"execution_time", "stdout_visibility", "tests"}
        for test in found[name]["tests"]:
            assert test.keys() == {"name", "score", "max_score", "output", "visibility"}


def test_what_was_noticed_is_for_teachers_only_on_gradescope(course):
    # The specification: of test cases, "hidden" is never shown to students; the
    # "output" of the whole is, so it is not there.
    for path in course[0].glob("out/*.results.json"):
        found = json.loads(path.read_text())
        noted = [t for t in found.get("tests", []) if t["visibility"] == "hidden"]
        others = [t for t in found.get("tests", []) if t not in noted]
        assert {t["visibility"] for t in others} <= {"after_published"}
        if path.name.startswith("dan"):
            assert "exit code 3" in noted[0]["output"] and noted[0]["max_score"] == 0
            assert "output" not in found
        else:
            assert not noted


def test_one_students_best_file_is_gradescopes_result(tmp_path):
    def graded(student, total):
        tests = [{"question": "q", "test": "t", "points": 5, "marks": total}]
        tests[0] |= {"message": "", "status": ""}
        result = {"status": "graded", "noticed": [], "seconds": 1, "tests": tests}
        return Graded(HandIn(Path(), student, student), {**result, "total": total})

    bad = Graded(HandIn(Path(), "eve", "eve"), {"status": "unreadable", "noticed": []})
    write_gradescope(tmp_path, [bad, graded("eve", 3), graded("eve", 2)])
    found = json.loads((tmp_path / "results.json").read_text())
    assert found == for_gradescope(graded("eve", 3))
    write_gradescope(tmp_path, [])
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 0


def test_going_on_grades_what_is_new_and_nothing_twice(course, capsys):
    folder, words = course
    results = folder / "out" / "results"
    before = {path.name: path.stat().st_mtime_ns for path in results.iterdir()}
    marks = (folder / "out/marks.csv").read_bytes()
    assert main(words) == 1
    assert "--resume" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0
    assert (folder / "out/marks.csv").read_bytes() == marks
    assert {p.name: p.stat().st_mtime_ns for p in results.iterdir()} == before
    # what a teacher adds by hand stays
    table = folder / "out/marks.csv"
    by_hand = marks.decode().replace(",0,2,1,,", ",0,2,1,1.5,").encode()
    assert by_hand != marks
    table.write_bytes(by_hand)
    assert main([*words, "--resume"]) == 0
    assert table.read_bytes() == by_hand
    with only_grader(folder / "out"):
        assert main([*words, "--resume"]) == 1
    assert "another grader" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("grade none.ipynb in out", "none.ipynb"),
        ("grade hw.ipynb none out", "none is no folder"),
        ("grade hw.ipynb in in/marks", "put it elsewhere"),
        ("grade hw.ipynb in in", "put it elsewhere"),
        ("grade hw.ipynb in hw.ipynb", "hw.ipynb is no folder"),
        ("grade hw.ipynb in out --roster none.csv", "none.csv"),
        ("grade in in out", "in is no notebook"),
        ("grade student.ipynb in out", "no reference answer"),
        ("release none.ipynb out", "none.ipynb"),
        ("release hw.ipynb hw.ipynb", "master itself"),
        ("release student.ipynb out", "no reference answer"),
        ("check none.ipynb", "none.ipynb"),
    ],
)
def test_what_a_teacher_can_mend_is_one_message(
    words, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("hw.ipynb").write_text(MASTER.text)
    Path("student.ipynb").write_text(nbformat.writes(RELEASED))
    Path("in").mkdir()
    assert main(words.split()) == 1
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "bake",
        "grade hw.ipynb",
        "grade hw.ipynb in out --jobs 0",
        "grade hw.ipynb in out --jobs many",
        "grade hw.ipynb in out --seed -1",
        "grade hw.ipynb in out --seed 4294967296",
        "grade hw.ipynb in out --seed " + "9" * 5000,
    ],
    ids=lambda words: words[:40],
)
def test_arguments_out_of_range_are_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    assert "usage" in capsys.readouterr().err


def test_check_says_what_is_wrong(tmp_path, capsys):
    good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
    good.write_text(MASTER.text)
    bad.write_text(MASTER.text.replace('"points": 1', '"points": -1'))
    assert main(["check", str(good)]) == 0
    assert main(["check", str(good), str(bad)]) == 1
    assert "points is -1" in capsys.readouterr().out


# One hand-in -------------------------------------------------------------------------


def graded(notebook, seed=0):
    return grade(Job("homework", MASTER.text, seed, as_bytes(notebook), FAST))


def test_what_jupyter_does_works_without_a_kernel():
    notebook = solved()
    cells = {
        "matplotlib": "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nplt.show()\nprint('drawn')",
        "time": "%%time\nprint('timed')",
        "shell": "!echo from the shell",
        "pip": "%pip install nothing-at-all\n!pip install nothing-at-all",
        "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
        "display": "from IPython.display import display\ndisplay(torch.ones(1))",
        "widgets": "from ipywidgets import interact\n"
        "interact(lambda n: print('moved', n), n=(0, 10))",
        "workers": "from torch.utils.data import DataLoader, TensorDataset\n"
        "data = DataLoader(TensorDataset(torch.arange(4.0)), 2, num_workers=1)\n"
        "print(sum(x.sum().item() for (x,) in data))",
        "input": "name = input('Who? ')",
        "file": "with open('a.txt', 'w') as f:\n    f.write('kept')\n"
        "print(open('a.txt').read())",
        "helpers": "from helpers.training import digits\nprint(digits(0, 16).x.shape)",
    }
    for name, source in cells.items():
        notebook.cells.insert(-1, new_code_cell(source, id=name))
    result = graded(notebook)
    said, errors = result["outputs"], result["errors"]
    assert errors.keys() == {"input"} and errors["input"].startswith("EOFError")
    assert (result["status"], result["total"]) == ("graded", FULL)
    for name, words in {
        "matplotlib": "drawn",
        "time": "Wall time",
        "shell": "from the shell",
        "pip": "nothing is installed",
        "await": "awaited",
        "display": "tensor([1.])",
        "workers": "6.0",
        "file": "kept",
        "helpers": "Size",
    }.items():
        assert words in said[name], (name, said[name])


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_right_answer_is_right_for_every_seed(seed):
    assert graded(solved(), seed)["total"] == FULL


def test_an_answer_made_for_one_seed_is_wrong_for_another():
    """The hidden test of "size" draws with SEED: a table of its answers is none."""
    generator = torch.Generator().manual_seed(0)
    draws = [torch.randn(50, generator=generator) for _ in range(3)]
    table = {v[0].item(): v.square().mean().sqrt().item() for v in draws}
    table[3.0] = 12.5**0.5
    cheat = f"def size(v):\n    return {table!r}.get(v[0].item(), 0.0)"
    assert graded(solved(size=cheat))["total"] == FULL
    assert graded(solved(size=cheat), seed=5)["total"] == FULL - 2


def test_a_statement_of_the_judges_may_not_take_for_ever():
    with pytest.raises(TimeoutError), at_most(1):
        while True:
            pass


# Without namespaces ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "bob", "dan"])
def test_without_isolation_the_marks_are_the_same(name):
    job = Job("homework", MASTER.text, 3, CLASS[name], FAST)
    shut_in, open_to_all = grade(job), grade(replace(job, isolate=False))
    assert open_to_all["sandbox"] == []
    for key in ("status", "total", "tests", "errors", "outputs", "noticed"):
        assert open_to_all[key] == shut_in[key]


def test_a_kernel_that_refuses_namespaces_is_said_loudly(tmp_path):
    """In a user namespace of our own we can forbid all further ones."""
    forbid = "echo 0 > /proc/sys/user/max_user_namespaces"
    alone = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    try:
        subprocess.run([*alone, forbid], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("namespaces are refused here: all tests run without isolation")
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    write_class(tmp_path / "in", {name: CLASS[name] for name in ("ada", "dan")})
    order = f"exec {sys.executable} -m classroom grade homework.ipynb in out"
    told = subprocess.run(
        [*alone, f"{forbid} && {order}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    warned = "WARNING: no isolation of network, files, processes, memory"
    assert told.stderr.startswith(warned)
    assert "2 ran without full isolation" in told.stdout
    found = rows(tmp_path / "out").values()
    assert [(row["total"], row["sandbox"]) for row in found] == [
        ("5", "none"),
        ("3", "none"),
    ]


@pytest.mark.parametrize("refused", [(), ("files", "processes")])
def test_the_course_may_lie_anywhere_and_a_root_may_be_refused(tmp_path, refused):
    """pytest's folders are in /tmp, as a clone may be; a new root can be forbidden."""
    for name in ("helpers", "classroom"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "helpers" / "late.py").write_text("")
    if refused:
        sandbox = tmp_path / "classroom" / "sandbox.py"
        text = sandbox.read_text()
        assert text.count("    root = hidden(paths)\n") == 1
        line = "    raise OSError('refused')\n"
        sandbox.write_text(text.replace("    root = hidden(paths)\n", line))
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    write_class(tmp_path / "in", {name: CLASS[name] for name in ("ada", "dan")})
    # what is left running would live as long as its process
    escape = "import subprocess\nsubprocess.Popen(['sleep', '987654'])\n"
    escape += "import helpers.late\n"
    write_class(
        tmp_path / "in", {"zed": as_bytes(solved(size=escape + ANSWERS["size"]))}
    )
    words = ["-m", "classroom", "grade", "homework.ipynb", "in", "out"]
    told = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    missing = {*what_cannot_be_isolated(), *refused}
    given = " ".join(name for name in ISOLATION if name not in missing) or "none"
    found = rows(tmp_path / "out").values()
    assert [(row["total"], row["sandbox"]) for row in found] == [
        ("5", given),
        ("3", given),
        ("5", given),
    ]
    assert "987654" not in " ".join(
        " ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])
    )
