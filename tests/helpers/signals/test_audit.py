"""Models of every kind from a name, their batches, notes, and errors in few words."""

import pytest

from helpers.signals.__main__ import NO_AUDIT, main
from helpers.signals.factories import build

pytestmark = pytest.mark.usefixtures("models")


SHAPE = ("--input-shape", "8")


def test_a_file_a_class_an_instance_and_a_method_are_factories_too(tmp_path):
    folder = tmp_path / "else"
    folder.mkdir()
    (tmp_path / "our_models.py").rename(folder / "moved.py")
    (folder / "sibling.py").write_text("from moved import healthy\n")
    assert len(build(f"{folder}/sibling.py:healthy")) == 19
    assert len(build(f"{folder}/moved.py:Home.make")) == 19
    assert len(build(f"{folder}/moved.py:made")) == 19
    assert type(build(f"{folder}/moved.py:Recurrent")).__name__ == "Recurrent"


def test_the_batch_is_as_large_as_asked(audited):
    few, many = (
        audited("healthy", "--input-shape", "64", "--batch", n)[1] for n in ("2", "64")
    )
    assert few != many


def test_token_ids_reach_the_last_of_the_vocabulary_and_no_further(audited):
    for options in (
        ("--input-shape", "12", "--tokens", "50"),
        ("--input-shape", "12:50"),
    ):
        code, out, err = audited("Language", *options)
        assert code == 0, err
    code, _, err = audited("Language", "--input-shape", "12", "--tokens", "51")
    assert code == 2 and "IndexError: index out of range" in err
    code, _, err = audited("Language", "--input-shape", "12")
    assert code == 2
    assert "it has an embedding: --tokens VOCABULARY" in err.splitlines()[1]


def test_shared_weights_are_named(audited):
    out = audited("Language", "--input-shape", "12:50")[1]
    assert "note: head.weight is table.weight: one weight in two places" in out


def test_attention_and_recurrence_are_measured(audited):
    code, out, _ = audited("Recurrent", "--input-shape", "5,8")
    rows = [line.split()[0] for line in out.split("\n\n")[0].splitlines()[1:]]
    assert rows == ["lstm.ih_l0", *["lstm.hh_l0"] * 5, "head"]
    assert "note: layers that run again have a row for each run" in out
    assert "lstm.hh_l0 (5 times)" in out and "not measured" not in out


def test_several_inputs_of_several_kinds(audited):
    code, out, err = audited("Pair", *SHAPE, "--input-shape", "5:20", "--batch", "4")
    assert code == 0, err


def test_a_dataclass_is_an_output(audited):
    assert audited("Dataclass", *SHAPE)[0] == 0


def test_lazy_layers_get_their_shapes_from_the_input(audited, recwarn):
    code, out, err = audited("lazy", "--input-shape", "3,8,8")
    assert code == 0, err
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["0", "4"]


def test_number_formats_are_the_models_or_as_asked(audited):
    assert audited("wide", "--input-shape", "64")[0] == 0
    code, out, _ = audited("half", "--input-shape", "16")
    assert code == 0 and "note: bfloat16 has no number between 0 and 9.2e-41" in out
    code, out, _ = audited("thin_half", "--input-shape", "16")
    assert code == 1 and "vanishing: the signal is exactly 0 at layer 5 of 12" in out
    # 0.01 a layer: numbers of size 1e-8 in layer 4, of which those above 3e-8, three
    # standard deviations, round up to the last number of float16, 6e-8; 1e-10 is gone.
    assert "float16 has no number between 0 and 6.0e-08" in out
    code, out, _ = audited("thin_half", "--input-shape", "16", "--dtype", "float32")
    assert code == 1 and "exactly 0" not in out and "note" not in out
    code, _, err = audited("mixed", *SHAPE)
    assert code == 0


def test_frozen_parameters_are_measured_and_counted(audited):
    code, out, _ = audited("frozen", "--input-shape", "64")
    assert code == 0
    assert "note: 10 of 10 parameters are frozen; measured all the same" in out


def test_several_formats_are_mentioned(audited):
    out = audited("mixed", *SHAPE)[1]
    assert "several number formats: 4 float32, 1 float64" in out


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
    "looks_up": "the model cannot be called with an input of shape (32, 8)",
    "meta": "the model is on the meta device",
    "Refuses": "the model cannot be called with inputs of shape (32, 8): "
    "AssertionError: three channels, please",
    "Text": "the model must return a float tensor",
    "Pair": "the model cannot be called with inputs of shape (32, 8): TypeError: ",
}


@pytest.mark.parametrize("factory", WRONG)
def test_what_cannot_be_audited_is_said_in_a_line_or_two(audited, factory):
    code, out, err = audited(factory, *SHAPE)
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
        ("our_models", "'our_models' must be module:name or path/to/file.py:name"),
        ("our_models:", "'our_models:' must be module:name or"),
    ],
)
def test_a_factory_that_is_not_there_is_named(capsys, tmp_path, where, words):
    (tmp_path / "broken.py").write_text("def f(:\n")
    assert main([where, *SHAPE]) == 2
    err = capsys.readouterr().err
    assert err.startswith("audit: " + words) and len(err.splitlines()) <= 2
