"""Right and wrong answers to the homework of the chapter "Does it matter?"."""

RIGHT = {
    "levels": {
        "tensors": """
def levels(counts):
    share = torch.tensor(counts) / sum(counts)
    return torch.tensor(float(len(counts))).log(), -(share * share.log()).sum()
""",
        "cross-entropy of every image": """
def levels(counts):
    y = [k for k, count in enumerate(counts) for _ in range(count)]
    y, loss = torch.tensor(y), torch.nn.functional.cross_entropy
    logits = torch.tensor([0.0] * len(counts)), torch.tensor(counts).log()
    return [loss(z.repeat(len(y), 1), y).item() for z in logits]
""",
        "what is won over n": """
def levels(counts):
    n = sum(counts)
    return math.log(len(counts)), math.log(n) - sum(c * math.log(c) for c in counts) / n
""",
    },
    "ratio": {
        "on a copy": """
def ratios(model, x, y, rate):
    import copy
    moved = copy.deepcopy(model)
    torch.nn.functional.cross_entropy(moved(x), y).backward()
    torch.optim.SGD(moved.parameters(), lr=rate).step()
    pairs = zip(linears(moved), linears(model))
    return [(a.weight - b.weight).norm() / b.weight.norm() for a, b in pairs]
""",
        "there and back": """
def ratios(model, x, y, rate):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    torch.optim.SGD(model.parameters(), lr=rate).step()
    after = [layer.weight.detach().clone() for layer in linears(model)]
    model.load_state_dict(before)
    model.zero_grad()
    found = []
    for W, layer in zip(after, linears(model)):
        found.append(((W - layer.weight).norm() / layer.weight.norm()).item())
    return found
""",
    },
    "diagnose": {
        "another order, other thresholds": """
def diagnose(loss, ratio):
    if loss[0] > 20:
        return "weights too large"
    if not torch.isfinite(loss).all() or loss.max() > 20:
        return "rate too large"
    if loss[-10:].mean() < 0.8 * loss[0]:
        return "healthy"
    return "vanishing" if ratio[0] < ratio[-1] / 20 else "rate too small"
""",
        "logarithms": """
def diagnose(loss, ratio):
    if loss[0] > 12:
        return "weights too large"
    if loss.isnan().any() or loss.log().max() > 4:
        return "rate too large"
    spread = ratio.log10().max() - ratio.log10().min()
    if spread > 1.5:
        return "vanishing"
    return "rate too small" if ratio.median() < 5e-5 else "healthy"
""",
    },
    "deep": {
        "He, normal": """
rate = 0.004


def begin(fan_out, fan_in, generator):
    return (2 / fan_in) ** 0.5 * torch.randn(fan_out, fan_in, generator=generator)
""",
        "torch's orthogonal": """
def begin(fan_out, fan_in, generator):
    W = torch.empty(fan_out, fan_in)
    return torch.nn.init.orthogonal_(W, 2**0.5, generator=generator)

rate = 3e-3
""",
        "He, uniform": """
def begin(fan_out, fan_in, generator):
    bound = (6 / fan_in) ** 0.5
    return bound * (2 * torch.rand(fan_out, fan_in, generator=generator) - 1)

rate = 0.005
""",
    },
    "chance": {
        "all throws": """
def chance(a, b):
    signs = [1 if x > y else -1 for x, y in zip(a, b) if x != y]
    throws = list(itertools.product((1, -1), repeat=len(signs)))
    return sum(abs(sum(t)) >= abs(sum(signs)) for t in throws) / len(throws)
""",
        "both tails by themselves": """
def chance(a, b):
    wins = [x > y for x, y in zip(a, b) if x != y]
    n, w = len(wins), sum(wins)
    p = 0.0
    for k in range(n + 1):
        if abs(k - n / 2) >= abs(w - n / 2):
            p += math.comb(n, k) * 0.5**n
    return p
""",
    },
}

