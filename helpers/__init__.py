"""The lesson's code: a ladder of small modules, each importing only from above.

activations, schemes, networks, signals, meanfield, symmetry, training, records, plots;
then what live figures are made of: controls, traces, tables, live; and the main one,
fan.
"""
