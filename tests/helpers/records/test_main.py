"""The command computes what it is asked for and stores it at once."""

import subprocess
import sys
from unittest.mock import patch

import pytest

from helpers.records import RECORDS, Comparison, load, store
from helpers.records.__main__ import main
from helpers.records.store import stored


@pytest.mark.slow
def test_a_record_that_does_not_exist_is_named():
    line = [sys.executable, "-m", "helpers.records", "rely"]
    run = subprocess.run(line, capture_output=True, text=True)
    assert run.returncode == 2 and "unknown record 'rely'" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_command_stores_each_record_as_soon_as_it_is_there(tmp_path, monkeypatch):
    small = Comparison("relu", {"He": ("he_normal", 1.0)}, (1, 2), (0.01,), 1, 4, 2, 8)
    monkeypatch.setattr(store, "FILE", tmp_path / "records.json")
    with patch.dict(RECORDS, {"a": small, "b": small}, clear=True):
        main(["b"])
        assert list(stored()) == ["b"]
        main([])
        assert list(stored()) == ["a", "b"]
        assert stored()["a"]["results"] == stored()["b"]["results"]
        assert load("a")["loss"].shape == (2, 1, 1, 2)
