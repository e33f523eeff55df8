"""Plain deep networks with seeded first weights."""

import torch
from torch import Generator, Tensor, nn

from helpers.activations import find_activation
from helpers.checks import check_count, fresh, known
from helpers.schemes import SCHEMES


def mlp(
    depth: int,
    width: int,
    activation: str = "tanh",
    scheme: str = "xavier_normal",
    gain: float = 1.0,
    bias: bool = False,
    generator: Generator | None = None,
    fan_in: int | None = None,
    fan_out: int | None = None,
) -> nn.Sequential:
    """A multilayer perceptron: ``depth`` linear layers, the activation between them.

    Layers are drawn in order, so with square layers the first k layers of a deep
    network are the network of depth k from the same seed; and a gain scales the
    same draw, so curves move smoothly with it.

    Args:
        depth: number of linear layers, at least 1.
        width: units of every hidden layer, at least 1.
        activation: a name in ``ACTIVATIONS``; after every layer but the last.
        scheme: a name in ``SCHEMES``.
        gain: factor on every weight, finite and at least 0.
        bias: whether layers have biases. They start at 0, except under
            ``pytorch_default``, which draws them like ``nn.Linear`` does.
        generator: source of the random weights; None means a new one, seed 0.
        fan_in: inputs of the first layer; None means ``width``.
        fan_out: units of the last layer; None means ``width``.

    Returns:
        ``nn.Sequential`` of ``nn.Linear`` and activation modules, input
        ``(batch, fan_in)``, output ``(batch, fan_out)``, in torch's default dtype.

    Raises:
        ValueError: unknown activation or scheme, a count below 1, a bad gain.
        TypeError: a count that is not a whole number.

    >>> mlp(depth=2, width=3, activation="relu")
    Sequential(
      (0): Linear(in_features=3, out_features=3, bias=False)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=3, bias=False)
    )
    """
    check_count("depth", depth)
    check_count("width", width)
    phi = find_activation(activation)
    draw = known(scheme, SCHEMES, "scheme")
    generator = fresh(generator)

    sizes = [width] * (depth + 1)
    sizes[0] = width if fan_in is None else fan_in
    sizes[-1] = width if fan_out is None else fan_out
    layers: list[nn.Module] = []
    for n_in, n_out in zip(sizes, sizes[1:], strict=False):
        W = draw(n_out, n_in, gain, generator)
        # On the meta device nn.Linear draws no weights of its own.
        layer = nn.Linear(n_in, n_out, bias=bias, device="meta")
        layer.weight = nn.Parameter(W)
        if bias:
            start = W.new_zeros(n_out)
            if scheme == "pytorch_default":
                start.uniform_(-(n_in**-0.5), n_in**-0.5, generator=generator)
            layer.bias = nn.Parameter(start)
        layers += [layer, phi.module()]
    return nn.Sequential(*layers[:-1])


def patient(activation: type[nn.Module], seed: int = 0) -> nn.Sequential:
    """The network that the course repairs: twenty layers, as they are often written.

    Nineteen times 64 units and their activation, then the ten logits of the digits,
    with the weights and biases that PyTorch gives to every new ``nn.Linear``.

    Args:
        activation: a module without arguments, like ``nn.Sigmoid``.
        seed: of the weights; the global random numbers are left as they are.

    >>> len(patient(nn.Sigmoid))
    39
    """
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(19):
            layers.append(nn.Linear(64, 64))
            layers.append(activation())
        layers.append(nn.Linear(64, 10))
    return nn.Sequential(*layers)


def linears(model: nn.Module) -> list[nn.Linear]:
    """The linear layers of a model, in the order in which they were registered."""
    return [m for m in model.modules() if isinstance(m, nn.Linear)]


def weights(model: nn.Module) -> list[Tensor]:
    """The weight matrices of a model, each ``(fan_out, fan_in)``, without gradients."""
    return [layer.weight.detach() for layer in linears(model)]
