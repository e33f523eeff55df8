"""The short cut for plain chains gives the same numbers, where it may be taken."""

import dataclasses
import threading

import pytest
import torch
from torch import nn

from helpers.activations import activation
from helpers.networks import mlp
from helpers.signals import probe
from helpers.signals.chain import SLOPE_FROM_H, plain_chain
from helpers.signals.modules import probe_module
from tests.shared.probed import (
    EPS,
    NAMES,
    TENSORS,
    Chain,
    assert_agrees,
    assert_same,
    check,
    drawn,
    general,
    normal,
    witnessed,
)
from tests.shared.seeds import seeded


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scheme", ["normal", "xavier_normal", "constant"])
@pytest.mark.parametrize("name", [n for n in NAMES if n != "linear"])
def test_the_short_cut_gives_the_same_numbers(name, scheme, dtype):
    model = mlp(4, 10, name, scheme, 0.1, True, seeded(), 7, 3).to(dtype)
    x = normal(6, 7, dtype=dtype)
    fast, slow = probe(model, x), general(model, x)
    # The last layer is followed by nothing: linear for one, unknown for the other.
    assert fast.saturated[-1] == 0 and slow.saturated[-1].isnan()
    fast, slow = (
        dataclasses.replace(s, saturated=s.saturated[:-1]) for s in (fast, slow)
    )
    assert_same(fast, slow, dtype=dtype)


@pytest.mark.parametrize("scheme", ["xavier_normal", "pytorch_default", "constant"])
@pytest.mark.parametrize("name", ["tanh", "relu", "sigmoid", "gelu"])
def test_the_short_cut_and_the_general_way_agree(name, scheme):
    model = mlp(
        12,
        40,
        name,
        scheme,
        0.1 if scheme == "constant" else 1.0,
        bias=True,
        generator=seeded(0),
        fan_out=10,
    ).double()
    x = torch.randn(16, 40, generator=seeded(1), dtype=torch.float64)
    fast, slow = probe(model, x), probe_module(model, (x,), None, seeded(0))
    for key in ("grad_norm2", "grad_shift2"):
        one, other = getattr(fast, key), getattr(slow, key)
        torch.testing.assert_close(one, other, rtol=1e-10, atol=0)
    for key in ("kinds", "unmeasured", "measured"):
        assert getattr(fast, key) == getattr(slow, key)
    assert torch.equal(fast.reached, slow.reached)
    assert fast.verdict() == slow.verdict()


def taken(model, x=None):
    """Whether the probe takes its short cut."""
    x = torch.ones(2, 4) if x is None else x
    return plain_chain(model, x) is not None


def test_the_short_cut_is_taken_for_plain_networks_only():
    linear = nn.Linear(4, 4)
    for name in NAMES:
        assert taken(mlp(3, 4, name))
    assert taken(nn.Sequential(linear))
    assert taken(nn.Sequential(linear, nn.Tanh(), nn.Linear(4, 2), nn.Tanh()))
    assert taken(nn.Sequential(linear, nn.ReLU(inplace=True)))
    for model in (
        nn.Sequential(nn.Tanh(), linear),
        nn.Sequential(linear, nn.Tanh(), nn.Tanh()),
        nn.Sequential(linear, nn.Dropout()),
        nn.Sequential(linear, nn.LeakyReLU(0.2)),
        nn.Sequential(linear, nn.GELU("tanh")),
        nn.Sequential(linear, nn.BatchNorm1d(4)),
        nn.Sequential(nn.Sequential(linear)),
        nn.Sequential(linear, nn.Tanh(), linear),
        nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)),
        nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))),
        nn.Sequential(nn.Linear(4, 4).half()),
        mlp(3, 4, "tanh", "zeros"),  # what is 0 lets no gradient through
        Chain(nn.Linear(4, 4)),
    ):
        assert not taken(model), model
    assert not taken(mlp(3, 4), torch.ones(2, 3, 4))


