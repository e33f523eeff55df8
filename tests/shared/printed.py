"""Numbers as papers print them."""

import pytest


def digits_of(printed):
    """A table's number, right to half a unit of its last digit (and a hair)."""
    decimals = len(printed.partition(".")[2])
    return pytest.approx(float(printed), abs=0.501 * 10.0**-decimals)
