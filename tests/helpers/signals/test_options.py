"""What else the command can be asked for, and what it says when it cannot."""

import json
import math
import re

import pytest
import torch

from helpers.signals.__main__ import main
from helpers.signals.audit import build
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
