"""Networks as they were published, small, each with its start and what is known of it.

Written after the definitions, with the depth and the weights of the paper or of the
library that people take it from; widths are a fraction. ``evidence`` trains them.
"""

from tests.shared.zoo import (
    convolutional,
    efficient,
    functional,
    generative,
    graphs,
    ill,
    language,
    outputs,
    recurrent,
    reinforcement,
    residual,
    running,
    transformers,
    vision,
)
from tests.shared.zoo.exhibit import KINDS, Exhibit

FAMILIES = (
    convolutional,
    efficient,
    residual,
    vision,
    transformers,
    language,
    recurrent,
    graphs,
    generative,
    reinforcement,
    functional,
    outputs,
    running,
    ill,
)

EXHIBITS = {e.name: e for family in FAMILIES for e in family.EXHIBITS}

__all__ = ["EXHIBITS", "FAMILIES", "KINDS", "Exhibit"]
