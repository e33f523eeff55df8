"""Models that the audit is asked about; tests copy this file to a folder of its own."""

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
    return nn.Sequential(
        nn.LazyConv2d(4, 3),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(2),
    )


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


def looks_up():
    return nn.Embedding(4, 4)


def meta():
    return nn.Linear(4, 4, device="meta")


class Refuses(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        assert x.shape[1] == 3, "three\nchannels, please"


class Text(Refuses):
    def forward(self, x):
        self.layer(x)
        return "text"


def sized(width=8, act="relu"):
    """A network of a size that is asked for."""
    phi = nn.Tanh if act == "tanh" else nn.ReLU
    return nn.Sequential(
        nn.Linear(8, width), phi(), nn.Linear(width, width), phi(), nn.Linear(width, 5)
    )


class Leaves(Refuses):
    """A model that ends the program when it runs."""

    def forward(self, x):
        raise SystemExit(0)


class Half(nn.Module):
    """A model without the first line of its constructor."""

    def __init__(self):
        pass


class Tied(nn.Module):
    """Logits from the table that the tokens were looked up in."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(100, 64)
        self.body = nn.Linear(64, 64)
        self.head = nn.Linear(64, 100, bias=False)
        self.head.weight = self.table.weight

    def forward(self, tokens):
        h = self.table(tokens)
        return self.head(h + 0.1 * self.body(h))


def targets():
    """Two classes, evenly, for a batch of 32."""
    return [0, 1] * 16


def by_width(model):
    """A rate that falls with the width, for all weights."""
    return torch.optim.Adam(model.parameters(), 1e-3 * 16 / len(model[0].weight))


def deeper(width):
    """A network whose depth depends on what is called its width."""
    return mlp(width, 8)


class OwnLoss(nn.Linear):
    """A model that returns its loss."""

    def __init__(self, width=8):
        super().__init__(8, width)

    def forward(self, x):
        return super().forward(x).square().mean()


class Named(nn.Module):
    """A model that takes its inputs by name alone: a time, a mask, numbers."""

    def __init__(self):
        super().__init__()
        self.embed, self.body = nn.Embedding(20, 8), nn.Linear(8, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, *, x, t, mask):
        assert mask.dtype == torch.bool and mask.shape[1] == 4
        return self.head(torch.tanh(self.body(x + self.embed(t)))) * mask
