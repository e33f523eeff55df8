"""Right and wrong answers to the homework of "Transformers"."""

RIGHT = {
    "first": {
        "closed form": """
def start(tokens, width, std):
    return math.log(tokens), width * std
""",
        "from a loss": """
def start(tokens, width, std):
    even = torch.zeros(1, tokens)
    guess = nn.functional.cross_entropy(even, torch.tensor([0]))
    return [guess, torch.tensor(std * width)]
""",
    },
    "logit": {
        "closed form": """
def logit_size(gain, size, divide):
    return {"sqrt": gain**2, "size": gain**2 / math.sqrt(size), "norm": 1}[divide]
""",
        "step by step": """
def logit_size(gain, size, divide):
    number = 1.0 if divide == "norm" else gain
    total = math.sqrt(size) * number * number
    return total / (size if divide == "size" else size**0.5)
""",
    },
    "draw": {
        "by hand": """
def draw_(model, gain, generator):
    N = len(model.blocks)
    with torch.no_grad():
        for block in model.blocks:
            for layer in block.modules():
                if isinstance(layer, nn.Linear):
                    fan_in = layer.weight.shape[1]
                    layer.weight.normal_(0, gain / fan_in**0.5, generator=generator)
                    layer.bias.zero_()
            block.attention.project.weight /= math.sqrt(2 * N)
            block.mlp.project.weight.mul_((2 * N) ** -0.5)
""",
        "all modules but the head": """
def draw_(model, gain, generator):
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear) and name != "head":
            std = gain * layer.in_features ** -0.5
            if "project" in name:
                std *= (2 * len(model.blocks)) ** -0.5
            nn.init.normal_(layer.weight, std=std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
    },
    "product": {
        "B random": """
def product(outputs, inputs, rank, generator):
    B = torch.randn(outputs, rank, generator=generator) / rank**0.5
    return torch.zeros(rank, inputs), B
""",
        "A uniform": """
def product(outputs, inputs, rank, generator):
    A = torch.empty(rank, inputs)
    nn.init.xavier_uniform_(A, generator=generator)
    return A, torch.zeros(outputs, rank)
""",
    },
    "share": {
        "root mean squares": """
def share(h):
    left = h - h.mean(1, keepdim=True)
    return left.square().mean().sqrt() / h.square().mean().sqrt()
""",
        "by variance": """
def share(h):
    spread = h.var(dim=1, correction=0).mean()
    return math.sqrt(spread / h.square().mean())
""",
    },
}

WRONG = {
    "first": {
        "bits": """
def start(tokens, width, std):
    return math.log2(tokens), std * width
""",
        "the probability for the loss": """
def start(tokens, width, std):
    return 1 / tokens, std * width
""",
        "1 / sqrt(width) makes it 1": """
def start(tokens, width, std):
    return math.log(tokens), std * width**0.5
""",
        "E8: the variance": """
def start(tokens, width, std):
    return math.log(tokens), std**2 * width
""",
        "the width, whatever the embedding": """
def start(tokens, width, std):
    return math.log(tokens), float(width)
""",
    },
    "logit": {
        "E27: the root makes it small": """
def logit_size(gain, size, divide):
    if divide == "norm":
        return 1.0
    return gain**2 / size**0.5 if divide == "sqrt" else gain**2 / size
""",
        "the gain once": """
def logit_size(gain, size, divide):
    if divide == "norm":
        return 1.0
    return gain if divide == "sqrt" else gain / size**0.5
""",
        "a norm that leaves the gain": """
def logit_size(gain, size, divide):
    return gain**2 / size**0.5 if divide == "size" else gain**2
""",
        "the sum grows like the size": """
def logit_size(gain, size, divide):
    total = size * gain**2
    if divide == "norm":
        total = size
    return total / (size if divide == "size" else size**0.5)
""",
        "E8: the mean square": """
def logit_size(gain, size, divide):
    if divide == "norm":
        return 1.0
    return gain**4 if divide == "sqrt" else gain**4 / size
""",
    },
    "draw": {
        "E26: 0.02 at any width": """
def draw_(model, gain, generator):
    for name, layer in model.blocks.named_modules():
        if isinstance(layer, nn.Linear):
            std = 0.02
            if name.endswith("project"):
                std = std / (2 * len(model.blocks)) ** 0.5
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
        "no factor": """
def draw_(model, gain, generator):
    for layer in model.blocks.modules():
        if isinstance(layer, nn.Linear):
            std = gain / layer.in_features**0.5
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
        "N for 2 N": """
def draw_(model, gain, generator):
    for name, layer in model.blocks.named_modules():
        if isinstance(layer, nn.Linear):
            std = gain / layer.in_features**0.5
            if name.endswith("project"):
                std = std / len(model.blocks) ** 0.5
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
        "the factor without its root": """
def draw_(model, gain, generator):
    for name, layer in model.blocks.named_modules():
        if isinstance(layer, nn.Linear):
            std = gain / layer.in_features**0.5
            if name.endswith("project"):
                std = std / (2 * len(model.blocks))
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
        "the factor on every layer": """
def draw_(model, gain, generator):
    for layer in model.blocks.modules():
        if isinstance(layer, nn.Linear):
            std = gain / (layer.in_features * 2 * len(model.blocks)) ** 0.5
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
        "global randomness": """
def draw_(model, gain, generator):
    for name, layer in model.blocks.named_modules():
        if isinstance(layer, nn.Linear):
            std = gain / layer.in_features**0.5
            if name.endswith("project"):
                std = std / (2 * len(model.blocks)) ** 0.5
            nn.init.normal_(layer.weight, 0, std)
            nn.init.zeros_(layer.bias)
""",
        "the width for the inputs": """
def draw_(model, gain, generator):
    width = model.tokens.weight.shape[1]
    for name, layer in model.blocks.named_modules():
        if isinstance(layer, nn.Linear):
            std = gain / width**0.5
            if name.endswith("project"):
                std = std / (2 * len(model.blocks)) ** 0.5
            nn.init.normal_(layer.weight, 0, std, generator=generator)
            nn.init.zeros_(layer.bias)
""",
    },
    "product": {
        "two zeros": """
def product(outputs, inputs, rank, generator):
    return torch.zeros(rank, inputs), torch.zeros(outputs, rank)
""",
        "E4: never start at zero": """
def product(outputs, inputs, rank, generator):
    A = torch.randn(rank, inputs, generator=generator) / inputs**0.5
    return A, 0.01 * torch.randn(outputs, rank, generator=generator)
""",
        "a constant for the random factor": """
def product(outputs, inputs, rank, generator):
    return torch.full((rank, inputs), 0.1), torch.zeros(outputs, rank)
""",
        "one row for all": """
def product(outputs, inputs, rank, generator):
    row = torch.randn(1, inputs, generator=generator)
    return row.repeat(rank, 1), torch.zeros(outputs, rank)
""",
    },
    "share": {
        "over the batch too": """
def share(h):
    left = h - h.mean(dim=(0, 1), keepdim=True)
    return (left.norm() / h.norm()).item()
""",
        "over the units, as a layer norm": """
def share(h):
    left = h - h.mean(dim=2, keepdim=True)
    return (left.norm() / h.norm()).item()
""",
        "mean squares": """
def share(h):
    left = h - h.mean(dim=1, keepdim=True)
    return (left.square().mean() / h.square().mean()).item()
""",
        "E12: the size is what counts": """
def share(h):
    return h.square().mean().sqrt().item() - 1
""",
        "no share of anything": """
def share(h):
    return (h - h.mean(dim=1, keepdim=True)).square().mean().sqrt().item()
""",
    },
}

LOSES = {
    "first": {
        "bits": {"test-first-guess"},
        "the probability for the loss": {"test-first-guess"},
        "1 / sqrt(width) makes it 1": {"test-first-own"},
        "E8: the variance": {"test-first-own"},
        "the width, whatever the embedding": {"test-first-own"},
    },
    "logit": {
        "a norm that leaves the gain": {"test-logit-others"},
    },
    "draw": {
        "no factor": {"test-draw-ends"},
        "N for 2 N": {"test-draw-ends"},
        "the factor without its root": {"test-draw-ends"},
        "the width for the inputs": {"test-draw-ends"},
        "global randomness": {"test-draw-inner"},
        "the factor on every layer": {"test-draw-inner"},
    },
    "product": {
        "E4: never start at zero": {"test-product-silent"},
        "a constant for the random factor": {"test-product-learns"},
        "one row for all": {"test-product-learns"},
    },
}
