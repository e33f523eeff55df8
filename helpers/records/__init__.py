"""The lesson does not need this: training runs too long for a chapter, and their ends.

Chapters ``load`` what was stored. ``python -m helpers.records`` computes it again; the
tests compute a sample of it and compare.
"""

from helpers.records.catalogue import DEPTHS, RATES, RECORDS
from helpers.records.experiments import Comparison, Epochs, LongRun, stacked
from helpers.records.store import load
from helpers.records.texts import TextRun

__all__ = [
    "DEPTHS",
    "RATES",
    "RECORDS",
    "Comparison",
    "Epochs",
    "LongRun",
    "TextRun",
    "load",
    "stacked",
]
