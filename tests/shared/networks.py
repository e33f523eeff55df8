"""Networks as people build them, small, for tests of the probe's verdict.

Each has knobs that make it healthy or ill: ``norm`` and ``shortcut`` can be left out.
Their weights are PyTorch's until a test draws others.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut, as in torchvision's ResNet-18."""

    def __init__(self, n_in, n_out, stride, norm, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=not norm)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=not norm)
        self.bn1, self.bn2 = (
            nn.BatchNorm2d(n_out) if norm else nn.Identity() for _ in range(2)
        )
        self.shortcut = shortcut
        self.downsample = nn.Identity()
        if shortcut and (stride > 1 or n_in != n_out):
            self.downsample = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride, bias=not norm),
                nn.BatchNorm2d(n_out) if norm else nn.Identity(),
            )

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + self.downsample(x) if self.shortcut else h)


class ResNet(nn.Module):
    """A stem, stages of basic blocks, global average pooling, a linear head."""

    def __init__(self, blocks=(2, 2, 2), width=8, norm=True, shortcut=True):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=not norm)
        self.bn1 = nn.BatchNorm2d(width) if norm else nn.Identity()
        n_in = width
        for i, count in enumerate(blocks):
            n_out = width * 2**i
            stage = [
                BasicBlock(
                    n_in if j == 0 else n_out,
                    n_out,
                    1 + (i > 0 and j == 0),
                    norm,
                    shortcut,
                )
                for j in range(count)
            ]
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
            n_in = n_out
        self.stages = len(blocks)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(n_in, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(self.avgpool(x).flatten(1))


class VGG(nn.Module):
    """Convolutions and max pooling, then global average pooling and a linear head."""

    def __init__(self, plan=(8, 8, "M", 16, 16, "M", 16, 16), norm=False):
        super().__init__()
        layers, n_in = [], 3
        for n in plan:
            if n == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers.append(nn.Conv2d(n_in, n, 3, padding=1))
            layers += [nn.BatchNorm2d(n)] * norm + [nn.ReLU(inplace=True)]
            n_in = n
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Linear(n_in, 10))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class OwnAttention(nn.Module):
    """Multi-head self-attention with a layer for each projection."""

    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        for name in ("q", "k", "v", "proj"):
            setattr(self, name, nn.Linear(width, width))

    def forward(self, x):
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class TorchAttention(nn.Module):
    """``nn.MultiheadAttention`` of a sequence to itself."""

    def __init__(self, width, heads, causal):
        super().__init__()
        self.inner = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return self.inner(x, x, x, need_weights=False)[0]


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width, attention, causal, norm, shortcut):
        super().__init__()
        self.ln1, self.ln2 = (
            nn.LayerNorm(width) if norm else nn.Identity() for _ in range(2)
        )
        self.attn = attention(width, 4, causal)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.shortcut = shortcut

    def forward(self, x):
        x = self.attn(self.ln1(x)) + self.shortcut * x
        return self.mlp(self.ln2(x)) + self.shortcut * x


class ViT(nn.Module):
    """Patches, positions, a class token, pre-norm blocks, a linear head."""

    def __init__(
        self,
        depth=6,
        width=32,
        attention=OwnAttention,
        pool="token",
        norm=True,
        shortcut=True,
    ):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, width, 4, 4)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 17, width))
        self.blocks = nn.ModuleList(
            Block(width, attention, False, norm, shortcut) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width) if norm else nn.Identity()
        self.head = nn.Linear(width, 10)
        self.pool = pool

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x[:, 0] if self.pool == "token" else x.mean(1))


class GPT(nn.Module):
    """Token and position embeddings, causal pre-norm blocks, a tied head."""

    def __init__(
        self, depth=6, width=32, vocabulary=50, length=16, norm=True, shortcut=True
    ):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(length, width)
        self.h = nn.ModuleList(
            Block(width, OwnAttention, True, norm, shortcut) for _ in range(depth)
        )
        self.ln_f = nn.LayerNorm(width) if norm else nn.Identity()
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


class Cell(nn.Module):
    """An LSTM cell from two linear layers."""

    def __init__(self, n_in, hidden):
        super().__init__()
        self.ih, self.hh = nn.Linear(n_in, 4 * hidden), nn.Linear(hidden, 4 * hidden)

    def forward(self, x, h, c):
        i, f, g, o = (self.ih(x) + self.hh(h)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Reader(nn.Module):
    """A plain recurrent network that reads a sequence and classifies its end."""

    def __init__(self, kind=nn.RNN, n_in=8, hidden=32):
        super().__init__()
        self.rnn = kind(n_in, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class OwnLSTM(nn.Module):
    """Reads a sequence with ``Cell`` and classifies its last state."""

    def __init__(self, n_in=8, hidden=32):
        super().__init__()
        self.hidden = hidden
        self.cell, self.head = Cell(n_in, hidden), nn.Linear(hidden, 10)

    def forward(self, x):
        h = c = x.new_zeros(len(x), self.hidden)
        for step in x.unbind(1):
            h, c = self.cell(step, h, c)
        return self.head(h)


class TorchLSTM(nn.Module):
    """The same with ``nn.LSTM``, one layer or several."""

    def __init__(self, n_in=8, hidden=32, layers=1):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


# Ways to draw the weights -------------------------------------------------------------


def weights_of(model):
    """Every weight matrix and kernel of a model, look-up tables apart."""
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    for path, module in model.named_modules():
        for name, p in module.named_parameters(path, recurse=False):
            if p.dim() > 1 and "weight" in name and id(p) not in tables:
                yield module, name, p


@torch.no_grad()
def he_(model, gain=1.0):
    """He's weights by fan-out, as torchvision draws them, biases 0."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            module.weight *= gain
            if module.bias is not None:
                module.bias.zero_()
    return model


@torch.no_grad()
def gpt2_(model, std=0.02):
    """GPT-2's weights: one standard deviation, less where a block adds."""
    depth = sum(isinstance(m, Block) for m in model.modules())
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding | nn.MultiheadAttention):
            for p in module.parameters(recurse=False):
                p.normal_(0, std) if p.dim() > 1 else p.zero_()
    for name, p in model.named_parameters():
        if name.endswith(("attn.proj.weight", "out_proj.weight", "mlp.2.weight")):
            p /= math.sqrt(2 * depth)
    return model


@torch.no_grad()
def times_(model, factor, where=""):
    """All weights times a factor, or those whose names hold a word."""
    for _, name, p in weights_of(model):
        if where in name:
            p *= factor
    return model


@torch.no_grad()
def zero_branches_(model):
    """The last weights of every branch at 0: the norm's gain, or the convolution."""
    for block in model.modules():
        if isinstance(block, BasicBlock):
            norm = isinstance(block.bn2, nn.BatchNorm2d)
            for p in (block.bn2 if norm else block.conv2).parameters():
                p.zero_()
    return model


@torch.no_grad()
def constant_(model, value=0.05):
    """All weights one number, all biases 0."""
    for module, _, p in weights_of(model):
        p.fill_(value)
        for name, b in module.named_parameters(recurse=False):
            if "bias" in name:
                b.zero_()
    return model


@torch.no_grad()
def remember_(model, bias):
    """The forget gate's bias of an LSTM."""
    for name, p in model.named_parameters():
        if "hh" in name and "bias" in name:
            hidden = len(p) // 4
            p[hidden : 2 * hidden] = bias
    return model
