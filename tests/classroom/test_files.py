"""Files written, and tables read."""

import os
import subprocess
import sys

import pytest

from classroom.files import rows_of, write
from tests.shared.grading import ROOT, write_class
from tests.shared.homework import MASTER, as_bytes, solved


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
