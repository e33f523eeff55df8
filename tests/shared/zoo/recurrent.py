"""Networks that read one step after another, and convolutions over time."""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from tests.shared.zoo.exhibit import Exhibit, normal, tokens
from tests.shared.zoo.parts import mlp
from tests.shared.zoo.tasks import WORDS, chain, each_step, next_class, recall, rows


class WordModel(nn.Module):
    """A table, recurrent layers, a head for each step."""

    def __init__(self, kind: type[nn.RNNBase], layers: int = 2, width: int = 48):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.rnn = kind(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, WORDS)

    def forward(self, text: Tensor) -> Tensor:
        return self.head(self.rnn(self.words(text))[0])


def word_model(kind: type[nn.RNNBase]) -> nn.Module:
    """The table and the head +-0.1, as the example of PyTorch has it."""
    model = WordModel(kind)
    nn.init.uniform_(model.words.weight, -0.1, 0.1)
    nn.init.uniform_(model.head.weight, -0.1, 0.1)
    nn.init.zeros_(model.head.bias)
    return model


class Tagger(nn.Module):
    """Reads both ways, and says something at each step."""

    def __init__(self, n_in: int = 8, width: int = 24, outputs: int = 4):
        super().__init__()
        self.rnn = nn.GRU(n_in, width, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0])


class LastState(nn.Module):
    """Reads to the end and says what it was, from the last state."""

    def __init__(self, rnn: nn.RNNBase):
        super().__init__()
        self.rnn, self.head = rnn, nn.Linear(rnn.hidden_size, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0][:, -1])


class CellLoop(nn.Module):
    """A cell in a loop of Python, asked at the end."""

    def __init__(self, cell: nn.Module):
        super().__init__()
        self.cell, self.head = cell, nn.Linear(cell.hidden_size, 10)

    def forward(self, x: Tensor) -> Tensor:
        state = None
        for step in x.unbind(1):
            state = self.cell(step, state)
        return self.head(state[0] if isinstance(state, tuple) else state)


def lstm_loop() -> nn.Module:
    """With a forget gate that begins open."""
    model = CellLoop(nn.LSTMCell(8, 32))
    nn.init.constant_(model.cell.bias_hh[32:64], 3.0)
    return model


class PlainLoop(nn.Module):
    """h = phi(W x + U h), asked at the end, from two parameters."""

    def __init__(self, phi: Callable[[Tensor], Tensor], n_in: int = 8, width: int = 64):
        super().__init__()
        self.W = nn.Parameter(torch.randn(width, n_in) / n_in**0.5)
        self.U = nn.Parameter(torch.empty(width, width))
        self.head, self.phi = nn.Linear(width, 10), phi

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), len(self.U))
        for step in x.unbind(1):
            h = self.phi(F.linear(step, self.W) + F.linear(h, self.U))
        return self.head(h)


def orthogonal_rnn() -> nn.Module:
    """Tanh with an orthogonal matrix, and small inputs."""
    model = PlainLoop(torch.tanh)
    nn.init.orthogonal_(model.U)
    model.W.data *= 0.3
    return model


def identity_rnn() -> nn.Module:
    """Relu with the identity, inputs N(0, 0.001 ** 2)."""
    model = PlainLoop(torch.relu)
    nn.init.eye_(model.U)
    nn.init.normal_(model.W, std=0.001)
    return model


class QuasiRecurrent(nn.Module):
    """Gates by convolution; only a mean runs from step to step."""

    def __init__(self, n_in: int, width: int):
        super().__init__()
        self.conv, self.width = nn.Conv1d(n_in, 3 * width, 2, padding=1), width

    def forward(self, x: Tensor) -> Tensor:
        gates = self.conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        z, f, o = gates.chunk(3, -1)
        state, states = torch.zeros_like(z[:, 0]), []
        for new, forget in zip(
            torch.tanh(z).unbind(1), torch.sigmoid(f).unbind(1), strict=True
        ):
            state = forget * state + (1 - forget) * new
            states.append(state)
        return torch.sigmoid(o) * torch.stack(states, 1)


Wrapper = Callable[[nn.Module], nn.Module]


def old(wrap: Wrapper) -> Wrapper:
    """PyTorch's old way to reparametrize, which warns that it is old."""

    def silent(layer: nn.Module) -> nn.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return wrap(layer)

    return silent


