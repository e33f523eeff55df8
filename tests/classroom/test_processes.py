"""Work in another process: its answer, or what went wrong."""

import os

import pytest

from classroom.processes import elsewhere


def double(channel):
    channel.send(2 * channel.recv())


def complain(channel):
    channel.send("no")


def die(channel):
    os._exit(3)


def test_the_answer_comes_back():
    assert elsewhere(f"{__name__}:double", 21, 60) == 42


@pytest.mark.parametrize(("work", "words"), [("complain", "no"), ("die", "ended")])
def test_what_went_wrong_is_said(work, words):
    with pytest.raises(RuntimeError, match=words):
        elsewhere(f"{__name__}:{work}", None, 60)
