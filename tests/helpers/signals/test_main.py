"""The audit as a command: exit codes, words, pictures, and errors of a line or two."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from conftest import Printed
from helpers.signals import COLUMNS
from helpers.signals.__main__ import HEALTHY, ILL, NO_AUDIT, main, parser
from helpers.signals.audit import build

ROOT = Path(__file__).resolve().parents[3]
MODELS = """
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import nn

from helpers.networks import mlp


def healthy():
    return mlp(10, 64, "relu", "he_normal")


def vanishing():
    return mlp(10, 64, "sigmoid")


def wide():
    return healthy().double()


def half():
    return mlp(4, 16, "relu", "he_normal").bfloat16()


def thin_half():
    return mlp(12, 16, "linear", "orthogonal", gain=0.01).half()


def frozen():
    return healthy().requires_grad_(False)


def mixed():
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    model.register_parameter("extra", nn.Parameter(torch.zeros(1).double()))
    return model


class Language(nn.Module):
    def __init__(self, tied=True):
        super().__init__()
        self.table = nn.Embedding(50, 16)
        self.body, self.head = nn.Linear(16, 16), nn.Linear(16, 50, bias=False)
        if tied:
            self.head.weight = self.table.weight

    def forward(self, tokens):
        return OrderedDict(loss=None, logits=self.head(self.body(self.table(tokens))))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(8, 4), nn.Embedding(20, 4)

    def forward(self, x, tokens):
        return self.one(x) + self.two(tokens).mean(1)


@dataclass
class Output:
    loss: torch.Tensor | None
    logits: torch.Tensor


class Wrapped(nn.Linear):
    def __init__(self):
        super().__init__(8, 8)
        self.inner = nn.Linear(8, 8)


class Dataclass(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        return Output(None, self.layer(x))


def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(),
                         nn.Flatten(), nn.LazyLinear(2))


def dropping():
    return nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.Linear(8, 8))


class Home:
    @staticmethod
    def make():
        return healthy()


made = healthy()
number = 3


def fails():
    raise KeyError("on purpose")


def leaves():
    raise SystemExit(3)


def asks(width):
    return healthy()


def returns_text():
    return "a model"


def relu():
    return nn.ReLU()


def bilinear():
    return nn.Embedding(4, 4)


def meta():
    return nn.Linear(4, 4, device="meta")


