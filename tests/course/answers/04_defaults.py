"""Right and wrong answers to the homework of "What PyTorch does by default"."""

RIGHT = {
    "default-std": {
        "by kind": """
def default_std(kind, n, m, k=1):
    if kind == "Linear":
        return 1 / math.sqrt(3 * n)
    if kind == "Conv2d":
        return 1 / math.sqrt(3 * n * k**2)
    if kind == "LSTM":
        return 1 / math.sqrt(3 * m)
    return 1
""",
        "bound over root three": """
def default_std(kind, n, m, k=1):
    bound = {"Linear": n**-0.5, "Conv2d": 1 / (n**0.5 * k), "LSTM": m**-0.5}
    return bound.get(kind, 3**0.5) / 3**0.5
""",
        "from helpers": """
from helpers.schemes import std

def default_std(kind, n, m, k=1):
    if kind == "Embedding":
        return std("normal", m, n)
    return std("pytorch_default", m if kind == "LSTM" else n * k * k, m)
""",
    },
    "a-for": {
        "solved": """
def a_for(gain):
    if gain > math.sqrt(2):
        raise ValueError("too large")
    return math.sqrt(2 / gain**2 - 1)
""",
        "searched": """
def a_for(gain):
    if not 0 < gain <= 2**0.5:
        raise ValueError(gain)
    low, high = 0.0, 1e6
    for _ in range(200):
        a = (low + high) / 2
        if nn.init.calculate_gain("leaky_relu", a) > gain:
            low = a
        else:
            high = a
    return a
""",
    },
    "audit": {
        "a loop": """
def audit(model):
    result = []
    for name, layer in model.named_modules():
        if type(layer) in (nn.Linear, nn.Conv2d):
            w = layer.weight.detach()
            n = w[0].numel()
            result.append((name, float((w**2).mean() ** 0.5 / math.sqrt(2 / n))))
    return result
""",
        "torch's fans": """
def audit(model):
    pairs = []
    for name, m in model.named_modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            fan_in, _ = nn.init._calculate_fan_in_and_fan_out(m.weight)
            second = (m.weight.detach() ** 2).mean()
            pairs.append([name, (second * fan_in / 2).sqrt()])
    return pairs
""",
    },
    "alike": {
        "both maps": """
def alike(width, threshold):
    w, b = 3**-0.5, (3 * width) ** -0.5
    q = w**2 + b**2
    c = b**2 / q
    layer = 1
    while c <= threshold:
        c = c_map("relu", w, b, c=c, q=q)
        q = float(q_map("relu", w, b, q=q))
        layer = layer + 1
    return layer
""",
        "relu's own formula": """
def alike(width, threshold):
    floor = 1 / (3 * width)
    q, both, layer = 1 / 3 + floor, floor, 1
    while both / q <= threshold:
        c = both / q
        J = math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c
        both = q * J / (6 * math.pi) + floor
        q = q / 6 + floor
        layer += 1
    return layer
""",
    },
    "he": {
        "kaiming": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(m.weight, nonlinearity="relu", generator=generator)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        if isinstance(m, (nn.LayerNorm, nn.BatchNorm2d)):
            nn.init.ones_(m.weight)
            nn.init.zeros_(m.bias)
""",
        "by hand": """
@torch.no_grad()
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            std = (2 / m.weight[0].numel()) ** 0.5
            m.weight.normal_(0, std, generator=generator)
            if m.bias is not None:
                m.bias.zero_()
        elif isinstance(m, nn.LayerNorm | nn.BatchNorm2d):
            m.weight.fill_(1)
            m.bias.fill_(0)
    return model
""",
    },
}

WRONG = {
    "default-std": {
        "E7: PyTorch uses He's rule": """
def default_std(kind, n, m, k=1):
    return (2 / (n * k * k)) ** 0.5
""",
        "the bound for the standard deviation": """
def default_std(kind, n, m, k=1):
    fan = {"Linear": n, "Conv2d": n * k * k, "LSTM": m, "Embedding": 1}[kind]
    return fan**-0.5
""",
        "E8: three over n": """
def default_std(kind, n, m, k=1):
    fan = {"Linear": n, "Conv2d": n * k * k, "LSTM": m, "Embedding": 3}[kind]
    return 3 / fan
""",
        "the outputs count too": """
def default_std(kind, n, m, k=1):
    return (2 / (n * k * k + m * k * k)) ** 0.5
""",
        "the window is forgotten": """
def default_std(kind, n, m, k=1):
    fan = {"Linear": n, "Conv2d": n, "LSTM": m, "Embedding": 1 / 3}[kind]
    return (3 * fan) ** -0.5
""",
        "every layer is a linear one": """
def default_std(kind, n, m, k=1):
    return (3 * n * k * k) ** -0.5
""",
    },
    "a-for": {
        "no root": """
def a_for(gain):
    if gain > 2**0.5:
        raise ValueError(gain)
    return 2 / gain**2 - 1
""",
        "the gain is not squared": """
def a_for(gain):
    if gain > 2**0.5:
        raise ValueError(gain)
    return max(2 / gain - 1, 0) ** 0.5
""",
        "the bound for the standard deviation": """
def a_for(gain):
    if gain > 2**0.5:
        raise ValueError(gain)
    return (6 / gain**2 - 1) ** 0.5
""",
        "E7: root five for all": """
def a_for(gain):
    return 5**0.5
""",
        "any gain": """
def a_for(gain):
    return abs(2 / gain**2 - 1) ** 0.5
""",
    },
    "audit": {
        "E8: a ratio of variances": """
def audit(model):
    return [
        (name, (m.weight.detach().square().mean() * m.weight[0].numel() / 2).item())
        for name, m in model.named_modules()
        if isinstance(m, nn.Linear | nn.Conv2d)
    ]
""",
        "the outputs for the inputs": """
def audit(model):
    found = []
    for name, m in model.named_modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            W = m.weight.detach()
            he = (2 / W[:, 0].numel()) ** 0.5
            found.append((name, (W.square().mean().sqrt() / he).item()))
    return found
""",
        "norms are layers too": """
def audit(model):
    found = []
    for name, m in model.named_modules():
        if hasattr(m, "weight"):
            W = m.weight.detach()
            he = (2 / W[0].numel()) ** 0.5
            found.append((name, (W.square().mean().sqrt() / he).item()))
    return found
""",
        "channels without the window": """
def audit(model):
    found = []
    for name, m in model.named_modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            W = m.weight.detach()
            he = (2 / W.shape[1]) ** 0.5
            found.append((name, (W.square().mean().sqrt() / he).item()))
    return found
""",
        "the outer layers only": """
def audit(model):
    found = []
    for name, m in model.named_children():
        if isinstance(m, nn.Linear | nn.Conv2d):
            W = m.weight.detach()
            he = (2 / W[0].numel()) ** 0.5
            found.append((name, (W.square().mean().sqrt() / he).item()))
    return found
""",
        "a standard deviation without the mean": """
def audit(model):
    return [
        (name, (m.weight.detach().std() / (2 / m.weight[0].numel()) ** 0.5).item())
        for name, m in model.named_modules()
        if isinstance(m, nn.Linear | nn.Conv2d)
    ]
""",
    },
    "alike": {
        "E9: without the biases": """
def alike(width, threshold):
    w = 3**-0.5
    q, c, layer = w**2, 0.0, 1
    while c <= threshold:
        c = c_map("relu", w, 0.0, c=c, q=q)
        q = float(q_map("relu", w, 0.0, q=q))
        layer = layer + 1
    return layer
""",
        "E9: the size stays at 1": """
def alike(width, threshold):
    w, b = 3**-0.5, (3 * width) ** -0.5
    c, layer = 0.0, 1
    while c <= threshold and layer < 400:
        c = c_map("relu", w, b, c=c, q=1.0)
        layer = layer + 1
    return layer
""",
        "E7: He's weights": """
def alike(width, threshold):
    w, b = 2**0.5, (3 * width) ** -0.5
    q = w**2 + b**2
    c, layer = b**2 / q, 1
    while c <= threshold:
        c = c_map("relu", w, b, c=c, q=q)
        q = float(q_map("relu", w, b, q=q))
        layer = layer + 1
    return layer
""",
        "E8: a variance for sigma_b": """
def alike(width, threshold):
    w, b = 3**-0.5, 1 / (3 * width)
    q = w**2 + b**2
    c, layer = b**2 / q, 1
    while c <= threshold:
        c = c_map("relu", w, b, c=c, q=q)
        q = float(q_map("relu", w, b, q=q))
        layer = layer + 1
    return layer
""",
    },
    "he": {
        "every parameter": """
def he_(model, generator):
    for p in model.parameters():
        if p.ndim > 1:
            nn.init.kaiming_normal_(p, generator=generator)
        else:
            nn.init.zeros_(p)
""",
        "a new tensor": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            W = torch.randn(m.weight.shape, generator=generator)
            m.weight = nn.Parameter(W * (2 / m.weight[0].numel()) ** 0.5)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.LayerNorm | nn.BatchNorm2d):
            m.reset_parameters()
""",
        "the norms are forgotten": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, generator=generator)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
""",
        "the biases are forgotten": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, generator=generator)
        elif isinstance(m, nn.LayerNorm | nn.BatchNorm2d):
            m.reset_parameters()
""",
        "E7: kaiming as nn.Linear calls it": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.kaiming_uniform_(m.weight, a=5**0.5, generator=generator)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.LayerNorm | nn.BatchNorm2d):
            m.reset_parameters()
""",
        "reset_parameters for all": """
def he_(model, generator):
    for m in model.modules():
        if hasattr(m, "reset_parameters"):
            m.reset_parameters()
""",
        "global randomness": """
def he_(model, generator):
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.LayerNorm | nn.BatchNorm2d):
            m.reset_parameters()
""",
    },
}

LOSES = {
    "default-std": {
        "the window is forgotten": {"test-default-std-others"},
        "every layer is a linear one": {"test-default-std-others"},
    },
    "he": {
        "every parameter": {"test-he-others"},
        "a new tensor": {"test-he-others"},
        "the norms are forgotten": {"test-he-others"},
        "the biases are forgotten": {"test-he-weights"},
        "global randomness": {"test-he-weights"},
    },
}
