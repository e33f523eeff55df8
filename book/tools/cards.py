"""The pictures on the cards of the chapters: one small computation each, without words.

``python -m book.tools.cards`` computes them anew. Blue is the signal on its way forward
or what works, orange the gradient on its way back or what does not; grey is what one
compares with. What a picture shows is said in intro.md, as its description.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from book.tools.drawings import FOLDER
from helpers.activations import unit_variance_gain
from helpers.meanfield import backward_curve, forward_curve
from helpers.networks import mlp, patient
from helpers.plots import COLOURS
from helpers.signals import probe

WIDTH, HEIGHT, EDGE = 120, 54, 4
BLUE, ORANGE, GREY = (COLOURS[name] for name in ("blue", "orange", "muted"))


class Line(NamedTuple):
    """A curve over equal steps, in a colour."""

    heights: Tensor
    colour: str
    width: float = 1.8


def seeded(seed: int) -> Generator:
    """Random numbers that are the same each time."""
    return torch.Generator().manual_seed(seed)


def logs(sizes: Tensor) -> Tensor:
    """Sizes as powers of ten, as all figures of sizes have them."""
    return sizes.double().log10()


# One picture a chapter ----------------------------------------------------------------


def two_signals() -> list[Line]:
    """The patient of chapter 0: the signal stays, its gradient dies."""
    signal = probe(patient(nn.Sigmoid), torch.randn(64, 64, generator=seeded(0)))
    return [
        Line(logs(signal.q.sqrt()), BLUE),
        Line(logs(signal.grad2.sqrt()), ORANGE),
    ]


def vanishing() -> list[Line]:
    """Gradients of twenty layers at gain 1: tanh, relu and sigmoid."""
    return [
        Line(logs(backward_curve(name, 1.0, 20).sqrt()), ORANGE)
        for name in ("tanh", "relu", "sigmoid")
    ]


def exploding() -> list[Line]:
    """Ten percent too much, five networks; that rate alone is the grey line."""
    layers, units = 32, 12
    lines = [Line(torch.linspace(0, layers * math.log10(1.1), layers), GREY, 1.2)]
    for seed in range(5):
        random, h, sizes = seeded(seed), torch.ones(units), []
        for _ in range(layers):
            sizes.append(h.norm() / units**0.5)
            weights = torch.randn(units, units, generator=random)
            h = 1.1 * weights @ h / units**0.5
        lines.append(Line(logs(torch.stack(sizes)), ORANGE, 1.1))
    return lines


def symmetry() -> list[Line]:
    """Weights while they are trained: copies in orange, random ones in blue."""
    lines = []
    for colour, spread in ((BLUE, 0.6), (ORANGE, 0.0)):
        random = seeded(3)
        x = torch.randn(64, 1, generator=random)
        y = torch.sin(2 * x)
        start = torch.randn(6, generator=random)
        into = (0.7 + spread * start).reshape(6, 1).requires_grad_()
        out = (0.3 + spread * start.flip(0)).reshape(1, 6).requires_grad_()
        path = []
        for _ in range(31):
            path.append(into.detach().flatten().clone())
            loss = ((torch.tanh(x @ into.T) @ out.T - y) ** 2).mean()
            by_into, by_out = torch.autograd.grad(loss, [into, out])
            with torch.no_grad():
                into -= 0.3 * by_into
                out -= 0.3 * by_out
        width = 1.1 if spread else 2.4
        units = torch.stack(path).T
        lines += [Line(unit, colour, width) for unit in units[: 4 if spread else 1]]
    return lines


def defaults() -> list[Line]:
    """PyTorch's weights and biases: the cosine of two inputs, and the gradient."""
    random = seeded(1)
    torch.manual_seed(1)  # nn.Linear draws from the global generator
    model = nn.Sequential(
        *(part for _ in range(20) for part in (nn.Linear(256, 256), nn.ReLU()))
    )
    h = torch.randn(2, 256, generator=random)
    gradient = probe(model, torch.randn(32, 256, generator=random)).grad2.sqrt()
    cosines = []
    for layer in model:
        h = layer(h)
        if isinstance(layer, nn.ReLU):
            cosines.append(functional.cosine_similarity(h[:1], h[1:]).detach())
    down = logs(gradient)
    return [
        Line(torch.cat(cosines) * -down.min(), BLUE),
        Line(down - down.min(), ORANGE),
    ]


def xavier() -> list[Line]:
    """What one rule keeps in each direction, from wide outputs to wide inputs."""
    ratio = torch.linspace(-1, 1, 41).double()
    both = 1 + 10**ratio
    forward, backward = logs(2 / both), logs(2 * 10**ratio / both)
    return [Line(ratio * 0, GREY, 1.2), Line(forward, BLUE), Line(backward, ORANGE)]


