"""Right and wrong answers to the homework of the chapter "Recurrent networks"."""

RIGHT = {
    "growth": {
        "eigenvalues": """
def growth(W):
    return max(abs(torch.linalg.eigvals(W))).item()
""",
        "many steps": """
def growth(W):
    power, logs = W.clone(), 0.0
    for _ in range(12):  # W to the power 2, 4, 8, ...
        power = power @ power
        size = power.norm()
        power, logs = power / size, 2 * logs + size.log()
    return (logs / 2**12).exp().item()
""",
    },
    "bias": {
        "logarithm of the odds": """
def forget_bias(steps, share):
    gate = math.exp(math.log(share) / steps)
    return math.log(gate) - math.log1p(-gate)
""",
        "logit": """
def forget_bias(steps, share):
    return torch.logit(torch.tensor(share) ** (1 / steps)).item()
""",
    },
    "set": {
        "the other vector": """
@torch.no_grad()
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    for name, p in lstm.named_parameters():
        if name.startswith("bias"):
            p[n : 2 * n] = bias if "hh" in name else 0
""",
        "half and half": """
def set_forget_(lstm, bias):
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data.view(4, -1)[1] = bias / 2
""",
    },
    "start": {
        "from a decomposition": """
@torch.no_grad()
def start_(rnn, kind, generator):
    n, m = rnn.hidden_size, rnn.input_size
    W = torch.eye(n)
    if kind == "orthogonal":
        W = torch.linalg.qr(torch.randn(n, n, generator=generator)).Q
    rnn.weight_hh_l0.copy_(W)
    rnn.weight_ih_l0.copy_(torch.randn(n, m, generator=generator) / m**0.5)
    rnn.bias_ih_l0.zero_()
    rnn.bias_hh_l0.zero_()
""",
        "by name": """
def start_(rnn, kind, generator):
    for name, p in rnn.named_parameters():
        if name == "weight_ih_l0":
            nn.init.normal_(p, 0, 1 / math.sqrt(rnn.input_size), generator=generator)
        elif name == "weight_hh_l0" and kind == "identity":
            nn.init.eye_(p)
        elif name == "weight_hh_l0":
            nn.init.orthogonal_(p, generator=generator)
        else:
            nn.init.zeros_(p)
""",
    },
}

WRONG = {
    "growth": {
        "singular values": """
def growth(W):
    return torch.linalg.svdvals(W)[0].item()
""",
        "the largest real part": """
def growth(W):
    return torch.linalg.eigvals(W).real.max().item()
""",
        "the average eigenvalue": """
def growth(W):
    return torch.linalg.eigvals(W).abs().mean().item()
""",
        "as if symmetric": """
def growth(W):
    return torch.linalg.eigvalsh((W + W.T) / 2).abs().max().item()
""",
        "the variance": """
def growth(W):
    return (len(W) * W.square().mean()).sqrt().item()
""",
    },
    "bias": {
        "the gate is the bias": """
def forget_bias(steps, share):
    return share ** (1 / steps)
""",
        "always 1": """
def forget_bias(steps, share):
    return 1.0
""",
        "logarithm of the steps": """
def forget_bias(steps, share):
    return math.log(steps)
""",
        "share a step": """
def forget_bias(steps, share):
    return math.log(share / (1 - share))
""",
        "linear in the steps": """
def forget_bias(steps, share):
    gate = 1 - (1 - share) / steps
    return math.log(gate / (1 - gate))
""",
    },
    "set": {
        "twice": """
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data[n : 2 * n] = bias
""",
        "one vector, and the other left": """
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    for name, p in lstm.named_parameters():
        if "bias_ih" in name:
            p.data[n : 2 * n] = bias
""",
        "the first gate": """
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    for k in range(lstm.num_layers):
        getattr(lstm, f"bias_ih_l{k}").data[:n] = bias
        getattr(lstm, f"bias_hh_l{k}").data[:n] = 0
""",
        "all gates": """
def set_forget_(lstm, bias):
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data.fill_(bias if "ih" in name else 0)
""",
        "the first layer": """
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    lstm.bias_ih_l0.data[n : 2 * n] = bias
    lstm.bias_hh_l0.data[n : 2 * n] = 0
""",
        "the others are cleared": """
def set_forget_(lstm, bias):
    n = lstm.hidden_size
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data.zero_()
            if "ih" in name:
                p.data[n : 2 * n] = bias
""",
    },
    "start": {
        "orthogonal inputs": """
def start_(rnn, kind, generator):
    for p in (rnn.weight_hh_l0, rnn.weight_ih_l0):
        if kind == "identity":
            nn.init.eye_(p)
        else:
            nn.init.orthogonal_(p, generator=generator)
    nn.init.zeros_(rnn.bias_ih_l0)
    nn.init.zeros_(rnn.bias_hh_l0)
""",
        "one vector of biases": """
def start_(rnn, kind, generator):
    if kind == "identity":
        nn.init.eye_(rnn.weight_hh_l0)
    else:
        nn.init.orthogonal_(rnn.weight_hh_l0, generator=generator)
    nn.init.normal_(rnn.weight_ih_l0, std=rnn.input_size**-0.5, generator=generator)
    nn.init.zeros_(rnn.bias_ih_l0)
""",
        "Gaussian for orthogonal": """
def start_(rnn, kind, generator):
    if kind == "identity":
        nn.init.eye_(rnn.weight_hh_l0)
    else:
        std = rnn.hidden_size**-0.5
        nn.init.normal_(rnn.weight_hh_l0, std=std, generator=generator)
    nn.init.normal_(rnn.weight_ih_l0, std=rnn.input_size**-0.5, generator=generator)
    nn.init.zeros_(rnn.bias_ih_l0)
    nn.init.zeros_(rnn.bias_hh_l0)
""",
        "by the units": """
def start_(rnn, kind, generator):
    if kind == "identity":
        nn.init.eye_(rnn.weight_hh_l0)
    else:
        nn.init.orthogonal_(rnn.weight_hh_l0, generator=generator)
    nn.init.normal_(rnn.weight_ih_l0, std=rnn.hidden_size**-0.5, generator=generator)
    nn.init.zeros_(rnn.bias_ih_l0)
    nn.init.zeros_(rnn.bias_hh_l0)
""",
        "global numbers": """
def start_(rnn, kind, generator):
    if kind == "identity":
        nn.init.eye_(rnn.weight_hh_l0)
    else:
        nn.init.orthogonal_(rnn.weight_hh_l0)
    nn.init.normal_(rnn.weight_ih_l0, std=rnn.input_size**-0.5)
    nn.init.zeros_(rnn.bias_ih_l0)
    nn.init.zeros_(rnn.bias_hh_l0)
""",
    },
}

LOSES = {
    "set": {
        "twice": {"test-set-bias", "test-set-layers"},
        "one vector, and the other left": {"test-set-bias", "test-set-layers"},
        "all gates": {"test-set-rest"},
        "the first layer": {"test-set-layers"},
        "the others are cleared": {"test-set-rest"},
    },
    "start": {
        "orthogonal inputs": {"test-start-rest"},
        "one vector of biases": {"test-start-rest"},
        "Gaussian for orthogonal": {"test-start-matrix"},
        "by the units": {"test-start-rest"},
        "global numbers": {"test-start-matrix"},
    },
}
