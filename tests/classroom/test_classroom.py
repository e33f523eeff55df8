"""The teacher's program: each of its parts alone."""

import json
import math
import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell

import helpers
from classroom.check import problems
from classroom.course import Graded, write
from classroom.hand_ins import HandIn, Roster, find
from classroom.matching import plan, read
from classroom.notebook import Master, NotebookError, cell_of, replaced
from classroom.release import release, students_version
from classroom.reports import file_name, harmless, page, table
from classroom.slices import bindings, for_student, statements
from classroom.values import BadValue, Other, is_data, pack, unpack
from tests.shared.homework import (
    MASTER,
    RELEASED,
    TESTS,
    as_bytes,
    at,
    solved,
    taken,
)

ROOT = Path(helpers.__file__).parents[1]
FULL = sum(points for points, _ in TESTS.values())


# Notebooks ---------------------------------------------------------------------------


def test_regions_are_replaced_with_their_indent():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n    ### END SOLUTION\n    z"
    assert replaced(source, "SOLUTION") == "def f(x):\n    z"
    stub = "# HERE\nraise"
    with_stub = "def f(x):\n    # HERE\n    raise\n    z"
    assert replaced(source, "SOLUTION", stub) == with_stub
    assert replaced(source, "HIDDEN TESTS") == source


@pytest.mark.parametrize(
    "lines",
    [
        ["### BEGIN SOLUTION"],
        ["### END SOLUTION"],
        ["### BEGIN SOLUTION", "### BEGIN SOLUTION", "### END SOLUTION"],
    ],
)
def test_marks_that_are_not_in_pairs_are_an_error(lines):
    with pytest.raises(NotebookError, match="SOLUTION"):
        replaced("\n".join(lines), "SOLUTION", "")


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"metadata": 3, "source": 4},
        {"metadata": {"nbgrader": []}, "source": ["a", 1]},
        {"metadata": {"nbgrader": {"points": "many", "grade": 1, "grade_id": 7}}},
        {"metadata": {"nbgrader": {"points": math.inf}}},
        {"metadata": {"nbgrader": {"points": math.nan}}},
        {"metadata": {"nbgrader": {"points": 10**400}}},
    ],
)
def test_any_json_makes_a_cell(raw):
    cell = cell_of(raw)
    assert (cell.points, cell.grade, cell.solution) == (0, False, False)


def test_a_seed_is_set_in_locked_code_only():
    master = replace(MASTER, seed=7)
    assert "SEED = 7" in master.setup[0].source
    assert [c.source for c in master.answers] == [c.source for c in MASTER.answers]


# Slices ------------------------------------------------------------------------------


def kinds(source, *students):
    return [part.kind for part in statements(source, frozenset(students))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 3\ngot = f(n)\nassert got == n", ["input", "call", "assert"]),
        ("assert value == 1", ["assert"]),
        # what came from a student stays theirs, until it is bound anew
        ("a = f(1)\nb = a + 1\nassert b == 2", ["call", "call", "assert"]),
        ("a = f(1)\na = 2\nb = a", ["call", "input", "input"]),
        # a local name of the same spelling is another one
        ("a = [f for f in range(3)]", ["input"]),
        ("g = lambda f: f + 1", ["input"]),
        ("def g(f):\n    return f", ["input"]),
        ("def g(x):\n    return f(x)\na = g(1)", ["call", "call"]),
        ("class A:\n    f = 1\n    b = 2", ["input"]),
        ("class A(f):\n    pass", ["call"]),
        # filled in place: what is given to a student's function is theirs
        ("W = [0]\nf(W)\nx = W[0]\nassert x == 1", ["input", "call", "call", "assert"]),
        ("W = [0]\nfor i in range(3):\n    W.append(f(i))\ny = W", "input call call"),
        ("a = {}\na['k'] = f(1)\nb = a", ["input", "call", "call"]),
        ("n = 1\nn += f(1)\nm = n", ["input", "call", "call"]),
        ("for i in range(3):\n    assert i < value", ["assert"]),
        ("import math\nx = math.pi", ["input", "input"]),
    ],
)
def test_statements_are_inputs_calls_or_asserts(source, expected):
    expected = expected.split() if isinstance(expected, str) else expected
    assert kinds(source, "f", "value") == expected


