"""Attention and recurrence as layers, for the probe to see. No lesson needs this.

``nn.MultiheadAttention``, ``nn.LSTM``, ``nn.GRU``, ``nn.RNN`` and their cells compute
in one piece, which nothing can look into. ``unroll_`` has them compute the same, one
step after another, with ``nn.Linear`` layers on the same memory.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from helpers.signals.errors import ProbeValueError


def unroll_(model: nn.Module) -> nn.Module:
    """Make layers of every attention and recurrence in a model, in place.

    It computes what it did, slower, and its weights keep their values and memory;
    ``state_dict`` gets other names, so keep it for measuring. A recurrent layer has
    one ``ih`` layer for all time steps and one ``hh`` that runs once a step; a cell has
    both, once each time that it is called. Left alone are attention with ``bias_k`` or
    ``add_zero_attn``, LSTMs with ``proj_size``, and subclasses.

    Returns:
        ``model``.

    >>> from helpers.signals import probe
    >>> lstm = nn.LSTM(4, 8, batch_first=True)
    >>> probe(unroll_(lstm), torch.randn(5, 3, 4)).names
    ('ih_l0', 'hh_l0', 'hh_l0', 'hh_l0')
    """
    for module in list(model.modules()):
        if type(module) is nn.MultiheadAttention:
            if module.bias_k is None and not module.add_zero_attn:
                _unroll_attention(module)
        elif isinstance(module, nn.RNNBase) and type(module) in RECURRENT:
            if not module.proj_size:
                _unroll_recurrence(module)
        elif isinstance(module, nn.RNNCellBase) and type(module) in CELLS:
            _unroll_cell(module)
    return model


def _linear(W: Tensor, b: Tensor | None) -> nn.Linear:
    """A linear layer on memory that is there already."""
    fan_out, fan_in = W.shape
    layer = nn.Linear(fan_in, fan_out, bias=b is not None, device="meta")
    layer.weight = nn.Parameter(W.detach(), requires_grad=W.requires_grad)
    if b is not None:
        layer.bias = nn.Parameter(b.detach(), requires_grad=b.requires_grad)
    return layer


def _bare(module: nn.Module, name: str) -> Tensor:
    """A parameter that becomes an attribute: its layer owns it now."""
    p = getattr(module, name)
    delattr(module, name)
    setattr(module, name, p.detach())
    return p


# Attention --------------------------------------------------------------------------


class _Attention(nn.MultiheadAttention):
    q: nn.Linear
    k: nn.Linear
    v: nn.Linear

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Softmax of q k.T, times v, as ``nn.MultiheadAttention`` has it."""
        alone = query.dim() == 2  # one sequence, no batch
        if alone:
            query, key, value = (t.unsqueeze(0) for t in (query, key, value))
        elif not self.batch_first:
            query, key, value = (t.transpose(0, 1) for t in (query, key, value))
        q, k, v = (
            layer(t).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for layer, t in ((self.q, query), (self.k, key), (self.v, value))
        )  # (batch, heads, tokens, head_dim)
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.head_dim)
        if attn_mask is not None:
            if attn_mask.dim() == 3:  # (batch * heads, tokens, tokens)
                attn_mask = attn_mask.view(scores.shape)
            scores = scores + _additive(attn_mask, scores)
        if key_padding_mask is not None:
            padding = key_padding_mask.view(len(k), 1, 1, -1)
            scores = scores + _additive(padding, scores)
        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        out = self.out_proj((weights @ v).transpose(1, 2).flatten(2))
        if average_attn_weights:
            weights = weights.mean(1)
        if alone:
            out, weights = out.squeeze(0), weights.squeeze(0)
        elif not self.batch_first:
            out = out.transpose(0, 1)
        return out, weights if need_weights else None


