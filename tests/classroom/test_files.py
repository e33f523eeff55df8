"""Files written, and tables read."""

import os
import subprocess
import sys

import pytest

from classroom.files import Table, harmless, rows_of, write
from tests.shared.grading import ROOT, write_class
from tests.shared.homework import MASTER, as_bytes, solved


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


FILL_AND_GO_ON = """
import subprocess
from classroom.__main__ import main

words = ["grade", "homework.ipynb", "in", "out"]
assert main(words) == 1
print("full")
subprocess.run(["mount", "-o", "remount,size=16m", "out"], check=True)
assert main([*words, "--resume"]) == 0
print(open("out/marks.csv").read())
"""


def test_a_full_disk_is_said_and_costs_no_mark(tmp_path):
    """In a namespace of our own we can mount a disk of 24 kB."""
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = "mount -t tmpfs -o size=24k none out"
    (tmp_path / "out").mkdir()
    try:
        subprocess.run([*alone, mount], check=True, capture_output=True, cwd=tmp_path)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("namespaces are refused here")
    (tmp_path / "homework.ipynb").write_text(MASTER.text)
    class_of = {f"{number:02}": as_bytes(solved()) for number in range(12)}
    write_class(tmp_path / "in", class_of)
    told = subprocess.run(
        [*alone, f'{mount} && exec "$0" -c "$1"', sys.executable, FILL_AND_GO_ON],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert "No space left on device" in told.stderr
    assert "Traceback" not in told.stderr
    rows = told.stdout[told.stdout.index("full") :].split("\n")[2:]
    assert sum(",5," in row for row in rows) == 12, told.stdout


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
