"""Cuts the fonts of words and of code out of theirs; run again only to change them.

    npm pack @fontsource-variable/source-serif-4@5.3.1
    npm pack @fontsource-variable/jetbrains-mono@5.3.0
    npm pack @fontsource/stix-two-math@5.3.0
    for each in *.tgz; do tar xzf $each --one-top-level; done
    python -m book.tools.textfonts .

Needs the package brotli. Words have every weight from regular to bold in one file, and
a second file for what is stressed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).parents[1] / "assets" / "fonts"
# what English and its neighbours in Europe write
LATIN = (
    "20-7e a0-ac ae-ff 131 152 153 160 161 178 17d 17e 2002-200a 2010-2014 2018-201a "
    "201c-201e 2020-2022 2026 2030 2039 203a 20ac 2122 2212"
)
# what formulas in words, and names of people, need beyond that
MORE = "141 142 3b1 3b2 3b5 3bb 3bc 3c0 3c3 3c6 2190-2194 221a 221e 2248 2260 2264 2265"
# what titles of papers need, and words that are stressed
STRESSED = (
    "20-7e a0 ab bb c4 c9 d6 dc df e0-e2 e4 e7-eb ee ef f1 f4 f6 f9 fb fc "
    "2010-2014 2018-201a 201c-201e 2026"
)


class Face(NamedTuple):
    """A font of the book: what it is cut from, and what is kept of it."""

    file: str
    family: str
    source: str
    style: str
    weights: tuple[int, int]
    features: list[str]
    letters: str


FACES = [
    Face(
        "serif.woff2",
        "First Weights Serif",
        "source-serif-4",
        "normal",
        (400, 700),
        ["kern", "liga"],
        f"{LATIN} {MORE}",
    ),
    Face(
        "serif-italic.woff2",
        "First Weights Serif",
        "source-serif-4",
        "italic",
        (400, 400),
        ["kern", "liga"],
        STRESSED,
    ),
    # no ligatures: a reader is to see the signs that one types
    Face(
        "mono.woff2",
        "First Weights Mono",
        "jetbrains-mono",
        "normal",
        (400, 400),
        [],
        f"{LATIN} {MORE}",
    ),
]


def characters(face: Face) -> list[int]:
    """The code points that a font has."""
    return parse_unicodes(face.letters.replace(" ", ","))


def opened(folder: Path, face: Face) -> Iterator[TTFont]:
    """The files of a font, which its package has cut by scripts, and last the signs."""
    low, high = face.weights
    for script in ("latin", "latin-ext", "greek"):
        name = f"{face.source}-{script}-wght-{face.style}.woff2"
        font = TTFont(next(folder.rglob(name)))
        keep(font, characters(face), face.features)
        axis = low if low == high else (low, high)
        yield instantiateVariableFont(font, {"wght": axis})
    yield TTFont(next(folder.rglob("stix-two-math-latin-400-normal.woff2")))


def borrow(font: TTFont, lender: TTFont, codes: list[int]) -> None:
    """Give a font the letters that it lacks and another one has.

    Letters of one width (code) stay so: what is wider or narrower is stretched.
    """
    has, lends = font.getBestCmap(), lender.getBestCmap()
    glyphs, metrics, from_set = font["glyf"], font["hmtx"], lender.getGlyphSet()
    fixed = metrics[has[ord("n")]][0] if font["post"].isFixedPitch else None
    for code in codes:
        if code in has or code not in lends:
            continue
        name = f"uni{code:04X}"
        path = DecomposingRecordingPen(from_set)
        from_set[lends[code]].draw(path)
        pen = TTGlyphPen(None)
        path.replay(pen)
        glyph, width = pen.glyph(), lender["hmtx"][lends[code]][0]
        if fixed:
            glyph.coordinates.scale((fixed / width, 1))
            glyph.coordinates.toInt()
            width = fixed
        font.setGlyphOrder([*font.getGlyphOrder(), name])
        glyphs.glyphOrder = font.getGlyphOrder()
        glyphs[name] = glyph
        glyph.recalcBounds(glyphs)
        metrics[name] = (width, glyph.xMin)
        if "gvar" in font:
            font["gvar"].variations[name] = shapes(lender, lends[code], glyph)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name


def shapes(lender: TTFont, name: str, glyph: Any) -> list[Any]:
    """How a letter changes with its weight; a letter of parts, and a sign, do not."""
    drawn = lender["glyf"][name]
    if "gvar" not in lender or drawn.isComposite():
        return []
    assert len(drawn.coordinates) == len(glyph.coordinates), name
    return lender["gvar"].variations[name]


def call(font: TTFont, family: str) -> None:
    """Give the font a name of its own: its origin's is reserved for the origin."""
    if "STAT" in font:
        del font["STAT"]  # for menus of fonts; it asks for names that go here
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 13, 14)]
    for number, words in ((1, family), (2, "Regular"), (4, family), (6, family)):
        names.setName(
            words.replace(" ", "") if number == 6 else words, number, 3, 1, 1033
        )


def cut(folder: Path, face: Face) -> TTFont:
    """One font of the book."""
    codes = characters(face)
    font, *lenders = opened(folder, face)
    if "HVAR" in font:
        del font["HVAR"]  # widths by number of glyph; gvar says them too, by name
    for lender in lenders:
        borrow(font, lender, codes)
    call(font, face.family)
    return font


def keep(font: TTFont, codes: list[int], features: list[str]) -> None:
    """Leave out all other letters and features."""
    options = Options(hinting=False, layout_features=features, name_IDs=["*"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)


def main(folder: str) -> None:
    """Write the fonts of the book."""
    for face in FACES:
        font = cut(Path(folder), face)
        font.flavor = "woff2"
        font.save(FONTS / face.file)
        lost = sorted(set(characters(face)) - set(font.getBestCmap()))
        size = (FONTS / face.file).stat().st_size
        print(f"{face.file}: {size} bytes, without {[hex(code) for code in lost]}")


if __name__ == "__main__":
    main(sys.argv[1])
