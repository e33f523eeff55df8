"""Right and wrong answers to the homework of the chapter "Start here"."""

RIGHT = {
    "layer-rms": {
        "mean of squares": """
def layer_rms(z):
    return z.square().mean((1, 2)).sqrt()
""",
        "one layer at a time": """
def layer_rms(z):
    sizes = []
    for layer in z:
        sizes.append((layer**2).mean().item() ** 0.5)
    return torch.tensor(sizes)
""",
        "by the norm": """
def layer_rms(z):
    flat = z.flatten(1)
    return flat.norm(dim=1) / flat.shape[1] ** 0.5
""",
    },
    "deepest": {
        "logarithms": """
def deepest(factor, share):
    return 1 + math.floor(math.log(share) / math.log(factor))
""",
        "layer by layer": """
def deepest(factor, share):
    depth, gradient = 1, 1.0
    while gradient * factor >= share:
        depth, gradient = depth + 1, gradient * factor
    return depth
""",
    },
    "draw": {
        "scaled": """
def draw(fan_out, fan_in, gain, generator):
    return torch.randn(fan_out, fan_in, generator=generator) * gain / fan_in**0.5
""",
        "in place": """
def draw(fan_out, fan_in, gain, generator):
    W = torch.empty(fan_out, fan_in)
    return W.normal_(0, gain / math.sqrt(fan_in), generator=generator)
""",
    },
    "fit": {
        "closed form": """
def fitted_factor(sizes):
    n = torch.arange(len(sizes)) - (len(sizes) - 1) / 2
    return torch.exp((n * torch.log(sizes)).sum() / (n * n).sum())
""",
        "numpy": """
import numpy as np

def fitted_factor(sizes):
    slope, start = np.polyfit(range(len(sizes)), np.log10(sizes.numpy()), 1)
    return 10**slope
""",
        "least squares": """
def fitted_factor(sizes):
    A = torch.stack([torch.ones(len(sizes)), torch.arange(1.0, len(sizes) + 1)], 1)
    return torch.linalg.lstsq(A, sizes.log()[:, None]).solution[1, 0].exp().item()
""",
    },
    "match": {
        "by hand": """
setting = {"A": "relu, gain 1", "B": "sigmoid, gain 1"}
setting["C"] = "tanh, gain 3"
setting["D"] = "linear, gain 1.2"
setting["E"] = "relu, gain 1.41"
state = {"A": "scale lost", "B": "information lost"}
state["C"] = "chaos"
state["E"] = "healthy"
""",
        "from pairs": """
names = ["relu, gain 1", "sigmoid, gain 1", "tanh, gain 3", "linear, gain 1.2"]
setting = dict(zip("ABCDE", [*names, "relu, gain 1.41"]))
state = {}
for letter in "ABCE":
    apart = FANS[letter]["distance"][-1] / FANS[letter]["distance"][0]
    gradient = FANS[letter]["backward"][0]
    if apart < 0.01:
        state[letter] = "information lost"
    elif apart > 10:
        state[letter] = "chaos"
    elif gradient < 0.01:
        state[letter] = "scale lost"
    else:
        state[letter] = "healthy"
""",
    },
}

