"""SVG, cut for its place: what matplotlib drew becomes part of a page.

All that is done to SVG in Python is done here: ids of its own for each picture, the
colours as CSS variables, the size in CSS pixels, the words for those who cannot see it.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from typing import NamedTuple
from xml.etree import ElementTree

from matplotlib import style
from matplotlib.figure import Figure

from helpers.live.contract import Box
from helpers.live.widths import PIXELS
from helpers.plots import COLOURS, STYLE
from helpers.words import shown

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
TEXT = re.compile(r"(<text\b[^>]*>)([^<]+)(?=</text>)")
TAG = re.compile(r"<[^<>]+>")
FAMILY = re.compile(r"font-family: [^;\"]+; ?")
PATH = re.compile(r'(?<= d=")[^"]+')
# A number that is written longer than a screen can show
LONG_NUMBER = re.compile(r"(?<![\w.#])-?\d+\.\d{2,}")


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


def brief(svg: str, digits: int = 1) -> str:
    """An SVG without line breaks, whose places have so many digits after the point.

    A twentieth of a pixel is not to be seen. What is near 0 has one digit more.

    >>> brief('<path d="M 1.234567 -0.2\\n L 20.0001 0.123456"/>\\n<text>0.001</text>')
    '<path d="M1.23 -0.2L20 0.12"/><text>0.001</text>'
    """

    def rounded(number: re.Match[str]) -> str:
        value = float(number[0])
        return f"{round(value, digits + (abs(value) < 10)):.7g}"

    one_line = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg))
    short = TAG.sub(lambda tag: LONG_NUMBER.sub(rounded, tag[0]), one_line)
    return PATH.sub(lambda path: re.sub(r" ?([A-Za-z]) ?", r"\1", path[0]), short)


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


def label(alt: str) -> str:
    """The attributes of an image that is described in words."""
    return f'role="img" aria-label="{escape(alt)}"'


def both_widths(svgs: Iterable[str], alt: str) -> str:
    """A picture at each of its widths; the page shows the one that fits its window.

    Args:
        svgs: the picture at each width of ``PIXELS``, without fixed sizes.
        alt: what it shows, for those who cannot see it.
    """
    found = ""
    for width, svg in zip(PIXELS, svgs, strict=True):
        about = f'<svg class="fw-figure fw-{width}" {label(alt)} '
        found += prefixed(svg, f"{width}-").replace("<svg ", about, 1)
    return f'<div class="fw-picture">{found}</div>'


def pixels(view_box: str) -> str:
    """The width in CSS pixels; one point of matplotlib's is 4/3 of them."""
    return f"{float(view_box.split()[2]) * 4 / 3:.0f}px"


# A still picture ----------------------------------------------------------------------


def inline(svg: str, prefix: str, alt: str) -> str:
    """Make a saved SVG fit for the body of a page.

    Args:
        svg: what ``savefig`` or the notebook wrote, XML header and all; if these are
            several, one after the other, then the picture at each width.
        prefix: put before each id, so that figures of one page do not share any.
        alt: what the figure shows, for those who cannot see it.

    Raises:
        ValueError: If it is no SVG, or one without a viewBox.
    """
    found = re.findall(r"(<svg\b[^>]*>)(.*?)</svg>", svg, re.S)
    if not found:
        raise ValueError(f"this is no SVG: {svg[:80]!r}")
    pictures = [bare(head, body) for head, body in found]
    if len(pictures) == len(PIXELS):
        return prefixed(both_widths(pictures, alt), prefix)
    [picture] = pictures
    box = re.findall(r'viewBox="([^"]+)"', picture)[0]
    about = f'class="fw-figure" {label(alt)} style="max-width:{pixels(box)}"'
    return prefixed(picture, prefix).replace("<svg ", f"<svg {about} ", 1)


def bare(head: str, body: str) -> str:
    """An SVG that takes its size and its style from the page around it."""
    box = re.search(r'viewBox="([^"]+)"', head)
    if not box:
        raise ValueError(f"the SVG has no viewBox, so no size: {head}")
    # matplotlib's style for * would reach the whole page; book.css has it for figures
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.S)
    named = set(re.findall(r"#([\w.-]+)", body))
    body = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in named else "", body)
    body = "".join(once_each(re.split(r'( id="[^"]+")', body)))
    body = FAMILY.sub("", body)  # book.css has that too
    return f'<svg viewBox="{box[1]}">{brief(themed(body))}</svg>'


