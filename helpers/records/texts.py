"""The lesson does not need this: transformers that learn a text, many seeds at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from helpers.gpt import GPT, start_
from helpers.prose import prose, windows
from helpers.records.experiments import middle, warm_up
from helpers.training import OPTIMIZERS

TRAIN = 90_000  # characters of the text; the others are the test


def coded() -> Tensor:
    """The text as whole numbers, each the place of its character in the alphabet."""
    text = prose()
    alphabet = sorted(set(text))
    number = {character: code for code, character in enumerate(alphabet)}
    return torch.tensor([number[character] for character in text])


@dataclass(frozen=True)
class TextRun:
    """One transformer trained on the course's prose, in several ways, from many seeds.

    Attributes:
        place: where its blocks normalize, "pre" or "post".
        ways: by name, a key of ``OPTIMIZERS``, the learning rate, and the steps over
            which the rate rises to it in equal parts (0: none).
        steps: updates of ``batch`` pieces.
        every: steps of which one mean loss is kept; divides ``steps``.
        seeds: how many seeds of the weights, from 0; all see the same pieces in the
            same order.
    """

    place: str
    ways: dict[str, tuple[str, float, int]]
    steps: int = 1000
    every: int = 25
    seeds: int = 10
    width: int = 24
    blocks: int = 12
    heads: int = 4
    length: int = 24
    batch: int = 4

    def network(self, seed: int, characters: int = 73) -> GPT:
        """One of the networks before its first step."""
        model = GPT(
            characters,
            self.width,
            self.blocks,
            self.heads,
            self.length,
            place=self.place,
        )
        generator = torch.Generator().manual_seed(seed)
        return start_(model, generator, scaled=False)

    def run(self, way: str, seeds: Sequence[int] | None = None) -> dict[str, Tensor]:
        """Train in one way, all seeds side by side, or some of them; in float32.

        Returns:
            ``loss``, means of ``every`` steps, (seeds, steps / every), and ``test``,
            the loss on the rest of the text in the end, (seeds,).
        """
        drawn = range(self.seeds) if seeds is None else seeds
        optimizer, lr, warmup = self.ways[way]
        models = [self.network(seed).float() for seed in drawn]
        parameters, _ = stack_module_state(models)
        of_each = losses_of(models[0])
        update = OPTIMIZERS[optimizer](list(parameters.values()), lr=lr)
        if warmup:
            warm_up(update, warmup)
        codes = coded()
        generator = torch.Generator().manual_seed(0)
        kept = []
        for _ in range(self.steps):
            pieces = windows(codes[:TRAIN], self.batch, self.length, generator)
            loss = of_each(parameters, *pieces)
            update.zero_grad()
            loss.sum().backward()  # each network gets the gradient of its own
            update.step()
            kept.append(loss.detach())
        rest = windows(codes[TRAIN:], 64, self.length, generator)
        with torch.no_grad():
            test = of_each(parameters, *rest)
        loss = torch.stack(kept).view(-1, self.every, len(drawn)).mean(1).T
        return {"loss": loss.double(), "test": test.double()}

    def compute(self) -> dict[str, Tensor]:
        """All of it.

        Returns:
            ``loss``, the median over the seeds, (ways, steps / every), and ``test``,
            (ways, seeds).
        """
        runs = []
        for way in self.ways:
            runs.append(self.run(way))
            print(f"  {way}", flush=True)
        losses = [middle(run["loss"]) for run in runs]
        tests = [run["test"].nan_to_num(math.inf) for run in runs]
        return {"loss": torch.stack(losses), "test": torch.stack(tests)}


def losses_of(model: GPT) -> Callable[[dict[str, Tensor], Tensor, Tensor], Tensor]:
    """The loss of each of many networks of one shape on the same pieces of text."""

    def loss(parameters: dict[str, Tensor], pieces: Tensor, targets: Tensor) -> Tensor:
        logits = functional_call(model, parameters, (pieces,), tie_weights=True)
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    return vmap(loss, in_dims=(0, None, None))
