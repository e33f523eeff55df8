"""One hand-in, judged."""

import pytest
import torch

from tests.shared.grading import graded
from tests.shared.homework import ANSWERS, FULL, as_bytes, solved


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_right_answer_is_right_for_every_seed(seed):
    assert graded(as_bytes(solved()), seed).total == FULL


def test_an_answer_made_for_one_seed_is_wrong_for_another():
    """The hidden test of "size" draws with SEED: a table of its answers is none."""
    generator = torch.Generator().manual_seed(0)
    draws = [torch.randn(50, generator=generator) for _ in range(3)]
    table = {v[0].item(): v.square().mean().sqrt().item() for v in draws}
    table[3.0] = 12.5**0.5
    cheat = f"def size(v):\n    return {table!r}.get(v[0].item(), 0.0)"
    hand_in = as_bytes(solved(size=cheat))
    assert graded(hand_in).total == FULL
    assert graded(hand_in, seed=5).total == FULL - 2


EMPTY = """
import sys
from classroom import inside
{sizes}
real = inside.Desk.answer
def answer(self, request):
    if request.get("get") == ["sizes"] and "for v in draws" in request["source"]:
        nothing = {{"sizes": torch.empty(0, 1), "theory": [], "torch": 0}}
        return inside.pack(
            {{"turn": request["turn"], "error": None, "values": nothing, "output": ""}}
        )
    return real(self, request)
inside.Desk.answer = answer
"""


def test_emptiness_earns_nothing():
    """Who takes the process over answers the hidden call with no numbers at all."""
    whole = as_bytes(solved(size=EMPTY.format(sizes=ANSWERS["size"])))
    result = graded(whole)
    assert result.total == FULL - 2
    lost = next(test for test in result.tests if not test.marks)
    assert lost.message == "sizes: 0 numbers, where there should be 3 numbers"
