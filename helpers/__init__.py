"""The lesson's code: a ladder of small modules, each importing only from above.

activations, schemes, networks, signals, meanfield, training, plots, live.
"""