class Causal(nn.Module):
    """Two dilated convolutions that see the past alone, and a shortcut."""

    def __init__(self, n_in: int, n_out: int, dilation: int, wrap: Wrapper):
        super().__init__()
        self.padding = 2 * dilation
        self.conv1 = nn.Conv1d(n_in, n_out, 3, dilation=dilation)
        self.conv2 = nn.Conv1d(n_out, n_out, 3, dilation=dilation)
        self.down = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else nn.Identity()
        if n_in != n_out:
            nn.init.normal_(self.down.weight, std=0.01)
        wrap(self.conv1)
        wrap(self.conv2)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.conv1(F.pad(x, (self.padding, 0))))
        h = F.relu(self.conv2(F.pad(h, (self.padding, 0))))
        return F.relu(h + self.down(x))


class TCN(nn.Module):
    """Five such blocks, each looking twice as far; the head N(0, 0.01)."""

    def __init__(self, wrap: Wrapper, n_in: int = 8, width: int = 24):
        super().__init__()
        self.blocks = nn.Sequential(
            *[Causal(width if i else n_in, width, 2**i, wrap) for i in range(5)]
        )
        self.head = nn.Linear(width, 4)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(x.transpose(1, 2)).transpose(1, 2))


class WaveNet(nn.Module):
    """Gated dilated convolutions; each adds to the stream and to what is said."""

    def __init__(self, width: int = 16, cycles: int = 2, depth: int = 6):
        super().__init__()
        rates = [2**i for _ in range(cycles) for i in range(depth)]
        self.stem = nn.Conv1d(8, width, 1)
        self.gates = nn.ModuleList(
            nn.Conv1d(width, 2 * width, 2, dilation=rate) for rate in rates
        )
        self.stay = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in rates)
        self.say = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in rates)
        self.out1, self.out2 = nn.Conv1d(width, width, 1), nn.Conv1d(width, 4, 1)
        self.rates = rates

    def forward(self, x: Tensor) -> Tensor:
        h, said = self.stem(x.transpose(1, 2)), 0
        layers = zip(self.rates, self.gates, self.stay, self.say, strict=True)
        for rate, gates, stay, say in layers:
            a, b = gates(F.pad(h, (rate, 0))).chunk(2, 1)
            z = torch.tanh(a) * torch.sigmoid(b)
            said, h = said + say(z), h + stay(z)
        h = self.out2(F.relu(self.out1(F.relu(said))))
        return h.transpose(1, 2)


class MemoryNetwork(nn.Module):
    """A question looks three times at a memory of sentences, summed from words."""

    def __init__(self, width: int = 20):
        super().__init__()
        self.ask, self.read = nn.Embedding(WORDS, width), nn.Embedding(WORDS, width)
        self.say = nn.Embedding(WORDS, width)
        self.hop = nn.Linear(width, width, bias=False)
        for table in (self.ask, self.read, self.say, self.hop):
            nn.init.normal_(table.weight, std=0.1)
        self.head = nn.Linear(width, WORDS, bias=False)
        nn.init.normal_(self.head.weight, std=0.1)

    def forward(self, text: Tensor) -> Tensor:
        u = self.ask(text[:, -1])
        keys, values = self.read(text), self.say(text)
        for _ in range(3):
            share = torch.einsum("bw,bnw->bn", u, keys).softmax(-1)
            u = self.hop(u) + torch.einsum("bn,bnw->bw", share, values)
        return self.head(u)


class Translator(nn.Module):
    """A GRU reads; another speaks and looks at what was read (additive attention)."""

    def __init__(self, n_in: int = 8, width: int = 32):
        super().__init__()
        self.reader = nn.GRU(n_in, width, batch_first=True)
        self.speaker = nn.GRUCell(width, width)
        self.of_state, self.of_memory = nn.Linear(width, width), nn.Linear(width, width)
        self.score, self.head = nn.Linear(width, 1), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        memory, state = self.reader(x)
        state, said = state[0], []
        for _ in range(x.shape[1]):
            look = torch.tanh(
                self.of_state(state).unsqueeze(1) + self.of_memory(memory)
            )
            share = self.score(look).softmax(1)
            state = self.speaker((share * memory).sum(1), state)
            said.append(self.head(state))
        return torch.stack(said, 1)


SERIES = normal(16, 20, 8)
EACH = each_step(20, 8, 4)

