"""What is stored is what the code of today describes, and survives its file."""

import copy
import json
import math
import re

import pytest
import torch

from helpers.records import RECORDS, load
from helpers.records.store import FILE, settings, short, stored, tensor, written

EVERY = pytest.mark.parametrize("name", RECORDS)


def test_every_record_is_stored_and_nothing_else():
    assert list(stored()) == list(RECORDS)
    assert FILE.stat().st_size < 160_000, "it ships with the course"


@EVERY
def test_what_is_stored_was_computed_with_the_settings_of_today(name):
    assert stored()[name]["settings"] == settings(name)


def test_another_setting_would_be_noticed():
    name = "he"
    changed = copy.deepcopy(stored()[name]["settings"]) | {"rates": [0.001]}
    assert changed != settings(name)


@EVERY
def test_it_says_where_the_results_come_from(name):
    origin = stored()[name]["from"]
    assert origin["command"] == f"python -m helpers.records {name}"
    assert re.fullmatch(r"[0-9a-f]{10}", origin["commit"]), "from a clean checkout"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", origin["date"])
    assert origin["cpu_seconds"] > 0
    assert set(origin) == {
        "command",
        "commit",
        "torch",
        "python",
        "processor",
        "date",
        "cpu_seconds",
    }


def test_three_digits_and_no_number_survive_the_file():
    values = torch.tensor([[0.123456, math.inf], [math.nan, 2.0]])
    assert short(values) == [[0.123, None], [None, 2.0]]
    back = tensor(json.loads(json.dumps(short(values))))
    assert back.tolist() == [[0.123, math.inf], [math.inf, 2.0]]
    counts = torch.tensor([[1437, 360]])
    assert short(counts) == [[1437, 360]], "whole numbers stay"


def test_the_file_is_as_it_would_be_written_today():
    assert written(stored()) == FILE.read_text(encoding="utf-8")


def test_a_record_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="unknown record 'rely'; known: relu, tanh"):
        load("rely")
