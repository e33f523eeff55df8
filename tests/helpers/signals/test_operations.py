"""A layer is where a weight multiplies the signal, whatever computes that.

The oracle is a chain of ``nn.Linear`` with the same weights: each other way to write it
must give the same numbers.
"""

import warnings
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint

from helpers.networks import mlp
from helpers.signals import Kind, Outcome, probe, unroll_
from tests.shared.probed import TENSORS, general, normal
from tests.shared.seeds import seeded

WIDTH, DEPTH = 12, 5


class Ways(nn.Module):
    """A tanh network of bare weights, shape (out, in), and a way to use them."""

    def __init__(self, multiply, turned=False):
        super().__init__()
        g = seeded(0)
        draw = lambda: torch.randn(WIDTH, WIDTH, generator=g).double() / 3  # noqa: E731
        drawn = [draw() for _ in range(DEPTH)]
        self.w = nn.ParameterList([w.T.contiguous() if turned else w for w in drawn])
        self.multiply = multiply

    def forward(self, x):
        for w in self.w[:-1]:
            x = torch.tanh(self.multiply(x, w))
        return self.multiply(x, self.w[-1])


def linear_modules():
    layers = []
    for w in Ways(F.linear).w:
        layer = nn.Linear(WIDTH, WIDTH, bias=False).double()
        layer.weight = nn.Parameter(w.detach().clone())
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


