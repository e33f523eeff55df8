"""Right and wrong answers to the homework "Shortcuts and normalization"."""

RIGHT = {
    "stream": {
        "block by block": """
def stream(blocks, factor, pre_norm):
    q = 1.0
    for _ in range(blocks):
        q = q + factor**2 * (1.0 if pre_norm else q)
    return q
""",
        "logarithms": """
def stream(blocks, factor, pre_norm):
    if pre_norm:
        return sum([1.0] + [factor * factor] * blocks)
    return math.exp(blocks * math.log1p(factor * factor))
""",
    },
    "gpt": {
        "all, then the ends": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for m in block.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=std, generator=generator)
                nn.init.zeros_(m.bias)
        for last in (block.first[-1], block.second[-1]):
            last.weight.data /= math.sqrt(2 * len(blocks))
""",
        "by name": """
@torch.no_grad()
def gpt_(blocks, std, generator):
    branches = [b for block in blocks for b in (block.first, block.second)]
    for branch in branches:
        for name, p in branch.named_parameters():
            if name.startswith("0."):
                continue
            if name.endswith("bias"):
                p.zero_()
                continue
            end = name.startswith(str(len(branch) - 1))
            small = len(branches) ** -0.5 if end else 1.0
            p.copy_(std * small * torch.randn(p.shape, generator=generator))
""",
    },
    "zero": {
        "try and measure": """
def zero_(branch):
    last = [m for m in branch if isinstance(m, nn.Linear)][-1]
    kept = {k: v.clone() for k, v in branch.state_dict().items()}
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    out = branch(torch.randn(50, branch[0].in_features))
    (slope,) = torch.autograd.grad(out.sum(), last.weight)
    if out.any() or not slope.any():
        branch.load_state_dict(kept)
        return False
    return True
""",
        "a list of ends": """
def zero_(branch):
    fine = (nn.Linear, nn.Tanh, nn.GELU, nn.SiLU, nn.Softsign)
    if not isinstance(branch[-1], fine):
        return False
    layer = branch[-1] if isinstance(branch[-1], nn.Linear) else branch[-2]
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    return True
""",
    },
    "batch": {
        "a sum over a grid": """
def batch_factor(phi, dphi, gain):
    z = torch.linspace(-12, 12, 48_001)
    p = torch.exp(-(z**2) / 2) / torch.exp(-(z**2) / 2).sum()
    h, slope = phi(gain * z), gain * dphi(gain * z)
    variance = (p * h * h).sum() - (p * h).sum() ** 2
    return (p * slope * slope).sum() / variance
""",
        "phi of a gain": """
def batch_factor(phi, dphi, gain):
    mean = acts.gaussian_average(lambda t: phi(gain * t))
    spread = acts.gaussian_average(lambda t: (phi(gain * t) - mean) ** 2)
    return float(acts.gaussian_average(lambda t: (gain * dphi(gain * t)) ** 2) / spread)
""",
    },
    "check": {
        "least squares": """
def verdicts(widths, moved):
    x = torch.tensor([[math.log(n), 1.0] for n in widths])
    said = {}
    for name, values in moved.items():
        y = torch.tensor(values).log10()[:, None]
        p = torch.linalg.lstsq(x, y).solution[0].item() * math.log(10)
        said[name] = ("steady", "grows", "shrinks")[(p > 0.2) - (p < -0.2)]
    return said
""",
        "narrowest and widest": """
def verdicts(widths, moved):
    low, high = widths.index(min(widths)), widths.index(max(widths))
    said = {}
    for name, v in moved.items():
        p = math.log(v[high] / v[low]) / math.log(widths[high] / widths[low])
        if abs(p) <= 0.2:
            said[name] = "steady"
        else:
            said[name] = "grows" if p > 0 else "shrinks"
    return said
""",
    },
}

WRONG = {
    "stream": {
        "sizes add, not squares": """
def stream(blocks, factor, pre_norm):
    return (1 + blocks * factor) ** 2 if pre_norm else (1 + factor) ** (2 * blocks)
""",
        "E24: a shortcut keeps the size": """
def stream(blocks, factor, pre_norm):
    return 1.0 if not pre_norm else 1 + factor**2
""",
        "the factor is not squared": """
def stream(blocks, factor, pre_norm):
    return 1 + blocks * factor if pre_norm else (1 + factor) ** blocks
""",
        "the root mean square": """
def stream(blocks, factor, pre_norm):
    return (1 + blocks * factor**2 if pre_norm else (1 + factor**2) ** blocks) ** 0.5
""",
        "pre-norm is as bad": """
def stream(blocks, factor, pre_norm):
    return (1 + factor**2) ** blocks
""",
        "pre-norm keeps the stream at 1": """
def stream(blocks, factor, pre_norm):
    return 1 + factor**2 * (blocks > 0) if pre_norm else (1 + factor**2) ** blocks
""",
        "every sum is a line": """
def stream(blocks, factor, pre_norm):
    return 1 + blocks * factor**2
""",
    },
    "gpt": {
        "blocks for branches": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for branch in (block.first, block.second):
            for layer in linears(branch):
                layer.weight.data.normal_(0, std, generator=generator)
                layer.bias.data.zero_()
            branch[-1].weight.data /= len(blocks) ** 0.5
""",
        "without the root": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for branch in (block.first, block.second):
            for layer in linears(branch):
                layer.weight.data.normal_(0, std, generator=generator)
                layer.bias.data.zero_()
            branch[-1].weight.data /= 2 * len(blocks)
""",
        "every layer is divided": """
def gpt_(blocks, std, generator):
    small = std / (2 * len(blocks)) ** 0.5
    for block in blocks:
        for layer in [*linears(block.first), *linears(block.second)]:
            layer.weight.data.normal_(0, small, generator=generator)
            layer.bias.data.zero_()
""",
        "the depth so far": """
def gpt_(blocks, std, generator):
    for i, block in enumerate(blocks):
        for branch in (block.first, block.second):
            for layer in linears(branch):
                layer.weight.data.normal_(0, std, generator=generator)
                layer.bias.data.zero_()
            branch[-1].weight.data /= (2 * i + 1) ** 0.5
""",
        "biases and norms are drawn, too": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for p in block.parameters():
            p.data.normal_(0, std, generator=generator)
        for branch in (block.first, block.second):
            branch[-1].weight.data /= (2 * len(blocks)) ** 0.5
""",
        "E20: cut at two": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for branch in (block.first, block.second):
            for layer in linears(branch):
                W = layer.weight.data
                nn.init.trunc_normal_(W, 0, std, -std, std, generator=generator)
                layer.bias.data.zero_()
            branch[-1].weight.data /= (2 * len(blocks)) ** 0.5
""",
        "the first layer of each branch": """
def gpt_(blocks, std, generator):
    for block in blocks:
        for branch in (block.first, block.second):
            for layer in linears(branch):
                layer.weight.data.normal_(0, std, generator=generator)
                layer.bias.data.zero_()
            branch[1].weight.data /= (2 * len(blocks)) ** 0.5
""",
    },
    "zero": {
        "E4: the first layer": """
def zero_(branch):
    for p in branch[0].parameters():
        p.data.zero_()
    return True
""",
        "E4: every layer": """
def zero_(branch):
    for p in branch.parameters():
        p.data.zero_()
    return True
""",
        "E4: zero is never right": """
def zero_(branch):
    return False
""",
        "the bias is left": """
def zero_(branch):
    linears(branch)[-1].weight.data.zero_()
    return isinstance(branch[-1], nn.Linear)
""",
        "whatever stands behind": """
def zero_(branch):
    for p in linears(branch)[-1].parameters():
        p.data.zero_()
    return True
""",
        "only if nothing stands behind": """
def zero_(branch):
    if not isinstance(branch[-1], nn.Linear):
        return False
    for p in branch[-1].parameters():
        p.data.zero_()
    return True
""",
        "0 at 0 is enough": """
def zero_(branch):
    end = branch[-1]
    if not isinstance(end, nn.Linear) and end(torch.zeros(1)) != 0:
        return False
    for p in linears(branch)[-1].parameters():
        p.data.zero_()
    return True
""",
    },
    "batch": {
        "E12: unit variance, so level": """
def batch_factor(phi, dphi, gain):
    return 1.0
""",
        "E18: the mean is left in": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    slope = E(lambda z: dphi(z) ** 2, gain**2).item()
    return gain**2 * slope / E(lambda z: phi(z) ** 2, gain**2).item()
""",
        "the normalization is no factor": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    return gain**2 * E(lambda z: dphi(z) ** 2, gain**2).item()
""",
        "the gain drops out": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    slope, mean = E(lambda z: dphi(z) ** 2), E(phi)
    return (slope / (E(lambda z: phi(z) ** 2) - mean**2)).item()
""",
        "the weights are forgotten": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    q = gain**2
    slope, mean = E(lambda z: dphi(z) ** 2, q), E(phi, q)
    return (slope / (E(lambda z: phi(z) ** 2, q) - mean**2)).item()
""",
        "the root": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    q = gain**2
    slope, mean = E(lambda z: dphi(z) ** 2, q), E(phi, q)
    left = E(lambda z: phi(z) ** 2, q) - mean**2
    return (gain**2 * slope / left).sqrt().item()
""",
        "divided by the standard deviation once": """
def batch_factor(phi, dphi, gain):
    E = acts.gaussian_average
    q = gain**2
    slope, mean = E(lambda z: dphi(z) ** 2, q), E(phi, q)
    left = E(lambda z: phi(z) ** 2, q) - mean**2
    return (q * slope / left.sqrt()).item()
""",
    },
    "check": {
        "the numbers, not their logarithms": """
def verdicts(widths, moved):
    said = {}
    for name, v in moved.items():
        p = (v[-1] - v[0]) / (widths[-1] - widths[0])
        said[name] = "grows" if p > 0.2 else "shrinks" if p < -0.2 else "steady"
    return said
""",
        "the size": """
def verdicts(widths, moved):
    return {k: "grows" if max(v) > 0.35 else "steady" for k, v in moved.items()}
""",
        "twice as far": """
def verdicts(widths, moved):
    said = {}
    for name, v in moved.items():
        ratio = v[widths.index(max(widths))] / v[widths.index(min(widths))]
        said[name] = "grows" if ratio > 2 else "shrinks" if ratio < 0.5 else "steady"
    return said
""",
        "the order is taken for granted": """
def verdicts(widths, moved):
    said = {}
    for name, v in moved.items():
        p = math.log(v[-1] / v[0]) / abs(math.log(widths[-1] / widths[0]))
        said[name] = "grows" if p > 0.2 else "shrinks" if p < -0.2 else "steady"
    return said
""",
        "a power of the place in the list": """
def verdicts(widths, moved):
    said = {}
    for name, v in moved.items():
        p = math.log(v[-1] / v[0]) / math.log(len(v))
        said[name] = "grows" if p > 0.2 else "shrinks" if p < -0.2 else "steady"
    return said
""",
        "it never shrinks": """
def verdicts(widths, moved):
    x = torch.tensor(widths).double().log()
    x = x - x.mean()
    logs = {k: torch.tensor(v).log() for k, v in moved.items()}
    powers = {k: (x * y).sum() / (x * x).sum() for k, y in logs.items()}
    return {k: "grows" if p.abs() > 0.2 else "steady" for k, p in powers.items()}
""",
    },
}

LOSES = {
    "stream": {
        "pre-norm is as bad": {"test-stream-pre-norm"},
        "pre-norm keeps the stream at 1": {"test-stream-pre-norm"},
        "every sum is a line": {"test-stream-plain"},
    },
    "gpt": {
        "blocks for branches": {"test-gpt-ends"},
        "without the root": {"test-gpt-ends"},
        "every layer is divided": {"test-gpt-inside"},
        "the depth so far": {"test-gpt-ends"},
        "biases and norms are drawn, too": {"test-gpt-inside"},
    },
    "zero": {
        "whatever stands behind": {"test-zero-ends"},
        "only if nothing stands behind": {"test-zero-ends"},
        "0 at 0 is enough": {"test-zero-ends"},
    },
    "batch": {"the gain drops out": {"test-batch-curved"}},
}
