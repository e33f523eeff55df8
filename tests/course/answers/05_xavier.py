"""Right and wrong answers to the homework of "Xavier (Glorot) initialization"."""

RIGHT = {
    "sizes": {
        "closed form": """
def xavier(fan_in, fan_out, gain):
    n = fan_in + fan_out
    return gain * math.sqrt(2 / n), gain * math.sqrt(6 / n)
""",
        "from helpers": """
from helpers.schemes import bound, std

def xavier(fan_in, fan_out, gain):
    fans = fan_in, fan_out, gain
    return [std("xavier_normal", *fans), bound("xavier_uniform", *fans)]
""",
    },
    "draw": {
        "torch": """
def xavier_(W, kind, generator):
    fill = getattr(torch.nn.init, f"xavier_{kind}_")
    return fill(W, generator=generator)
""",
        "by hand": """
def xavier_(W, kind, generator):
    k2 = W.numel() // (W.shape[0] * W.shape[1])
    variance = 2 / (W.shape[0] * k2 + W.shape[1] * k2)
    if kind == "uniform":
        U = 2 * torch.rand(W.shape, generator=generator) - 1
        W.copy_(math.sqrt(3 * variance) * U)
    else:
        W.copy_(math.sqrt(variance) * torch.randn(W.shape, generator=generator))
""",
    },
    "kept": {
        "layer by layer": """
def kept(widths, mode):
    up, down = 1, 1
    for n, m in zip(widths[:-1], widths[1:]):
        fan = (n + m) / 2
        if mode == "fan_in":
            fan = n
        if mode == "fan_out":
            fan = m
        up, down = up * n / fan, down * m / fan
    return up, down
""",
        "telescoped": """
def kept(widths, mode):
    if mode == "fan_in":
        return 1.0, widths[-1] / widths[0]
    if mode == "fan_out":
        return widths[0] / widths[-1], 1.0
    w = torch.tensor(widths, dtype=torch.float64)
    share = 2 / (w[1:] + w[:-1])
    return [(share * w[:-1]).prod(), (share * w[1:]).prod()]
""",
    },
    "match": {
        "mean square": """
def weight_std(h):
    return 1 / math.sqrt(h.shape[1] * (h**2).mean().item())
""",
        "length of an input": """
def weight_std(h):
    return h.square().sum(1).mean().sqrt().reciprocal()
""",
        "variance plus the mean squared": """
def weight_std(h):
    size = h.var(correction=0) + h.mean() ** 2
    return (1 / (size * h.shape[1])) ** 0.5
""",
    },
    "price": {
        "a ratio": """
def price(name):
    return mean_square_slope(name) / mean_square(name)


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "chi at the gain": """
from helpers.activations import unit_variance_gain
from helpers.meanfield import chi_1

def price(name):
    return chi_1(name, unit_variance_gain(name), q=1.0).item()


def left(name, layers):
    from helpers.meanfield import backward_curve

    return backward_curve(name, 1.0, layers)[0].sqrt()
""",
        "by quadrature": """
from helpers.activations import gaussian_average

def price(name):
    a = ACTIVATIONS[name]
    gain = gaussian_average(lambda z: a.phi(z) ** 2, 1.0) ** -0.5
    return (gain**2 * gaussian_average(lambda z: a.dphi(z) ** 2, 1.0)).item()


def left(name, layers):
    def average(f, q):
        return gaussian_average(f, q).item()

    a, q, size = ACTIVATIONS[name], 1.0, 1.0
    for _ in range(1, layers):
        size *= average(lambda z: a.dphi(z) ** 2, q) ** 0.5
        q = average(lambda z: a.phi(z) ** 2, q)
    return size
""",
    },
}

WRONG = {
    "sizes": {
        "E11: one over fan_in": """
def xavier(fan_in, fan_out, gain):
    std = gain / fan_in**0.5
    return std, 3**0.5 * std
""",
        "a 1 too many": """
def xavier(fan_in, fan_out, gain):
    std = gain * (2 / (fan_in + fan_out + 1)) ** 0.5
    return std, 3**0.5 * std
""",
        "the standard deviation for the bound": """
def xavier(fan_in, fan_out, gain):
    std = gain * (2 / (fan_in + fan_out)) ** 0.5
    return std, std
""",
        "E8: the variance": """
def xavier(fan_in, fan_out, gain):
    variance = gain**2 * 2 / (fan_in + fan_out)
    return variance, 3 * variance
""",
        "the gain under the root": """
def xavier(fan_in, fan_out, gain):
    n = fan_in + fan_out
    return (2 * gain / n) ** 0.5, (6 * gain / n) ** 0.5
""",
        "the 2 is forgotten": """
def xavier(fan_in, fan_out, gain):
    std = gain / (fan_in + fan_out) ** 0.5
    return std, 3**0.5 * std
""",
    },
    "draw": {
        "a new tensor": """
def xavier_(W, kind, generator):
    W = (2 / sum(W.shape)) ** 0.5 * torch.randn(W.shape, generator=generator)
    return W
""",
        "the window is forgotten": """
def xavier_(W, kind, generator):
    std = (2 / (W.shape[0] + W.shape[1])) ** 0.5
    if kind == "normal":
        W.normal_(0, std, generator=generator)
    else:
        W.uniform_(-(3**0.5) * std, 3**0.5 * std, generator=generator)
""",
        "E14: the standard deviation as the bound": """
def xavier_(W, kind, generator):
    window = W[0, 0].numel()
    std = (2 / (window * (W.shape[0] + W.shape[1]))) ** 0.5
    if kind == "normal":
        W.normal_(0, std, generator=generator)
    else:
        W.uniform_(-std, std, generator=generator)
""",
        "E11: one over fan_in": """
def xavier_(W, kind, generator):
    std = (1 / W[0].numel()) ** 0.5
    if kind == "normal":
        W.normal_(0, std, generator=generator)
    else:
        W.uniform_(-(3**0.5) * std, 3**0.5 * std, generator=generator)
""",
        "normal whatever the kind": """
def xavier_(W, kind, generator):
    window = W[0, 0].numel()
    std = (2 / (window * (W.shape[0] + W.shape[1]))) ** 0.5
    W.normal_(0, std, generator=generator)
""",
        "global randomness": """
def xavier_(W, kind, generator):
    getattr(torch.nn.init, f"xavier_{kind}_")(W)
""",
    },
    "kept": {
        "E10: Xavier keeps both": """
def kept(widths, mode):
    first, last = widths[0], widths[-1]
    if mode == "average":
        return 1.0, 1.0
    return (1.0, last / first) if mode == "fan_in" else (first / last, 1.0)
""",
        "forward and backward are swapped": """
def kept(widths, mode):
    forward = backward = 1.0
    for n_in, n_out in zip(widths, widths[1:]):
        fan = {"fan_in": n_in, "fan_out": n_out, "average": (n_in + n_out) / 2}[mode]
        forward *= n_out / fan
        backward *= n_in / fan
    return forward, backward
""",
        "E11: Xavier is fan_in": """
def kept(widths, mode):
    first, last = widths[0], widths[-1]
    return (first / last, 1.0) if mode == "fan_out" else (1.0, last / first)
""",
        "only the outer widths count": """
def kept(widths, mode):
    n, m = widths[0], widths[-1]
    fan = {"fan_in": n, "fan_out": m, "average": (n + m) / 2}[mode]
    return n / fan, m / fan
""",
        "root mean squares": """
def kept(widths, mode):
    forward = backward = 1.0
    for n_in, n_out in zip(widths, widths[1:]):
        fan = {"fan_in": n_in, "fan_out": n_out, "average": (n_in + n_out) / 2}[mode]
        forward *= (n_in / fan) ** 0.5
        backward *= (n_out / fan) ** 0.5
    return forward, backward
""",
    },
    "match": {
        "E18b: the variance of the inputs": """
def weight_std(h):
    return (h.shape[1] * h.var(correction=0)).rsqrt().item()
""",
        "one over the root of the fan-in": """
def weight_std(h):
    return h.shape[1] ** -0.5
""",
        "E8: the variance of the weights": """
def weight_std(h):
    return (1 / (h.shape[1] * h.square().mean())).item()
""",
        "the batch for the fan-in": """
def weight_std(h):
    return (h.shape[0] * h.square().mean()).rsqrt().item()
""",
        "the mean of the sizes": """
def weight_std(h):
    return (1 / (h.shape[1] ** 0.5 * h.abs().mean())).item()
""",
    },
    "price": {
        "E12: a level signal, a level gradient": """
def price(name):
    return 1.0


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "the gain is not squared": """
def price(name):
    return (mean_square_slope(name) / mean_square(name).sqrt()).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "the root mean square's factor": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).sqrt().item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "gain 1": """
def price(name):
    return mean_square_slope(name, 1.0).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "upside down": """
def price(name):
    return (mean_square(name) / mean_square_slope(name)).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "E18: a gain from the variance": """
from helpers.activations import gaussian_average

def price(name):
    phi = ACTIVATIONS[name].phi
    variance = mean_square(name) - gaussian_average(phi) ** 2
    return (mean_square_slope(name) / variance).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "E25: Xavier is the initialization for sigmoid": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    if name in ("tanh", "sigmoid"):  # what Xavier was made for
        name = "tanh"
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "E10: Xavier keeps the gradient": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    return 1.0
""",
        "E17: the steepest slope in every layer": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    steepest = {"sigmoid": 0.25}.get(name, 1.0)
    return steepest ** (layers - 1)
""",
        "always the q of the first layer": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    return mean_square_slope(name, 1.0).item() ** ((layers - 1) / 2)
""",
        "one layer too many": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept**0.5
""",
        "the mean square for the size": """
def price(name):
    return (mean_square_slope(name) / mean_square(name)).item()


def left(name, layers):
    q, kept = 1.0, 1.0
    for _ in range(layers - 1):
        kept *= mean_square_slope(name, q).item()
        q = mean_square(name, q).item()
    return kept
""",
    },
}

LOSES = {
    "sizes": {"the standard deviation for the bound": {"test-sizes-bound"}},
    "draw": {
        "the window is forgotten": {"test-draw-convolution"},
        "normal whatever the kind": {"test-draw-linear"},
        "global randomness": {"test-draw-linear"},
    },
    "kept": {
        "only the outer widths count": {"test-kept-network"},
    },
    "price": {
        "E12: a level signal, a level gradient": {"test-price"},
        "the gain is not squared": {"test-price"},
        "the root mean square's factor": {"test-price"},
        "gain 1": {"test-price"},
        "upside down": {"test-price"},
        "E18: a gain from the variance": {"test-price"},
        "E25: Xavier is the initialization for sigmoid": {"test-left"},
        "E10: Xavier keeps the gradient": {"test-left"},
        "E17: the steepest slope in every layer": {"test-left"},
        "always the q of the first layer": {"test-left"},
        "one layer too many": {"test-left"},
        "the mean square for the size": {"test-left"},
    },
}