WAYS = {
    "F.linear": (F.linear, False),
    "@": (lambda x, w: x @ w.T, False),
    "matmul, turned": (lambda x, w: torch.matmul(x, w), True),
    "mm": (lambda x, w: x.mm(w.t()), False),
    "columns": (lambda x, w: (w @ x.T).T, False),
    "addmm": (lambda x, w: torch.addmm(torch.zeros(WIDTH).double(), x, w), True),
    "addmm by name": (
        lambda x, w: torch.addmm(torch.zeros(1).double(), mat2=w, mat1=x),
        True,
    ),
    "einsum": (lambda x, w: torch.einsum("nd,ed->ne", x, w), False),
    "einsum, dots": (lambda x, w: torch.einsum("...d,ed->...e", x, w), False),
    "einsum, a list": (lambda x, w: torch.einsum("ed,nd->ne", [w, x]), False),
    "einsum, no arrow": (lambda x, w: torch.einsum("bd,de", x, w), True),
    "bmm": (lambda x, w: torch.bmm(x[None], w[None])[0], True),
    "conv1d": (lambda x, w: F.conv1d(x[..., None], w[..., None])[..., 0], False),
    "scaled": (lambda x, w: F.linear(x, (2 * w) / 2), False),
    "sliced": (lambda x, w: F.linear(x, w[:WIDTH]), False),
    "normed": (lambda x, w: F.linear(x, w / w.norm() * w.norm()), False),
    "masked": (lambda x, w: F.linear(x, w * torch.ones(WIDTH, 1).double()), False),
    "in place": (lambda x, w: F.linear(x, w).mul_(1), False),
    "aten": (lambda x, w: torch.ops.aten.mm(x, w), True),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_multiply_gives_the_numbers_of_linear_layers(way):
    multiply, turned = WAYS[way]
    x = normal(7, WIDTH)
    expected = general(linear_modules(), x)
    found = general(Ways(multiply, turned), x)
    assert found.names == tuple(f"w.{i}" for i in range(DEPTH))
    assert found.measured == found.heard == 1 and found.unmeasured == ()
    for key in (*TENSORS, "weight2"):
        # Products in another order differ by rounding, summed over 12 numbers.
        torch.testing.assert_close(
            getattr(found, key),
            getattr(expected, key),
            rtol=1e-10,
            atol=1e-13,
            equal_nan=True,
            msg=key,
        )


def test_each_expert_of_a_stack_has_units_of_its_own():
    class Experts(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.randn(3, 4, 5, generator=seeded(0)))

        def forward(self, x):  # each expert reads all inputs
            return torch.bmm(x.expand(3, *x.shape), self.w).mean(0)

    model, x = Experts(), torch.randn(9, 4, generator=seeded(1))
    signal = probe(model, x)
    z = torch.stack([x @ w for w in model.w]).double()  # (experts, inputs, units)
    assert signal.names == ("w",) and signal.units.tolist() == [15]
    assert signal.q.item() == pytest.approx(z.square().mean().item(), rel=1e-6)
    own = z.var(1, correction=0).mean().item()
    assert signal.unit_var.item() == pytest.approx(own, rel=1e-6)


def test_one_input_alone_cannot_look_alike():
    class Routed(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

        def forward(self, x):
            first = self.body[0](x[:1])  # one input for this, none for that
            return torch.cat([first, self.body[1](x[1:])]) + self.body[2](x[:0]).sum()

    signal = probe(Routed(), torch.randn(5, 6, generator=seeded(0)))
    assert signal.names == ("body.0", "body.1")
    assert signal.unit_var.isnan().tolist() == [True, False]
    assert signal.complaints() == []


def tall(wrap=lambda layer: layer, inplace=False, tokens=False, gain=1.0):
    """Twelve tanh or relu layers and a head, written in some way."""
    g, layers = seeded(0), []
    for _ in range(12):
        layer = nn.Linear(16, 16)
        nn.init.orthogonal_(layer.weight, gain, generator=g)
        nn.init.zeros_(layer.bias)
        layers += [wrap(layer), nn.ReLU(inplace) if tokens else nn.Tanh()]
    head = nn.Linear(16, 3)
    nn.init.normal_(head.weight, generator=g)
    nn.init.zeros_(head.bias)
    return nn.Sequential(*layers, head)


@pytest.mark.parametrize(
    "wrap",
    [
        parametrizations.weight_norm,
        parametrizations.spectral_norm,
        parametrizations.orthogonal,
        torch.nn.utils.spectral_norm,
    ],
    ids=["weight norm", "spectral norm", "orthogonal", "spectral norm, old"],
)
def test_weights_that_are_computed_are_weights(wrap):
    model, x = tall(wrap), torch.randn(32, 16, generator=seeded(1))
    signal = probe(model, x)
    assert signal.names == tuple(map(str, range(0, 25, 2)))
    assert signal.reached.all() and (signal.grad_norm2 > 0).all()
    assert signal.measured == signal.heard == 1


@pytest.mark.parametrize(
    "wrap", [parametrizations.weight_norm, parametrizations.orthogonal]
)
def test_the_gradient_of_a_computed_weight_is_that_of_its_value(wrap):
    model, x = tall(wrap), torch.randn(32, 16, generator=seeded(1))
    signal = probe(model, x)
    with parametrize.cached():
        h = model(x)
        v = torch.randn(h.shape, generator=seeded(0), dtype=torch.float64).to(h)
        (own,) = torch.autograd.grad(h, model[0].weight, v)
    expected = own.double().square().mean().item()
    assert signal.weight_grad2[0].item() == pytest.approx(expected, rel=1e-5)


def test_what_is_done_in_place_changes_nothing():
    x = torch.randn(8, 6, 16, generator=seeded(1))
    as_it_is, in_place = (probe(tall(inplace=i, tokens=True), x) for i in (False, True))
    assert in_place.verdict() == as_it_is.verdict()
    for key in TENSORS:
        one, other = getattr(as_it_is, key), getattr(in_place, key)
        torch.testing.assert_close(one, other, equal_nan=True)


class Branch(nn.Module):
    def __init__(self, zero):
        super().__init__()
        self.a, self.b = nn.Linear(16, 16), nn.Linear(16, 16)
        if zero:
            nn.init.zeros_(self.b.weight)
            nn.init.zeros_(self.b.bias)

    def forward(self, x):
        return x + self.b(torch.relu(self.a(x)))


def test_branches_and_a_head_of_zeros_are_a_choice():
    torch.manual_seed(0)
    model = nn.Sequential(*[Branch(zero=True) for _ in range(6)], nn.Linear(16, 3))
    nn.init.zeros_(model[-1].weight)
    signal = probe(model, torch.randn(32, 16))
    assert signal.healthy, signal.verdict()
    assert signal.waiting.all() == False  # noqa: E712
    assert signal.waiting.sum() == 12, "all but the head"
    assert (signal.weight_grad2[:-1] == 0).all(), "what the first step moves: the head"
    # The same with weights in place of the zeros: sizes of the same order.
    torch.manual_seed(0)
    other = probe(
        nn.Sequential(*[Branch(zero=False) for _ in range(6)], nn.Linear(16, 3)),
        torch.randn(32, 16),
    )
    ratio = signal.grad_norm2[:-1] / other.grad_norm2[:-1]
    assert (ratio > 1e-2).all()


def test_a_scale_of_one_that_is_learned_as_zero_closes_nothing():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 3)
            self.unused = nn.Linear(8, 8)
            self.scale = nn.Parameter(torch.zeros(1, 8))

        def forward(self, x):
            self.unused(x.relu())
            return self.b(self.a(x) * (1 + self.scale))

    signal = probe(Scaled(), torch.randn(6, 8, generator=seeded(0)))
    assert not signal.waiting.any()
    assert signal.names == ("unused", "a", "b")
    assert signal.reached.tolist() == [False, True, True]


def test_a_head_of_zeros_hides_nothing():
    sick = tall(gain=0.5)
    with torch.no_grad():
        sick[-1].weight.zero_()
    signal = probe(sick, torch.randn(32, 16, generator=seeded(1)))
    assert Kind.VANISHING in [c.kind for c in signal.complaints()]
    assert "starts at 0" in signal.verdict()


def test_constant_weights_are_copies_whatever_the_biases():
    model = mlp(4, 16, "tanh", "constant", 0.1, bias=True, fan_out=3)
    g = seeded(0)
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.uniform_(layer.bias, -0.3, 0.3, generator=g)
    x = torch.randn(32, 16, generator=g)
    for signal in (probe(model, x), general(model, x)):
        assert signal.same_weights.all()
        assert signal.verdict().startswith(
            "symmetric: all units have the same weights in layer 1 of 4 (0)"
        )
    with torch.no_grad():  # the head alone may be so
        for layer in model[:-1]:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, 0, 0.25, generator=g)
    assert "symmetric" not in probe(model, x).verdict()


