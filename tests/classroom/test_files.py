"""Files written, and tables read."""

import pytest

from classroom.files import Table, harmless, rows_of, write


def test_a_file_is_written_wholly_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    write(path, "old \ud800")
    assert path.read_text() == "old \\ud800"
    with pytest.raises(TypeError):
        write(path, None)
    assert path.read_text() == "old \\ud800"


def test_a_file_that_says_the_same_is_left_alone(tmp_path):
    path = tmp_path / "a"
    write(path, "same")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    write(path, b"same")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    write(path, "other")
    assert path.read_text() == "other"


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_is_read_whatever_spreadsheet_wrote_it(tmp_path, comma):
    lines = ["\ufeffname@id", '"Ada, Lovelace; or\tso"@12', "@", "bob@", ""]
    path = tmp_path / "table.csv"
    path.write_bytes("\r\n".join(lines).replace("@", comma).encode())
    table = [["name", "id"], ["Ada, Lovelace; or\tso", "12"], ["bob", ""]]
    assert rows_of(path) == table


def test_a_cell_may_have_several_lines_and_any_length(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(f'a,b\n"one\ntwo\x85 three",{"x" * 200_000}\n')
    assert rows_of(path) == [["a", "b"], ["one\ntwo\x85 three", "x" * 200_000]]


def test_an_empty_table_has_no_rows(tmp_path):
    (tmp_path / "table.csv").write_text("")
    assert rows_of(tmp_path / "table.csv") == []


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("comma", [",", ";"])
def test_a_table_is_written_as_it_was_read(tmp_path, mark, end, comma):
    rows = ["a@b@c", '    x@@"1,5; ""so"""', "@@", "=1+1@@é"]
    text = mark + end.join([*rows, ""]).replace("@", comma)
    (tmp_path / "t.csv").write_bytes(text.encode())
    table = Table.read(tmp_path / "t.csv")
    assert table.text() == text
    filled = table.filled({(1, 1): "2", (2, 4): "new"})
    assert filled.rows[1][1] == "2" and filled.rows[2] == ["", "", "", "", "new"]
    assert table.text() == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1+1", "＋1", "－1", "＠x"]
)
def test_no_spreadsheet_takes_text_for_a_formula(text):
    assert harmless(text).startswith("'")
    assert harmless(harmless(text)) == harmless(text)
    assert harmless(-1.5) == -1.5


@pytest.mark.parametrize(
    "text", ["a;=cmd|x", "a; =cmd", "a,=1", "a;＝1", ";;=1", ";\n=1"]
)
def test_nor_where_another_separator_begins_a_cell(text):
    for comma in ";,":
        for cell in str(harmless(text)).split(comma):
            assert not cell.strip().startswith(tuple("=+-@＝"))
