"""SVG, cut for its place: what matplotlib drew becomes part of a page.

All that is done to SVG in Python is done here: ids of its own for each picture, the
colours as CSS variables, the size in CSS pixels, the words for those who cannot see it.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape, unescape
from xml.etree import ElementTree

from matplotlib import style
from matplotlib.figure import Figure

from helpers.plots import COLOURS, STYLE
from helpers.words import shown

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
TEXT = re.compile(r"(<text\b[^>]*>)([^<]+)(?=</text>)")


def saved(figure: Figure) -> str:
    """A figure as matplotlib saves it, always the same for the same figure."""
    stream = io.StringIO()
    with style.context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": "live"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


# What any picture needs ---------------------------------------------------------------


def themed(svg: str) -> str:
    """An SVG whose colours are CSS variables, ``--fw-ink`` and so on."""
    for name, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--fw-{name}, {colour})")
    return svg


def said(svg: str) -> list[str]:
    """The words of a picture; numbers and single letters are none."""
    texts = [unescape(text) for _, text in TEXT.findall(svg)]
    return [text for text in texts if re.search(r"[^\W\d_]{2}", text)]


def translated(svg: str) -> str:
    """A picture whose words are in the reader's language, as far as they are known."""
    return TEXT.sub(lambda found: found[1] + escape(shown(unescape(found[2]))), svg)


def prefixed(svg: str, prefix: str) -> str:
    """An SVG whose ids begin with ``prefix``: pictures of one page share none."""
    return re.sub(r'\b(id="|href="#)|url\(#', rf"\g<0>{prefix}", svg)


def described(svg: str, alt: str) -> str:
    """An SVG that says what it shows to those who cannot see it."""
    return svg.replace("<svg ", f"<svg {label(alt)} ", 1) if alt else svg


def label(alt: str) -> str:
    """The attributes of an image that is described in words."""
    return f'role="img" aria-label="{escape(alt)}"'


def pixels(view_box: str) -> str:
    """The width in CSS pixels; one point of matplotlib's is 4/3 of them."""
    return f"{float(view_box.split()[2]) * 4 / 3:.0f}px"


# A still picture ----------------------------------------------------------------------


def inline(svg: str, prefix: str, alt: str) -> str:
    """Make a saved SVG fit for the body of a page.

    Args:
        svg: what ``savefig`` or the notebook wrote, XML header and all.
        prefix: put before each id, so that figures of one page do not share any.
        alt: what the figure shows, for those who cannot see it.

    Raises:
        ValueError: If it is no SVG, or one without a viewBox.
    """
    start, end = svg.index("<svg"), svg.rindex("</svg>")
    head, body = svg[start:end].split(">", 1)
    box = re.search(r'viewBox="([^"]+)"', head)
    if not box:
        raise ValueError(f"the SVG has no viewBox, so no size: {head}>")
    # matplotlib's style for * would reach the whole page; book.css has it for figures
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.S)
    body = prefixed(body, prefix)
    body = "".join(once_each(re.split(r'( id="[^"]+")', body)))
    return (
        f'<svg class="fw-figure" {label(alt)} viewBox="{box[1]}" '
        f'style="max-width:{pixels(box[1])}">{themed(body)}</svg>'
    )


def once_each(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of SVG without the ids that came before: two axes may name lines alike."""
    seen = set()
    for piece in pieces:
        if not piece.startswith(" id=") or piece not in seen:
            yield piece
        seen.add(piece)


# A picture that moves -----------------------------------------------------------------


def movable(svg: str, paths: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Matplotlib's SVG with each moving mark as few paths that are easy to rewrite.

    Args:
        svg: The SVG as matplotlib saved it.
        paths: For each curve, the data and the style of its paths.

    Raises:
        ValueError: If matplotlib did not draw a mark, or not as paths.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    done: set[str] = set()
    for parent in list(root.iter(f"{{{SVG}}}g")):
        for group in parent.findall(f"{{{SVG}}}g"):
            name = group.get("id", "")
            if name in done:
                parent.remove(group)  # matplotlib draws each bar as a group of its own
            elif name in paths:
                done.add(name)
                shared = list(group.iter(f"{{{SVG}}}defs"))  # markers, for the legend
                group[:] = shared
                for d, look in paths[name]:
                    about = {"data-curve": name, "d": d, "style": look}
                    ElementTree.SubElement(group, f"{{{SVG}}}path", about)
    if lost := set(paths) - done:
        raise ValueError(f"the picture does not show its curves {sorted(lost)}")
    undress(root)
    return themed(ElementTree.tostring(root, encoding="unicode"))


def undress(root: ElementTree.Element) -> None:
    """Take from an SVG its date, its style for all elements, and its fixed size."""
    for element in root.findall(f"{{{SVG}}}metadata"):
        root.remove(element)
    for defs in root.findall(f"{{{SVG}}}defs"):
        # A rule for "*" would style the whole page around the SVG.
        for rule in defs.findall(f"{{{SVG}}}style"):
            defs.remove(rule)
        if not len(defs):
            root.remove(defs)
    width = pixels(root.attrib["viewBox"])
    root.set(
        "style", f"max-width: {width}; stroke-linejoin: round; stroke-linecap: butt"
    )
    for size in ("width", "height"):
        root.attrib.pop(size, None)


# The shell of a moving picture in a page ----------------------------------------------


def shell(model: str, picture: str) -> str:
    """The element that a widget will fill; its picture has ids of its own."""
    prefix = f"w{model.lstrip('0')}-"  # executed notebooks number their models
    picture = prefixed(picture, prefix).replace("<svg ", '<svg class="fw-figure" ', 1)
    return (
        f'<div class="live-shell" data-model="{model}">'
        f'<div class="live-figure">{picture}</div></div>'
    )


def shells(body: str) -> list[str]:
    """The models whose shells stand in a page, in their order."""
    return re.findall(r'class="live-shell" data-model="(\w+)"', body)


def furnished(body: str, model: str, above: str, below: str) -> str:
    """A page with more in the shell of a widget: above its picture, and below it."""
    shell = rf'(data-model="{model}">)(.*?</svg>)'
    return re.sub(
        shell, lambda m: m[1] + above + m[2] + below, body, count=1, flags=re.S
    )
