"""Right and wrong answers to the homework of "Gains"."""

RIGHT = {
    "gain": {
        "quadrature": """
def gain(phi):
    return acts.gaussian_average(lambda z: phi(z) ** 2).rsqrt()
""",
        "a million draws": """
def gain(phi):
    z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(5))
    return 1 / phi(z).pow(2).mean().sqrt().item()
""",
        "variance plus the mean squared": """
def gain(phi):
    mean = acts.gaussian_average(phi)
    variance = acts.gaussian_average(lambda z: (phi(z) - mean) ** 2)
    return float((variance + mean**2) ** -0.5)
""",
    },
    "leaky": {
        "two factors": """
def leaky_gain(a, p):
    he = math.sqrt(2 / (1 + a * a))
    return he * math.sqrt(1 - p)
""",
        "torch's gain": """
def leaky_gain(a, p):
    return torch.nn.init.calculate_gain("leaky_relu", a) * (1 - p) ** 0.5
""",
        "quadrature": """
def leaky_gain(a, p):
    kept = acts.gaussian_average(lambda z: torch.where(z > 0, z, a * z) ** 2)
    return (kept / (1 - p)) ** -0.5
""",
    },
    "first": {
        "kaiming": """
def first_weights(widths, generator):
    found = []
    for i in range(len(widths) - 1):
        W = torch.empty(widths[i + 1], widths[i])
        name = "linear" if i == 0 else "relu"
        torch.nn.init.kaiming_normal_(W, nonlinearity=name, generator=generator)
        found.append(W)
    return found
""",
        "schemes": """
from helpers.schemes import SCHEMES

def first_weights(widths, generator):
    shapes = zip(widths[1:], widths[:-1])
    gains = [1] + [math.sqrt(2)] * (len(widths) - 2)
    pairs = zip(gains, shapes)
    return tuple(SCHEMES["lecun"](*s, gain, generator) for gain, s in pairs)
""",
    },
    "kind": {
        "a push to both sides": """
def kind(step, q):
    up = (step(1.001 * q) - q) / (0.001 * q)
    down = (q - step(0.999 * q)) / (0.001 * q)
    slope = (up + down) / 2
    if slope < 0.999:
        return "stable"
    return "unstable" if slope > 1.001 else "neutral"
""",
        "twenty layers": """
def kind(step, q):
    push = 1e-4 * q
    high = q + push
    for _ in range(20):
        high = step(high)
    left = (high - q) / push
    if abs(left - 1) < 0.02:
        return "neutral"
    return "stable" if left < 1 else "unstable"
""",
    },
    "level": {
        "twice forward": """
def level_(weights, x, phi):
    for i, W in enumerate(weights):
        h = x
        for V in weights[:i]:
            h = phi(h @ V.T)
        W *= 1 / (h @ W.T).pow(2).mean().sqrt()
""",
        "until it is right": """
def level_(weights, x, phi):
    for W in weights:
        for _ in range(3):
            z = x @ W.T
            W /= z.norm() / z.numel() ** 0.5
        x = phi(x @ W.T)
    return weights
""",
        "the signal is scaled along": """
def level_(weights, x, phi):
    for W in weights:
        z = x @ W.T
        factor = z.square().mean().rsqrt()
        W.copy_(factor * W)
        x = phi(factor * z)
""",
    },
}

