"""The lesson's code: a ladder of small modules, each importing only from above.

activations, schemes, networks, signals, unroll, meanfield, symmetry, training, records,
plots; then what live figures are made of: controls, traces, tables, live; the main one,
fan; and audit, the probe as a command.
"""
