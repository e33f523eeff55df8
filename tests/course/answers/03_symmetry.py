"""Right and wrong answers to the homework of the chapter "Symmetry"."""

RIGHT = {
    "gradient": {
        "by hand": """
def first_gradient(W1, W2, x, dL_ds):
    h = torch.tanh(W1 @ x)
    delta = (1 - h * h) * (dL_ds @ W2)
    return delta[:, None] * x[None, :]
""",
        "autograd": """
def first_gradient(W1, W2, x, dL_ds):
    W = W1.clone().requires_grad_()
    s = W2 @ torch.tanh(W @ x)
    (gradient,) = torch.autograd.grad(s, W, dL_ds)
    return gradient
""",
    },
    "units": {
        "unique rows": """
def units(W, bias, outgoing):
    return len(torch.unique(torch.cat([W, bias[:, None], outgoing.T], 1), dim=0))
""",
        "from helpers": """
def units(W, bias, outgoing):
    return distinct_units(W, bias, outgoing)
""",
        "a set": """
def units(W, bias, outgoing):
    numbers = zip(W.tolist(), bias.tolist(), outgoing.T.tolist())
    return len({(tuple(w), b, tuple(o)) for w, b, o in numbers})
""",
    },
    "breaks": {
        "by hand": """
from_equal = {"one image a step": False, "Adam": False}
from_equal |= {"dropout 0.5": True, "a random last layer": True}
from_zero = {"tanh, dropout 0.5": False, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": True, "tanh, Adam": False}
""",
        "ones and zeros": """
words = ["one image a step", "Adam", "dropout 0.5", "a random last layer"]
from_equal = dict(zip(words, [0, 0, 1, 1]))
words = ["tanh, dropout 0.5", "sigmoid, dropout 0.5", "tanh, random biases"]
from_zero = dict(zip([*words, "tanh, Adam"], [0, 1, 1, 0]))
""",
    },
    "break": {
        "random biases": """
def break_symmetry(W1, b1, W2, b2):
    g = torch.Generator().manual_seed(0)
    return W1, 0.3 * torch.randn(len(b1), generator=g), W2, b2
""",
        "one weight of each unit": """
def break_symmetry(W1, b1, W2, b2):
    W1 = W1.clone()
    for unit in range(24):
        W1[unit, 36] += 0.01 * (unit + 1)
    return W1, b1, W2, b2
""",
        "one row of the outgoing weights": """
def break_symmetry(W1, b1, W2, b2):
    W2[3] = torch.linspace(-0.5, 0.5, 24)
    return [W1, b1, W2, b2]
""",
    },
    "rename": {
        "rows and columns": """
def rename(W1, b1, W2, order, signs):
    return W1[order] * signs[:, None], b1[order] * signs, W2[:, order] * signs
""",
        "a matrix": """
def rename(W1, b1, W2, order, signs):
    P = signs[:, None] * torch.eye(len(order))[order]
    return P @ W1, P @ b1, W2 @ P.T
""",
    },
}