WRONG = {
    "layer-rms": {
        "a standard deviation: the mean is taken off": """
def layer_rms(z):
    return z.std((1, 2), correction=0)
""",
        "mean of the absolute values": """
def layer_rms(z):
    return z.abs().mean((1, 2))
""",
        "the root is forgotten": """
def layer_rms(z):
    return z.square().mean((1, 2))
""",
        "mean of the units' own sizes": """
def layer_rms(z):
    return z.square().mean(1).sqrt().mean(1)
""",
        "a sum for a mean": """
def layer_rms(z):
    return z.square().sum((1, 2)).sqrt()
""",
    },
    "deepest": {
        "as many steps as layers": """
def deepest(factor, share):
    return math.floor(math.log(share) / math.log(factor))
""",
        "a straight line means a constant difference": """
def deepest(factor, share):
    return 1 + math.floor((1 - share) / (1 - factor))
""",
        "rounded up": """
def deepest(factor, share):
    return 1 + math.ceil(math.log(share) / math.log(factor))
""",
        "E17: a quarter in every layer": """
def deepest(factor, share):
    return 1 + math.floor(math.log(share) / math.log(0.25))
""",
    },
    "draw": {
        "the outputs count": """
def draw(fan_out, fan_in, gain, generator):
    return gain * torch.randn(fan_out, fan_in, generator=generator) / fan_out**0.5
""",
        "E8: a variance for a standard deviation": """
def draw(fan_out, fan_in, gain, generator):
    return gain * torch.randn(fan_out, fan_in, generator=generator) / fan_in
""",
        "the gain under the root": """
def draw(fan_out, fan_in, gain, generator):
    return (gain / fan_in) ** 0.5 * torch.randn(fan_out, fan_in, generator=generator)
""",
        "a column for each unit": """
def draw(fan_out, fan_in, gain, generator):
    return gain * torch.randn(fan_in, fan_out, generator=generator) / fan_in**0.5
""",
        "global randomness": """
def draw(fan_out, fan_in, gain, generator):
    return gain * torch.randn(fan_out, fan_in) / fan_in**0.5
""",
        "the same weights whatever the seed": """
def draw(fan_out, fan_in, gain, generator):
    generator = torch.Generator().manual_seed(0)
    return gain * torch.randn(fan_out, fan_in, generator=generator) / fan_in**0.5
""",
        "E11: the average of the fans": """
def draw(fan_out, fan_in, gain, generator):
    W = torch.randn(fan_out, fan_in, generator=generator)
    return gain * (2 / (fan_in + fan_out)) ** 0.5 * W
""",
    },
    "fit": {
        "the two ends": """
def fitted_factor(sizes):
    return (sizes[-1] / sizes[0]).item() ** (1 / (len(sizes) - 1))
""",
        "the mean of the steps": """
def fitted_factor(sizes):
    return sizes.log().diff().mean().exp().item()
""",
        "a line through the sizes": """
import numpy as np

def fitted_factor(sizes):
    slope, start = np.polyfit(range(len(sizes)), sizes.numpy(), 1)
    return 1 + slope / start
""",
        "the slope for the factor": """
import numpy as np

def fitted_factor(sizes):
    return np.polyfit(range(len(sizes)), sizes.log().numpy(), 1)[0]
""",
        "ten for e": """
import numpy as np

def fitted_factor(sizes):
    return math.exp(np.polyfit(range(len(sizes)), sizes.log10().numpy(), 1)[0])
""",
    },
    "match": {
        "the falling lines are mixed up": """
setting = {"A": "sigmoid, gain 1", "B": "relu, gain 1"}
setting |= {"C": "tanh, gain 3", "D": "linear, gain 1.2", "E": "relu, gain 1.41"}
state = {"A": "scale lost", "B": "information lost", "C": "chaos", "E": "healthy"}
""",
        "E9: level forward is enough": """
setting = {"A": "relu, gain 1", "B": "sigmoid, gain 1"}
setting |= {"C": "tanh, gain 3", "D": "linear, gain 1.2", "E": "relu, gain 1.41"}
state = {"A": "scale lost", "B": "healthy", "C": "healthy", "E": "healthy"}
""",
        "E23: what vanishes is one disease": """
setting = {"A": "relu, gain 1", "B": "sigmoid, gain 1"}
setting |= {"C": "tanh, gain 3", "D": "linear, gain 1.2", "E": "relu, gain 1.41"}
state = {"A": "scale lost", "B": "scale lost", "C": "chaos", "E": "healthy"}
""",
        "a bounded activation cannot explode": """
setting = {"A": "relu, gain 1", "B": "sigmoid, gain 1"}
setting |= {"C": "tanh, gain 1", "D": "tanh, gain 3", "E": "relu, gain 1.41"}
state = {"A": "scale lost", "B": "information lost", "C": "healthy", "E": "healthy"}
""",
    },
}

LOSES = {
    "deepest": {
        "E17: a quarter in every layer": {"test-deepest", "test-deepest-small"},
    },
    "match": {
        "the falling lines are mixed up": {"test-match-settings"},
        "E9: level forward is enough": {"test-match-state"},
        "E23: what vanishes is one disease": {"test-match-state"},
    },
}
