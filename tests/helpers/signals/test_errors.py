"""The probe's own errors, told apart from those of the model."""

import pytest
import torch
from torch import nn

from helpers.networks import mlp
from helpers.signals import ProbeError, probe, unroll_

X = torch.zeros(3, 4)


class Odd(nn.Module):
    """A model with a layer, and a forward pass of the test's own."""

    def __init__(self, forward):
        super().__init__()
        self.layer, self.own = nn.Linear(4, 4), forward

    def forward(self, x):
        return self.own(self.layer, x)


def raises(error):
    def forward(layer, x):
        raise error

    return forward


@pytest.mark.parametrize(
    ("model", "x", "kind"),
    [
        (3, X, TypeError),
        (mlp(2, 4), [[1.0] * 4] * 2, TypeError),
        (mlp(2, 4), X[:1], ValueError),
        (mlp(2, 4), X[:, 1:], ValueError),
        (mlp(2, 4), X.double(), TypeError),
        (nn.ReLU(), X, ValueError),
        (nn.LazyLinear(4), X, ValueError),
        (Odd(lambda layer, x: x), X, ValueError),
        (Odd(lambda layer, x: str(layer(x))), X, TypeError),
        (Odd(lambda layer, x: layer(x).detach()), X, ValueError),
        (Odd(raises(RuntimeError("on purpose"))), X, ValueError),
    ],
)
def test_what_the_probe_refuses_is_an_error_of_the_probe(model, x, kind):
    with pytest.raises(kind) as error:
        probe(model, x)
    assert isinstance(error.value, ProbeError)


def test_what_no_unrolled_layer_takes_is_an_error_of_the_probe():
    packed = nn.utils.rnn.pack_sequence([torch.ones(3, 4), torch.ones(2, 4)])
    with pytest.raises(ValueError, match="no packed sequences") as error:
        unroll_(nn.LSTM(4, 6))(packed)
    assert isinstance(error.value, ProbeError)


@pytest.mark.parametrize(
    "error", [ValueError("theirs"), TypeError("theirs"), KeyError(), AssertionError()]
)
def test_what_the_model_raises_is_none(error):
    with pytest.raises(type(error)) as raised:
        probe(Odd(raises(error)), X)
    assert raised.value is error and not isinstance(error, ProbeError)
