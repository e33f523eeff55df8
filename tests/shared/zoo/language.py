"""Language models: each reads tokens from the left and says the next."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.shared.zoo.exhibit import Exhibit, together, tokens
from tests.shared.zoo.parts import Attention, PreNorm, RMSNorm, mlp, small_
from tests.shared.zoo.tasks import WORDS, chain, translation

SENTENCES = tokens(WORDS, 8, 16)
NEXT = chain(WORDS, 16)


class Transposed(nn.Module):
    """GPT-2's layer, as its first code has it: (inputs, outputs), x @ weight."""

    def __init__(self, n_in: int, n_out: int, std: float = 0.02):
        super().__init__()
        self.weight = nn.Parameter(std * torch.randn(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        return torch.addmm(self.bias, flat, self.weight).view(*x.shape[:-1], -1)


class Gpt2Block(nn.Module):
    """Pre-norm; queries, keys and values in one transposed layer."""

    def __init__(self, width: int, std: float, heads: int = 4):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn = Transposed(width, 3 * width, std)
        self.c_proj = Transposed(width, width, std)
        self.c_fc = Transposed(width, 4 * width, std)
        self.c_down = Transposed(4 * width, width, std)
        self.heads = heads

    def attend(self, x: Tensor) -> Tensor:
        """Causal attention."""
        q, k, v = (
            t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for t in self.c_attn(x).chunk(3, -1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(mixed.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.ln_1(x))
        return x + self.c_down(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Decoder(nn.Module):
    """A table of words, positions perhaps, blocks, a norm, a head perhaps tied."""

    def __init__(
        self,
        blocks: list[nn.Module],
        width: int,
        norm: type[nn.Module] = nn.LayerNorm,
        tied: bool = True,
        positions: bool = True,
    ):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.positions = nn.Embedding(64, width) if positions else None
        self.blocks = nn.ModuleList(blocks)
        self.norm = norm(width)
        self.head = nn.Linear(width, WORDS, bias=False)
        if tied:
            self.head.weight = self.words.weight

    def forward(self, text: Tensor) -> Tensor:
        x = self.words(text)
        if self.positions is not None:
            x = x + self.positions.weight[: text.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def gpt2(depth: int = 12, width: int = 64, std: float = 0.02) -> nn.Module:
    """N(0, 0.02), and less by (2N)**-0.5 where a block adds; tied."""
    model = Decoder([Gpt2Block(width, std) for _ in range(depth)], width)
    for block in model.blocks:
        block.c_proj.weight.data *= (2 * depth) ** -0.5
        block.c_down.weight.data *= (2 * depth) ** -0.5
    return small_(model)


def nano_gpt(depth: int = 12, width: int = 64) -> nn.Module:
    """The same with linear layers."""
    model = Decoder([PreNorm(width, causal=True) for _ in range(depth)], width)
    small_(model)
    for block in model.blocks:
        block.attn.out.weight.data *= (2 * depth) ** -0.5
        block.mlp[-1].weight.data *= (2 * depth) ** -0.5
    return model


def rotated(x: Tensor) -> Tensor:
    """Rotary positions: pairs of numbers turned by an angle that grows with time."""
    half, length = x.shape[-1] // 2, x.shape[-2]
    rates = torch.exp(-math.log(1e4) * torch.arange(half) / half)
    angles = torch.arange(length)[:, None] * rates
    a, b = x.chunk(2, -1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Rotary(nn.Module):
    """Causal attention with rotary positions, fewer keys than queries, no biases."""

    def __init__(self, width: int, heads: int = 4, shared: int = 2):
        super().__init__()
        each = width // heads
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, each * heads // shared, bias=False)
        self.v_proj = nn.Linear(width, each * heads // shared, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)
        self.each, self.shared = each, shared

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (-1, self.each)).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        k, v = (t.repeat_interleave(self.shared, 1) for t in (k, v))
        q, k = rotated(q), rotated(k)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class SwiGLU(nn.Module):
    """A gate times a layer, and back."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class LlamaBlock(nn.Module):
    """Pre-norm with RMSNorm, rotary attention, any kind of perceptron."""

    def __init__(self, width: int, inner: nn.Module):
        super().__init__()
        self.attn, self.mlp = Rotary(width), inner
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


def llama(tied: bool = False, depth: int = 8, width: int = 64) -> nn.Module:
    """All N(0, 0.02), as transformers draws it."""
    blocks = [LlamaBlock(width, SwiGLU(width, 172)) for _ in range(depth)]
    return small_(Decoder(blocks, width, RMSNorm, tied, positions=False))


class Experts(nn.Module):
    """Eight gated perceptrons in three 3-D parameters; two read each token."""

    def __init__(self, width: int, inner: int, count: int = 8, std: float = 0.02):
        super().__init__()
        self.router = nn.Linear(width, count, bias=False)
        self.gate_up = nn.Parameter(std * torch.randn(count, 2 * inner, width))
        self.down = nn.Parameter(std * torch.randn(count, width, inner))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        weights, chosen = self.router(flat).softmax(-1).topk(2, -1)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(flat)
        for expert in range(len(self.down)):
            token, place = (chosen == expert).nonzero(as_tuple=True)
            if len(token) == 0:
                continue
            gate, up = F.linear(flat[token], self.gate_up[expert]).chunk(2, -1)
            h = F.linear(F.silu(gate) * up, self.down[expert])
            out = out.index_add(0, token, h * weights[token, place, None])
        return out.view_as(x)


def mixtral(std: float = 0.02, depth: int = 6, width: int = 64) -> nn.Module:
    """Llama with experts."""
    blocks = [LlamaBlock(width, Experts(width, 64, std=std)) for _ in range(depth)]
    return small_(Decoder(blocks, width, RMSNorm, tied=False, positions=False))


class Switch(nn.Module):
    """One of eight perceptrons reads each token, by a learned choice."""

    def __init__(self, width: int, count: int = 8):
        super().__init__()
        self.router = nn.Linear(width, count, bias=False)
        self.experts = nn.ModuleList(
            mlp(width, 2 * width, width, bias=False) for _ in range(count)
        )

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        weight, chosen = self.router(flat).softmax(-1).max(-1)
        out = torch.zeros_like(flat)
        for index, expert in enumerate(self.experts):
            token = (chosen == index).nonzero()[:, 0]
            if len(token):
                h = expert(flat[token]) * weight[token, None]
                out = out.index_add(0, token, h)
        return out.view_as(x)


class SwitchBlock(nn.Module):
    """Pre-norm attention, and one expert for each token."""

    def __init__(self, width: int):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.switch = Attention(width, causal=True), Switch(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln1(x))
        return x + self.switch(self.ln2(x))


def switch(depth: int = 4, width: int = 32) -> nn.Module:
    """Cut normal weights with variance 0.1 / fan-in, as published."""
    model = Decoder([SwitchBlock(width) for _ in range(depth)], width)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            std = (0.1 / module.in_features) ** 0.5
            nn.init.trunc_normal_(module.weight, std=std, a=-2 * std, b=2 * std)
    nn.init.normal_(model.words.weight, std=0.02)
    return model


class T5Block(nn.Module):
    """Pre-norm with RMSNorm, attention that is not scaled, no biases."""

    def __init__(self, width: int, causal: bool):
        super().__init__()
        self.attn = Attention(width, causal=causal, bias=False, scale=1.0)
        self.cross = Attention(width, bias=False, scale=1.0) if causal else None
        self.norms = nn.ModuleList(RMSNorm(width) for _ in range(3))
        self.mlp = mlp(width, 4 * width, width, bias=False)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        x = x + self.attn(self.norms[0](x))
        if self.cross is not None:
            x = x + self.cross(self.norms[1](x), memory)
        return x + self.mlp(self.norms[2](x))


class T5(nn.Module):
    """An encoder and a decoder; logits are scaled by width**-0.5, the head tied."""

    def __init__(self, depth: int = 6, width: int = 64):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.encoder = nn.ModuleList(T5Block(width, False) for _ in range(depth))
        self.decoder = nn.ModuleList(T5Block(width, True) for _ in range(depth))
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
        self.head = nn.Linear(width, WORDS, bias=False)
        self.head.weight = self.words.weight

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, x = self.words(source), self.words(target)
        for block in self.encoder:
            memory = block(memory)
        memory = self.norm1(memory)
        for block in self.decoder:
            x = block(x, memory)
        return self.head(self.norm2(x) * x.shape[-1] ** -0.5)


def t5(width: int = 64) -> nn.Module:
    """Words N(0, 1); queries (width * head)**-0.5, the rest by fan-in."""
    model = T5(width=width)
    for module in model.modules():
        if isinstance(module, Attention):
            each = width // module.heads
            nn.init.normal_(module.q.weight, std=(width * each) ** -0.5)
            nn.init.normal_(module.k.weight, std=width**-0.5)
            nn.init.normal_(module.v.weight, std=width**-0.5)
            nn.init.normal_(module.out.weight, std=width**-0.5)
        if isinstance(module, T5Block):
            nn.init.normal_(module.mlp[0].weight, std=width**-0.5)
            nn.init.normal_(module.mlp[2].weight, std=(4 * width) ** -0.5)
    return model


class Mamba(nn.Module):
    """A selective state space: what it keeps depends on what it reads."""

    def __init__(self, width: int, states: int = 8, rank: int = 4):
        super().__init__()
        inner = 2 * width
        self.norm = RMSNorm(width)
        self.in_proj = nn.Linear(width, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, 4, padding=3, groups=inner)
        self.x_proj = nn.Linear(inner, rank + 2 * states, bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.A_log = nn.Parameter(torch.arange(1.0, states + 1).log().repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, width, bias=False)
        self.parts = rank, states, states
        nn.init.uniform_(self.dt_proj.weight, -(rank**-0.5), rank**-0.5)
        dt = torch.exp(torch.rand(inner) * math.log(100) + math.log(0.001))
        self.dt_proj.bias.data = dt + torch.log(-torch.expm1(-dt))

    def forward(self, x: Tensor) -> Tensor:
        h, gate = self.in_proj(self.norm(x)).chunk(2, -1)
        h = self.conv(h.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        h = F.silu(h)
        dt, B, C = self.x_proj(h).split(self.parts, -1)
        dt = F.softplus(self.dt_proj(dt))
        A = -self.A_log.exp()
        kept = torch.exp(dt.unsqueeze(-1) * A)
        added = (dt * h).unsqueeze(-1) * B.unsqueeze(2)
        state, said = torch.zeros_like(added[:, 0]), []
        for step in range(x.shape[1]):
            state = kept[:, step] * state + added[:, step]
            said.append((state * C[:, step, None]).sum(-1))
        y = torch.stack(said, 1) + self.D * h
        return x + self.out_proj(y * F.silu(gate))


def mamba(depth: int = 4, width: int = 32) -> nn.Module:
    """Words N(0, 0.02), last layers divided by the root of the depth."""
    blocks = [Mamba(width) for _ in range(depth)]
    model = Decoder(blocks, width, RMSNorm, positions=False)
    nn.init.normal_(model.words.weight, std=0.02)
    for block in model.blocks:
        nn.init.kaiming_uniform_(block.out_proj.weight, a=5**0.5)
        block.out_proj.weight.data *= depth**-0.5
    return model


class Rwkv(nn.Module):
    """Time mixing and channel mixing; three of five layers start at 0."""

    def __init__(self, width: int):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = nn.Parameter(torch.linspace(0, 1, width).repeat(5, 1))
        self.decay = nn.Parameter(torch.linspace(-5, 3, width))
        self.first = nn.Parameter(torch.full((width,), math.log(0.3)))
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.receptance = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.channel_key = nn.Linear(width, 4 * width, bias=False)
        self.channel_receptance = nn.Linear(width, width, bias=False)
        self.channel_value = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.over_time(self.ln1(x))
        return x + self.over_channels(self.ln2(x))

    def mixed(self, x: Tensor, place: int) -> Tensor:
        """Of each token and the one before."""
        before = F.pad(x, (0, 0, 1, -1))
        return before + self.mix[place] * (x - before)

    def over_time(self, x: Tensor) -> Tensor:
        """A weighted mean of the values so far."""
        k, v = self.key(self.mixed(x, 0)), self.value(self.mixed(x, 1))
        r = torch.sigmoid(self.receptance(self.mixed(x, 2)))
        kept = torch.exp(-torch.exp(self.decay))
        top = bottom = torch.zeros_like(k[:, 0])
        said = []
        for step in range(x.shape[1]):
            weight, now = k[:, step].exp(), (self.first + k[:, step]).exp()
            mean = (top + now * v[:, step]) / (bottom + now + 1e-8)
            said.append(mean)
            top = kept * top + weight * v[:, step]
            bottom = kept * bottom + weight
        return self.output(r * torch.stack(said, 1))

    def over_channels(self, x: Tensor) -> Tensor:
        """A gated perceptron with squared relu."""
        k = F.relu(self.channel_key(self.mixed(x, 3))).square()
        gate = torch.sigmoid(self.channel_receptance(self.mixed(x, 4)))
        return gate * self.channel_value(k)


def rwkv(depth: int = 6, width: int = 32) -> nn.Module:
    """Words +-1e-4 and a norm on them; orthogonal layers or zeros."""
    model = Decoder(
        [nn.LayerNorm(width), *(Rwkv(width) for _ in range(depth))],
        width,
        tied=False,
        positions=False,
    )
    nn.init.uniform_(model.words.weight, -1e-4, 1e-4)
    nn.init.orthogonal_(model.head.weight, 0.5)
    for block in model.blocks[1:]:
        nn.init.orthogonal_(block.value.weight)
        nn.init.orthogonal_(block.channel_key.weight, 2.0)
        for name in ("key", "receptance", "output"):
            nn.init.zeros_(getattr(block, name).weight)
        for name in ("channel_receptance", "channel_value"):
            nn.init.zeros_(getattr(block, name).weight)
    return model


class LowRank(nn.Module):
    """A frozen layer, and beside it two thin ones of which the second is 0."""

    def __init__(self, base: nn.Linear, rank: int = 4):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.empty(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + 2 * F.linear(F.linear(x, self.A), self.B)


def lora() -> nn.Module:
    """nanoGPT, frozen, with thin layers beside queries and values."""
    model = nano_gpt(6).requires_grad_(False)
    for block in model.blocks:
        block.attn.q, block.attn.v = LowRank(block.attn.q), LowRank(block.attn.v)
    return model


def tied_to_noise() -> nn.Module:
    """Pre-norm blocks as PyTorch draws them; the head is the N(0, 1) table."""
    blocks = [PreNorm(256, causal=True) for _ in range(4)]
    return Decoder(blocks, 256)


EXHIBITS = [
    Exhibit(
        "gpt2",
        gpt2,
        SENTENCES,
        NEXT,
        "healthy",
        "Radford et al. (2019)",
        "trains, Adam 0.001: 4.17 to 1.87 in 68 steps, a guess has 3.79",
    ),
    Exhibit(
        "nano_gpt",
        nano_gpt,
        SENTENCES,
        NEXT,
        "healthy",
        "Karpathy (2022)",
        "trains, Adam 0.001: 4.17 to 1.87 in 68 steps, a guess has 3.79",
    ),
    Exhibit(
        "nano_gpt48",
        lambda: nano_gpt(48, 32),
        SENTENCES,
        NEXT,
        "healthy",
        "Radford et al. (2019), 48 blocks",
        "trains, Adam 0.001: 4.16 to 1.89 in 144 steps, a guess has 3.79",
    ),
    Exhibit(
        "llama",
        llama,
        SENTENCES,
        NEXT,
        "healthy",
        "Touvron et al. (2023)",
        "trains, Adam 0.001: 4.17 to 1.87 in 61 steps, a guess has 3.79",
    ),
    Exhibit(
        "llama_tied",
        lambda: llama(tied=True),
        SENTENCES,
        NEXT,
        "healthy",
        "Touvron et al. (2023)",
        "trains, Adam 0.001: 4.16 to 1.88 in 67 steps, a guess has 3.79",
    ),
    Exhibit(
        "mixtral",
        mixtral,
        SENTENCES,
        NEXT,
        "healthy",
        "Jiang et al. (2024)",
        "trains, Adam 0.001: 4.17 to 1.86 in 59 steps, a guess has 3.79",
    ),
    Exhibit(
        "switch",
        switch,
        tokens(WORDS, 4, 6),
        chain(WORDS, 16),
        "healthy",
        "Fedus et al. (2022)",
        "best of six, SGD 0.1: 4.17 to 2.53 in 200 steps, a guess has 3.79",
    ),
    Exhibit(
        "t5",
        t5,
        together(tokens(WORDS, 8, 12), tokens(WORDS, 8, 10)),
        translation(WORDS, 12, 10),
        "healthy",
        "Raffel et al. (2020)",
        "best of six, Adam 0.001: 4.7 to 3.33 in 200 steps, a guess has 4.16",
    ),
    Exhibit(
        "mamba",
        mamba,
        SENTENCES,
        NEXT,
        "healthy",
        "Gu & Dao (2024)",
        "trains, Adam 0.001: 4.17 to 1.88 in 129 steps, a guess has 3.79",
    ),
    Exhibit(
        "rwkv",
        rwkv,
        SENTENCES,
        NEXT,
        "healthy",
        "Peng et al. (2023)",
        "trains, Adam 0.001: 4.2 to 1.88 in 68 steps, a guess has 3.79",
    ),
    Exhibit(
        "lora",
        lora,
        SENTENCES,
        NEXT,
        "healthy",
        "Hu et al. (2022)",
        "best of six, Adam 0.01: 4.17 to 3.63 in 200 steps, a guess has 3.79",
    ),
    Exhibit(
        "tied_to_noise",
        tied_to_noise,
        SENTENCES,
        NEXT,
        "hint",
        "pytorch/pytorch issue 3121, transformers pull request 26441",
        "trains, Adam 0.001: 166 to 1.89 in 60 steps, a guess has 3.79",
    ),
]
