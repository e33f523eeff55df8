"""What else the command can be asked for, and what it says when it cannot."""

import json
import math
import re

import pytest
import torch

from helpers.signals.__main__ import main
from helpers.signals.factories import build
from tests.shared.our_models import sized

pytestmark = pytest.mark.usefixtures("models")
SHAPE = ("--input-shape", "8")


def test_a_factory_gets_the_arguments_that_are_asked_for(audited):
    code, out, _ = audited("sized", *SHAPE, "--arg", "width=16", "--arg", "act=tanh")
    assert code == 0 and "healthy: over 3 layers" in out
    model = build("our_models:sized", {"width": 16, "act": "tanh"})
    assert model[0].out_features == 16 and isinstance(model[1], torch.nn.Tanh)
    assert audited("sized", *SHAPE, "--arg", "height=16")[0] == 2
    with pytest.raises(SystemExit) as left:
        main(["our_models:sized", *SHAPE, "--arg", "16"])
    assert left.value.code == 2


def test_the_worst_of_several_draws_decides(audited):
    code, out, _ = audited("sized", *SHAPE, "--seeds", "3")
    assert code == 0 and out.count("healthy: over 3 layers") == 3
    code, out, _ = audited("vanishing", "--input-shape", "64", "--seeds", "2")
    assert code == 1 and out.count("collapsed inputs: they") == 2


def test_the_first_loss_stands_beside_that_of_a_guess(audited):
    _, out, _ = audited("sized", *SHAPE, "--classes", "5")
    found = re.search(
        r"first loss is ([\d.]+), a guess among 5 classes has ([\d.]+)", out
    )
    assert float(found[2]) == pytest.approx(math.log(5), abs=0.005)
    torch.manual_seed(0)
    logits = sized()(torch.randn(32, 8))
    # Logits of a small spread s cost about s squared over 2 more than none.
    extra = logits.var(-1).mean().item() / 2
    assert float(found[1]) == pytest.approx(math.log(5), abs=3 * extra + 0.05)
    words = " ".join(
        audited("Tied", "--input-shape", "4:100", "--classes", "100")[1].split()
    )
    assert "the logits begin with a spread of" in words
    code, _, err = audited("sized", *SHAPE, "--classes", "7")
    assert code == 2 and "no output has 7 logits: (32, 5)" in err


def test_targets_are_a_batch_of_ones_own(audited):
    _, out, _ = audited("sized", *SHAPE, "--targets", "our_models:targets")
    assert "a guess among 5 classes has 1.61" in out
    assert "often each of these targets comes has 0.693" in out.replace("\n", " ")
    code, _, err = audited("sized", *SHAPE, "--targets", "our_models:nothing")
    assert code == 2 and "our_models has no 'nothing'" in err


def test_a_table_that_is_the_head_is_named_as_the_cause_of_a_large_loss(audited):
    shape = ("--input-shape", "4:100", "--classes", "100")
    words = " ".join(audited("Tied", *shape)[1].split())
    assert "the likely cause: table is a table and the head at once" in words


def test_inputs_by_name_have_ranges_and_formats_of_their_own(audited):
    asked = ("t=:20", "x=8", "mask=4:0..1:bool")
    options = [word for one in asked for word in ("--input-shape", one)]
    code, out, err = audited("Named", *options)
    assert code == 0, err
    assert "body" in out
    options[1] = "t=:21"
    code, _, err = audited("Named", *options)
    assert code == 2 and "out of range" in err


WIDE = (*SHAPE, "--widths", "16,32,64", "--classes", "5")


def test_a_coordinate_check_shows_sizes_by_width_and_a_verdict(audited, tmp_path):
    code, out, err = audited("sized", *WIDE, "--out", "moves.svg")
    assert code == 1, err
    start, moved, words = out.split("\n\n")
    assert start.splitlines()[0].split() == ["start", "16", "32", "64", "power"]
    assert len(moved.splitlines()) == 1 + 3
    assert words.startswith("not level: in 4 steps the output of 4 moves farther")
    assert (tmp_path / "moves.svg").read_text().startswith("<?xml")


