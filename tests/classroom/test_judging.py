"""The judge takes what it asked for, in the form of the reference, and nothing else."""

import pytest
import torch

from classroom.judging import Judge, adopt_floats, at_most
from classroom.rehearsal import Reference, rehearse
from tests.shared.homework import MASTER

TEST = MASTER.cell("test-double")


class Liar(Reference):
    """The reference, but for what it says beside the values or in their place."""

    def __init__(self, values, asking=1):
        super().__init__(MASTER, 0)
        self.lies, self.asking = values, asking

    def ask(self, do, **request):
        reply = super().ask(do, **request)
        if request.get("get"):
            self.asking -= 1
            if self.asking < 0:
                reply["values"] = {**reply["values"], **self.lies}
                reply["values"] = {
                    k: v for k, v in reply["values"].items() if v is not ...
                }
        return reply


def verdict(student, forms=None):
    return Judge(MASTER, 0, forms).verdict(TEST, student)


@pytest.fixture(scope="module")
def forms():
    return rehearse(MASTER, 0)


def test_the_reference_passes(forms):
    assert verdict(Reference(MASTER, 0), forms).status == "passed"


@pytest.mark.parametrize("name", ["four", "numbers", "abs", "__builtins__", "math"])
def test_a_name_that_was_not_asked_for_is_not_taken(forms, name):
    assert verdict(Liar({name: []}), forms).status == "passed"


def test_a_name_that_is_not_sent_is_unknown(forms):
    said = verdict(Liar({"doubled": ...}), forms)
    assert said.message == "a hidden test could not use the result: NameError"


def test_values_of_another_form_earn_nothing(forms):
    cell = MASTER.cell("test-size")
    judge = Judge(MASTER, 0, forms)
    liar = Liar({"sizes": float("nan")})
    assert judge.verdict(cell, liar).status == "failed"
    # "theory" is as long as the draws; what has no element is close to all of it
    liar = Liar({"sizes": torch.empty(0, 1)})
    assert Judge(MASTER, 0).verdict(cell, liar).status == "passed"
    said = judge.verdict(cell, liar)
    assert said.message == "sizes: 0 numbers, where there should be 3 numbers"


def test_a_statement_of_the_judges_may_not_take_for_ever():
    with pytest.raises(TimeoutError), at_most(1):
        while True:
            pass


@pytest.mark.parametrize(
    ("said", "then"),
    [
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
        (torch.float16, torch.float64),
        ("float32", torch.float64),
        (None, torch.float64),
    ],
)
def test_the_judge_takes_the_students_kind_of_floats_unless_it_is_coarse(said, then):
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        adopt_floats({"values": {"dtype": said}})
        assert torch.tensor(1.0).dtype == then
    finally:
        torch.set_default_dtype(before)