WRONG = {
    "gain": {
        "E18: one over the spread": """
def gain(phi):
    z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(5))
    return (1 / phi(z).std()).item()
""",
        "the root is forgotten": """
def gain(phi):
    return 1 / acts.gaussian_average(lambda z: phi(z) ** 2).item()
""",
        "the mean size": """
def gain(phi):
    return 1 / acts.gaussian_average(lambda z: phi(z).abs()).item()
""",
        "E16: He's gain for all": """
def gain(phi):
    return 1.0 if phi(torch.tensor(-1.0)) == -1 else 2**0.5
""",
        "the gradient's gain": """
def gain(phi):
    z = torch.randn(1_000_000, generator=torch.Generator().manual_seed(5))
    z.requires_grad_()
    (slope,) = torch.autograd.grad(phi(z).sum(), z)
    return slope.square().mean().rsqrt().item()
""",
        "evenly spread z": """
def gain(phi):
    z = torch.linspace(-(3**0.5), 3**0.5, 100_001)
    return phi(z).square().mean().rsqrt().item()
""",
    },
    "leaky": {
        "the slope is ignored": """
def leaky_gain(a, p):
    return math.sqrt(2 * (1 - p))
""",
        "E8: the variance": """
def leaky_gain(a, p):
    return 2 * (1 - p) / (1 + a**2)
""",
        "the slope is not squared": """
def leaky_gain(a, p):
    return math.sqrt(2 * (1 - p) / (1 + abs(a)))
""",
        "E18: one over the spread": """
def leaky_gain(a, p):
    if a == p == 0:
        return 2**0.5
    second = (1 + a**2) / 2
    mean = (1 - a) / math.sqrt(2 * math.pi)
    return ((1 - p) / (second - mean**2)) ** 0.5
""",
        "E24: dropout changes nothing": """
def leaky_gain(a, p):
    return math.sqrt(2 / (1 + a**2))
""",
        "dropout makes the signal smaller": """
def leaky_gain(a, p):
    return math.sqrt(2 / (1 + a**2) / (1 - p))
""",
        "dropout without the root": """
def leaky_gain(a, p):
    return math.sqrt(2 / (1 + a**2)) * (1 - p)
""",
    },
    "first": {
        "fan_out": """
def first_weights(widths, generator):
    weights = []
    for n, m in zip(widths, widths[1:]):
        variance = (2 if weights else 1) / m
        weights.append(variance**0.5 * torch.randn(m, n, generator=generator))
    return weights
""",
        "the first layer is like all": """
def first_weights(widths, generator):
    pairs = zip(widths, widths[1:])
    return [(2 / n) ** 0.5 * torch.randn(m, n, generator=generator) for n, m in pairs]
""",
        "the last layer at gain 1": """
def first_weights(widths, generator):
    last = len(widths) - 2
    return [
        ((1 if i == last else 2) / widths[i]) ** 0.5
        * torch.randn(widths[i + 1], widths[i], generator=generator)
        for i in range(last + 1)
    ]
""",
        "E15: Xavier": """
def first_weights(widths, generator):
    weights = []
    for n, m in zip(widths, widths[1:]):
        W = torch.empty(m, n)
        weights.append(torch.nn.init.xavier_normal_(W, generator=generator))
    return weights
""",
        "E8: the variance for the standard deviation": """
def first_weights(widths, generator):
    weights = []
    for n, m in zip(widths, widths[1:]):
        scale = (2 if weights else 1) / n
        weights.append(scale * torch.randn(m, n, generator=generator))
    return weights
""",
        "the same seed in every layer": """
def first_weights(widths, generator):
    weights, seed = [], generator.initial_seed()
    for n, m in zip(widths, widths[1:]):
        W = torch.randn(m, n, generator=generator.manual_seed(seed))
        weights.append((2 if weights else 1) ** 0.5 / n**0.5 * W)
    return weights
""",
        "transposed": """
def first_weights(widths, generator):
    weights = []
    for n, m in zip(widths, widths[1:]):
        variance = (2 if weights else 1) / n
        weights.append(variance**0.5 * torch.randn(n, m, generator=generator))
    return weights
""",
    },
    "kind": {
        "a fixed point stays": """
def kind(step, q):
    return "stable" if abs(step(q) - q) < 1e-3 else "unstable"
""",
        "the slope of a line through 0": """
def kind(step, q):
    slope = step(q) / q
    if abs(slope - 1) < 1e-3:
        return "neutral"
    return "stable" if slope < 1 else "unstable"
""",
        "the other way round": """
def kind(step, q):
    slope = (step(1.001 * q) - step(q)) / (0.001 * q)
    if abs(slope - 1) < 1e-3:
        return "neutral"
    return "stable" if slope > 1 else "unstable"
""",
        "positive slope, unstable": """
def kind(step, q):
    slope = (step(1.001 * q) - step(q)) / (0.001 * q)
    if abs(slope) < 1e-3:
        return "neutral"
    return "unstable" if slope > 0 else "stable"
""",
        "by the curvature": """
def kind(step, q):
    h = 0.01 * q
    bend = step(q + h) - 2 * step(q) + step(q - h)
    if abs(bend) < 1e-6:
        return "neutral"
    return "unstable" if bend > 0 else "stable"
""",
        "never neutral": """
def kind(step, q):
    return "stable" if step(1.01 * q) < 1.01 * q else "unstable"
""",
    },
    "level": {
        "all from one run": """
def level_(weights, x, phi):
    h, sizes = x, []
    for W in weights:
        z = h @ W.T
        sizes.append(z.square().mean().sqrt())
        h = phi(z)
    for W, size in zip(weights, sizes):
        W.div_(size)
""",
        "E8: the mean square for its root": """
def level_(weights, x, phi):
    for W in weights:
        W.div_((x @ W.T).square().mean())
        x = phi(x @ W.T)
""",
        "E18: the variance": """
def level_(weights, x, phi):
    for W in weights:
        W.div_((x @ W.T).std(correction=0))
        x = phi(x @ W.T)
""",
        "unit by unit": """
def level_(weights, x, phi):
    for W in weights:
        W.div_((x @ W.T).square().mean(0).sqrt()[:, None])
        x = phi(x @ W.T)
""",
        "the activations": """
def level_(weights, x, phi):
    for W in weights:
        W.div_(phi(x @ W.T).square().mean().sqrt())
        x = phi(x @ W.T)
""",
        "new matrices": """
def level_(weights, x, phi):
    for i, W in enumerate(weights):
        weights[i] = W / (x @ W.T).square().mean().sqrt()
        x = phi(x @ weights[i].T)
    return [w for w in weights]
""",
        "the data are ignored": """
def level_(weights, x, phi):
    for W in weights:
        W.div_(W.square().mean().sqrt() * W.shape[1] ** 0.5)
""",
    },
}

LOSES = {
    "leaky": {
        "E24: dropout changes nothing": {"test-leaky-dropout"},
        "dropout makes the signal smaller": {"test-leaky-dropout"},
        "dropout without the root": {"test-leaky-dropout"},
    },
    "first": {
        "fan_out": {"test-first-layers"},
        "the first layer is like all": {"test-first-layers"},
        "the same seed in every layer": {"test-first-shapes"},
    },
    "kind": {
        "by the curvature": {"test-kind-simple"},
        "never neutral": {"test-kind-activations", "test-kind-simple"},
    },
}