def _additive(mask: Tensor, scores: Tensor) -> Tensor:
    """What to add to the scores; True in a mask means "do not look"."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=scores.dtype).masked_fill(mask, -math.inf)


def _unroll_attention(module: nn.MultiheadAttention) -> None:
    biases: Sequence[Tensor | None] = [None] * 3
    if module.in_proj_bias is not None:
        biases = _bare(module, "in_proj_bias").chunk(3)
    parts: Sequence[Tensor]
    if module.in_proj_weight is not None:
        parts = _bare(module, "in_proj_weight").chunk(3)
    else:
        parts = [_bare(module, f"{name}_proj_weight") for name in "qkv"]
    for name, W, b in zip("qkv", parts, biases, strict=True):
        setattr(module, name, _linear(W, b))
    module.__class__ = _Attention


# Recurrence ---------------------------------------------------------------------------

# Each cell makes a new state of its two products, x of ih and y of hh, and the old one.
State = tuple[Tensor, Tensor | None]  # h, and the c of an LSTM


def _lstm(x: Tensor, y: Tensor, c: Tensor) -> State:
    i, f, g, o = (x + y).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _gru(x: Tensor, y: Tensor, h: Tensor) -> State:
    (xr, xz, xn), (yr, yz, yn) = x.chunk(3, -1), y.chunk(3, -1)
    z = torch.sigmoid(xz + yz)
    n = torch.tanh(xn + torch.sigmoid(xr + yr) * yn)
    return (1 - z) * n + z * h, None


class _Recurrent(nn.RNNBase):
    """The forward pass of ``nn.RNNBase``, one time step after another."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        """All states of the last layer, and the last state of all layers."""
        if isinstance(input, PackedSequence):
            raise ProbeValueError(
                "an unrolled recurrent layer takes no packed sequences"
            )
        alone = input.dim() == 2  # one sequence, no batch
        x = input.unsqueeze(1) if alone else input
        x = x if alone or not self.batch_first else x.transpose(0, 1)
        ways = ("", "_reverse")[: 1 + self.bidirectional]
        states = _states(self, hx, x, alone)
        last_h: list[Tensor] = []
        last_c: list[Tensor] = []
        for layer in range(self.num_layers):
            if layer:
                x = F.dropout(x, self.dropout, self.training)
            done = []
            for way in ways:
                h, c = next(states)
                hs, h, c = self._run(x, h, c, f"l{layer}{way}", backward=bool(way))
                done.append(hs)
                last_h.append(h)
                if c is not None:
                    last_c.append(c)
            x = torch.cat(done, -1)
        out = x if alone or not self.batch_first else x.transpose(0, 1)
        out = out.squeeze(1) if alone else out
        ends = [torch.stack(parts) for parts in (last_h, last_c) if parts]
        h, *cells = (end.squeeze(1) if alone else end for end in ends)
        return out, (h, *cells) if cells else h

    def _run(
        self, x: Tensor, h: Tensor, c: Tensor | None, name: str, backward: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """All states of one layer in one direction, shape (time, batch, hidden)."""
        # The first dimension is the batch, as everywhere in the probe.
        steps = getattr(self, f"ih_{name}")(x.transpose(0, 1)).unbind(1)
        recur, hs = getattr(self, f"hh_{name}"), []
        for step in reversed(steps) if backward else steps:
            h, c = self._step(step, recur(h), h, c)
            hs.append(h)
        return torch.stack(hs[::-1] if backward else hs), h, c

    def _step(self, x: Tensor, y: Tensor, h: Tensor, c: Tensor | None) -> State:
        if c is not None:
            return _lstm(x, y, c)
        if self.mode == "GRU":
            return _gru(x, y, h)
        return (torch.tanh if self.mode == "RNN_TANH" else torch.relu)(x + y), None


def _states(module: nn.RNNBase, hx: Any, x: Tensor, alone: bool) -> Iterator[State]:
    """The first state of each layer and direction."""
    lstm = module.mode == "LSTM"
    count = module.num_layers * (1 + module.bidirectional)
    if hx is None:
        zeros = x.new_zeros(count, x.shape[1], module.hidden_size)
        hx = (zeros, zeros) if lstm else zeros
    h, *cells = hx if lstm else [hx]
    if alone and h.dim() == 2:
        h, *cells = (t.unsqueeze(1) for t in (h, *cells))
    return zip(h, cells[0] if cells else [None] * count, strict=True)


class _LSTM(_Recurrent, nn.LSTM):
    pass


class _GRU(_Recurrent, nn.GRU):
    pass


class _RNN(_Recurrent, nn.RNN):
    pass


RECURRENT: dict[type, type[_Recurrent]] = {nn.LSTM: _LSTM, nn.GRU: _GRU, nn.RNN: _RNN}


def _unroll_recurrence(module: nn.RNNBase) -> None:
    for layer in range(module.num_layers):
        for way in ("", "_reverse")[: 1 + module.bidirectional]:
            for kind in ("ih", "hh"):
                name = f"{kind}_l{layer}{way}"
                W = _bare(module, f"weight_{name}")
                b = _bare(module, f"bias_{name}") if module.bias else None
                setattr(module, name, _linear(W, b))
    module.__class__ = RECURRENT[type(module)]


# Cells, which their owner calls step by step ------------------------------------------


class _Cell(nn.RNNCellBase):
    ih: nn.Linear
    hh: nn.Linear

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next state, of an LSTM with its cell."""
        lstm = isinstance(self, nn.LSTMCell)
        if hx is None:
            zeros = input.new_zeros(*input.shape[:-1], self.hidden_size)
            hx = (zeros, zeros) if lstm else zeros
        if isinstance(self, nn.LSTMCell):
            h, c = hx
            return _lstm(self.ih(input), self.hh(h), c)
        x, y = self.ih(input), self.hh(hx)
        if isinstance(self, nn.GRUCell):
            return _gru(x, y, hx)[0]
        return (torch.tanh if self.nonlinearity == "tanh" else torch.relu)(x + y)


class _LSTMCell(_Cell, nn.LSTMCell):
    pass


class _GRUCell(_Cell, nn.GRUCell):
    pass


class _RNNCell(_Cell, nn.RNNCell):
    pass


CELLS: dict[type, type[_Cell]] = {
    nn.LSTMCell: _LSTMCell,
    nn.GRUCell: _GRUCell,
    nn.RNNCell: _RNNCell,
}


def _unroll_cell(module: nn.RNNCellBase) -> None:
    for kind in ("ih", "hh"):
        W = _bare(module, f"weight_{kind}")
        b = _bare(module, f"bias_{kind}") if module.bias else None
        setattr(module, kind, _linear(W, b))
    module.__class__ = CELLS[type(module)]