def once_each(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of SVG without the ids that came before: two axes may name lines alike."""
    seen = set()
    for piece in pieces:
        if not piece.startswith(" id=") or piece not in seen:
            yield piece
        seen.add(piece)


# A picture that moves -----------------------------------------------------------------


class Moving(NamedTuple):
    """A curve of a picture: the data and the style of each path.

    What lies beyond its frame is cut off; cells, whose frame is -1, lie beyond nothing.
    """

    name: str
    frame: int
    paths: list[tuple[str, str]]


def movable(
    svg: str,
    curves: Sequence[Moving],
    boxes: Sequence[Box],
    groups: Sequence[str],
    levels: Mapping[str, tuple[int, float]],
    parts: Mapping[tuple[int, str], str],
) -> str:
    """Matplotlib's SVG with each moving mark as few paths that are easy to rewrite.

    Args:
        svg: The SVG as matplotlib saved it.
        curves: What is drawn anew.
        boxes: Of each frame; what lies beyond is cut off.
        groups: The id of the axes that each frame lies in.
        levels: The frame and the decade of each group that moves up and down, by id.
        parts: What is written anew in each frame, by frame and part.

    Raises:
        ValueError: If matplotlib did not draw a mark, or not as paths.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    svg = brief(themed(svg), 2)  # what is put in has its colours
    root = ElementTree.fromstring(svg)
    named = {curve.name: curve for curve in curves}
    done: set[str] = set()
    for parent in list(root.iter(f"{{{SVG}}}g")):
        for group in parent.findall(f"{{{SVG}}}g"):
            name = group.get("id", "")
            if name in done:
                parent.remove(group)  # matplotlib draws each bar as a group of its own
            elif name in named:
                done.add(name)
                redraw(group, named[name])
            elif name in levels:
                frame, level = levels[name]
                group.set("data-frame", str(frame))
                group.set("data-level", f"{level:.6g}")
    if lost := set(named) - done:
        raise ValueError(f"the picture does not show its curves {sorted(lost)}")
    undress(root)
    defs = ElementTree.Element(f"{{{SVG}}}defs")
    root.insert(0, defs)
    for frame in sorted({curve.frame for curve in curves} - {-1}):
        defs.append(window(frame, boxes[frame]))
    axes = {group.get("id"): group for group in root.iter(f"{{{SVG}}}g")}
    for (frame, part), content in parts.items():
        about = {"data-frame": str(frame), "data-part": part}
        made = ElementTree.fromstring(f'<g xmlns="{SVG}">{content}</g>')
        made.attrib.update(about)
        # ticks lie below the curves, on the axes' own ground; all else above
        place = 1 if part == "ticks" else len(axes[groups[frame]])
        axes[groups[frame]].insert(place, made)
    return ElementTree.tostring(root, encoding="unicode")


def redraw(group: ElementTree.Element, curve: Moving) -> None:
    """Put a curve's own paths into the group that matplotlib has drawn it in."""
    shared = list(group.iter(f"{{{SVG}}}defs"))  # markers, for a legend
    group[:] = shared
    cut = {} if curve.frame < 0 else {"clip-path": f"url(#frame-{curve.frame})"}
    inner = ElementTree.SubElement(group, f"{{{SVG}}}g", cut)
    for d, look in curve.paths:
        about = {"data-curve": curve.name, "d": d, "style": themed(look)}
        ElementTree.SubElement(inner, f"{{{SVG}}}path", about)


def window(frame: int, box: Box) -> ElementTree.Element:
    """What of a frame's curves is seen: all inside, and the dots on its edge."""
    clip = ElementTree.Element(f"{{{SVG}}}clipPath", id=f"frame-{frame}")
    edge = 3
    area = {
        "x": box.left - edge,
        "y": box.top - edge,
        "width": box.right - box.left + 2 * edge,
        "height": box.bottom - box.top + 2 * edge,
    }
    rounded = {name: f"{value:.2f}" for name, value in area.items()}
    ElementTree.SubElement(clip, f"{{{SVG}}}rect", rounded)
    return clip


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
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    for size in ("width", "height"):
        root.attrib.pop(size, None)


# The shell of a moving picture in a page ----------------------------------------------


def shell(model: str, picture: str) -> str:
    """The element that a widget will fill; its picture has ids of its own."""
    prefix = f"w{model.lstrip('0')}-"  # executed notebooks number their models
    return (
        f'<div class="live-shell" data-model="{model}">'
        f'<div class="live-figure">{prefixed(picture, prefix)}</div></div>'
    )


def shells(body: str) -> list[str]:
    """The models whose shells stand in a page, in their order."""
    return re.findall(r'class="live-shell" data-model="(\w+)"', body)


def furnished(body: str, model: str, above: str, below: str) -> str:
    """A page with more in the shell of a widget: above its picture, and below it."""
    shell = rf'(data-model="{model}"><div class="live-figure">)(.*?</svg></div>)'
    return re.sub(
        shell, lambda m: m[1] + above + m[2] + below, body, count=1, flags=re.S
    )
