"""References are named by their authors and year."""

import pytest
from pybtex.database import Entry, Person

from book.site.citations import label
from tests.shared.built import site


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Glorot, Xavier", "Bengio, Yoshua"], "Glorot & Bengio, 2010"),
        (["{LeCun}, Yann"], "LeCun, 2010"),
        (["He, A", "Zhang, B", "Ren, C"], "He et al., 2010"),
    ],
)
def test_a_label_is_author_and_year(names, said):
    persons = {"author": [Person(name) for name in names]}
    assert label(Entry("article", fields={"year": "2010"}, persons=persons)) == said


def test_the_list_of_references_has_these_labels():
    html = (site() / "chapters" / "references.html").read_text(encoding="utf-8")
    assert "Glorot &amp; Bengio" in html
