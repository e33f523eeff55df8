"""A signal as a table and in words."""

import re

import torch
from torch import nn

from helpers.networks import mlp
from helpers.signals import COLUMNS, probe
from tests.shared.probed import normal
from tests.shared.seeds import seeded


def test_the_frame_is_a_table_of_one_row_per_layer():
    signal = probe(
        mlp(3, 8, "relu", "he_normal", generator=seeded()).double(), normal(4, 8)
    )
    table = signal.frame()
    assert [row["layer"] for row in table] == ["0", "2", "4"]
    for key in ("q", "h_mean", "h2", "unit_var", "grad2", "weight_grad2", "dead"):
        assert [row[key] for row in table] == getattr(signal, key).tolist()
    assert all(list(row) == ["layer", *COLUMNS] for row in table)
    lines = repr(table).splitlines()
    assert len(lines) == 4 and len({len(line) for line in lines}) == 1
    assert lines[0].split()[:2] == ["layer", "q"]
    assert f"{signal.q[0]:#.3g}" in lines[1]


def test_a_signal_shows_its_two_ends():
    x = torch.eye(4, dtype=torch.float64)
    model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    model = model.double()
    for layer, size in zip(model, (2.0, 10.0), strict=True):
        layer.weight.data = torch.eye(4, dtype=torch.float64) * size
    text = repr(probe(model, x, cotangent=torch.ones(4, 4)))
    assert "2 layers" in text
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d*)?", text)]
    # rms of the identity is 1/2: z is 1 and 10; gradients are 10 and 1.
    assert numbers == [2, 1, 10, 10, 1]


def test_a_verdict_is_its_sentences_and_a_complaint_its_kind_and_text():
    ill = probe(mlp(30, 16, "sigmoid", generator=seeded()).double(), normal(8, 16))
    complaints = ill.complaints()
    assert [c.kind for c in complaints] == ["collapsed inputs", "vanishing"]
    assert ill.sentences() == [c.text for c in complaints]
    assert all(c.text.startswith(f"{c.kind}: ") for c in complaints)
    assert ill.verdict() == "; ".join(map(str, complaints))
    assert not ill.healthy
    well = probe(mlp(3, 16, "tanh", generator=seeded()).double(), normal(8, 16))
    assert well.healthy and well.complaints() == []
    (praise,) = well.sentences()
    assert well.verdict() == praise and praise.startswith("healthy")
