"""A formula is a part of the page: LaTeX becomes MathML when the book is built.

No script typesets anything in the reader's browser, so formulas are there at once, work
offline, and can be selected and read aloud. The translation is docutils' own; this
module adds the LaTeX that docutils lacks, the numbers of the equations, and keeps what
touches a formula, such as a comma, on its line.
"""

import re

from docutils import nodes
from docutils.utils.math import toplevel_code
from docutils.utils.math.latex2mathml import parse_latex_math
from docutils.utils.math.mathml_elements import (
    MathElement,
    math,
    mspace,
    mtable,
    mtd,
    mtr,
)
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)

# LaTeX that docutils 0.21 does not know, in terms of LaTeX that it does.
SPELLINGS = [
    # TeX takes one digit where docutils takes the whole number: \frac12, x^12, f(0,1)
    (re.compile(r"(\\(?:[dtc]?frac|[dt]?binom|sqrt)|[_^])\s*(\d)"), r"\1{\2}"),
    (re.compile(r"(\\(?:[dtc]?frac|[dt]?binom)\{\d\})\s*(\d)"), r"\1{\2}"),
    (re.compile(r"(?<=\d),(?=\d)"), ", "),
    (re.compile(r"\\operatorname\*\s*\{(\w+)\}"), r"\\mathrm{\1}\\limits"),
    # One letter takes its face from a character of its own, as \mathbf does: a bold
    # weight would be smeared by the browser, for the font has none.
    (re.compile(r"\\(?:boldsymbol|bm|pmb)(?![a-zA-Z])"), r"\\mathbfit"),
    (re.compile(r"\\stackrel(?![a-zA-Z])"), r"\\overset"),
    (re.compile(r"\\dots(?![a-zA-Z])"), r"\\ldots "),
    (re.compile(r"\\iff(?![a-zA-Z])"), r"\\;\\Longleftrightarrow\\;"),
    (re.compile(r"\\implies(?![a-zA-Z])"), r"\\;\\Longrightarrow\\;"),
]
BARS = {"|", "\u2016"}
FENCES = BARS | set("\u27e8\u27e9\u230a\u230b\u2308\u2309")
BRACES = {"\u23de", "\u23df"}
SIGNS = set("+-\u2212\u00b1\u2213")
ENDS = FENCES | set(")]}!'\u2032")  # an operator after one of these has two sides
THIN = "0.1667em"
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
# The environments that amsmath puts around a whole display.
DISPLAY = re.compile(
    r"\s*\\begin\{(equation|align|gather|multline)(\*?)\}(.*)\\end\{\1\2\}\s*",
    re.DOTALL,
)


def to_mathml(latex: str, display: bool = False) -> str:
    r"""MathML of one formula; a ``ValueError`` says which command is not supported.

    >>> to_mathml("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    if whole := DISPLAY.fullmatch(latex):
        latex = whole[3]
    if not is_balanced(latex):
        raise ValueError("its braces, or \\left and \\right, do not match")
    for pattern, known in SPELLINGS:
        latex = pattern.sub(known, latex)
    tree = math()
    row: MathElement = tree
    if display:
        tree.set("display", "block")
        if r"\\" in toplevel_code(latex):
            row = mtd()
            tree.append(mtable(mtr(row), CLASS="ams-align", displaystyle=True))
    try:
        parse_latex_math(row, latex.strip())
    except (AttributeError, IndexError, TypeError) as error:
        # docutils stumbles like this over & outside a table, and over missing arguments
        raise ValueError("a part of it is missing or out of place") from error
    set_as_tex(tree)
    return tree.toxml()


def is_balanced(latex: str) -> bool:
    """Whether each brace and each delimiter has a partner; docutils lets it pass."""
    bare = re.sub(r"\\[\\{}]", "", latex)
    lefts, rights = (
        len(re.findall(rf"\\{s}(?![a-z])", bare)) for s in ("left", "right")
    )
    return bare.count("{") == bare.count("}") and lefts == rights


def parts_of(element: MathElement) -> list[MathElement]:
    """The elements right below one."""
    return [part for part in element if isinstance(part, MathElement)]


def set_as_tex(element: MathElement, in_script: bool = False) -> None:
    """Mend what TeX sets otherwise, in this element and all below it."""
    space_names(element)
    children = parts_of(element)
    if element.get("class") == "ams-align":
        element.set("displaystyle", True)
    if element.tag in ("msub", "msup") and is_braced(children[0]):
        # a word under a brace belongs below its middle
        element.tag = "munder" if element.tag == "msub" else "mover"
    for place, child in enumerate(children):
        if child.tag == "mo":
            if child.text in BARS or in_script:
                child.set("lspace", 0)
                child.set("rspace", 0)
            before = children[place - 1] if place else None
            if child.text in SIGNS and before is not None and awaits(before):
                child.set("form", "prefix")  # the sign of a number, set close to it
            # only \left and \right, which make a row, grow with what they enclose
            is_edge = element.tag == "mrow" and place in (0, len(children) - 1)
            if child.text in FENCES and not is_edge and "minsize" not in child.attrib:
                child.set("stretchy", False)
        set_as_tex(child, in_script or (element.tag in SCRIPTS and place > 0))


def space_names(row: MathElement) -> None:
    """Put TeX's thin space around the name of a function: 2 ln x, but 2 ln(x)."""
    if row.tag not in ("math", "mrow", "mtd", "msqrt"):
        return
    # docutils says "apply" where a name has no script: nothing to be seen
    parts = [part for part in parts_of(row) if part.text != "\u2061"]
    spaced: list[MathElement] = []
    for before, part in zip([None, *parts], parts, strict=False):
        if before is not None and (
            (is_name(part) and before.tag not in ("mo", "mspace", "mtext"))
            or (is_name(before) and is_operand(part))
        ):
            spaced.append(mspace(width=THIN))
        spaced.append(part)
    # a root of several parts counted them when it was parsed
    row.nchildren = None  # type: ignore[misc]  # the stubs know the class's count only
    row[:] = spaced