@pytest.mark.parametrize(
    "phi", [nn.LeakyReLU(0.3), nn.GELU("tanh"), nn.SELU(inplace=True)]
)
def test_activations_with_options_keep_them(phi):
    model = drawn(lambda: Chain(nn.Linear(5, 6), phi, nn.Linear(6, 4)))
    x, v = normal(7, 5), normal(7, 4, seed=1)
    names, expected = witnessed(model, x, v)
    plain = nn.Sequential(*model)
    assert_agrees(probe(plain, x, cotangent=v), names, expected, EPS[torch.float64])


def test_a_reader_s_own_hooks_still_act():
    model = mlp(2, 4, generator=seeded()).double()
    x = normal(5, 4)
    before = probe(model, x)
    handle = model[0].register_forward_hook(lambda module, args, z: 2 * z)
    after = probe(model, x)
    handle.remove()
    assert after.h2[0] > 1.5 * before.h2[0]


def test_a_chain_that_uses_a_layer_twice_is_measured_as_autograd_says():
    def make():
        layer = nn.Linear(6, 6)
        return Chain(layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(6, 3))

    model = drawn(make)
    check(model, normal(9, 6))
    # nn.Sequential itself may take the short cut: same numbers.
    assert_same(
        probe(nn.Sequential(*model), normal(9, 6)), general(model, normal(9, 6))
    )


def test_a_chain_that_shares_one_activation_module_is_measured_as_autograd_says():
    def make():
        phi = nn.ReLU()
        return Chain(nn.Linear(6, 8), phi, nn.Linear(8, 8), phi, nn.Linear(8, 3))

    model = drawn(make)
    check(model, normal(9, 6))
    plain, x = nn.Sequential(*model), normal(9, 6)
    for key in TENSORS:
        fast, slow = (getattr(run(plain, x), key)[:2] for run in (probe, general))
        # Two orders of the same sums.
        torch.testing.assert_close(
            fast, slow, rtol=500 * EPS[torch.float64], atol=1e-14
        )
    assert probe(plain, x).saturated[1] > 0, "its relu is seen twice"


def test_one_probe_after_another_shares_no_memory_with_its_results():
    small, x = mlp(4, 6, "tanh", generator=seeded()).double(), normal(5, 6)
    first = probe(small, x)
    kept = {key: getattr(first, key).clone() for key in TENSORS}
    other = probe(mlp(6, 9, "gelu").double(), normal(5, 9))
    assert other.q.shape == (6,)
    for key, value in kept.items():
        torch.testing.assert_close(
            getattr(first, key), value, rtol=0, atol=0, equal_nan=True
        )
    assert_same(probe(small, x), first, exact=True)


def test_probes_in_two_threads_share_no_memory():
    networks = [mlp(12, 64, name, generator=seeded()).double() for name in NAMES]
    x = normal(32, 64)
    alone = [probe(model, x) for model in networks]
    together = {}

    def run(i):
        together[i] = [probe(networks[i], x) for _ in range(20)]

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(networks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, expected in enumerate(alone):
        assert len(together[i]) == 20
        for signal in together[i]:
            assert_same(signal, expected, exact=True)


# Slopes in place ---------------------------------------------------------------------

# Every decade from the smallest normal numbers to 1e8, both signs, and 0 of each sign.
MAGNITUDES = torch.logspace(-300, 8, 309, dtype=torch.float64)
WIDE = torch.cat(
    [
        torch.linspace(-50, 50, 20_001, dtype=torch.float64),
        MAGNITUDES,
        -MAGNITUDES,
        torch.tensor([0.0, -0.0], dtype=torch.float64),
    ]
)


@pytest.mark.parametrize("name", NAMES)
def test_the_value_alone_gives_the_slope_where_it_is_said_to(name):
    a = activation(name)
    if name not in SLOPE_FROM_H:
        # The first two rise and fall; the others' slopes are lost in rounding.
        assert name in ("gelu", "silu", "softsign", "selu")
        return
    h = a.phi(WIDE).clone()
    slope = SLOPE_FROM_H[name](h)
    assert slope is h, "in place"
    torch.testing.assert_close(slope, a.dphi(WIDE), rtol=0, atol=0)
