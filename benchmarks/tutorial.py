"""The same figure as tutorials make it: ``interact``, hooks, a new plot at every tick.

The kernel and JupyterLab run this text in a cell, beside the live figure of chapter 0.
"""

import json
from pathlib import Path

LIVE = Path(__file__).parents[1] / "chapters" / "00_start.ipynb"

TUTORIAL = """
%matplotlib inline
import matplotlib.pyplot as plt
import torch
from ipywidgets import Dropdown, FloatLogSlider, IntSlider, interact
from torch import nn

torch.set_num_threads(1)
x = torch.randn(16, 64)
activations = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def show(depth, gain, activation):
    torch.manual_seed(0)
    model = nn.Sequential()
    for _ in range(depth):
        layer = nn.Linear(64, 64, bias=False)
        nn.init.xavier_normal_(layer.weight, gain)
        model.append(layer)
        model.append(activations[activation]())
    forward, backward = [], []
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.register_forward_hook(
                lambda layer, args, z: forward.append(z.std().item())
            )
            layer.register_full_backward_hook(
                lambda layer, grad_in, grad_out: backward.insert(
                    0, grad_out[0].std().item()
                )
            )
    out = model(x.clone().requires_grad_())
    out.backward(torch.randn_like(out))
    fig, ax = plt.subplots(figsize=(6, 4))
    ax.semilogy(range(1, depth + 1), forward, "o-", label="signal")
    ax.semilogy(range(1, depth + 1), backward, "o-", label="gradient")
    ax.set_xlabel("layer")
    ax.legend()
    plt.show()


interact(
    show,
    depth=IntSlider(20, 1, 50),
    gain=FloatLogSlider(1.0, min=-1, max=1, step=0.05),
    activation=Dropdown(options=list(activations)),
);
"""


def code_cells(notebook: Path, last: str) -> list[str]:
    """The code of a chapter, up to and with the first cell that has ``last`` in it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    end = next(i for i, text in enumerate(code) if last in text)
    return code[: end + 1]