WRONG = {
    "gradient": {
        "E1: equal weights have equal gradients": """
def first_gradient(W1, W2, x, dL_ds):
    delta = (1 - torch.tanh(W1 @ x) ** 2) * (W2.T @ dL_ds)
    return torch.outer(delta, x.mean() * torch.ones(len(x)))
""",
        "the slope is forgotten": """
def first_gradient(W1, W2, x, dL_ds):
    return torch.outer(W2.T @ dL_ds, x)
""",
        "the slope at h for the slope at z": """
def first_gradient(W1, W2, x, dL_ds):
    h = torch.tanh(W1 @ x)
    return torch.outer((1 - torch.tanh(h) ** 2) * (W2.T @ dL_ds), x)
""",
        "rows and columns are swapped": """
def first_gradient(W1, W2, x, dL_ds):
    delta = (1 - torch.tanh(W1 @ x) ** 2) * (W2.T @ dL_ds)
    return torch.outer(x, delta)
""",
        "the outgoing weights are forgotten": """
def first_gradient(W1, W2, x, dL_ds):
    delta = (1 - torch.tanh(W1 @ x) ** 2) * dL_ds.sum()
    return torch.outer(delta, x)
""",
    },
    "units": {
        "E2: the incoming weights decide": """
def units(W, bias, outgoing):
    return distinct_units(W)
""",
        "E6b: biases do not matter": """
def units(W, bias, outgoing):
    return len(torch.unique(torch.cat([W, outgoing.T], 1), dim=0))
""",
        "the rank": """
def units(W, bias, outgoing):
    return torch.linalg.matrix_rank(W).item()
""",
        "E1: numbers for units": """
def units(W, bias, outgoing):
    return len(torch.unique(W))
""",
        "the largest of three counts": """
def units(W, bias, outgoing):
    parts = W, bias[:, None], outgoing.T
    return max(len(torch.unique(t, dim=0)) for t in parts)
""",
    },
    "breaks": {
        "noise in the training separates units": """
from_equal = {"one image a step": True, "Adam": False}
from_equal |= {"dropout 0.5": True, "a random last layer": True}
from_zero = {"tanh, dropout 0.5": False, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": True, "tanh, Adam": False}
""",
        "E5: dropout breaks the symmetry": """
from_equal = {"one image a step": False, "Adam": False}
from_equal |= {"dropout 0.5": True, "a random last layer": True}
from_zero = {"tanh, dropout 0.5": True, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": True, "tanh, Adam": False}
""",
        "E2: one layer of equal weights is enough": """
from_equal = {"one image a step": False, "Adam": False}
from_equal |= {"dropout 0.5": True, "a random last layer": False}
from_zero = {"tanh, dropout 0.5": False, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": True, "tanh, Adam": False}
""",
        "E6b: biases do not matter": """
from_equal = {"one image a step": False, "Adam": False}
from_equal |= {"dropout 0.5": True, "a random last layer": True}
from_zero = {"tanh, dropout 0.5": False, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": False, "tanh, Adam": False}
""",
        "Adam makes a step out of nothing": """
from_equal = {"one image a step": False, "Adam": True}
from_equal |= {"dropout 0.5": True, "a random last layer": True}
from_zero = {"tanh, dropout 0.5": False, "sigmoid, dropout 0.5": True}
from_zero |= {"tanh, random biases": True, "tanh, Adam": True}
""",
    },
    "break": {
        "one unit is enough": """
def break_symmetry(W1, b1, W2, b2):
    W1 = W1.clone()
    W1[0, :30] = torch.linspace(0.1, 0.2, 30)
    return W1, b1, W2, b2
""",
        "the same change for all units": """
def break_symmetry(W1, b1, W2, b2):
    return W1, b1 + 0.5, W2, b2
""",
        "the output biases": """
def break_symmetry(W1, b1, W2, b2):
    return W1, b1, W2, b2 + torch.linspace(0.1, 1, 10)
""",
        "everything at random": """
def break_symmetry(W1, b1, W2, b2):
    g = torch.Generator().manual_seed(0)
    return W1 + 0.1 * torch.randn(24, 64, generator=g), b1, W2, b2
""",
        "too small to get out": """
def break_symmetry(W1, b1, W2, b2):
    return W1, b1 + 1e-25 * torch.arange(1.0, 25.0), W2, b2
""",
    },
    "rename": {
        "the outgoing weights stay": """
def rename(W1, b1, W2, order, signs):
    return W1[order] * signs[:, None], b1[order] * signs, W2
""",
        "the rows of W2 move": """
def rename(W1, b1, W2, order, signs):
    W2 = W2.clone()
    W2[: len(order)] = W2[order]
    return W1[order] * signs[:, None], b1[order] * signs, W2 * signs
""",
        "the bias keeps its sign": """
def rename(W1, b1, W2, order, signs):
    return W1[order] * signs[:, None], b1[order], W2[:, order] * signs
""",
        "the order backwards": """
def rename(W1, b1, W2, order, signs):
    back = order.argsort()
    return W1[back] * signs[:, None], b1[back] * signs, W2[:, back] * signs
""",
        "signs of the old units": """
def rename(W1, b1, W2, order, signs):
    W1, b1, W2 = W1 * signs[:, None], b1 * signs, W2 * signs
    return W1[order], b1[order], W2[:, order]
""",
        "signs on the way in only": """
def rename(W1, b1, W2, order, signs):
    return W1[order] * signs[:, None], b1[order] * signs, W2[:, order]
""",
    },
}

LOSES = {
    "units": {
        "E2: the incoming weights decide": {"test-units-all-numbers"},
        "E6b: biases do not matter": {"test-units-all-numbers"},
        "the rank": {"test-units-plain", "test-units-all-numbers"},
        "E1: numbers for units": {"test-units-plain", "test-units-all-numbers"},
        "the largest of three counts": {"test-units-all-numbers"},
    },
    "breaks": {
        "noise in the training separates units": {"test-breaks-equal"},
        "E5: dropout breaks the symmetry": {"test-breaks-zero"},
        "E2: one layer of equal weights is enough": {"test-breaks-equal"},
        "E6b: biases do not matter": {"test-breaks-zero"},
    },
    "break": {"too small to get out": {"test-break-trained"}},
}
