"""The lesson does not need this: how long recurrent networks take to learn one bit."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from helpers.training import OPTIMIZERS

KINDS = ("default", "orthogonal", "identity", "LSTM", "LSTM, bias 1", "LSTM, chrono")


def sequences(count: int, length: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """A bit at the first step, noise of size 0.5 after it.

    Args:
        count: number of sequences.
        length: steps of time, at least 1.
        generator: source of bits and noise.

    Returns:
        Inputs (count, length, 1), whose first number is -1 or 1; the bits, 0 or 1.
    """
    bit = torch.randint(0, 2, (count,), generator=generator)
    x = 0.5 * torch.randn(count, length, 1, generator=generator)
    x[:, 0, 0] = 2.0 * bit - 1
    return x, bit.to(x.dtype)


def recurrent(kind: str, length: int, units: int) -> nn.Module:
    """A recurrent layer, started in one of the ``KINDS``; draws global numbers.

    Args:
        kind: "default" is ``nn.RNN`` as PyTorch draws it; "orthogonal" and "identity"
            change its recurrent matrix, the latter with relu; the LSTMs differ in
            their biases: as drawn, 1 for the forget gate, or chrono for ``length``.
        length: steps of time that chrono biases are drawn for, at least 3.
        units: size of the state.
    """
    if kind.startswith("LSTM"):
        lstm = nn.LSTM(1, units, batch_first=True)
        if kind != "LSTM":
            _zero_biases(lstm)
            bias = lstm.get_parameter("bias_ih_l0").detach()
            if kind == "LSTM, bias 1":
                bias[units : 2 * units] = 1
            else:
                times = torch.rand(units) * (length - 2) + 1
                bias[units : 2 * units] = times.log()
                bias[:units] = -times.log()
        return lstm
    relu = kind == "identity"
    rnn = nn.RNN(1, units, nonlinearity="relu" if relu else "tanh", batch_first=True)
    if kind == "orthogonal":
        nn.init.orthogonal_(rnn.get_parameter("weight_hh_l0"))
    if kind == "identity":
        nn.init.eye_(rnn.get_parameter("weight_hh_l0"))
        nn.init.normal_(rnn.get_parameter("weight_ih_l0"), std=0.1)
    if kind != "default":
        _zero_biases(rnn)
    return rnn


def _zero_biases(layer: nn.Module) -> None:
    for name in ("bias_ih_l0", "bias_hh_l0"):
        nn.init.zeros_(layer.get_parameter(name))


class Reader(nn.Module):
    """A recurrent layer, and a logit from its last state."""

    def __init__(self, layer: nn.Module, units: int) -> None:
        """Put a random linear unit behind the layer."""
        super().__init__()
        self.recurrent = layer
        self.answer = nn.Linear(units, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, (count,), of inputs (count, length, 1)."""
        states, _ = self.recurrent(x)
        return self.answer(states[:, -1])[:, 0]


@dataclass(frozen=True)
class Memory:
    """Steps of training until a recurrent network remembers a bit.

    Attributes:
        lengths: numbers of steps of time.
        ways: by name, a key of ``OPTIMIZERS`` and the learning rate; gradients are
            clipped at norm 1.
        kinds: some of ``KINDS``.
        steps: updates of 32 sequences at most.
        every: updates between two looks at 500 new sequences.
        seeds: how many seeds of weights and sequences, from 0.
        units: size of the state.
    """

    lengths: tuple[int, ...]
    ways: dict[str, tuple[str, float]]
    kinds: tuple[str, ...] = KINDS
    steps: int = 1000
    every: int = 50
    seeds: int = 5
    units: int = 32

    def run(self, kind: str, length: int, way: str, seed: int) -> float:
        """Updates until 95 % of new sequences are answered right; inf if never."""
        optimizer, lr = self.ways[way]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = Reader(recurrent(kind, length, self.units), self.units)
        update = OPTIMIZERS[optimizer](model.parameters(), lr=lr)
        generator = torch.Generator().manual_seed(seed)
        for step in range(1, self.steps + 1):
            x, bit = sequences(32, length, generator)
            loss = nn.functional.binary_cross_entropy_with_logits(model(x), bit)
            update.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            update.step()
            if step % self.every == 0:
                x, bit = sequences(500, length, generator)
                with torch.no_grad():
                    right = (model(x) > 0) == (bit > 0.5)
                if right.double().mean() >= 0.95:
                    return step
        return math.inf

    def compute(self) -> dict[str, Tensor]:
        """All of it.

        Returns:
            ``needed``, (lengths, kinds, ways, seeds): updates, infinite where the
            network had not learnt after ``steps``.
        """
        shape = (len(self.lengths), len(self.kinds), len(self.ways), self.seeds)
        needed = []
        for length in self.lengths:
            for kind in self.kinds:
                for way in self.ways:
                    row = [self.run(kind, length, way, k) for k in range(self.seeds)]
                    needed += row
                    print(f"  {length} steps, {kind}, {way}: {row}", flush=True)
        return {"needed": torch.tensor(needed, dtype=torch.float64).view(shape)}
