"""The lesson's code: a ladder of small modules, each importing only from above.

activations, schemes, networks, jacobians, signals, unroll, meanfield, symmetry,
training, records, plots; then live figures: their controls, and live, a package; the
two main ones, fan and order_chaos; and audit, the probe as a command.
"""
