"""The fonts of words and code have every letter of the pages, and are small."""

import html
import re
from hashlib import sha256

import pytest

from book.tools.textfonts import FACES, FONTS, characters
from tests.shared.built import CONTENT, site

# The tick stands in the interface's face, before a claim.
LEFT_TO_OTHERS = {"\u2713"}
CODE = r"<(pre|code)\b.*?</\1>"
STRESSED = r"<(em|i|cite|dfn)\b.*?</\1>"


def letters(name: str) -> dict[str, set[str]]:
    """By font, the letters of a page's words and code; formulas and figures aside."""
    page = (site() / name).read_text(encoding="utf-8")
    article = re.search(r"<article.*</article>", page, re.S)
    assert article
    bare = re.sub(
        r"<(math|svg|script|style|template)\b.*?</\1>", "", article[0], flags=re.S
    )
    code = "".join(found[0] for found in re.finditer(CODE, bare, re.S))
    words = re.sub(CODE, "", bare, flags=re.S)
    stressed = "".join(found[0] for found in re.finditer(STRESSED, words, re.S))
    texts = {"serif.woff2": words, "serif-italic.woff2": stressed, "mono.woff2": code}
    return {
        file: set(html.unescape(re.sub(r"<[^>]+>", "", text)))
        for file, text in texts.items()
    }


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.file)
def test_a_font_has_every_letter_of_every_page(face):
    used = set().union(*(letters(name)[face.file] for name in CONTENT))
    used = {letter for letter in used if not letter.isspace()} - LEFT_TO_OTHERS
    assert len(used) > 50
    assert {letter for letter in used if ord(letter) not in characters(face)} == set()


def test_the_committed_fonts_are_small():
    files = [FONTS / face.file for face in FACES]
    assert {file.read_bytes()[:4] for file in files} == {b"wOF2"}
    assert sum(file.stat().st_size for file in files) <= 60_000


def test_the_readme_beside_the_fonts_is_of_these_fonts():
    readme = (FONTS / "README.md").read_text(encoding="utf-8")
    sums = {sha256(file.read_bytes()).hexdigest() for file in FONTS.glob("*.woff2")}
    assert set(re.findall(r"\b[0-9a-f]{64}\b", readme)) == sums


def test_no_font_has_the_name_that_its_origin_reserves():
    assert not [face for face in FACES if "source" in face.family.lower()]