def test_what_only_asserts_need_stays_with_the_judge():
    source = "n = 3\nsecret = 2 * n\ngot = double(n)\nassert got == secret, ''"
    parts = statements(source, frozenset({"double"}))
    assert for_student(parts) == [0, 2]


def test_hidden_statements_are_known_as_such():
    parts = statements(MASTER.cell("test-double").source, MASTER.students_names)
    assert [part.hidden for part in parts] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "source",
    [
        "def broken(:",
        "x = " + "(" * 300 + ")" * 300,
        "x = " + "+".join("1" * 20_000),
        "x = " + "-" * 50_000 + "1",
        "a\0b",
        "x = '\ud800'",
        "x = 1\n" * 50_000,
    ],
    ids=["syntax", "parentheses", "sums", "signs", "nul", "surrogate", "long"],
)
def test_code_that_cannot_be_looked_into_binds_nothing(source):
    assert bindings(source) == frozenset()


def test_bindings_are_those_of_the_top_level():
    source = "import math\nx, (y, *z) = 1, (2, 3)\ndef f(a):\n    b = a\nclass C: d = 1"
    assert bindings(source) == {"x", "y", "z", "f", "C"}


# Values ------------------------------------------------------------------------------


DATA = [
    None,
    True,
    0,
    -(2**70),
    0.1,
    -0.0,
    math.inf,
    5e-324,
    2 + 3j,
    "",
    "naïve \ud800 \0",
    b"\x00\xff",
    [1, [2.5, "x"]],
    (1, (2,), []),
    {1, 2},
    {"a": (1, 2), 3: None, (1, 2): [4]},
    torch.float64,
    torch.bfloat16,
]
TENSORS = [
    torch.tensor(3.5, dtype=torch.float64),
    torch.arange(12).reshape(3, 4).T,
    torch.zeros(0, 3),
    torch.tensor([True, False]),
    torch.tensor([1 + 2j]).conj(),
    torch.randn(3, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16),
    torch.ones(2).expand(3, 2),
    torch.nn.Parameter(torch.ones(2)),
]
ARRAYS = [
    np.arange(6.0).reshape(2, 3).T,
    np.array(["a", "bc"]),
    np.zeros((0, 2), np.int8),
    np.array([1 + 2j], np.complex64),
]


@pytest.mark.parametrize("value", DATA, ids=lambda v: ascii(v)[:20])
def test_data_crosses_as_what_it_is(value):
    got = unpack(pack(value))
    assert got == value and type(got) is type(value) and is_data(value)
    assert repr(got) == repr(value)  # -0.0 too


def test_not_a_number_crosses():
    assert math.isnan(unpack(pack(math.nan)))


@pytest.mark.parametrize("value", TENSORS, ids=lambda t: f"{t.dtype} {tuple(t.shape)}")
def test_tensors_cross_with_type_shape_and_grad(value):
    got = unpack(pack({"t": [value]}))["t"][0]
    assert torch.equal(got, value) and got.requires_grad == value.requires_grad
    assert (got.dtype, got.shape) == (value.dtype, value.shape)
    got.detach().add_(0 if got.dtype != torch.bool else False)  # its own, and writable


@pytest.mark.parametrize("value", ARRAYS, ids=lambda a: f"{a.dtype} {a.shape}")
def test_arrays_cross_with_type_and_shape(value):
    got = unpack(pack(value))
    assert got.dtype == value.dtype and got.shape == value.shape
    assert np.array_equal(got, value)


def test_numpy_scalars_keep_their_type():
    got = unpack(pack(np.float32(0.1)))
    assert got == np.float32(0.1) and type(got) is np.float32


class Anything:
    def __reduce__(self):
        return os.system, ("false",)


@pytest.mark.parametrize("value", [Anything(), print, math, iter([]), torch.nn.ReLU()])
def test_anything_else_arrives_as_the_name_of_its_type(value):
    assert unpack(pack([1, value]))[1] == Other(type(value).__name__)
    assert not is_data({"a": [value]})


def test_subclasses_of_data_arrive_as_data():
    class Liar(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    class Always(torch.Tensor):
        pass

    assert type(unpack(pack(Liar(3)))) is int and unpack(pack(Liar(3))) != 4
    assert type(unpack(pack(torch.ones(2).as_subclass(Always)))) is torch.Tensor


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(100), "x" * 9 * 2**20], ids=["deep", "long"])
def test_too_deep_or_too_long_is_refused(value):
    with pytest.raises(BadValue):
        pack(value)


