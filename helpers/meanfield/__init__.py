"""What infinite width predicts: the mean-field theory of signal propagation.

Conventions: weights have variance ``sigma_w**2 / fan_in``, biases ``sigma_b**2``.
``q`` is the mean square of a layer's pre-activations, ``c`` the correlation of the
pre-activations of two inputs, ``chi_1`` the factor on the mean square of a gradient
per layer. In a square layer a Xavier gain g is sigma_w = g. Nothing here is
simulated: all averages are integrals, exact to eleven digits for scales up to
100,000; factors that are as near to 1 as 1e-9 count as critical.

To read: ``maps``, from one layer to the next and where that ends; ``curves``, the same
layer by layer.

Source: Poole et al. (2016), "Exponential expressivity in deep neural networks
through transient chaos"; Schoenholz et al. (2017), "Deep information propagation".
"""

from helpers.meanfield.curves import (
    backward_curve,
    correlation_curve,
    forward_curve,
    log_spread,
)
from helpers.meanfield.maps import (
    Phases,
    c_map,
    c_star,
    chi_1,
    critical_sigma_w,
    depth_scale,
    phases,
    q_map,
    q_star,
)

__all__ = [
    "Phases",
    "backward_curve",
    "c_map",
    "c_star",
    "chi_1",
    "correlation_curve",
    "critical_sigma_w",
    "depth_scale",
    "forward_curve",
    "log_spread",
    "phases",
    "q_map",
    "q_star",
]
