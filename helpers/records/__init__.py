"""The lesson does not need this: training runs too long for a chapter, and their ends.

Chapters ``load`` what was stored. ``python -m helpers.records`` computes it again; the
tests compute a sample of it and compare.
"""

from helpers.records.blocks import Blocks
from helpers.records.catalogue import ADAM_DEPTHS, ADAM_RATES, DEPTHS, RATES, RECORDS
from helpers.records.experiments import Comparison, Epochs, LongRun, PairRun, stacked
from helpers.records.memory import Memory
from helpers.records.store import load
from helpers.records.texts import TextRun

__all__ = [
    "ADAM_DEPTHS",
    "ADAM_RATES",
    "DEPTHS",
    "RATES",
    "RECORDS",
    "Blocks",
    "Comparison",
    "Epochs",
    "LongRun",
    "Memory",
    "PairRun",
    "TextRun",
    "load",
    "stacked",
]
