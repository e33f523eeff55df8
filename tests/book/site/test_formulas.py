"""LaTeX becomes MathML, set as TeX sets it; what cannot be shown says so."""

import re
import xml.etree.ElementTree as ET

import pytest

from book.site.formulas import to_mathml
from tests.shared.built import CONTENT, site

FORMULAS = [
    r"\operatorname{Var}[z] = \sigma_w^2\,\mathbb{E}[x^2] + \sigma_b^2",
    r"W^{(\ell)\top} \left(\frac{\partial \mathcal{L}}{\partial h}\right)",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{align*} a &= b \\ &= c \end{align*}",
    r"\phi(z) = \begin{cases} z & z > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\boldsymbol{\theta} \iff \hat W \sim \mathcal N(0, 1)",
    r"\left\| x \right\|_2 = \lVert x \rVert_2 = |x|",
]


@pytest.mark.parametrize("latex", FORMULAS)
def test_formulas_of_the_course_become_mathml(latex):
    tree = ET.fromstring(to_mathml(latex, display=True))
    assert tree.get("display") == "block"
    assert len(tree)


def test_formulas_are_set_as_tex_sets_them():
    assert to_mathml(r"\frac12 x") == to_mathml(r"\frac{1}{2} x")
    assert to_mathml("x^12") == to_mathml("{x^1}2")
    assert to_mathml("(0,1)") == to_mathml("(0, 1)")
    assert "mspace" in to_mathml(r"\ln x")
    assert "mspace" not in to_mathml(r"\ln (x)")
    assert "munder" in to_mathml(r"\operatorname*{argmin}_x f")
    assert "munder" in to_mathml(r"\underbrace{a}_{b}")


@pytest.mark.parametrize(
    ("latex", "signs"),
    [
        (r"f(\pm 1) = \pm 1", 2),
        (r"x \in \{-1, +1\}", 2),
        (r"a \to -\infty", 1),
        (r"a - b \pm c", 0),
        (r"f(x) - x' - n! - |x| - [x] - 1", 0),
        (r"\left(-1\right) - \cdots - 1", 1),
    ],
)
def test_the_sign_of_a_number_is_close_to_it(latex, signs):
    assert to_mathml(latex).count('form="prefix"') == signs


@pytest.mark.parametrize("latex", [r"\foo x", r"\frac{1}", "{x", r"a & b", r"\left( x"])
def test_a_formula_that_cannot_be_shown_says_so(latex):
    with pytest.raises(ValueError):
        to_mathml(latex)


@pytest.mark.parametrize("name", CONTENT)
def test_what_touches_a_formula_is_kept_with_it(name):
    html = (site() / name).read_text(encoding="utf-8")
    apart = re.sub(r'<span class="unbroken">.*?</span>', " ", html, flags=re.S)
    assert not re.findall(r"[^\s>]<math>.{0,30}|.{0,30}</math>[^\s<].{0,30}", apart)