def test_rates_for_each_width_come_from_a_function(audited):
    # The move of hidden and last layers falls by the width's root and more.
    code, out, _ = audited("sized", *WIDE, "--optimizer", "our_models:by_width")
    powers = [float(row.split()[-1]) for row in out.split("\n\n")[1].splitlines()[1:]]
    plain = audited("sized", *WIDE)[1].split("\n\n")[1].splitlines()[1:]
    before = [float(row.split()[-1]) for row in plain]
    assert all(
        now < then - 0.5 for now, then in zip(powers[1:], before[1:], strict=True)
    )
    code, _, err = audited("sized", *WIDE, "--optimizer", "our_models:number")
    assert code == 2 and "our_models:number" in err
    code, _, err = audited("sized", *WIDE, "--optimizer", "our_models:returns_text")
    assert code == 2 and err.startswith("audit: our_models:returns_text")


@pytest.mark.parametrize(
    ("factory", "widths", "words"),
    [
        ("sized", "breadth=16,32", "unexpected keyword argument 'breadth'"),
        ("made", "16,32", "our_models:made is a model already: it takes no width"),
        ("deeper", "2,4", "layers differ by more than their width"),
    ],
)
def test_what_no_coordinate_check_can_be_made_of_is_said(
    audited, factory, widths, words
):
    code, out, err = audited(factory, *SHAPE, "--widths", widths)
    assert code == 2 and out == "" and words in err and "Traceback" not in err


def test_a_coordinate_check_takes_any_loss_and_prints_json(audited):
    code, out, _ = audited("sized", *SHAPE, "--widths", "width=16,32", "--json")
    found = json.loads(out)
    assert found["widths"] == [16, 32] and found["steps"] == 4
    assert [row["layer"] for row in found["layers"]] == ["0", "2", "4"]
    assert (code == 0) == (found["outcome"] == "healthy")
    code, out, err = audited("OwnLoss", *SHAPE, "--widths", "16,32")
    assert code in (0, 1), err


def test_json_says_what_the_table_says(audited):
    code, out, _ = audited("vanishing", "--input-shape", "64", "--json", "--seeds", "2")
    first, second = json.loads(out)
    assert code == 1 and first["outcome"] == second["outcome"] == "ill"
    assert first["kinds"] == ["collapsed inputs", "vanishing"]
    assert first["changes"]["gradient"]["of_limit"] > 1
    assert len(first["layers"]) == 10 and first["measured"] == first["heard"] == 1
    assert first["layers"][-1]["saturated"] in ("nan", 0), "JSON has no nan"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Leaves", *SHAPE), "the model cannot be called .*SystemExit: 0"),
        (("Half", *SHAPE), "the audit itself failed: AttributeError"),
        (("sized", "--input-shape", "99999999999999"), "the audit itself failed"),
    ],
)
def test_whatever_fails_ends_with_2_and_a_line(audited, arguments, words):
    code, out, err = audited(*arguments)
    assert code == 2 and out == ""
    assert re.match(f"audit: {words}", err) and "Traceback" not in err


def test_a_seed_that_no_generator_takes_is_refused(audited, capsys):
    with pytest.raises(SystemExit) as left:
        main(["our_models:sized", *SHAPE, "--seed", str(2**64)])
    assert left.value.code == 2
    assert "must be a whole number from 0 to" in capsys.readouterr().err


def test_a_file_of_a_package_and_one_with_a_name_of_pythons(tmp_path, capsys):
    package = tmp_path / "pack" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "parts.py").write_text(
        "from torch import nn\ndef part():\n    return nn.Linear(8, 8)\n"
    )
    (package / "net.py").write_text(
        "from . import parts\ndef make():\n    return parts.part()\n"
    )
    assert main([f"{package / 'net.py'}:make", *SHAPE]) == 0
    own = tmp_path / "random.py"
    own.write_text((package / "parts.py").read_text())
    assert main([f"{own}:part", *SHAPE]) == 0
    import random

    assert hasattr(random, "Random"), "Python's own is where it was"
    capsys.readouterr()