class Refuses(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        assert x.shape[1] == 3, "three\\nchannels, please"


class Text(Refuses):
    def forward(self, x):
        self.layer(x)
        return "text"
"""


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    (tmp_path / "our_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield
    sys.modules.pop("our_models", None)


def audited(capsys, factory, *options):
    """What the command answers: exit code, what it prints, what it complains."""
    try:
        code = main([f"our_models:{factory}", *options])
    except SystemExit as left:
        code = left.code
    out, err = capsys.readouterr()
    table, gap, words = out.partition("\n\n")
    return code, table + gap + words.replace("\n  ", " "), err  # wrapped lines


SHAPE = ("--input-shape", "8")


def test_a_healthy_network_leaves_with_0(capsys):
    code, out, err = audited(capsys, "healthy", "--input-shape", "64")
    assert code == HEALTHY == 0 and err == ""
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["layer", "q", "h_mean"]
    assert len(lines) == 1 + 10 + 1 + 1, "head, a row a layer, a gap, the verdict"
    assert lines[-1].startswith("healthy: over 10 layers")


def test_an_ill_network_leaves_with_1(capsys):
    code, out, _ = audited(capsys, "vanishing", "--input-shape", "64")
    assert code == ILL == 1
    assert "vanishing: the gradient at layer 1 of 10 (0)" in out


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


def test_a_file_a_class_an_instance_and_a_method_are_factories_too(tmp_path):
    folder = tmp_path / "else"
    folder.mkdir()
    (tmp_path / "our_models.py").rename(folder / "moved.py")
    (folder / "sibling.py").write_text("from moved import healthy\n")
    assert len(build(f"{folder}/sibling.py:healthy")) == 19
    assert len(build(f"{folder}/moved.py:Home.make")) == 19
    assert len(build(f"{folder}/moved.py:made")) == 19
    assert type(build(f"{folder}/moved.py:Recurrent")).__name__ == "Recurrent"


def test_the_same_seed_gives_the_same_answer_and_leaves_the_global_one(capsys):
    def answer(seed):
        return audited(capsys, "dropping", *SHAPE, "--seed", seed)[1]

    state = torch.get_rng_state()
    first, again, other = answer("1"), answer("1"), answer("2")
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)


def test_the_mode_is_as_the_factory_left_it_or_as_asked(capsys):
    as_left, train, evaluated = (
        audited(capsys, "dropping", *SHAPE, *mode)[1]
        for mode in ((), ("--mode", "train"), ("--mode", "eval"))
    )
    assert as_left == train != evaluated


def test_the_batch_is_as_large_as_asked(capsys):
    few, many = (
        audited(capsys, "healthy", "--input-shape", "64", "--batch", n)[1]
        for n in ("2", "64")
    )
    assert few != many


# Models of every kind -----------------------------------------------------------------


def test_token_ids_reach_the_last_of_the_vocabulary_and_no_further(capsys):
    for options in (
        ("--input-shape", "12", "--tokens", "50"),
        ("--input-shape", "12:50"),
    ):
        code, out, err = audited(capsys, "Language", *options)
        assert code == 0, err
    code, _, err = audited(capsys, "Language", "--input-shape", "12", "--tokens", "51")
    assert code == 2 and "IndexError: index out of range" in err
    code, _, err = audited(capsys, "Language", "--input-shape", "12")
    assert code == 2
    assert "it has an embedding: --tokens VOCABULARY" in err.splitlines()[1]


def test_shared_weights_are_named(capsys):
    out = audited(capsys, "Language", "--input-shape", "12:50")[1]
    assert "note: head.weight is table.weight: one weight in two places" in out


def test_attention_and_recurrence_are_measured(capsys):
    code, out, _ = audited(capsys, "Recurrent", "--input-shape", "5,8")
    rows = [line.split()[0] for line in out.split("\n\n")[0].splitlines()[1:]]
    assert rows == ["lstm.ih_l0", *["lstm.hh_l0"] * 5, "head"]
    assert "note: layers that run again have a row for each run" in out
    assert "lstm.hh_l0 (5 times)" in out and "not measured" not in out


def test_several_inputs_of_several_kinds(capsys):
    code, out, err = audited(
        capsys, "Pair", *SHAPE, "--input-shape", "5:20", "--batch", "4"
    )
    assert code == 0, err


def test_a_dataclass_is_an_output(capsys):
    assert audited(capsys, "Dataclass", *SHAPE)[0] == 0


def test_lazy_layers_get_their_shapes_from_the_input(capsys, recwarn):
    code, out, err = audited(capsys, "lazy", "--input-shape", "3,8,8")
    assert code == 0, err
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["0", "4"]


def test_number_formats_are_the_models_or_as_asked(capsys):
    assert audited(capsys, "wide", "--input-shape", "64")[0] == 0
    code, out, _ = audited(capsys, "half", "--input-shape", "16")
    assert code == 0 and "note: bfloat16 has no number between 0 and 9.2e-41" in out
    code, out, _ = audited(capsys, "thin_half", "--input-shape", "16")
    assert code == 1 and "vanishing: the signal is exactly 0 at layer 5 of 12" in out
    # 0.01 a layer: numbers of size 1e-8 in layer 4, of which those above 3e-8, three
    # standard deviations, round up to the last number of float16, 6e-8; 1e-10 is gone.
    assert "float16 has no number between 0 and 6.0e-08" in out
    code, out, _ = audited(
        capsys, "thin_half", "--input-shape", "16", "--dtype", "float32"
    )
    assert code == 1 and "exactly 0" not in out and "note" not in out
    code, _, err = audited(capsys, "mixed", *SHAPE)
    assert code == 0


def test_frozen_parameters_are_measured_and_counted(capsys):
    code, out, _ = audited(capsys, "frozen", "--input-shape", "64")
    assert code == 0
    assert "note: 10 of 10 parameters are frozen; measured all the same" in out


def test_several_formats_are_mentioned(capsys):
    out = audited(capsys, "mixed", *SHAPE)[1]
    assert "several number formats: 4 float32, 1 float64" in out


# Pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_picture_is_saved_as_what_its_name_says(capsys, tmp_path, kind):
    file = tmp_path / f"it.{kind}"
    code, _, err = audited(
        capsys, "vanishing", "--input-shape", "64", "--out", str(file)
    )
    assert code == 1, err
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[kind]
    assert file.read_bytes().startswith(start)


def test_the_same_network_gives_the_same_picture(capsys, tmp_path):
    for name in ("a.svg", "b.svg"):
        audited(capsys, "vanishing", "--input-shape", "64", "--out", name)
    one, other = ((tmp_path / name).read_text() for name in ("a.svg", "b.svg"))
    assert one == other and "vanishing" in one


@pytest.mark.parametrize("out", ["nowhere/it.svg", "it.doc"])
def test_a_picture_that_cannot_be_written_is_an_error_after_the_table(capsys, out):
    code, printed, err = audited(
        capsys, "vanishing", "--input-shape", "64", "--out", out
    )
    assert code == 2 and "vanishing" in printed
    assert err.startswith(f"audit: {out} cannot be written:")


# What cannot be audited ---------------------------------------------------------------

WRONG = {
    "missing": "our_models has no 'missing'",
    "Home.missing": "our_models has no 'Home.missing'",
    "number": "our_models:number is no factory but int",
    "fails": "the factory our_models:fails raised KeyError: 'on purpose'",
    "leaves": "the factory our_models:leaves raised SystemExit: 3",
    "asks": "the factory our_models:asks raised TypeError: asks() missing 1 required",
    "returns_text": "our_models:returns_text returned no nn.Module but str",
    "relu": "ReLU has no parameters",
    "bilinear": "Embedding has no linear or convolutional layer",
    "meta": "the model is on the meta device",
    "Refuses": "the model cannot be called with inputs of shape (32, 8): "
    "AssertionError: three channels, please",
    "Text": "the model must return a float tensor",
    "Pair": "the model cannot be called with inputs of shape (32, 8): TypeError: ",
}


@pytest.mark.parametrize("factory", WRONG)
def test_what_cannot_be_audited_is_said_in_a_line_or_two(capsys, factory):
    code, out, err = audited(capsys, factory, *SHAPE)
    assert code == NO_AUDIT == 2 and out == ""
    assert err.startswith("audit: " + WRONG[factory])
    assert len(err.splitlines()) <= 2 and "Traceback" not in err


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("nowhere:f", "nowhere cannot be imported: ModuleNotFoundError"),
        ("nowhere.py:f", "there is no file nowhere.py"),
        ("broken.py:f", "broken.py cannot be imported: SyntaxError"),
        ("not a name:f", "not a name cannot be imported: ValueError"),
        ("our_models", "'our_models' must be module:factory or path/to/file.py:fac"),
        ("our_models:", "'our_models:' must be module:factory"),
    ],
)
def test_a_factory_that_is_not_there_is_named(capsys, tmp_path, where, words):
    (tmp_path / "broken.py").write_text("def f(:\n")
    assert main([where, *SHAPE]) == 2
    err = capsys.readouterr().err
    assert err.startswith("audit: " + words) and len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "required: --input-shape"),
        (("--input-shape", "3,x"), "such as 3,32,32 or 16:1000; got '3,x'"),
        (("--input-shape", "3,0"), "got '3,0'"),
        (("--input-shape", "8:0"), "got '8:0'"),
        (("--input-shape", "8:x"), "got '8:x'"),
        ((*SHAPE, "--batch", "1"), "must be a whole number from 2 on, got '1'"),
        ((*SHAPE, "--seed", "-1"), "must be a whole number from 0 on, got '-1'"),
        ((*SHAPE, "--tokens", "0"), "must be a whole number from 1 on, got '0'"),
        ((*SHAPE, "--dtype", "int8"), "invalid choice: 'int8'"),
        ((*SHAPE, "--mode", "test"), "invalid choice: 'test'"),
        ((*SHAPE, "--depth", "3"), "unrecognized arguments: --depth 3"),
    ],
)
def test_what_was_asked_wrongly_is_named(capsys, options, words):
    code, out, err = audited(capsys, "healthy", *options)
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


@pytest.fixture
def nets(tmp_path):
    (tmp_path / "nets.py").write_text(PYTHON[0])
    yield
    sys.modules.pop("nets", None)


@pytest.mark.parametrize(
    ("example", "word", "code"),
    [(0, "healthy", 0), (1, "vanishing", 1), (2, "collapsed inputs", 1)],
)
def test_the_page_shows_what_the_command_prints(capsys, nets, example, word, code):
    arguments, output = EXAMPLES[example]
    assert main(arguments) == code
    printed = capsys.readouterr().out
    assert Printed(printed) == output, printed
    assert f"\n\n{word}: " in printed
    assert len(EXAMPLES) == 3


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
    ours = {
        option
        for action in parser()._actions
        for option in action.option_strings
        if option.startswith("--")
    } - {"--help"}
    assert ours == set(re.findall(r"--[a-z][a-z-]+", PAGE))
    table = PAGE[PAGE.index("## Read the table") : PAGE.index("## Read the verdict")]
    for name in COLUMNS:
        assert f"`{name}`" in table
    words = PAGE[PAGE.index("## Read the verdict") :]
    for word in (
        "healthy",
        "vanishing",
        "exploding",
        "collapsed inputs",
        "symmetric",
        "dead",
        "no gradient yet",
        "starts at 0",
        "not measured",
    ):
        assert f"\n| {word} |" in words
