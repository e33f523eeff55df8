"""A small GPT in plain PyTorch, with the switches that chapter 10 turns.

The model reads characters and says for each position which one comes next. Its *stream*
is the row of numbers that a position carries through all blocks; each block has two
branches that add to it, attention and a network of two layers.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from helpers.checks import check_count, known

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": nn.functional.gelu,
    "relu": nn.functional.relu,
    "silu": nn.functional.silu,
    "relu squared": lambda z: nn.functional.relu(z).square(),
}
PLACES = ("pre", "post")


class Attention(nn.Module):
    """Each position takes an average over itself and those before it.

    Args:
        width: numbers of a position.
        heads: how many averages are taken side by side; divides ``width``.
        qk_norm: whether queries and keys are divided by their size.
    """

    def __init__(self, width: int, heads: int, qk_norm: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.qk_norm = qk_norm
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.project = nn.Linear(width, width)

    def split(self, h: Tensor) -> Tensor:
        """(batch, positions, width) as (batch, heads, positions, width / heads)."""
        return h.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def logits(self, h: Tensor) -> Tensor:
        """What the softmax gets: (batch, heads, positions, positions)."""
        query = self.split(self.query(h))
        key = self.split(self.key(h))
        if self.qk_norm:
            query = nn.functional.rms_norm(query, query.shape[-1:])
            key = nn.functional.rms_norm(key, key.shape[-1:])
        return query @ key.mT / query.shape[-1] ** 0.5

    def forward(self, h: Tensor) -> Tensor:
        """The averages of the values, projected, (batch, positions, width)."""
        positions = h.shape[1]
        future = torch.ones(positions, positions, dtype=torch.bool).triu(1)
        logits = self.logits(h).masked_fill(future, -torch.inf)
        averages = logits.softmax(-1) @ self.split(self.value(h))
        return self.project(averages.transpose(1, 2).flatten(2))


class MLP(nn.Module):
    """Two layers for each position by itself, four times as wide between them."""

    def __init__(self, width: int, activation: str = "gelu") -> None:
        super().__init__()
        self.widen = nn.Linear(width, 4 * width)
        self.phi = known(activation, ACTIVATIONS, "activation")
        self.project = nn.Linear(4 * width, width)

    def forward(self, h: Tensor) -> Tensor:
        """(batch, positions, width), as it came."""
        return self.project(self.phi(self.widen(h)))


class Block(nn.Module):
    """Two branches and their shortcuts, normalized before a branch or after the sum."""

    def __init__(
        self,
        width: int,
        heads: int,
        place: str = "pre",
        norm: type[nn.Module] = nn.LayerNorm,
        activation: str = "gelu",
        qk_norm: bool = False,
    ) -> None:
        super().__init__()
        self.place = known(place, {name: name for name in PLACES}, "place")
        self.norm1 = norm(width)
        self.attention = Attention(width, heads, qk_norm)
        self.norm2 = norm(width)
        self.mlp = MLP(width, activation)

    def forward(self, h: Tensor) -> Tensor:
        """The stream behind the block, from the stream before it."""
        if self.place == "post":
            h = self.norm1(h + self.attention(h))
            return self.norm2(h + self.mlp(h))
        h = h + self.attention(self.norm1(h))
        return h + self.mlp(self.norm2(h))


class GPT(nn.Module):
    """A model of a text.

    Args:
        characters: how many kinds of them.
        width: numbers that a position carries.
        blocks: how many blocks.
        heads: of attention; divides ``width``.
        length: most positions of a piece of text.
        tied: whether the head's weights are the embedding's, the same tensor.
        place: where blocks normalize, "pre" or "post".
        norm: ``nn.LayerNorm`` or ``nn.RMSNorm``, called with the width.
        activation: between the two layers of a block's network: gelu, relu, silu or
            relu squared.
        qk_norm: whether queries and keys are divided by their size.

    Raises:
        ValueError: an unknown place or activation, or a count below 1.
        TypeError: a count that is not a whole number.
    """

    def __init__(
        self,
        characters: int,
        width: int = 32,
        blocks: int = 4,
        heads: int = 4,
        length: int = 32,
        *,
        tied: bool = True,
        place: str = "pre",
        norm: type[nn.Module] = nn.LayerNorm,
        activation: str = "gelu",
        qk_norm: bool = False,
    ) -> None:
        for name, count in {
            "characters": characters,
            "width": width,
            "blocks": blocks,
            "heads": heads,
            "length": length,
        }.items():
            check_count(name, count)
        super().__init__()
        self.tokens = nn.Embedding(characters, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList()
        for _ in range(blocks):
            block = Block(width, heads, place, norm, activation, qk_norm)
            self.blocks.append(block)
        # A post-norm block ends with a normalization of its own.
        self.norm = nn.Identity() if place == "post" else norm(width)
        self.head = nn.Linear(width, characters, bias=False)
        if tied:
            self.head.weight = self.tokens.weight

    def stream(self, codes: Tensor) -> list[Tensor]:
        """The stream before the first block and behind each, (batch, length, width)."""
        places = torch.arange(codes.shape[1])
        h = self.tokens(codes) + self.positions(places)
        after = [h]
        for block in self.blocks:
            h = block(h)
            after.append(h)
        return after

    def forward(self, codes: Tensor) -> Tensor:
        """The logits of the next character, (batch, length, characters)."""
        return self.head(self.norm(self.stream(codes)[-1]))


def start_(
    model: GPT,
    generator: Generator,
    gain: float = 3**-0.5,
    scaled: bool = True,
    embedding: float | None = None,
) -> GPT:
    """Draw all weights anew, in place, from normal distributions; biases become 0.

    Args:
        model: what to start.
        generator: source of all numbers.
        gain: a layer's standard deviation times the root of its fan-in.
        scaled: whether the last layers of branches are divided by the root of twice
            the number of blocks.
        embedding: standard deviation of characters and positions; None makes it one
            over the root of the width.

    Returns:
        The model.
    """
    width = model.tokens.weight.shape[1]
    std = width**-0.5 if embedding is None else embedding
    nn.init.normal_(model.tokens.weight, 0, std, generator=generator)
    nn.init.normal_(model.positions.weight, 0, std, generator=generator)
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear) or module.weight is model.tokens.weight:
            continue
        std = gain * module.in_features**-0.5
        if scaled and name.endswith("project"):
            std /= (2 * len(model.blocks)) ** 0.5
        nn.init.normal_(module.weight, 0, std, generator=generator)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return model