EXHIBITS = [
    Exhibit(
        "lstm_words",
        lambda: word_model(nn.LSTM),
        tokens(WORDS, 8, 20),
        chain(WORDS, 20),
        "healthy",
        "Zaremba et al. (2014), PyTorch's example",
        "trains, Adam 0.01: 4.16 to 1.87 in 86 steps, a guess has 3.79",
    ),
    Exhibit(
        "gru_words",
        lambda: word_model(nn.GRU),
        tokens(WORDS, 8, 20),
        chain(WORDS, 20),
        "healthy",
        "Cho et al. (2014), PyTorch's example",
        "trains, Adam 0.01: 4.16 to 1.83 in 44 steps, a guess has 3.79",
    ),
    Exhibit(
        "gru_both_ways",
        Tagger,
        SERIES,
        EACH,
        "healthy",
        "Schuster (1997)",
        "trains, Adam 0.001: 1.05 to 0.494 in 87 steps, a guess has 1",
    ),
    Exhibit(
        "lstm_cell",
        lstm_loop,
        SERIES,
        recall(20, 8),
        "healthy",
        "Gers et al. (2000), Jozefowicz et al. (2015)",
        "trains, Adam 0.001: 2.39 to 1.03 in 179 steps, a guess has 2.08",
    ),
    Exhibit(
        "gru_cell",
        lambda: CellLoop(nn.GRUCell(8, 32)),
        normal(16, 6, 8),
        recall(6, 8),
        "healthy",
        "Cho et al. (2014), PyTorch's start",
        "trains, Adam 0.01: 2.28 to 0.989 in 49 steps, a guess has 2.08",
    ),
    Exhibit(
        "orthogonal_rnn",
        orthogonal_rnn,
        normal(16, 20, 8),
        recall(20, 8),
        "healthy",
        "Saxe et al. (2014), Henaff et al. (2016)",
        "trains, Adam 0.01: 2.38 to 1.02 in 39 steps, a guess has 2.08",
    ),
    Exhibit(
        "identity_rnn",
        identity_rnn,
        SERIES,
        recall(20, 8),
        "healthy",
        "Le et al. (2015)",
        "trains, Adam 0.001: 2.27 to 1.03 in 130 steps, a guess has 2.08",
    ),
    Exhibit(
        "quasi_recurrent",
        lambda: nn.Sequential(
            QuasiRecurrent(8, 32), QuasiRecurrent(32, 32), mlp(32, 4)
        ),
        SERIES,
        EACH,
        "healthy",
        "Bradbury et al. (2017)",
        "trains, Adam 0.001: 1.06 to 0.493 in 103 steps, a guess has 1",
    ),
    Exhibit(
        "tcn_weight_norm",
        lambda: TCN(parametrizations.weight_norm),
        normal(8, 32, 8),
        each_step(32, 8, 4),
        "healthy",
        "Bai et al. (2018)",
        "trains, Adam 0.001: 1.04 to 0.484 in 64 steps, a guess has 1",
    ),
    Exhibit(
        "tcn_old_weight_norm",
        lambda: TCN(old(nn.utils.weight_norm)),
        normal(8, 32, 8),
        each_step(32, 8, 4),
        "healthy",
        "Bai et al. (2018)",
        "trains, Adam 0.001: 1.04 to 0.484 in 64 steps, a guess has 1",
    ),
    Exhibit(
        "wavenet",
        WaveNet,
        normal(8, 64, 8),
        each_step(64, 8, 4, 8),
        "healthy",
        "van den Oord et al. (2016)",
        "trains, Adam 0.001: 1.04 to 0.496 in 61 steps, a guess has 1",
    ),
    Exhibit(
        "memory_network",
        MemoryNetwork,
        tokens(WORDS, 16, 8),
        chain(WORDS, 8, 32, next_class),
        "healthy",
        "Sukhbaatar et al. (2015)",
        "trains, Adam 0.01: 4.16 to 1.87 in 58 steps, a guess has 3.79",
    ),
    Exhibit(
        "translator",
        Translator,
        normal(8, 10, 8),
        each_step(10, 8, 4),
        "healthy",
        "Bahdanau et al. (2015), PyTorch's start",
        "trains, Adam 0.01: 1.1 to 0.5 in 125 steps, a guess has 1",
    ),
    Exhibit(
        "lstm_rows",
        lambda: LastState(nn.LSTM(8, 32, batch_first=True)),
        normal(16, 8, 8),
        rows(),
        "hint",
        "Hochreiter & Schmidhuber (1997), PyTorch's start",
        "trains, Adam 0.001: 2.33 to 1.14 in 146 steps, a guess has 2.3",
    ),
    Exhibit(
        "gru_rows",
        lambda: LastState(nn.GRU(8, 32, 2, batch_first=True)),
        normal(16, 8, 8),
        rows(),
        "healthy",
        "Cho et al. (2014), PyTorch's start",
        "trains, Adam 0.001: 2.31 to 1.14 in 149 steps, a guess has 2.3",
    ),
]