def gains() -> list[Line]:
    """Gelu's gain one percent to each side of the one that balances."""
    right = unit_variance_gain("gelu")
    lines = [
        logs(forward_curve("gelu", right * off, 50, q=right**-2).sqrt())
        for off in (0.99, 1.01)
    ]
    return [
        Line(lines[0] * 0, GREY, 1.2),
        *(Line(line, BLUE) for line in lines),
    ]


def training() -> list[Line]:
    """The loss of eight tanh layers, from a level start and from one at a tenth."""
    lines = []
    for colour, gain in ((ORANGE, 0.1), (BLUE, 1.0)):
        model = mlp(depth=8, width=32, activation="tanh", gain=gain)
        random = seeded(0)
        x = torch.randn(128, 32, generator=random)
        y = torch.tanh(x[:, :1] + x[:, 1:2])
        sgd, losses = torch.optim.SGD(model.parameters(), lr=0.05), []
        for _ in range(60):
            loss = ((model(x)[:, :1] - y) ** 2).mean()
            losses.append(loss.detach())
            sgd.zero_grad()
            loss.backward()
            sgd.step()
        lines.append(Line(torch.stack(losses), colour))
    return lines


def beyond_variance() -> list[Line]:
    """Singular values of eight layers: orthogonal ones, and normal ones."""
    random, units = seeded(0), 30
    product = torch.eye(units, dtype=torch.float64)
    for _ in range(8):
        weights = torch.randn(units, units, generator=random, dtype=torch.float64)
        product = weights @ product / units**0.5
    values = logs(torch.linalg.svdvals(product))
    return [Line(values * 0, BLUE), Line(values, ORANGE)]


def shortcuts() -> list[Line]:
    """Sixteen residual blocks as they are, and with branches of a quarter."""
    lines = []
    for colour, size in ((ORANGE, 1.0), (BLUE, 0.25)):
        random, h, sizes = seeded(0), torch.ones(256), []
        for _ in range(17):
            sizes.append(h.norm() / 16)
            weights = torch.randn(256, 256, generator=random) * (2 / 256) ** 0.5
            h = h + size * weights @ torch.relu(h)
        lines.append(Line(logs(torch.stack(sizes)), colour))
    return lines


def transformers() -> list[Line]:
    """Attention over twenty words, sorted: logits of size 1, and of size 9."""
    logits = torch.randn(20, generator=seeded(4)).sort(descending=True).values
    small, large = (torch.softmax(size * logits, 0) for size in (1, 9))
    return [Line(large, ORANGE), Line(small, BLUE)]


def recurrent() -> list[Line]:
    """A state turned and scaled again and again: by 0.93, and by 1.03."""
    steps = torch.arange(41).double()
    wave = torch.cos(0.55 * steps)
    return [Line(wave * 1.03**steps, ORANGE), Line(wave * 0.93**steps, BLUE)]


CARDS: dict[str, Callable[[], list[Line]]] = {
    f"card-{number:02}": picture
    for number, picture in enumerate(
        [
            two_signals,
            vanishing,
            exploding,
            symmetry,
            defaults,
            xavier,
            gains,
            training,
            beyond_variance,
            shortcuts,
            transformers,
            recurrent,
        ]
    )
}


# Drawing ------------------------------------------------------------------------------


def draw(name: str) -> str:
    """One of them as SVG."""
    lines = CARDS[name]()
    heights = torch.cat([line.heights.double() for line in lines])
    low, high = float(heights.min()), float(heights.max())
    paths = "".join(path(line, low, high) for line in lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g fill="none">{paths}</g></svg>\n'
    )


def path(line: Line, low: float, high: float) -> str:
    """A line from the left edge to the right, of at most 40 pieces."""
    heights = line.heights.double()
    kept = torch.linspace(0, len(heights) - 1, min(len(heights), 41)).round().long()
    x = EDGE + kept * (WIDTH - 2 * EDGE) / (len(heights) - 1)
    y = HEIGHT - EDGE - (heights[kept] - low) / (high - low) * (HEIGHT - 2 * EDGE)
    places = " ".join(
        f"{a:.0f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)
    )
    return f'<path d="M{places}" stroke="{line.colour}" stroke-width="{line.width}"/>'


def main() -> None:
    """Compute all of them anew and keep them."""
    for name in CARDS:
        (FOLDER / f"{name}.svg").write_text(draw(name), encoding="utf-8")
        print(f"wrote {FOLDER.name}/{name}.svg")


if __name__ == "__main__":
    main()
