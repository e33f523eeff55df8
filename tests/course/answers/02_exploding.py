"""Right and wrong answers to the homework of the chapter "Exploding gradients"."""

RIGHT = {
    "overflow": {
        "logarithms": """
def overflow_layer(activation, n, std, dtype):
    f = std * math.sqrt(n if activation == "linear" else n / 2)
    if f <= 1:
        return math.inf
    return int(math.log(torch.finfo(dtype).max, f)) + 1
""",
        "layer by layer, as logarithms": """
def overflow_layer(activation, n, std, dtype):
    share = {"linear": 1.0, "relu": 0.5}[activation]
    step = 0.5 * math.log(std**2 * n * share)
    if step < 1e-12:
        return math.inf
    layer, size = 0, 0.0
    while size < math.log(torch.finfo(dtype).max):
        layer, size = layer + 1, size + step
    return layer
""",
    },
    "pairs": {
        "nilpotent": """
A = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
grow = (A, A.T)
fade = (torch.diag(torch.tensor([2.0, 0.0])), torch.diag(torch.tensor([0.0, -3.0])))
""",
        "sheared, and projections": """
A = torch.tensor([[0.5, 9.0], [0.0, -0.5]])
B = torch.tensor([[0.1, 0.0], [7.0, 0.1]])
grow = [A, B]
u = torch.tensor([1.0, 1.0])
v = torch.tensor([1.0, -1.0])
fade = [torch.outer(u, u), torch.outer(v, v)]
""",
    },
    "clip": {
        "in float64": """
def clip_(gradients, largest):
    flat = torch.cat([g.flatten() for g in gradients]).double()
    if not flat.isfinite().all():
        raise ValueError("not finite")
    norm = flat.norm()
    for g in gradients:
        if norm > largest:
            g *= float(largest / norm)
    return norm
""",
        "by the largest number first": """
def clip_(gradients, largest):
    top = max(g.abs().max().item() for g in gradients)
    if not all(bool(g.isfinite().all()) for g in gradients):
        raise ValueError(top)
    if top == 0:
        return 0.0
    unit = math.sqrt(sum((g / top).square().sum().item() for g in gradients))
    if unit * top > largest:
        for g in gradients:
            g.div_(top).mul_(largest / unit)
    return unit * top
""",
    },
    "lyapunov": {
        "one vector": """
def lyapunov(draw, n, steps):
    h = torch.ones(n)
    h /= h.norm()
    logs = []
    for _ in range(steps):
        h = draw() @ h
        logs.append(h.norm().log())
        h = h / h.norm()
    return torch.stack(logs).mean()
""",
        "divided now and then": """
def lyapunov(draw, n, steps):
    h, total = torch.eye(n)[0], 0.0
    for step in range(1, steps + 1):
        h = draw() @ h
        if step % 10 == 0 or step == steps:
            total += math.log(h.norm())
            h = h / h.norm()
    return total / steps
""",
    },
    "autopsy": {
        "a loop": """
def autopsy(h):
    inf, nan = None, None
    for layer, z in enumerate(h, start=1):
        if inf is None and torch.isinf(z).any():
            inf = layer
        if nan is None and torch.isnan(z).any():
            nan = layer
    return inf, nan
""",
        "a function for both": """
def autopsy(h):
    def first(test):
        return next((i + 1 for i, z in enumerate(h) if test(z).any()), None)
    return [first(torch.isinf), first(torch.isnan)]
""",
    },
}

