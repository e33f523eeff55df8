"""Files written, and tables read."""

import pytest

from classroom.files import rows_of, write


def test_a_file_is_written_wholly_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    write(path, "old \ud800")
    assert path.read_text() == "old \\ud800"
    with pytest.raises(AttributeError):
        write(path, None)
    assert path.read_text() == "old \\ud800"


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_is_read_whatever_spreadsheet_wrote_it(tmp_path, comma):
    lines = ["\ufeffname@id", '"Ada, Lovelace; or\tso"@12', "@", "bob@", ""]
    path = tmp_path / "table.csv"
    path.write_bytes("\r\n".join(lines).replace("@", comma).encode())
    table = [["name", "id"], ["Ada, Lovelace; or\tso", "12"], ["bob", ""]]
    assert rows_of(path) == table


def test_an_empty_table_has_no_rows(tmp_path):
    (tmp_path / "table.csv").write_text("")
    assert rows_of(tmp_path / "table.csv") == []
