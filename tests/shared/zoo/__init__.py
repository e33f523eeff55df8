"""Networks as they were published, small, each with its start and what is known of it.

Written after the definitions, with the depth and the weights of the paper or of the
library that people take it from; widths are a fraction. ``evidence`` trains them.
"""

from tests.shared.zoo import (
    convolutional,
    functional,
    generative,
    graphs,
    ill,
    language,
    recurrent,
    reinforcement,
    residual,
    transformers,
)
from tests.shared.zoo.exhibit import KINDS, Exhibit

FAMILIES = (
    convolutional,
    residual,
    transformers,
    language,
    recurrent,
    graphs,
    generative,
    reinforcement,
    functional,
    ill,
)

EXHIBITS = {e.name: e for family in FAMILIES for e in family.EXHIBITS}

__all__ = ["EXHIBITS", "FAMILIES", "KINDS", "Exhibit"]
