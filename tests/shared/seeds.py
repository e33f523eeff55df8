"""Random numbers of tests come from generators with a seed."""

import torch
from torch import Generator


def seeded(seed: int = 0) -> Generator:
    """A generator that starts from a seed."""
    return torch.Generator().manual_seed(seed)