def is_name(element: MathElement) -> bool:
    """Whether this is a function such as log, with or without a script."""
    base = parts_of(element)[0] if element.tag in SCRIPTS else element
    return base.tag == "mi" and len(base.text or "") > 1


def is_operand(element: MathElement) -> bool:
    """Whether this can follow a name without brackets of its own."""
    while element.tag == "mrow" or element.tag in SCRIPTS:
        if not len(element):
            return False
        element = parts_of(element)[0]
    return element.tag not in ("mo", "mspace", "mtext")


def awaits(element: MathElement) -> bool:
    """Whether an operand has to follow: a plus or a minus is then its sign."""
    return element.tag == "mo" and element.text not in ENDS


def is_braced(element: MathElement) -> bool:
    """Whether a horizontal brace is the outermost thing here."""
    return len(element) > 1 and element[1].text in BRACES


def convert(latex: str, node: nodes.Element) -> str:
    """MathML, or the LaTeX in words and a warning that names the formula."""
    try:
        return to_mathml(latex, isinstance(node, nodes.math_block))
    except ValueError as error:
        shown = " ".join(latex.split())
        log.warning("the formula %s cannot be shown: %s", shown, error, location=node)
        return f"<code>{nodes.unescape(latex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula in a sentence."""
    self.body.append(convert(node.astext(), node))
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on a line of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    self.body.append(convert(node.astext(), node))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


class Unbroken(SphinxPostTransform):
    """A formula and what touches it, since a browser may break lines on either side."""

    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Put each such formula into a span, which book.css keeps on one line."""
        for formula in list(self.document.findall(nodes.math)):
            line, place = formula.parent, formula.parent.index(formula)
            before, after = line[:place], line[place + 1 :]
            together: list[nodes.Node] = [formula]
            if before and isinstance(before[-1], nodes.Text):
                apart, touching = split(r"(.*?)(\S*)", before[-1])
                before[-1:] = [nodes.Text(apart)] if apart else []
                together[:0] = [nodes.Text(touching)] if touching else []
            if after and isinstance(after[0], nodes.Text):
                touching, apart = split(r"(\S*)(.*)", after[0])
                after[:1] = [nodes.Text(apart)] if apart else []
                together += [nodes.Text(touching)] if touching else []
            if len(together) > 1:
                unbroken = nodes.inline("", "", *together, classes=["unbroken"])
                line.children = []
                line += [*before, unbroken, *after]


def split(pattern: str, text: str) -> tuple[str, str]:
    """A text in two parts, by a pattern of two groups that fits every text."""
    found = re.fullmatch(pattern, text, re.S)
    assert found is not None
    return found[1], found[2]


RENDERER = (visit_inline, None), (visit_display, None)