def message(content, blobs=b""):
    text = json.dumps(content).encode()
    return len(text).to_bytes(4, "big") + text + blobs


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\5",
        b"\xff\xff\xff\xff{}",
        message({})[:-1] + b"]",
        message({}),
        message({"a": 1, "b": 2}),
        message({"pickle": "gASVAAAA"}),
        message({"other": 3}),
        message({"int": "ten"}),
        message({"complex": [1]}),
        message({"bytes": [0, 5]}),
        message({"bytes": [-5, 5]}, b"12345"),
        message({"dict": [[[1], 2]]}),
        message({"dict": [1]}),
        message({"set": [[1]]}),
        message({"dtype": "nn"}),
        message({"dtype": "os.system"}),
        message({"scalar": ["O8", 0, 8]}, bytes(8)),
        message({"array": ["|O8", [1], 0, 8]}, bytes(8)),
        message({"array": ["<f8", [-1], 0, 8]}, bytes(8)),
        message({"array": ["<f8", [3], 0, 8]}, bytes(8)),
        message({"array": ["<U99999999999", [1], 0, 8]}, bytes(8)),
        message({"tensor": ["float64", [2**40], False, 0, 8]}, bytes(8)),
        message({"tensor": ["float64", [1.5], False, 0, 8]}, bytes(8)),
        message({"tensor": ["int64", [1], True, 0, 8]}, bytes(8)),
        message({"tensor": ["Tensor", [1], False, 0, 8]}, bytes(8)),
        b"\0\0\x4e\x20" + b"[" * 20_000,
    ],
)
def test_forged_bytes_are_refused_whoever_wrote_them(data):
    with pytest.raises(BadValue):
        unpack(data)


# Check and release -------------------------------------------------------------------


def changed(name, **attributes):
    """The small master with one cell changed."""
    notebook = deepcopy(MASTER.notebook)
    cell = notebook.cells[at(notebook, name)]
    for key, value in attributes.items():
        if key in ("source", "cell_type", "outputs", "id"):
            cell[key] = value
        else:
            cell.metadata.nbgrader[key] = value
    return Master("changed", nbformat.writes(notebook))


def test_the_small_master_keeps_the_rules():
    assert problems(MASTER) == []


@pytest.mark.parametrize(
    ("master", "words"),
    [
        (changed("test-double", source="assert double(2) == 4, ''"), "bind its result"),
        (changed("test-double", source="four = double(2)"), "no assert"),
        (changed("test-double", source="assert 2 == 2, ''"), "nothing|anything"),
        (changed("test-double", source="x = double(2)\nassert x == 4"), "message"),
        (changed("test-double", source="def broken(:"), "line 1"),
        (changed("test-double", points=0), "points"),
        (changed("test-double", points=1000), "points"),
        (changed("test-double", locked=False), "locked"),
        (changed("test-double", grade_id=""), "grade_id"),
        (changed("test-double", grade_id="test-size"), "two cells"),
        (changed("double", source="def double(x):\n    return 2 * x"), "no reference"),
        (changed("double", solution=False), "no solution cell"),
        (changed("double", source="### BEGIN SOLUTION\nx = 1"), "END SOLUTION"),
        (changed("double", grade=True, points=1), "by hand is Markdown"),
        (changed("setup", source="SEED = 0\ndouble = 1"), "bound both"),
        (changed("setup", source="import math"), "SEED"),
        (changed("setup", id="Set Up"), "id of small letters"),
        (
            changed(
                "test-double",
                source="### BEGIN HIDDEN TESTS\nx = double(2)\n### END HIDDEN TESTS\n"
                "assert x == 4, 'public'",
            ),
            "public tests come first",
        ),
        (
            changed(
                "setup", source="SEED = 0\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"
            ),
            "no test cell",
        ),
        (Master("broken", "{"), "no notebook"),
        (Master("empty", nbformat.writes(nbformat.v4.new_notebook())), "no test cell"),
    ],
)
def test_the_linter_names_what_is_wrong(master, words):
    import re

    found = problems(master)
    assert any(re.search(words, text) for text in found), found


def test_release_has_no_answer_and_no_hidden_test():
    text = nbformat.writes(RELEASED)
    for secret in ("return 2 * x", "SOLUTION", "HIDDEN", "geometric", "Because."):
        assert secret not in text
    assert "def double(x):" in text and 'assert four == 4, \\"twice' in text


