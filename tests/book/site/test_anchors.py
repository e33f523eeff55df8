"""Code cells and terms have addresses inside their pages."""

import json

import pytest

from book.project import COURSE
from tests.shared.built import page


@pytest.mark.parametrize("chapter", COURSE.chapters(), ids=lambda path: path.stem)
def test_every_code_cell_of_a_chapter_has_its_id_in_the_page(chapter):
    cells = json.loads((COURSE.root / chapter).read_text(encoding="utf-8"))["cells"]
    ids = {cell["id"] for cell in cells if cell["cell_type"] == "code"}
    assert ids <= set(page(chapter.with_suffix(".html").as_posix()).ids)


def test_a_word_of_the_glossary_has_an_address():
    assert "term-fan-in" in page("chapters/glossary.html").ids
