"""Marks by hand survive what spreadsheets, rosters and students do to a table."""

import pytest

from classroom.by_hand import BACKUPS, ByHand, Place, different, number
from classroom.notebook import NotebookError

WRITTEN = ["student", "file", "status", "total"]
MARK, NOTE = "why (by hand)", "comment"
HEAD = f"student,file,status,total,{MARK},{NOTE},team\n"


def read(folder, rows, head=HEAD):
    (folder / "marks.csv").write_text(head + rows, "utf-8")
    return ByHand.read(folder / "marks.csv", WRITTEN)


def placed(folder, rows, *places, head=HEAD):
    """The marks by hand, by student and file."""
    found = read(folder, rows, head).placed([Place(*place) for place in places])
    return {(p.student, p.file): cells.get(MARK) for p, cells in found.items()}


def test_a_row_is_found_by_its_file(tmp_path):
    """A spreadsheet has changed three ids, and then came a roster."""
    rows = "42,0042/hw.ipynb,graded,1,2\n7,007/hw.ipynb,graded,1,1\n"
    rows += "02. Jan,1-2/hw.ipynb,graded,1,0.5\n"
    for names in (["0042", "007", "1-2"], ["Ada", "Bob", "Cleo"]):
        files = ["0042/hw.ipynb", "007/hw.ipynb", "1-2/hw.ipynb"]
        places = list(zip(names, files, strict=True))
        marks = dict(zip(places, ["2", "1", "0.5"], strict=True))
        assert placed(tmp_path, rows, *places) == marks


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("jane,jane.ipynb", ("jane", "jane (2).ipynb")),
        ("jane,", ("jane", "jane.ipynb")),
        ("jane,jane.ipynb", ("jane", "")),
        ("42,", ("0042", "")),
        ("42,a.ipynb", ("0042", "b.ipynb")),
        ("'=1+1,x.ipynb", ("=1+1", "y.ipynb")),
        ("Zoë,x", ("Zoe\u0308", "x.ipynb")),
        ("jane,'-a.ipynb", ("j", "-a.ipynb")),
    ],
    ids=str,
)
def test_a_row_is_found_by_its_student(tmp_path, before, after):
    others = [("bob", "bob.ipynb"), ("7", "")]
    assert placed(tmp_path, f"{before},graded,1,2\n", after, *others) == {after: "2"}


def test_a_second_file_takes_no_mark_from_the_first(tmp_path):
    rows = "jane,a.ipynb,graded,1,2\njane,b.ipynb,graded,1\n"
    new = [("jane", "a.ipynb"), ("jane", "b.ipynb"), ("jane", "c.ipynb")]
    assert placed(tmp_path, rows, *new) == {new[0]: "2"}
    assert placed(tmp_path, rows, *new[1:]) == {new[2]: "2"}


@pytest.mark.parametrize(
    "places",
    [
        [],
        [("bob", "bob.ipynb")],
        [("jane", "c.ipynb"), ("jane", "d.ipynb")],
        [("Jane Doe", "c.ipynb")],
    ],
    ids=["nobody", "another", "two of them", "another name"],
)
def test_a_mark_without_a_place_stops_all_and_is_named(tmp_path, places):
    rows = "jane,a.ipynb,graded,1,2\nbob,bob.ipynb,graded,1,\n"
    with pytest.raises(NotebookError) as error:
        placed(tmp_path, rows, *places)
    for word in ("marks.csv", "jane a.ipynb", f"{MARK}: 2", "delete the line"):
        assert word in str(error.value)
    assert "bob" not in str(error.value)


@pytest.mark.parametrize("cells", [",,x", ",good work,"], ids=["column", "comment"])
def test_what_else_a_teacher_wrote_is_as_dear_as_a_mark(tmp_path, cells):
    with pytest.raises(NotebookError, match="no row any more"):
        placed(tmp_path, f"jane,a.ipynb,graded,1,{cells}\n", ("bob", "b"))


def test_columns_of_a_teachers_are_kept(tmp_path):
    rows = 'jane,a,graded,1,2,"two\nlines",red,loose,\nbob,b,graded,1,,,,,\n'
    older = read(tmp_path, rows)
    assert older.own == (MARK, NOTE, "team", "column 8")
    wrote = {MARK: "2", NOTE: "two\nlines", "team": "red", "column 8": "loose"}
    assert older.placed([Place("jane", "a")]) == {Place("jane", "a"): wrote}


def test_columns_have_different_names():
    assert different(["a", " a", "", "b"]) == ["a", "a (2)", "column 3", "b"]


@pytest.mark.parametrize("text", [HEAD + "jane,a,graded,1,2\n", ""])
@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_is_read_however_a_spreadsheet_saved_it(tmp_path, text, code, comma):
    path = tmp_path / "marks.csv"
    path.write_bytes(text.replace("jane", "Zoë").replace(",", comma).encode(code))
    found = ByHand.read(path, WRITTEN).placed([Place("Zoë", "a")])
    assert found == ({Place("Zoë", "a"): {MARK: "2"}} if text else {})


def test_a_table_without_its_first_line_is_not_overwritten(tmp_path):
    with pytest.raises(NotebookError, match="put the names of the columns back"):
        read(tmp_path, "jane,a,graded,1,2\n", head="")


def test_a_cell_of_any_length_is_read(tmp_path):
    rows = f"jane,a,{'x' * 200_000},1,2\n"
    assert placed(tmp_path, rows, ("jane", "a")) == {("jane", "a"): "2"}


def test_no_table_has_nothing(tmp_path):
    older = ByHand.read(tmp_path / "marks.csv", WRITTEN)
    older.back_up()
    assert older.placed([Place("a", "b")]) == {} and not [*tmp_path.iterdir()]


def test_the_newest_tables_are_backed_up_and_none_twice(tmp_path):
    for number_ in range(BACKUPS + 5):
        for _ in range(2):
            read(tmp_path, f"jane,a,graded,1,{number_}\n").back_up()
    copies = sorted((tmp_path / "older").iterdir())
    assert len(copies) == BACKUPS
    assert copies[-1].read_text().endswith(f",{BACKUPS + 4}\n")
    assert copies[0].read_text().endswith(",5\n")


def test_a_mark_is_a_number_with_comma_or_point():
    assert [number(t) for t in ("1,5", " 2 ", "-0.5")] == [1.5, 2, -0.5]
    assert [number(t) for t in ("", "ok", "nan", "inf", "2/2")] == [None] * 5