def test_zeros_that_are_given_zeros_never_move():
    class Pair(nn.Module):
        def __init__(self, zero):
            super().__init__()
            self.body = nn.Linear(8, 8)
            self.v, self.o = (nn.Parameter(torch.zeros(8, 8)) for _ in range(2))
            if not zero:
                nn.init.normal_(self.v, 0, 0.3, generator=seeded(0))

        def forward(self, x):
            x = self.body(x)
            return x + (x @ self.v) @ self.o

    x = torch.randn(16, 8, generator=seeded(1))
    sick = probe(Pair(zero=True), x)
    assert "dead: every unit is 0 for the whole batch after layer 2 of 3 (v)" in (
        sick.verdict()
    )
    assert probe(Pair(zero=False), x).healthy


# What is given and what comes back ----------------------------------------------------


@dataclass
class Answer:
    loss: torch.Tensor
    parts: list


class Wide(nn.Module):
    """A chain that returns what it is asked for."""

    def __init__(self, answer, gain=1.0):
        super().__init__()
        self.body = tall(gain=gain)
        self.answer = answer

    def forward(self, x):
        states = [x]
        for layer in self.body:
            states.append(layer(states[-1]))
        return self.answer(states)


ANSWERS = {
    "a loss": lambda s: s[-1].square().mean(),
    "a loss and more": lambda s: (s[-1].square().mean(), s[-1], s[1:]),
    "a dict in a list": lambda s: [{"ids": s[0].long(), "logits": s[-1]}],
    "a dataclass": lambda s: Answer(s[-1].mean(), [{"states": s}]),
    "all its states": lambda s: {"states": s[1:], "logits": s[-1]},
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_is_returned_the_gradient_enters_at_the_end(answer):
    x = torch.randn(16, 16, generator=seeded(1))
    ill = probe(Wide(ANSWERS[answer], gain=0.5), x)
    assert Kind.VANISHING in [c.kind for c in ill.complaints()], ill.verdict()
    assert probe(Wide(ANSWERS[answer]), x).healthy


def test_inputs_may_come_by_name_and_nested():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x, *, more, time=None):
            return self.b(torch.tanh(self.a(x) + more["y"][0] + time[:, None]))

    x, y, time = (torch.randn(*s, generator=seeded(0)) for s in ((6, 4), (6, 4), (6,)))
    signal = probe(Model(), {"x": x, "more": {"y": [y]}, "time": time})
    assert signal.names == ("a", "b") and signal.healthy


# Wrappers -----------------------------------------------------------------------------


