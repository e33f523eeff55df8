"""Graph networks with weights of their own, and networks of sets and of tables."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.seeds import seeded
from tests.shared.zoo.exhibit import Exhibit, normal, together, tokens
from tests.shared.zoo.parts import mlp, xavier_
from tests.shared.zoo.tasks import Batch, Task, classes, of_set, squares

NODES = 64


def ring() -> Tensor:
    """Whether two nodes are linked: neighbours on a ring, and a few chords."""
    links = torch.eye(NODES).roll(1, 1)
    links[torch.randint(NODES, (NODES,), generator=seeded(5)), torch.arange(NODES)] = 1
    return ((links + links.T) > 0).float()


def normalized() -> Tensor:
    """With each node linked to itself, divided by the roots of both degrees."""
    A = ring() + torch.eye(NODES)
    root = A.sum(1).rsqrt()
    return root[:, None] * A * root


class OnGraph(nn.Module):
    """Layers of nodes, with an activation between each two."""

    def __init__(self, layers: list[nn.Module], act: nn.Module | None = None):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.act = act or nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = self.act(layer(x))
        return self.layers[-1](x)


class GCNLayer(nn.Module):
    """The mean of the neighbours, times a matrix (inputs, outputs)."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)
        self.register_buffer("A", normalized())

    def forward(self, x: Tensor) -> Tensor:
        return torch.matmul(self.A, torch.matmul(x, self.weight)) + self.bias


def gcn(depth: int = 2) -> nn.Module:
    """Glorot's weights."""
    sizes = [16] + [32] * (depth - 1) + [4]
    return OnGraph([GCNLayer(*sizes[i : i + 2]) for i in range(depth)])