def test_a_master_that_breaks_a_rule_is_not_released():
    with pytest.raises(NotebookError, match="message"):
        students_version(changed("test-double", source="x = double(1)\nassert x"))


def test_release_does_not_write_over_the_master(tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(MASTER.text)
    with pytest.raises(NotebookError, match="master itself"):
        release(path, tmp_path)
    assert release(path, tmp_path / "out") == tmp_path / "out" / "homework.ipynb"
    assert release(path, tmp_path / "a" / "b.ipynb").exists()
    assert path.read_text() == MASTER.text


# Matching ----------------------------------------------------------------------------


def planned(notebook):
    made = plan(MASTER, read(as_bytes(notebook)))
    return [step.name for step in made.steps], made.noticed


ORDER = ["setup", "double", "test-double", "size", "test-size", "limit", "test-limit"]


def test_an_untouched_notebook_runs_in_its_order():
    assert planned(solved()) == (ORDER, [])


def without_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def without_ids(notebook):
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id")
    return notebook


def test_cells_are_found_by_grade_id_by_id_and_by_what_they_define():
    assert planned(without_ids(solved())) == (ORDER, [])
    names, noticed = planned(without_metadata(solved()))
    assert names == ORDER
    assert all("0 points" in note for note in noticed)
    names, noticed = planned(without_ids(without_metadata(solved())))
    assert [n for n in names if n.startswith("test")] == [*TESTS]
    assert len(names) == len(ORDER) and "missing" not in " ".join(noticed)


def test_deleted_tests_are_the_teachers_again():
    notebook = solved()
    taken(notebook, "test-size")
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["test-size: missing; the teacher's was run"]


def test_doubled_tests_run_once():
    notebook = solved()
    notebook.cells.insert(3, notebook.cells[at(notebook, "test-double")])
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["test-double: 2 copies; run once"]


def test_tests_that_stand_before_their_answer_run_after_it():
    notebook = solved()
    notebook.cells.insert(1, taken(notebook, "test-double"))
    assert planned(notebook)[0] == ORDER


def test_edited_tests_and_points_are_noted():
    notebook = solved()
    cell = notebook.cells[at(notebook, "test-double")]
    cell.source, cell.metadata.nbgrader["points"] = "assert True", 100
    names, noticed = planned(notebook)
    assert names == ORDER
    assert noticed == [
        "test-double: edited; the teacher's was run",
        "test-double: 100 points; 2 count",
    ]


def test_an_answer_split_in_two_is_one_answer():
    notebook = solved(limit="half = 1.0")
    notebook.cells.insert(at(notebook, "test-limit"), new_code_cell("limit = 2 * half"))
    names, _ = planned(notebook)
    assert names.index("limit") < len(names) - 2 and names[-1] == "test-limit"


def test_an_answer_that_became_markdown_runs_as_code():
    notebook = solved()
    notebook.cells[at(notebook, "double")].cell_type = "markdown"
    names, noticed = planned(notebook)
    assert names == ORDER and noticed == ["double: no code cell any more; run as code"]


def test_words_are_read_and_an_untouched_cell_is_empty():
    assert plan(MASTER, read(as_bytes(solved(why="So.")))).words == {"why": "So."}
    assert plan(MASTER, read(as_bytes(RELEASED))).words == {"why": ""}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\3\4 a zip", "not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no notebook"),
        (b'"text"', "no notebook"),
        (b"{}", "no notebook"),
        (b'{"cells": 5}', "no notebook"),
        (b'{"worksheets": 5}', "old"),
        (b"[" * 200_000, "not JSON"),
        (b'{"cells": [' + b"{}," * 3000 + b"{}]}", "3,001 cells"),
        (b" " * (51 * 2**20), "51 MiB"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_notebook_is_unreadable(data, words):
    with pytest.raises(NotebookError, match=words):
        read(data)


def test_old_notebooks_are_read():
    old = nbformat.convert(without_ids(solved()), 3)
    names, noticed = planned(old)
    assert [n for n in names if n.startswith("test")] == [*TESTS], noticed


# What was handed in ------------------------------------------------------------------


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return [(made.file, made.student) for made in find(folder, "hw")]


def test_one_folder_a_student(tmp_path):
    found = put(
        tmp_path, "ada/hw.ipynb", "ada/data.csv", "bob/work/hw (2).ipynb", "eve/hw.py"
    )
    assert found == [
        ("ada/hw.ipynb", "ada"),
        ("bob/work/hw (2).ipynb", "bob"),
        ("eve/hw.py", "eve"),
    ]


def test_of_several_assignments_the_one_of_this_name_counts(tmp_path):
    names = [
        "ada/hw/hw.ipynb",
        "ada/other/other.ipynb",
        "bob/hw-2.ipynb",
        "bob/x.ipynb",
    ]
    found = put(tmp_path, *names)
    assert found == [("ada/hw/hw.ipynb", "ada"), ("bob/hw-2.ipynb", "bob")]


def test_all_files_in_one_folder(tmp_path):
    found = put(tmp_path, "ada_hw.ipynb", "bob.ipynb", "eve_LATE_12_345_hw.ipynb")
    assert [student for _, student in found] == ["ada", "bob", "eve"]


def test_hidden_files_and_checkpoints_are_nobodys(tmp_path):
    found = put(
        tmp_path,
        "ada/hw.ipynb",
        "ada/.ipynb_checkpoints/hw-checkpoint.ipynb",
        ".DS_Store",
        "__MACOSX/ada/hw.ipynb",
        "_ben/hw.ipynb",
    )
    assert [student for _, student in found] == ["_ben", "ada"]


def test_links_are_seen_and_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text("{}")
    folder = tmp_path / "in"
    (folder / "eve").mkdir(parents=True)
    (folder / "eve" / "hw.ipynb").symlink_to(secret)
    (folder / "fay").symlink_to(tmp_path)
    found = find(folder, "hw")
    assert [made.student for made in found] == ["eve", "fay"]
    for made in found:
        with pytest.raises(NotebookError, match="link"):
            made.read()


def test_what_is_no_regular_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    [made] = find(tmp_path, "hw")
    with pytest.raises(NotebookError, match="no regular file"):
        made.read()


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode())
    return Roster.read(path)


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_roster_names_students_by_any_of_its_columns(tmp_path, comma):
    lines = ["\ufeffname,login,id", "Ada Lovelace,ada,12", "Bob,bob7,13", ""]
    students = roster(tmp_path, "\r\n".join(lines).replace(",", comma))

    def name_of(student, number=""):
        return students.name_of(HandIn(Path(), "", student, number))

    assert name_of("ADA") == name_of("Ada Lovelace") == "Ada Lovelace"
    assert name_of("lovelace", "12") == "Ada Lovelace"
    assert name_of("carl") is None


def test_what_several_students_share_names_nobody(tmp_path):
    students = roster(tmp_path, "name,group\nada,1\nbob,1\n")
    assert students.name_of(HandIn(Path(), "", "1")) is None


@pytest.mark.parametrize("text", ["", "name\nada\nada\n"])
def test_a_roster_that_makes_no_sense_is_an_error(tmp_path, text):
    with pytest.raises(NotebookError, match="roster"):
        roster(tmp_path, text)


# Reports -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1"])
def test_no_spreadsheet_takes_text_for_a_formula(text):
    assert harmless(text).startswith("'")
    assert harmless(-1.5) == -1.5


def test_a_table_has_one_line_a_row():
    text = table([{"student": "a\r\nb,\0c", "total": 1}])
    assert len(text.splitlines()) == 2


def test_files_of_feedback_are_safe_and_different():
    names = ["../a.ipynb", "a.ipynb", "a ipynb", "\udcff", "é" * 300]
    made = {file_name(Graded(HandIn(Path(), name, ""), {})) for name in names}
    assert len(made) == len(names)
    assert all(name.replace("-", "").isalnum() and len(name) < 80 for name in made)


def test_what_a_student_wrote_is_text_in_the_page():
    hand_in = HandIn(Path(), "<script>.ipynb", "<b>")
    result = {"status": "unreadable", "noticed": ["<i>"]}
    html = page(MASTER, Graded(hand_in, result))
    assert not any(tag in html for tag in ("<script>", "<b>", "<i>"))


def test_a_file_is_written_wholly_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    write(path, "old \ud800")
    assert path.read_text() == "old \\ud800"
    with pytest.raises(AttributeError):
        write(path, None)
    assert path.read_text() == "old \\ud800"