class Checkpointed(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.body = nn.ModuleList(tall()[i] for i in range(0, 10, 2))
        self.how = how

    def forward(self, x):
        for layer in self.body:
            step = lambda y, layer=layer: torch.tanh(layer(y))  # noqa: E731
            if self.how is None:
                x = step(x)
            else:
                x = checkpoint(step, x, use_reentrant=self.how)
        return x


@pytest.mark.parametrize("how", [True, False])
def test_a_checkpoint_is_a_layer_once(how):
    x = torch.randn(16, 16, generator=seeded(1), requires_grad=True)
    expected, found = (probe(Checkpointed(h), x) for h in (None, how))
    assert found.names == expected.names
    for key in TENSORS:
        one, other = getattr(found, key), getattr(expected, key)
        torch.testing.assert_close(one, other, equal_nan=True)


def test_autocast_inside_a_model_is_measured_as_it_runs():
    class Cast(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 3)

        def forward(self, x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return self.b(torch.relu(self.a(x)))

    signal = probe(Cast(), torch.randn(8, 8, generator=seeded(0)))
    assert signal.names == ("a", "b") and signal.reached.all()


def test_complex_layers_have_sizes_too():
    w = torch.randn(8, 8, dtype=torch.complex128, generator=seeded(0))
    layer = nn.Linear(8, 8, bias=False, dtype=torch.complex128)
    layer.weight = nn.Parameter(w)
    x = torch.randn(5, 8, dtype=torch.complex128, generator=seeded(1))
    signal = probe(nn.Sequential(layer), x)
    expected = (x @ w.T).abs().square().mean().item()
    assert signal.q.item() == pytest.approx(expected, rel=1e-12)
    assert signal.grad2.item() > 0


def test_inference_mode_leaves_nothing_behind():
    model, x = tall(), torch.randn(8, 16, generator=seeded(1))
    expected = probe(model, x)
    with torch.inference_mode():
        inside = probe(model, torch.randn(8, 16, generator=seeded(1)))
    assert inside.grad_norm2.tolist() == expected.grad_norm2.tolist()
    assert probe(model, x).grad_norm2.tolist() == expected.grad_norm2.tolist()


def test_what_has_no_values_or_cannot_be_seen_is_refused_in_words():
    x = torch.randn(4, 8)
    with pytest.raises(ValueError, match="0.weight is on the meta device"):
        probe(nn.Sequential(nn.Linear(8, 8, device="meta")), x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the days of TorchScript are counted
        script = torch.jit.trace(nn.Sequential(nn.Linear(8, 8)), x)
    with pytest.raises(ValueError, match="compiled to TorchScript"):
        probe(script, x)
    with torch.inference_mode():
        model = nn.Linear(8, 8)
    with pytest.raises(ValueError, match="made in inference mode"):
        probe(model, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own, about a layer of no units
        empty = nn.Linear(8, 0)
    with pytest.raises(ValueError, match="no weight multiplied anything"):
        probe(empty, x)


@pytest.mark.slow
def test_a_compiled_model_is_measured_as_it_was_written():
    model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.LayerNorm(8), nn.Linear(8, 3))
    x = torch.randn(8, 8, generator=seeded(0))
    plain = probe(model, x)
    compiled = probe(torch.compile(model, backend="eager"), x)
    assert compiled.names == plain.names
    assert compiled.grad_norm2.tolist() == plain.grad_norm2.tolist()


# What is no layer ---------------------------------------------------------------------


def test_what_is_added_looked_up_or_scales_is_no_weight():
    class Odds(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.EmbeddingBag(50, 8)
            self.place = nn.Parameter(torch.randn(1, 8, generator=seeded(0)))
            self.token = nn.Parameter(torch.randn(1, 8, generator=seeded(0)))
            self.scale = nn.Parameter(torch.full((1, 8), 1e-3))
            self.queries = nn.Parameter(torch.randn(1, 3, 8, generator=seeded(0)))
            self.q, self.k = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, tokens):
            h = self.table(tokens) + self.place
            h = (
                h
                + self.scale
                * self.k(torch.cat([h, self.token.expand(len(h), -1)]))[: len(h)]
            )
            q = self.q(self.queries.expand(len(h), -1, -1))  # (inputs, 3, 8)
            return q @ h.unsqueeze(-1)

    signal = probe(Odds(), torch.randint(50, (6, 4), generator=seeded(0)))
    assert "k" in signal.names and signal.measured > 0.4
    assert not {"table", "place", "token", "scale"} & set(signal.unmeasured)


def test_weights_that_nobody_registered_are_found():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(8, 2)
            self.w = torch.randn(8, 8, generator=seeded(0)).requires_grad_()

        def forward(self, x):
            return self.head(torch.tanh(x @ self.w))

    signal = probe(Bare(), torch.randn(6, 8, generator=seeded(1)))
    assert signal.names == ("tensor of shape (8, 8)", "head")


def test_a_zoo_of_attention_and_cells_is_unjudged_until_it_is_unrolled():
    torch.manual_seed(0)
    model = nn.TransformerEncoderLayer(16, 2, 16, dropout=0.0, batch_first=True)
    x = torch.randn(4, 5, 16, generator=seeded(0))
    assert probe(model, x).outcome == Outcome.UNJUDGED
    assert probe(unroll_(model), x).outcome == Outcome.HEALTHY
