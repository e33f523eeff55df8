"""How references are written: author and year, in the text and in the list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pybtex.database import Entry
from pybtex.plugin import register_plugin as register_style
from pybtex.style.formatting.plain import Style as Plain
from pybtex.style.labels import BaseLabelStyle
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import (
    AuthorYearReferenceStyle,
)


def label(entry: Entry) -> str:
    """Author and year of an entry: what the list calls it."""
    names = [" ".join(author.last_names) for author in entry.persons["author"]]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    return f"{' & '.join(names)}, {entry.fields['year']}".translate({123: "", 125: ""})


class Labels(BaseLabelStyle):
    """Labels such as "Glorot & Bengio, 2010"."""

    def format_labels(self, entries: Iterable[Entry]) -> Iterator[str]:
        """The label of each entry."""
        return map(label, entries)


class Listed(Plain):
    """Plain entries, sorted by author, each after its author and year."""

    default_label_style = Labels


def round_brackets() -> BracketStyle:
    """The brackets around a year."""
    return BracketStyle(left="(", right=")")


@dataclass
class Cited(AuthorYearReferenceStyle):
    """Author and year in the text, in round brackets."""

    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)


def register() -> None:
    """Make both known by the name that ``_config.yml`` gives them."""
    register_style("pybtex.style.formatting", "first_weights", Listed)
    register_plugin("sphinxcontrib.bibtex.style.referencing", "first_weights", Cited)
