"""Right and wrong answers to the homework of "Beyond the variance"."""

RIGHT = {
    "chi": {
        "until it rests": """
def chi(phi, dphi, sigma_w, sigma_b):
    q, old = torch.tensor(1.0), torch.tensor(0.0)
    while abs(q - old) > 1e-10:
        old = q
        q = sigma_w**2 * acts.gaussian_average(lambda z: phi(z) ** 2, q) + sigma_b**2
    return float(sigma_w**2 * acts.gaussian_average(lambda z: dphi(z) ** 2, q))
""",
        "draws that keep their rank": """
def chi(phi, dphi, sigma_w, sigma_b):
    z = torch.special.ndtri((torch.arange(100_000) + 0.5) / 100_000)
    q = 1.0
    for _ in range(200):
        q = sigma_w**2 * phi(q**0.5 * z).square().mean() + sigma_b**2
    return (sigma_w * dphi(q**0.5 * z)).square().mean()
""",
    },
    "pair": {
        "a sum over a grid": """
def critical_pair(phi, dphi, q):
    z = torch.linspace(-12, 12, 48_001)
    p = torch.exp(-(z**2) / 2) / torch.exp(-(z**2) / 2).sum()
    w2 = 1 / (p * dphi(q**0.5 * z) ** 2).sum()
    return [w2, q - w2 * (p * phi(q**0.5 * z) ** 2).sum()]
""",
        "as one ratio": """
def critical_pair(phi, dphi, q):
    signal = acts.gaussian_average(lambda z: phi(z).square(), q)
    slopes = acts.gaussian_average(lambda z: dphi(z).square(), q)
    return float(1 / slopes), float((q * slopes - signal) / slopes)
""",
    },
    "xi": {
        "a line through the last third": """
def depth_scale(c, c_star):
    k = max(3, len(c) // 3)
    y = (torch.tensor(c[-k:]) - c_star).abs().log()
    x = torch.arange(k) - (k - 1) / 2
    slope = (x * y).sum() / (x * x).sum()
    return -1 / slope.item()
""",
        "over the last three steps": """
def depth_scale(c, c_star):
    ratio = (c[-1] - c_star) / (c[-4] - c_star)
    return -3 / math.log(ratio)
""",
    },
    "spread": {
        "eigenvalues of J J^T": """
def spread(J):
    s2 = torch.linalg.eigvalsh(J @ J.T)
    return ((s2 / s2.mean() - 1) ** 2).mean()
""",
        "two means": """
def spread(J):
    s = torch.linalg.svd(J).S
    return (s**4).mean().item() / (s**2).mean().item() ** 2 - 1
""",
    },
    "typical": {
        "torch's normal": """
def typical(widths):
    beta = 5 * (1 / torch.tensor(widths, dtype=torch.float64)).sum()
    log = torch.distributions.Normal(-beta / 2, beta.sqrt())
    return log.mean.exp().item(), 1 - log.cdf(torch.tensor(0.0)).item()
""",
        "a million networks": """
def typical(widths):
    beta, g = sum(5 / n for n in widths), torch.Generator().manual_seed(1)
    s = (beta**0.5 * torch.randn(1_000_000, generator=g) - beta / 2).exp()
    return s.median().item(), (s > 1).double().mean().item()
""",
    },
}