class GATLayer(nn.Module):
    """Neighbours weighted by attention, in several heads."""

    def __init__(self, n_in: int, n_out: int, heads: int = 4):
        super().__init__()
        self.W = nn.Parameter(torch.empty(heads, n_in, n_out // heads))
        self.a = nn.Parameter(torch.empty(2, heads, n_out // heads))
        for p in (*self.W, self.a):
            nn.init.xavier_uniform_(p)
        self.register_buffer("A", ring() + torch.eye(NODES))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.einsum("ni,hio->hno", x, self.W)
        own, other = torch.einsum("hno,sho->shn", h, self.a)
        scores = F.leaky_relu(own.unsqueeze(2) + other.unsqueeze(1), 0.2)
        scores = scores.masked_fill(self.A == 0, -torch.inf)
        return (scores.softmax(-1) @ h).transpose(0, 1).flatten(1)


class SageLayer(nn.Module):
    """A matrix for a node, another for the mean of its neighbours."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.own = nn.Parameter(torch.empty(n_out, n_in))
        self.others = nn.Parameter(torch.empty(n_out, n_in))
        nn.init.xavier_uniform_(self.own)
        nn.init.xavier_uniform_(self.others)
        self.register_buffer("A", ring() / ring().sum(1, keepdim=True))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.own) + F.linear(self.A @ x, self.others)


class GINLayer(nn.Module):
    """The sum of the neighbours through a perceptron with batch norm."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(()))
        self.mlp = nn.Sequential(
            nn.Linear(n_in, n_out),
            nn.BatchNorm1d(n_out),
            nn.ReLU(),
            nn.Linear(n_out, n_out),
        )
        self.register_buffer("A", ring())

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp((1 + self.eps) * x + self.A @ x)


def neighbours() -> Task:
    """Which of four directions the mean of a node's neighbourhood points to."""

    def draw(generator) -> Batch:
        x = torch.randn(NODES, 16, generator=generator)
        W = torch.randn(16, 4, generator=seeded(11))
        return (x,), (normalized() @ x @ W).argmax(1)

    return Task(draw, classes, 1.39)


class DLRM(nn.Module):
    """Numbers and bags of categories meet in their products."""

    def __init__(self, width: int = 16):
        super().__init__()
        self.tables = nn.ModuleList(
            nn.EmbeddingBag(100, width, mode="sum") for _ in range(4)
        )
        self.bottom = mlp(13, 32, width)
        self.top = mlp(width + 10, 32, 16, 1)
        for table in self.tables:
            nn.init.uniform_(table.weight, -0.1, 0.1)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                fan_out, fan_in = module.weight.shape
                nn.init.normal_(module.weight, std=(2 / (fan_in + fan_out)) ** 0.5)
                nn.init.normal_(module.bias, std=fan_out**-0.5)

    def forward(self, numbers: Tensor, bags: Tensor) -> Tensor:
        parts = [self.bottom(numbers)]
        parts += [table(bags[:, i]) for i, table in enumerate(self.tables)]
        stacked = torch.stack(parts, 1)
        products = stacked @ stacked.transpose(1, 2)
        i, j = torch.triu_indices(5, 5, 1)
        return self.top(torch.cat([parts[0], products[:, i, j]], 1))


CLICKS = together(normal(16, 13), tokens(100, 16, 4, 2))


def clicks() -> Task:
    """A smooth function of the numbers."""

    def draw(generator) -> Batch:
        x = CLICKS(generator)
        W = torch.randn(13, 1, generator=seeded(11))
        return x, torch.tanh(x[0] @ W / 13**0.5) / 0.63

    return Task(draw, squares, 1.0)


class DeepSets(nn.Module):
    """A perceptron for each point, their sum, a perceptron."""

    def __init__(self):
        super().__init__()
        self.phi, self.rho = mlp(3, 32, 32, 32), mlp(32, 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.rho(self.phi(x).mean(1))


class NeuralProcess(nn.Module):
    """What some points say about the others: an encoder, a mean, a decoder."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.encode, self.decode = mlp(3, width, width, width), mlp(width, width, 4)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        mean, raw = self.decode(self.encode(x).mean(1)), self.encode(x).amax(1)
        return {"mean": mean, "spread": 0.1 + 0.9 * F.softplus(self.decode(raw))}


ON_NODES = normal(NODES, 16)

EXHIBITS = [
    Exhibit(
        "gcn",
        gcn,
        ON_NODES,
        neighbours(),
        "healthy",
        "Kipf & Welling (2017)",
        "best of six, Adam 0.01: 1.4 to 0.823 in 200 steps, a guess has 1.39",
    ),
    Exhibit(
        "gat",
        lambda: OnGraph(
            [GATLayer(16, 32), GATLayer(32, 32), GATLayer(32, 4)], nn.ELU()
        ),
        ON_NODES,
        neighbours(),
        "healthy",
        "Velickovic et al. (2018)",
        "trains, Adam 0.01: 1.53 to 0.694 in 156 steps, a guess has 1.39",
    ),
    Exhibit(
        "graph_sage",
        lambda: OnGraph([SageLayer(16, 32), SageLayer(32, 32), SageLayer(32, 4)]),
        ON_NODES,
        neighbours(),
        "healthy",
        "Hamilton et al. (2017)",
        "trains, SGD 0.01: 1.36 to 0.695 in 128 steps, a guess has 1.39",
    ),
    Exhibit(
        "gin",
        lambda: OnGraph(
            [GINLayer(16, 32), *(GINLayer(32, 32) for _ in range(3))]
            + [nn.Linear(32, 4)]
        ),
        ON_NODES,
        neighbours(),
        "healthy",
        "Xu et al. (2019)",
        "best of six, Adam 0.01: 1.34 to 0.887 in 200 steps, a guess has 1.39",
    ),
    Exhibit(
        "dlrm",
        DLRM,
        CLICKS,
        clicks(),
        "healthy",
        "Naumov et al. (2019)",
        "trains, Adam 0.001: 1.41 to 0.49 in 61 steps, a guess has 1",
    ),
    Exhibit(
        "deep_sets",
        DeepSets,
        normal(16, 16, 3),
        of_set(16),
        "healthy",
        "Zaheer (2017)",
        "trains, Adam 0.001: 0.774 to 0.497 in 52 steps, a guess has 1",
    ),
    Exhibit(
        "neural_process",
        lambda: xavier_(NeuralProcess()),
        normal(16, 16, 3),
        of_set(16),
        "healthy",
        "Garnelo et al. (2018)",
        "trains, Adam 0.001: 0.782 to 0.493 in 37 steps, a guess has 1",
    ),
]
