"""The audit as a command: exit codes, pictures, options, and the page about it."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from conftest import Printed
from helpers.signals import COLUMNS, Kind, probe
from helpers.signals.__main__ import HEALTHY, ILL, main, parser

ROOT = Path(__file__).resolve().parents[3]


pytestmark = pytest.mark.usefixtures("models")


SHAPE = ("--input-shape", "8")


def test_a_healthy_network_leaves_with_0(audited):
    code, out, err = audited("healthy", "--input-shape", "64")
    assert code == HEALTHY == 0 and err == ""
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["layer", "q", "h_mean"]
    assert len(lines) == 1 + 10 + 1 + 1, "head, a row a layer, a gap, the verdict"
    assert lines[-1].startswith("healthy: over 10 layers")


def test_an_ill_network_leaves_with_1(audited):
    code, out, _ = audited("vanishing", "--input-shape", "64")
    assert code == ILL == 1
    assert "vanishing: the gradient at layer 1 of 10 (0)" in out


@pytest.mark.slow
def test_it_runs_as_a_program_in_any_folder(tmp_path):
    def shell(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "helpers.signals", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    ill = shell("our_models.py:vanishing", "--input-shape", "64", "--out", "it.svg")
    assert (ill.returncode, ill.stderr) == (1, "")
    assert "vanishing" in ill.stdout and (tmp_path / "it.svg").is_file()
    wrong = shell("our_models:vanishing", "--input-shape", "65")
    assert wrong.returncode == 2 and wrong.stdout == ""
    assert wrong.stderr == (
        "audit: layer '0' takes 64 inputs (last dimension), "
        "got a tensor of shape (32, 65)\n"
    )


def test_the_same_seed_gives_the_same_answer_and_leaves_the_global_one(audited):
    def answer(seed):
        return audited("dropping", *SHAPE, "--seed", seed)[1]

    state = torch.get_rng_state()
    first, again, other = answer("1"), answer("1"), answer("2")
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)


def test_the_mode_is_as_the_factory_left_it_or_as_asked(audited):
    as_left, train, evaluated = (
        audited("dropping", *SHAPE, *mode)[1]
        for mode in ((), ("--mode", "train"), ("--mode", "eval"))
    )
    assert as_left == train != evaluated


# Pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_picture_is_saved_as_what_its_name_says(audited, tmp_path, kind):
    file = tmp_path / f"it.{kind}"
    code, _, err = audited("vanishing", "--input-shape", "64", "--out", str(file))
    assert code == 1, err
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[kind]
    assert file.read_bytes().startswith(start)


def test_the_same_network_gives_the_same_picture(audited, tmp_path):
    for name in ("a.svg", "b.svg"):
        audited("vanishing", "--input-shape", "64", "--out", name)
    one, other = ((tmp_path / name).read_text() for name in ("a.svg", "b.svg"))
    assert one == other and "vanishing" in one


@pytest.mark.parametrize("out", ["nowhere/it.svg", "it.doc"])
def test_a_picture_that_cannot_be_written_is_an_error_after_the_table(audited, out):
    code, printed, err = audited("vanishing", "--input-shape", "64", "--out", out)
    assert code == 2 and "vanishing" in printed
    assert err.startswith(f"audit: {out} cannot be written:")


# What was asked -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "required: --input-shape"),
        (
            ("--input-shape", "3,x"),
            "such as 3,32,32, 16:1000 or mask=16:0..1:bool; got '3,x'",
        ),
        (("--input-shape", "3,0"), "got '3,0'"),
        (("--input-shape", "8:0"), "got '8:0'"),
        (("--input-shape", "8:x"), "'x' is no number format; known: float64"),
        (("--input-shape", "8:9..5"), "a range goes up, got '8:9..5'"),
        (("--input-shape", "x=8", *SHAPE), "either all inputs have names"),
        (("--input-shape", "x=8", "--input-shape", "x=8"), "names of their own"),
        ((*SHAPE, "--widths", "64"), "must be two whole numbers or more"),
        ((*SHAPE, "--widths", "64,0"), "got '64,0'"),
        ((*SHAPE, "--optimizer", "a:b"), "--optimizer is for --widths"),
        ((*SHAPE, "--batch", "1"), "must be a whole number from 2 on, got '1'"),
        (
            (*SHAPE, "--seed", "-1"),
            "must be a whole number from 0 to 9223372036854775808, got '-1'",
        ),
        ((*SHAPE, "--tokens", "0"), "must be a whole number from 1 on, got '0'"),
        ((*SHAPE, "--dtype", "int8"), "invalid choice: 'int8'"),
        ((*SHAPE, "--mode", "test"), "invalid choice: 'test'"),
        ((*SHAPE, "--depth", "3"), "unrecognized arguments: --depth 3"),
    ],
)
def test_what_was_asked_wrongly_is_named(audited, options, words):
    code, out, err = audited("healthy", *options)
    assert code == 2 and out == "" and words in err
    assert len(err.splitlines()) == 2 and "--help" in err.splitlines()[1]


def test_help_names_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "0 if the network is healthy, 1 if something is wrong with it, 2" in out


# The page -----------------------------------------------------------------------------


PAGE = (ROOT / "chapters" / "audit.md").read_text(encoding="utf-8")


BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


BLOCKS = BLOCK.findall(PAGE)


PYTHON = [text for kind, text in BLOCKS if kind == "python"]


# What is printed stands right after what prints it.
EXAMPLES = [
    (command.split()[3:], output)
    for (kind, command), (after, output) in zip(BLOCKS, BLOCKS[1:], strict=False)
    if (kind, after) == ("shell", "text")
]


# The museum: what was reported, how it is rebuilt, and what the audit says of it.
MUSEUM = re.findall(
    r"^\| \[.*\]\((https://github\.com/\S+)\).* \| `(.+)` \| (.+) \|$", PAGE, re.M
)


def block(word):
    """The block of Python on the page that has a word in it."""
    (found,) = (text for text in PYTHON if word in text)
    return found


@pytest.fixture
def nets(tmp_path):
    (tmp_path / "nets.py").write_text(PYTHON[0])
    (tmp_path / "museum.py").write_text(block("class Adapter"))
    yield
    sys.modules.pop("nets", None)
    sys.modules.pop("museum", None)


@pytest.mark.parametrize(
    ("example", "word", "code"),
    [
        (0, "healthy", 0),
        (1, "vanishing", 1),
        (2, "collapsed inputs", 1),
        (3, "not level", 1),
    ],
)
def test_the_page_shows_what_the_command_prints(capsys, nets, example, word, code):
    arguments, output = EXAMPLES[example]
    assert main(arguments) == code
    printed = capsys.readouterr().out
    assert Printed(printed) == output, printed
    assert f"\n\n{word}: " in printed
    assert len(EXAMPLES) == 4


def test_a_changed_number_on_the_page_would_be_noticed():
    output = EXAMPLES[0][1]
    assert Printed(output) != output.replace("0.74", "0.76")
    assert Printed(output) != output.replace("healthy", "ill")


def test_the_page_shows_the_picture_of_its_last_example(capsys, nets, tmp_path):
    arguments, _ = EXAMPLES[2]
    main(arguments)
    number = re.compile(r"-?\d+\.\d+")
    stored, drawn = (
        re.sub(r"[mp][0-9a-f]{10}", "id", (folder / "audit.svg").read_text())
        for folder in (ROOT / "chapters", tmp_path)
    )
    advice = f"draw it anew: python -m helpers.signals {' '.join(arguments)}"
    assert number.sub("#", stored) == number.sub("#", drawn), advice
    one, other = (
        torch.tensor([float(n) for n in number.findall(text)])
        for text in (stored, drawn)
    )
    # Coordinates are points of the page: a hundredth of one is not to be seen.
    torch.testing.assert_close(one, other, rtol=0, atol=0.01, msg=advice)


def test_the_cure_on_the_page_cures(capsys, nets):
    with torch.random.fork_rng():
        exec(PYTHON[1], {})
    printed = capsys.readouterr().out
    after = BLOCKS[BLOCKS.index(("python", PYTHON[1])) + 1]
    assert after[0] == "text" and Printed(printed) == after[1]
    assert printed.startswith("True")
    assert torch.sigmoid(torch.tensor(3.0)).item() == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize(("report", "command", "says"), MUSEUM)
def test_each_bug_in_the_museum_is_found(capsys, nets, report, command, says):
    assert len(MUSEUM) == 9, "every row of the table is read"
    factory, *options = command.split()
    main([f"museum.py:{factory}", *options])
    printed = re.sub(r"\s+", " ", capsys.readouterr().out)
    sentences = re.findall(r'"([^"]+)"', says)
    assert sentences and all(sentence in printed for sentence in sentences), printed


def test_the_cures_of_the_museum_cure(capsys, nets):
    """The same networks as they should have been: no complaint, no large loss."""
    museum = importlib.import_module("museum")

    def cured(model):
        for layer in model.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        return model

    torch.manual_seed(0)
    for make, shape in ((museum.deep, (64,)), (museum.vgg, (3, 32, 32))):
        assert probe(cured(make()), torch.randn(16, *shape)).healthy
    adapter = museum.Adapter()
    nn.init.kaiming_uniform_(adapter.down.weight, 5**0.5)
    assert probe(adapter, torch.randn(16, 64)).healthy


def test_the_test_on_the_page_passes_and_the_monitor_speaks_up(capsys, nets):
    space = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        exec(block("def test_it_starts_well"), space)
        space["test_it_starts_well"]()
        text = block("monitor.attach(optimizer)")
        exec(text, space)
    after = BLOCKS[BLOCKS.index(("python", text)) + 1]
    assert capsys.readouterr().out == after[1] == "exploding\n"
    assert 20 < space["monitor"].alarms[0].step < 30


def test_the_callbacks_on_the_page_let_the_monitor_look():
    looks = []
    base = SimpleNamespace(Callback=object, TrainerCallback=object)
    space = {"lightning": base, "transformers": base}
    space["monitor"] = SimpleNamespace(look=lambda: looks.append(1))
    exec(block("lightning.Callback"), space)
    space["Lookout"]().on_before_optimizer_step("trainer", "module", "optimizer")
    exec(block("transformers.TrainerCallback"), space)
    space["Lookout"]().on_pre_optimizer_step("args", "state", "control", model=None)
    assert len(looks) == 2


def test_the_lines_of_python_on_the_page_run(nets):
    space = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        exec(PYTHON[2], space)
    assert not space["signal"].healthy


def test_the_sentences_of_the_page_have_the_numbers_of_its_tables():
    def column(example, name):
        head, *rows = EXAMPLES[example][1].split("\n\n")[0].splitlines()
        place = head.split().index(name)
        return [float(row.split()[place]) for row in rows]

    grad2, q, unit_var = column(0, "grad2"), column(1, "q"), column(2, "unit_var")
    assert 1e-7 < grad2[-2] / grad2[-1] < 1e-5, "a millionth"
    assert "going back by 0.74" in EXAMPLES[0][1] and "factor of 0.74" in PAGE
    assert all(round(size, 2) == 0.01 for size in q[1:-1]), "0.01 at every step"
    assert "is 0.003 times" in EXAMPLES[1][1] and "falls to 0.003" in PAGE
    assert round(unit_var[0], 2) == 0.32 and round(unit_var[-1], 10) == 3e-10
    assert all(0.004 < size < 0.009 for size in column(2, "q")[3:]), "near 0.006"
    length = column(2, "grad_norm2")
    assert round(length[-1] ** 0.5) == 3 and 1e-4 < length[0] ** 0.5 < 2e-4


def test_the_page_explains_every_option_column_and_complaint():
    option = re.compile(r"--[a-z][a-z-]+")
    ours = set(option.findall(parser().format_help())) - {"--help"}
    assert ours == set(option.findall(PAGE))
    table = PAGE[PAGE.index("## Read the table") : PAGE.index("## Read the verdict")]
    for name in COLUMNS:
        assert f"`{name}`" in table
    words = PAGE[PAGE.index("## Read the verdict") :]
    for word in (
        "healthy",
        *Kind,
        "no gradient yet",
        "starts at 0",
        "not measured",
    ):
        assert f"\n| {word} |" in words
