"""The lesson's code: a ladder of small modules, each importing only from those above.

What a lesson teaches with is in ``LESSON``. ``MACHINERY`` is what the lesson does not
need to know: stored runs, and figures that move. A package is one rung, whatever lies
in it; its own docstring says where to begin.
"""

LESSON = (
    "words",
    "checks",
    "expressions",
    "activations",
    "schemes",
    "networks",
    "jacobians",
    "plots",
    "signals",
    "meanfield",
    "symmetry",
    "training",
    "prose",
    "gpt",
)
MACHINERY = ("records", "controls", "live", "fan", "order_chaos")
LADDER = LESSON + MACHINERY
