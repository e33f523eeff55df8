"""The font of the formulas has every sign that a formula of the book needs."""

import html
import re

from book.tools.mathfont import RESULT, characters
from tests.shared.built import CONTENT, site


def test_the_font_has_every_sign_of_every_formula():
    missing = set()
    for name in CONTENT:
        page = (site() / name).read_text(encoding="utf-8")
        # words in a formula are set in the font of the text around it
        formulas = re.findall(r"<math.*?</math>", page, re.S)
        # other alphabets are signs of their own: 1d400 and the following
        kinds = set(re.findall(r'mathvariant="([^"]*)"', "".join(formulas)))
        assert kinds <= {"normal"}, name
        for formula in formulas:
            formula = re.sub(r"<mtext.*?</mtext>", "", formula, flags=re.S)
            missing |= set(html.unescape(re.sub(r"<[^>]+>", "", formula)))
    missing = {sign for sign in missing if not sign.isspace()}
    assert len(missing) > 50
    assert {sign for sign in missing if ord(sign) not in characters()} == set()


def test_the_committed_font_is_small():
    assert RESULT.read_bytes()[:4] == b"wOF2"
    assert RESULT.stat().st_size <= 36_000
