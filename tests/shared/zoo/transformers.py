"""Transformers that look at a whole input: images, sets, sentences of both sides."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, normal, together, tokens
from tests.shared.zoo.parts import (
    PostNorm,
    mlp,
    sinusoids,
    small_,
    xavier_,
)
from tests.shared.zoo.tasks import (
    WORDS,
    each_step,
    hidden_tokens,
    of_set,
    translation,
)


class SetAttention(nn.Module):
    """A set looks at another through few induced points; no norm, as published."""

    def __init__(self, width: int, points: int):
        super().__init__()
        self.points = nn.Parameter(torch.empty(1, points, width))
        nn.init.xavier_uniform_(self.points)
        self.inner, self.outer = Multihead(width), Multihead(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(x, self.inner(self.points.expand(len(x), -1, -1), x))


class Multihead(nn.Module):
    """Attention added to its queries, and one layer with relu added to that."""

    def __init__(self, width: int, heads: int = 4):
        super().__init__()
        self.q, self.k = nn.Linear(width, width), nn.Linear(width, width)
        self.v, self.o = nn.Linear(width, width), nn.Linear(width, width)
        self.heads = heads

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        whole = self.q(x)
        q, k, v = (
            t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for t in (whole, self.k(memory), self.v(memory))
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        h = whole + mixed
        return h + F.relu(self.o(h))


class SetTransformer(nn.Module):
    """Two blocks with induced points, pooling by a seed, a head."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.embed = nn.Linear(3, width)
        self.blocks = nn.Sequential(*[SetAttention(width, 8) for _ in range(2)])
        self.seed = nn.Parameter(torch.empty(1, 1, width))
        nn.init.xavier_uniform_(self.seed)
        self.pool, self.head = Multihead(width), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.blocks(self.embed(x))
        return self.head(self.pool(self.seed.expand(len(x), -1, -1), h)[:, 0])


class Encoder(nn.Module):
    """A table of words and positions, blocks, a head for each position."""

    def __init__(
        self, blocks: list[nn.Module], width: int, norm: bool = True, length: int = 16
    ):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.positions = nn.Embedding(length, width)
        self.norm = nn.LayerNorm(width) if norm else nn.Identity()
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(width, WORDS)

    def forward(self, text: Tensor) -> Tensor:
        x = self.words(text) + self.positions.weight[: text.shape[1]]
        return self.head(self.blocks(self.norm(x)))


def bert() -> nn.Module:
    """12 post-norm blocks with gelu, all N(0, 0.02)."""
    return small_(Encoder([PostNorm(64, nn.GELU) for _ in range(12)], 64))


def albert() -> nn.Module:
    """One block that runs twelve times."""
    return small_(Encoder([PostNorm(64, nn.GELU)] * 12, 64))


def deepnorm(depth: int = 24) -> nn.Module:
    """Post-norm, sums weighted by (2N)**(1/4), Glorot's weights by (8N)**(-1/4)."""
    blocks = [PostNorm(64, weight=(2 * depth) ** 0.25) for _ in range(depth)]
    model = Encoder(blocks, 64)
    for block in blocks:
        xavier_(block)
        for layer in (block.attn.v, block.attn.out, block.mlp[0], block.mlp[2]):
            layer.weight.data *= (8 * depth) ** -0.25
    return model


class FNetBlock(nn.Module):
    """The Fourier transform mixes tokens and channels; post-norm."""

    def __init__(self, width: int):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = mlp(width, 4 * width, width, act=nn.GELU)

    def forward(self, x: Tensor) -> Tensor:
        x = self.ln1(x + torch.fft.fft2(x).real)
        return self.ln2(x + self.mlp(x))


def fnet() -> nn.Module:
    """6 blocks, all N(0, 0.02)."""
    return small_(Encoder([FNetBlock(64) for _ in range(6)], 64))


def torch_encoder(depth: int, norm_first: bool) -> nn.Module:
    """``nn.TransformerEncoder`` as PyTorch draws it, without dropout."""
    layer = nn.TransformerEncoderLayer(
        64, 4, 128, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    stack = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
    return nn.Sequential(nn.Linear(8, 64), stack, nn.Linear(64, 4))


class Seq2Seq(nn.Module):
    """``nn.Transformer`` with tables of words and sines for positions."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.core = nn.Transformer(width, 4, 3, 3, 128, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, WORDS)
        self.register_buffer("where", sinusoids(64, width))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        def embedded(text: Tensor) -> Tensor:
            return self.words(text) * 8 + self.where[: text.shape[1]]

        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.head(self.core(embedded(source), embedded(target), tgt_mask=mask))


def seq2seq() -> nn.Module:
    """Glorot's weights; words N(0, 1/width), times the root of the width."""
    model = Seq2Seq()
    nn.init.normal_(model.words.weight, std=64**-0.5)
    return model


def pairs(words: int, *lengths: int):
    """Texts of several lengths."""
    return together(*(tokens(words, 8, length) for length in lengths))


SENTENCES = tokens(WORDS, 8, 16)
HIDDEN = hidden_tokens(WORDS, 16)

EXHIBITS = [
    Exhibit(
        "set_transformer",
        SetTransformer,
        normal(8, 16, 3),
        of_set(16),
        "healthy",
        "Lee et al. (2019)",
        "trains, Adam 0.001: 0.888 to 0.474 in 20 steps, a guess has 1",
    ),
    Exhibit(
        "bert",
        bert,
        SENTENCES,
        HIDDEN,
        "healthy",
        "Devlin et al. (2019)",
        "trains, Adam 0.001: 4.13 to 1.88 in 54 steps, a guess has 3.79",
    ),
    Exhibit(
        "albert",
        albert,
        SENTENCES,
        HIDDEN,
        "healthy",
        "Lan et al. (2020)",
        "trains, Adam 0.001: 4.16 to 1.86 in 56 steps, a guess has 3.79",
    ),
    Exhibit(
        "deepnorm24",
        deepnorm,
        SENTENCES,
        HIDDEN,
        "healthy",
        "Wang et al. (2022)",
        "trains, Adam 0.001: 4.37 to 1.83 in 34 steps, a guess has 3.79",
    ),
    Exhibit(
        "fnet",
        fnet,
        SENTENCES,
        HIDDEN,
        "healthy",
        "Lee-Thorp et al. (2022)",
        "trains, Adam 0.001: 4.17 to 1.87 in 70 steps, a guess has 3.79",
    ),
    Exhibit(
        "post_norm6",
        lambda: torch_encoder(6, norm_first=False),
        normal(8, 10, 8),
        each_step(10, 8, 4),
        "healthy",
        "Vaswani et al. (2017), PyTorch's start",
        "trains, Adam 0.001: 1.61 to 0.5 in 122 steps, a guess has 1",
    ),
    Exhibit(
        "pre_norm12",
        lambda: torch_encoder(12, norm_first=True),
        normal(8, 10, 8),
        each_step(10, 8, 4),
        "healthy",
        "Xiong et al. (2020), PyTorch's start",
        "best of six, Adam 0.001: 9.44 to 0.513 in 200 steps, a guess has 1",
    ),
    Exhibit(
        "seq2seq",
        seq2seq,
        pairs(WORDS, 12, 10),
        translation(WORDS, 12, 10),
        "healthy",
        "Vaswani et al. (2017), PyTorch's start",
        "best of six, Adam 0.001: 4.28 to 2.8 in 200 steps, a guess has 4.16",
    ),
]