WRONG = {
    "overflow": {
        "the half that relu cuts off is ignored": """
def overflow_layer(activation, n, std, dtype):
    f = std * n**0.5
    if f <= 1:
        return math.inf
    return math.ceil(math.log(torch.finfo(dtype).max) / math.log(f))
""",
        "E8: a variance for a standard deviation": """
def overflow_layer(activation, n, std, dtype):
    f = std**2 * n / (2 if activation == "relu" else 1)
    if f <= 1:
        return math.inf
    return math.ceil(math.log(torch.finfo(dtype).max) / math.log(f))
""",
        "a factor of n": """
def overflow_layer(activation, n, std, dtype):
    f = std * n / (2 if activation == "relu" else 1)
    if f <= 1:
        return math.inf
    return math.ceil(math.log(torch.finfo(dtype).max) / math.log(f))
""",
        "float32 whatever the format": """
def overflow_layer(activation, n, std, dtype):
    f = std * n**0.5
    if activation == "relu":
        f = f / 2
    return math.inf if f <= 1 else math.ceil(math.log(3.4e38) / math.log(f))
""",
        "everything overflows in the end": """
def overflow_layer(activation, n, std, dtype):
    f = std * (n / 2 if activation == "relu" else n) ** 0.5
    return math.ceil(math.log(torch.finfo(dtype).max) / abs(math.log(f)))
""",
    },
    "pairs": {
        "E21: small eigenvalues cannot grow": """
grow = (0.5 * torch.eye(2), 0.5 * torch.eye(2))
fade = (2 * torch.eye(2), torch.zeros(2, 2))
""",
        "the same matrix twice": """
A = torch.tensor([[0.5, 100.0], [0.0, 0.5]])
grow = (A, A)
fade = (torch.diag(torch.tensor([2.0, 0.5])), torch.diag(torch.tensor([0.5, 2.0])))
""",
        "large eigenvalues": """
grow = (3 * torch.eye(2), torch.eye(2))
fade = (torch.zeros(2, 2), torch.zeros(2, 2))
""",
        "singular values for eigenvalues": """
A = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
grow = (A, A)
fade = (A, A)
""",
    },
    "clip": {
        "E23: clip_grad_norm_ as it is": """
def clip_(gradients, largest):
    for g in gradients:
        g.requires_grad_().grad = g.detach().clone()
    norm = torch.nn.utils.clip_grad_norm_(gradients, largest)
    for g in gradients:
        g.requires_grad_(False).copy_(g.grad)
    return norm.item()
""",
        "each gradient by itself": """
def clip_(gradients, largest):
    flat = torch.cat([g.flatten() for g in gradients]).double()
    if not flat.isfinite().all():
        raise ValueError("not finite")
    for g in gradients:
        norm = g.double().norm().item()
        g *= min(1.0, largest / norm)
    return flat.norm().item()
""",
        "each number by itself": """
def clip_(gradients, largest):
    norm = math.sqrt(sum(g.double().square().sum() for g in gradients))
    for g in gradients:
        g.clamp_(-largest, largest)
    return norm
""",
        "short ones are made longer": """
def clip_(gradients, largest):
    norm = math.sqrt(sum(g.double().square().sum() for g in gradients))
    if not math.isfinite(norm):
        raise ValueError(norm)
    for g in gradients:
        g *= largest / norm
    return norm
""",
        "the norm in float32": """
def clip_(gradients, largest):
    norm = torch.cat([g.flatten() for g in gradients]).square().sum().sqrt().item()
    if not math.isfinite(norm):
        raise ValueError(norm)
    if norm > largest:
        for g in gradients:
            g *= largest / norm
    return norm
""",
        "refused too late": """
def clip_(gradients, largest):
    norm = math.sqrt(sum(g.double().square().sum() for g in gradients))
    if norm > largest:
        for g in gradients:
            g *= largest / norm
    if not all(bool(g.isfinite().all()) for g in gradients) or norm == math.inf:
        raise ValueError(norm)
    return norm
""",
        "copies, not in place": """
def clip_(gradients, largest):
    norm = math.sqrt(sum(g.double().square().sum() for g in gradients))
    if not math.isfinite(norm):
        return norm
    gradients = [g * min(1.0, largest / norm) for g in gradients]
    return norm
""",
    },
    "lyapunov": {
        "no division: it overflows": """
def lyapunov(draw, n, steps):
    h = torch.ones(n) / n**0.5
    for _ in range(steps):
        h = draw() @ h
    return (h.norm().log() / steps).item()
""",
        "E22: the logarithm of the mean": """
def lyapunov(draw, n, steps):
    h, total = torch.ones(n) / n**0.5, 0.0
    for _ in range(steps):
        h = draw() @ h
        total += h.norm().item() ** 2
        h = h / h.norm()
    return math.log(total / steps) / 2
""",
        "E21: the largest eigenvalue": """
def lyapunov(draw, n, steps):
    logs = [torch.linalg.eigvals(draw()).abs().max().log() for _ in range(steps)]
    return (sum(logs) / steps).item()
""",
        "the largest stretch": """
def lyapunov(draw, n, steps):
    logs = [torch.linalg.svdvals(draw())[0].log() for _ in range(steps)]
    return (sum(logs) / steps).item()
""",
        "a fresh vector and no root": """
def lyapunov(draw, n, steps):
    h, total = torch.ones(n) / n**0.5, 0.0
    for _ in range(steps):
        h = draw() @ h
        total += h.square().sum().log().item()
        h = h / h.norm()
    return total / steps
""",
    },
    "autopsy": {
        "the first nan is the fault": """
def autopsy(h):
    nan = [i for i, z in enumerate(h, 1) if z.isnan().any()]
    return (nan or [None])[0], (nan or [None])[0]
""",
        "only if all numbers are": """
def autopsy(h):
    inf = [i for i, z in enumerate(h, 1) if z.isinf().all()]
    nan = [i for i, z in enumerate(h, 1) if z.isnan().all()]
    return (inf or [None])[0], (nan or [None])[0]
""",
        "counted from 0": """
def autopsy(h):
    inf = [i for i, z in enumerate(h) if z.isinf().any()]
    nan = [i for i, z in enumerate(h) if z.isnan().any()]
    return (inf or [None])[0], (nan or [None])[0]
""",
        "nan is one layer after the infinity": """
def autopsy(h):
    for i, z in enumerate(h, 1):
        if z.isinf().any():
            return i, (i + 1 if i < len(h) else None)
    return None, None
""",
        "minus infinity is overlooked": """
def autopsy(h):
    inf = [i for i, z in enumerate(h, 1) if (z == math.inf).any()]
    nan = [i for i, z in enumerate(h, 1) if z.isnan().any()]
    return (inf or [None])[0], (nan or [None])[0]
""",
    },
}

LOSES = {
    "overflow": {
        "the half that relu cuts off is ignored": {"test-overflow-relu"},
    },
    "clip": {
        "E23: clip_grad_norm_ as it is": {"test-clip-overflow"},
        "short ones are made longer": {"test-clip-finite"},
        "the norm in float32": {"test-clip-overflow"},
        "refused too late": {"test-clip-overflow"},
    },
}
