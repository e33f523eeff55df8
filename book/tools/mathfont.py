"""Cuts the font of the formulas out of STIX Two Math; run again only to change it.

    npm pack @fontsource/stix-two-math@5.3.0 && tar xzf fontsource-stix-two-math-*.tgz
    python -m book.tools.mathfont package/files/stix-two-math-latin-400-normal.woff2

Needs the package brotli. The whole font has 403 kB; what formulas need has 35.
"""

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables
from fontTools.ttLib.tables._g_l_y_f import Glyph

RESULT = Path(__file__).parents[1] / "assets" / "fonts" / "stix-two-math.woff2"
LETTERS = "20-7e a0 ac af-b1 b4 b7 d7 f7 131 237 391-3a1 3a3-3a9 3b1-3c9 3d1 3d5 3d6"
ACCENTS = "2c6 2c7 2c9 2d8-2dc 300-304 307 308 30a 30c 338 3f0 3f1 3f5 20d7"
SIGNS = (
    "2010 2013 2016 2020 2022 2026 2032-2034 2061-2064 2190-2194 21a6 21d0-21d4 2200 "
    "2202 2203 2207-2209 220f 2211-2213 2215-2218 221a 221d 221e 2223 2225 2227-222b "
    "223c 2243 2248 2254 2260 2261 2264 2265 226a 226b 2282-2287 2295 2297 2299 22a4 "
    "22a5 22c5 22ee-22f1 2308-230b 23de 23df 27e8 27e9 27f6 2aaf 2ab0"
)
# The upright alphabets are among the letters; these are the italic ones. Bold, script
# and blackboard letters stand in no formula of the book.
ALPHABETS = "210e 1d434-1d467 1d6a4 1d6a5 1d6e2-1d71b"
# smaller letters for exponents, dotless and lower ones under accents
FEATURES = ["ssty", "dtls", "flac"]
# Heights of root signs in thousandths of an em, close together where most roots are. No
# more than 20: Chromium reads that many. And each a pixel higher than the one before,
# also in small letters (14 px): where two are as high, Firefox looks no further.
RADICALS = (
    *(610, 682, 754, 826, 898, 970, 1042, 1115, 1190, 1270, 1360),
    *(1460, 1570, 1690, 1830, 1990, 2170, 2380, 2620, 2892),
)
NARROWEST, WIDEST = 720, 800


def characters() -> list[int]:
    """The code points that the font has."""
    codes = " ".join((LETTERS, ACCENTS, SIGNS, ALPHABETS))
    return parse_unicodes(codes.replace(" ", ","))


def fit_radicals(font: TTFont) -> None:
    """Give the root sign a height for every radicand, and all of them much one width.

    Chromium and WebKit take the first sign that is high enough, and let all that it is
    higher hang below the radicand; the lowest of the font is twice as high as an n.
    Chromium also reserves the width of the widest sign behind every root, which tears a
    hole into sqrt(2)x (MathML Core: "preferred inline size of a stretched glyph").
    """
    table = font["MATH"].table
    glyphs, metrics, variants = font["glyf"], font["hmtx"], table.MathVariants
    base = font.getBestCmap()[ord("\u221a")]
    signs = variants.VertGlyphConstruction[
        variants.VertGlyphCoverage.glyphs.index(base)
    ]
    rule = table.MathConstants.RadicalRuleThickness.Value
    drawn = {
        record.AdvanceMeasurement: (glyphs[name], metrics[name][0])
        for record in signs.MathGlyphVariantRecord
        for name in [record.VariantGlyph]
    }
    names = [base, *(f"radical.{height}" for height in RADICALS[1:])]
    font.setGlyphOrder([*font.getGlyphOrder(), *names[1:]])
    glyphs.glyphOrder = font.getGlyphOrder()
    records = []
    for name, height in zip(names, RADICALS, strict=True):
        model, width = drawn[min(drawn, key=lambda of: (of < height, abs(of - height)))]
        lower(glyphs, name, model, height, rule)
        widen(font, name, width, width_of(height))
        record = otTables.MathGlyphVariantRecord()
        record.VariantGlyph, record.AdvanceMeasurement = name, height
        records.append(record)
    for part in signs.GlyphAssembly.PartRecords:
        widen(font, part.glyph, metrics[part.glyph][0], WIDEST)
    signs.MathGlyphVariantRecord, signs.VariantCount = records, len(records)


def width_of(height: int) -> int:
    """The width of a root sign: a tall one is a little wider."""
    share = (height - RADICALS[0]) / (RADICALS[-1] - RADICALS[0])
    return round(NARROWEST + share * (WIDEST - NARROWEST))


def lower(glyphs: Any, name: str, model: Glyph, height: int, rule: int) -> None:
    """Make a lower sign of a tall one, whose bar stays as thick as the rule above."""
    glyph = deepcopy(model)
    bottom, top = model.yMin, model.yMax
    share = (height - rule) / (top - bottom - rule)
    for place, (x, y) in enumerate(model.coordinates):
        in_bar = y >= top - rule
        glyph.coordinates[place] = (
            x,
            height - (top - y) if in_bar else (y - bottom) * share,
        )
    glyphs[name] = glyph


def widen(font: TTFont, name: str, width: int, wanted: int) -> None:
    """Stretch a sign sideways to a width."""
    glyph = font["glyf"][name]
    glyph.coordinates.scale((wanted / width, 1))
    glyph.coordinates.toInt()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (wanted, glyph.xMin)


def main(source: str) -> None:
    """Write the font of the book."""
    font = TTFont(source)
    options = Options(flavor="woff2", hinting=False, layout_features=FEATURES)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    fit_radicals(font)
    font.flavor = "woff2"
    font.save(RESULT)
    print(f"{RESULT}: {RESULT.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
