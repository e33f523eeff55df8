"""Right and wrong answers to the homework of the chapter "Vanishing gradients"."""

RIGHT = {
    "steepest": {
        "autograd": """
def steepest(phi):
    z = torch.linspace(-8, 8, 8001, requires_grad=True)
    phi(z).sum().backward()
    return z.grad.abs().max()
""",
        "differences": """
def steepest(phi):
    z = torch.arange(-8, 8, 0.001)
    return (phi(z).diff().abs() / 0.001).max().item()
""",
    },
    "factor": {
        "quadrature": """
def backward_factor(dphi, gain, q):
    return gain * gaussian_average(lambda z: dphi(z) ** 2, q).sqrt()
""",
        "a million draws": """
def backward_factor(dphi, gain, q):
    g = torch.Generator().manual_seed(5)
    z = q**0.5 * torch.randn(1_000_000, generator=g)
    return gain * dphi(z).square().mean().sqrt().item()
""",
        "a sum over a grid": """
def backward_factor(dphi, gain, q):
    t = torch.linspace(-9, 9, 20_000)
    weight = torch.exp(-t * t / 2)
    weight = weight / weight.sum()
    return (gain**2 * (weight * dphi(t * math.sqrt(q)) ** 2).sum()) ** 0.5
""",
    },
    "reach": {
        "logarithms": """
def reach(factor, dtype):
    info = torch.finfo(dtype)
    return math.ceil(math.log(info.tiny * info.eps) / math.log(factor))
""",
        "counted": """
def reach(factor, dtype):
    layers = 0
    while torch.tensor(factor**layers, dtype=dtype) > 0:
        layers += 1
    return layers
""",
    },
    "plateau": {
        "means": """
def diagnose(grad_rms):
    sizes = grad_rms.mean(0)
    if (sizes == 0).all():
        return "zero weights"
    if sizes[0] / sizes[-1] < 1e-4:
        return "vanished"
    return "rate too low"
""",
        "the last step": """
def diagnose(grad_rms):
    now = grad_rms[-1].tolist()
    if max(now) == 0:
        return "zero weights"
    return ("rate too low", "vanished")[now[0] < now[-1] / 100]
""",
    },
    "level": {
        "search": """
def level_gain(name, depth):
    gains = torch.logspace(-1, 1.5, 400)
    ends = backward_curve(name, gains, depth)[:, 0].log().abs()
    return gains[ends.argmin()]
""",
        "critical gain": """
from helpers.activations import critical_gain

def level_gain(name, depth):
    return critical_gain(name)
""",
    },
}

WRONG = {
    "steepest": {
        "the slope at 0": """
def steepest(phi):
    z = torch.zeros(1, requires_grad=True)
    phi(z).sum().backward()
    return z.grad.abs().item()
""",
        "uphill only": """
def steepest(phi):
    z = torch.linspace(-8, 8, 8001, requires_grad=True)
    phi(z).sum().backward()
    return z.grad.max().item()
""",
        "the largest value": """
def steepest(phi):
    return phi(torch.linspace(-8, 8, 8001)).abs().max().item()
""",
        "too coarse a grid": """
def steepest(phi):
    z = torch.arange(-8.0, 9.0)
    return phi(z).diff().abs().max().item()
""",
    },
    "factor": {
        "E17: the steepest slope": """
def backward_factor(dphi, gain, q):
    return gain * dphi(torch.linspace(-8, 8, 8001)).abs().max().item()
""",
        "the mean square's factor": """
def backward_factor(dphi, gain, q):
    return gain**2 * gaussian_average(lambda z: dphi(z) ** 2, q).item()
""",
        "the mean slope": """
def backward_factor(dphi, gain, q):
    return gain * gaussian_average(dphi, q).item()
""",
        "without the gain": """
def backward_factor(dphi, gain, q):
    return gaussian_average(lambda z: dphi(z) ** 2, q).sqrt().item()
""",
        "E8: q for a standard deviation": """
def backward_factor(dphi, gain, q):
    return gain * gaussian_average(lambda z: dphi(z) ** 2, q**2).sqrt().item()
""",
        "the slope at 0": """
def backward_factor(dphi, gain, q):
    return gain * dphi(torch.tensor(1e-9)).item()
""",
    },
    "reach": {
        "the smallest normal number": """
def reach(factor, dtype):
    return 1 + int(math.log(torch.finfo(dtype).tiny) / math.log(factor))
""",
        "the precision for the range": """
def reach(factor, dtype):
    return 1 + int(math.log(torch.finfo(dtype).eps) / math.log(factor))
""",
        "the number of bits decides": """
def reach(factor, dtype):
    bits = torch.finfo(dtype).bits
    same = torch.float16 if bits == 16 else dtype
    info = torch.finfo(same)
    return 1 + int(math.log(info.tiny * info.eps) / math.log(factor))
""",
        "the largest number": """
def reach(factor, dtype):
    return 1 + int(-math.log(torch.finfo(dtype).max) / math.log(factor))
""",
    },
    "plateau": {
        "a small gradient is a vanished one": """
def diagnose(grad_rms):
    first = grad_rms.mean(0)[0]
    if first == 0:
        return "zero weights"
    return "vanished" if first < 1e-5 else "rate too low"
""",
        "a plateau means a vanished gradient": """
def diagnose(grad_rms):
    return "vanished" if grad_rms.any() else "zero weights"
""",
        "the ends are swapped": """
def diagnose(grad_rms):
    last, first = grad_rms.mean(0)[[0, -1]]
    if not grad_rms.any():
        return "zero weights"
    return "vanished" if first < 1e-3 * last else "rate too low"
""",
        "the mean over all layers": """
def diagnose(grad_rms):
    size = grad_rms.mean()
    if size == 0:
        return "zero weights"
    return "vanished" if size < 1e-2 else "rate too low"
""",
        "a zero in the first layer is a zero weight": """
def diagnose(grad_rms):
    first, last = grad_rms.mean(0)[[0, -1]]
    if first == 0:
        return "zero weights"
    return "vanished" if first < 1e-3 * last else "rate too low"
""",
    },
    "level": {
        "E17: one over the largest slope": """
from helpers.activations import steepest_slope

def level_gain(name, depth):
    return 1 / steepest_slope(name)
""",
        "gain 1": """
def level_gain(name, depth):
    return 1.0
""",
        "E23: root two for all": """
def level_gain(name, depth):
    return 2**0.5
""",
        "E13b: PyTorch's recommendation": """
from helpers.activations import recommended_gain

def level_gain(name, depth):
    return recommended_gain(name) or 1.0
""",
        "E12: unit variance forward": """
from helpers.activations import unit_variance_gain

def level_gain(name, depth):
    return unit_variance_gain(name)
""",
    },
}

LOSES = {}
