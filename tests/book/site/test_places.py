"""Places are named as an author knows them."""

from pathlib import Path

import pytest

from book.site.places import readable


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/b/chapters/1.ipynb:20004", "chapters/1.ipynb: cell 2, line 3"),
        ("/b/chapters/1.ipynb:120002", "chapters/1.ipynb: cell 12, line 1"),
        ("/b/chapters/1.ipynb:", "chapters/1.ipynb"),
        ("/b/intro.md:7", "intro.md:7"),
    ],
)
def test_a_place_is_told_as_an_author_knows_it(place, words):
    assert readable(place, Path("/b")) == words