WRONG = {
    "chi": {
        "at q = 1, wherever it settles": """
def chi(phi, dphi, sigma_w, sigma_b):
    return (sigma_w**2 * acts.gaussian_average(lambda z: dphi(z) ** 2, 1.0)).item()
""",
        "at the origin": """
def chi(phi, dphi, sigma_w, sigma_b):
    return sigma_w**2 * dphi(torch.tensor(1e-9)).item() ** 2
""",
        "E8: sigma_w for its square": """
def chi(phi, dphi, sigma_w, sigma_b):
    q = 1.0
    for _ in range(200):
        q = sigma_w**2 * acts.gaussian_average(lambda z: phi(z) ** 2, q) + sigma_b**2
    return (sigma_w * acts.gaussian_average(lambda z: dphi(z) ** 2, q)).item()
""",
        "the mean slope, squared": """
def chi(phi, dphi, sigma_w, sigma_b):
    q = 1.0
    for _ in range(200):
        q = sigma_w**2 * acts.gaussian_average(lambda z: phi(z) ** 2, q) + sigma_b**2
    return (sigma_w**2 * acts.gaussian_average(dphi, q) ** 2).item()
""",
        "no biases": """
def chi(phi, dphi, sigma_w, sigma_b):
    q = 1.0
    for _ in range(200):
        q = sigma_w**2 * acts.gaussian_average(lambda z: phi(z) ** 2, q)
    return (sigma_w**2 * acts.gaussian_average(lambda z: dphi(z) ** 2, q)).item()
""",
        "the slope of the map of q": """
def chi(phi, dphi, sigma_w, sigma_b):
    def step(q):
        return sigma_w**2 * acts.gaussian_average(lambda z: phi(z) ** 2, q) + sigma_b**2

    q = 1.0
    for _ in range(200):
        q = step(q)
    return ((step(1.001 * q) - step(q)) / (0.001 * q)).item()
""",
    },
    "pair": {
        "E8: standard deviations": """
def critical_pair(phi, dphi, q):
    w = 1 / acts.gaussian_average(lambda z: dphi(z) ** 2, q).item()
    b = q - w * acts.gaussian_average(lambda z: phi(z) ** 2, q).item()
    return w**0.5, b**0.5
""",
        "E12: the gain that keeps the signal": """
def critical_pair(phi, dphi, q):
    return q / acts.gaussian_average(lambda z: phi(z) ** 2, q).item(), 0.0
""",
        "a critical gain without biases": """
def critical_pair(phi, dphi, q):
    return 1 / dphi(torch.tensor(0.0)).item() ** 2, 0.0
""",
        "always at q = 1": """
def critical_pair(phi, dphi, q):
    w = 1 / acts.gaussian_average(lambda z: dphi(z) ** 2).item()
    return w, 1 - w * acts.gaussian_average(lambda z: phi(z) ** 2).item()
""",
        "the activation is forgotten": """
def critical_pair(phi, dphi, q):
    w = 1 / acts.gaussian_average(lambda z: dphi(z) ** 2, q).item()
    return w, q - w
""",
        "q is no mean square": """
def critical_pair(phi, dphi, q):
    w = 1 / acts.gaussian_average(lambda z: dphi(z) ** 2, q**2).item()
    return w, q - w * acts.gaussian_average(lambda z: phi(z) ** 2, q**2).item()
""",
        "biases add no variance": """
def critical_pair(phi, dphi, q):
    w = 1 / acts.gaussian_average(lambda z: dphi(z) ** 2, q).item()
    return w, 0.0
""",
    },
    "xi": {
        "the first two layers": """
def depth_scale(c, c_star):
    return 1 / math.log(abs(c[0] - c_star) / abs(c[1] - c_star))
""",
        "from the first to the last": """
def depth_scale(c, c_star):
    return (len(c) - 1) / math.log(abs(c[0] - c_star) / abs(c[-1] - c_star))
""",
        "decades": """
def depth_scale(c, c_star):
    return 1 / math.log10((c[-2] - c_star) / (c[-1] - c_star))
""",
        "whole layers": """
def depth_scale(c, c_star):
    left = [abs(value - c_star) for value in c]
    return sum(value > left[0] / math.e for value in left)
""",
        "to zero, not to c_star": """
def depth_scale(c, c_star):
    return -1 / math.log(min(c[-1] / c[-2], 1 - 1e-12))
""",
        "one over what is lost": """
def depth_scale(c, c_star):
    before, last = abs(c[-2] - c_star), abs(c[-1] - c_star)
    return before / (before - last)
""",
        "the rate for the scale": """
def depth_scale(c, c_star):
    return math.log((c[-2] - c_star) / (c[-1] - c_star))
""",
    },
    "spread": {
        "not squared": """
def spread(J):
    s = torch.linalg.svdvals(J)
    return (s / s.mean()).var(correction=0).item()
""",
        "E21: eigenvalues": """
def spread(J):
    e = torch.linalg.eigvals(J).abs().square()
    return (e / e.mean()).var(correction=0).item()
""",
        "not scaled to mean 1": """
def spread(J):
    return torch.linalg.svdvals(J).square().var(correction=0).item()
""",
        "scaled by the root mean square": """
def spread(J):
    s2 = torch.linalg.svdvals(J).square()
    return (s2 / s2.square().mean().sqrt()).var(correction=0).item()
""",
        "the standard deviation": """
def spread(J):
    s2 = torch.linalg.svdvals(J).square()
    return (s2 / s2.mean()).std(correction=0).item()
""",
        "the condition number": """
def spread(J):
    s = torch.linalg.svdvals(J)
    return (s[0] / s[-1].clamp(min=1e-9)).item() - 1
""",
    },
    "typical": {
        "E22: typical is average": """
def typical(widths):
    return 1.0, 0.5
""",
        "the sign": """
def typical(widths):
    beta = 5 * sum(1 / n for n in widths)
    return math.exp(beta / 2), 1 - 0.5 * math.erfc(beta**0.5 / 2 / 2**0.5)
""",
        "the whole variance": """
def typical(widths):
    beta = 5 * sum(1 / n for n in widths)
    return math.exp(-beta), 0.5 * math.erfc(beta**0.5 / 2**0.5)
""",
        "the mean width": """
def typical(widths):
    beta = 5 * len(widths) ** 2 / sum(widths)
    return math.exp(-beta / 2), 0.5 * math.erfc(beta**0.5 / 2 / 2**0.5)
""",
        "the median is also the share": """
def typical(widths):
    beta = 5 * sum(1 / n for n in widths)
    return math.exp(-beta / 2), math.exp(-beta / 2)
""",
        "beta as a standard deviation": """
def typical(widths):
    beta = 5 * sum(1 / n for n in widths)
    return math.exp(-beta * beta / 2), 0.5 * math.erfc(beta / 2 / 2**0.5)
""",
    },
}

LOSES = {
    "chi": {
        "at q = 1, wherever it settles": {"test-chi-settled"},
        "no biases": {"test-chi-settled"},
        "the slope of the map of q": {"test-chi-settled"},
    },
    "pair": {
        "the activation is forgotten": {"test-pair-biases"},
        "biases add no variance": {"test-pair-biases"},
    },
    "xi": {
        "the first two layers": {"test-xi-layers"},
        "from the first to the last": {"test-xi-layers"},
    },
    "typical": {"the median is also the share": {"test-typical-share"}},
}