WRONG = {
    "levels": {
        "bits": """
def levels(counts):
    share = [c / sum(counts) for c in counts]
    return math.log2(len(counts)), -sum(s * math.log2(s) for s in share)
""",
        "the shares from the start": """
def levels(counts):
    share = [c / sum(counts) for c in counts]
    best = -sum(s * math.log(s) for s in share)
    return best, best
""",
        "a guess is the best": """
def levels(counts):
    return math.log(len(counts)), math.log(len(counts))
""",
        "always the most frequent class": """
def levels(counts):
    return math.log(len(counts)), -math.log(max(counts) / sum(counts))
""",
        "the share that is wrong": """
def levels(counts):
    return 1 - 1 / len(counts), 1 - max(counts) / sum(counts)
""",
        "each class once": """
def levels(counts):
    logs = [-math.log(c / sum(counts)) for c in counts]
    return math.log(len(counts)), sum(logs) / len(logs)
""",
    },
    "ratio": {
        "the rate is forgotten": """
def ratios(model, x, y, rate):
    W = [layer.weight for layer in linears(model)]
    slopes = torch.autograd.grad(torch.nn.functional.cross_entropy(model(x), y), W)
    return [(s.norm() / w.norm()).item() for s, w in zip(slopes, W)]
""",
        "the model has moved": """
def ratios(model, x, y, rate):
    before = [layer.weight.detach().clone() for layer in linears(model)]
    model.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    torch.optim.SGD(model.parameters(), lr=rate).step()
    pairs = zip(linears(model), before)
    return [((n.weight - W).norm() / W.norm()).item() for n, W in pairs]
""",
        "gradients pile up": """
def ratios(model, x, y, rate):
    torch.nn.functional.cross_entropy(model(x), y).backward()
    W = [layer.weight for layer in linears(model)]
    return [(rate * w.grad.norm() / w.norm()).item() for w in W]
""",
        "number by number": """
def ratios(model, x, y, rate):
    W = [layer.weight for layer in linears(model)]
    slopes = torch.autograd.grad(torch.nn.functional.cross_entropy(model(x), y), W)
    return [(rate * s / w).abs().mean().item() for s, w in zip(slopes, W)]
""",
        "upside down": """
def ratios(model, x, y, rate):
    W = [layer.weight for layer in linears(model)]
    slopes = torch.autograd.grad(torch.nn.functional.cross_entropy(model(x), y), W)
    return [(w.norm() / (rate * s.norm())).item() for s, w in zip(slopes, W)]
""",
        "the loss of all images, not their mean": """
def ratios(model, x, y, rate):
    W = [layer.weight for layer in linears(model)]
    loss = torch.nn.functional.cross_entropy(model(x), y, reduction="sum")
    slopes = torch.autograd.grad(loss, W)
    return [(rate * s.norm() / w.norm()).item() for s, w in zip(slopes, W)]
""",
    },
    "diagnose": {
        "a first loss of ln k is health": """
def diagnose(loss, ratio):
    if loss[0] > 10:
        return "weights too large"
    if not loss.max() < 10:
        return "rate too large"
    if abs(loss[0] - math.log(10)) < 0.02 or loss[-1] < 0.8 * loss[0]:
        return "healthy"
    return "rate too small"
""",
        "a large loss means a large rate": """
def diagnose(loss, ratio):
    if not loss.max() < 10:
        return "rate too large"
    if ratio.max() > 50 * ratio.min():
        return "vanishing"
    return "healthy" if ratio.max() > 1e-4 else "rate too small"
""",
        "what is stuck needs a larger rate": """
def diagnose(loss, ratio):
    if loss[0] > 10:
        return "weights too large"
    if not loss.max() < 10:
        return "rate too large"
    return "healthy" if loss[-10:].mean() < 0.8 * loss[0] else "rate too small"
""",
        "a small ratio is a vanishing gradient": """
def diagnose(loss, ratio):
    if loss[0] > 10:
        return "weights too large"
    if not loss.max() < 10:
        return "rate too large"
    return "vanishing" if ratio.min() < 1e-5 else "healthy"
""",
        "the last layer speaks for all": """
def diagnose(loss, ratio):
    if loss[0] > 10:
        return "weights too large"
    if not loss.max() < 10:
        return "rate too large"
    return "healthy" if ratio[-1] > 1e-4 else "rate too small"
""",
        "the end decides": """
def diagnose(loss, ratio):
    if loss[-1] > 10:
        return "weights too large"
    if ratio.max() > 50 * ratio.min():
        return "vanishing"
    return "healthy" if loss[-1] < 0.8 * loss[0] else "rate too small"
""",
    },
    "deep": {
        "E15: Xavier": """
rate = 0.01


def begin(fan_out, fan_in, generator):
    return SCHEMES["xavier_normal"](fan_out, fan_in, 1.0, generator)
""",
        "PyTorch's default at a large rate": """
rate = 0.3


def begin(fan_out, fan_in, generator):
    return SCHEMES["pytorch_default"](fan_out, fan_in, 1.0, generator)
""",
        "the rate of a shallow network": """
rate = 0.1


def begin(fan_out, fan_in, generator):
    return SCHEMES["he_normal"](fan_out, fan_in, 1.0, generator)
""",
        "orthogonal without a gain": """
rate = 0.005


def begin(fan_out, fan_in, generator):
    return SCHEMES["orthogonal"](fan_out, fan_in, 1.0, generator)
""",
        "a rate as small as can be": """
rate = 1e-5


def begin(fan_out, fan_in, generator):
    return SCHEMES["he_normal"](fan_out, fan_in, 1.0, generator)
""",
        "E8: the variance for the standard deviation": """
rate = 0.005


def begin(fan_out, fan_in, generator):
    return 2 / fan_in * torch.randn(fan_out, fan_in, generator=generator)
""",
        "all layers alike": """
rate = 0.004


def begin(fan_out, fan_in, generator):
    g = torch.Generator().manual_seed(0)
    return (2 / fan_in) ** 0.5 * torch.randn(fan_out, fan_in, generator=g)
""",
    },
    "chance": {
        "one side": """
def chance(a, b):
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n, most = wins + losses, max(wins, losses)
    return min(1.0, sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n)
""",
        "exactly this result": """
def chance(a, b):
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    both = 1 if wins == losses else 2
    return both * math.comb(wins + losses, wins) / 2 ** (wins + losses)
""",
        "every seed with every other": """
def chance(a, b):
    pairs = list(itertools.product(a, b))
    wins, losses = sum(x > y for x, y in pairs), sum(x < y for x, y in pairs)
    n, most = wins + losses, max(wins, losses)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n)
""",
        "the share that is lost": """
def chance(a, b):
    wins = sum(x > y for x, y in zip(a, b))
    return min(wins, len(a) - wins) / len(a)
""",
        "a tie counts against": """
def chance(a, b):
    wins, n = sum(x > y for x, y in zip(a, b)), len(a)
    most = max(wins, n - wins)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n)
""",
        "more one-sided, this result left out": """
def chance(a, b):
    wins, losses = sum(x > y for x, y in zip(a, b)), sum(x < y for x, y in zip(a, b))
    n, most = wins + losses, max(wins, losses)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(most + 1, n + 1)) / 2**n)
""",
    },
}

LOSES = {
    "levels": {
        "the shares from the start": {"test-levels-first"},
        "a guess is the best": {"test-levels-best"},
        "always the most frequent class": {"test-levels-best"},
        "each class once": {"test-levels-best"},
    },
    "diagnose": {
        "a first loss of ln k is health": {"test-diagnose-stuck"},
        "a large loss means a large rate": {"test-diagnose-start"},
        "what is stuck needs a larger rate": {"test-diagnose-stuck"},
        "a small ratio is a vanishing gradient": {"test-diagnose-stuck"},
        "the last layer speaks for all": {"test-diagnose-stuck"},
        "the end decides": {"test-diagnose-start"},
    },
    "chance": {
        "exactly this result": {"test-chance-some"},
        "a tie counts against": {"test-chance-some"},
    },
}
