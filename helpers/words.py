"""What helpers say to readers, in English or in a language that has a catalogue.

An English sentence stands where it is said, and is the key to what replaces it. With
``FIRST_WEIGHTS_LANG=de`` that is in ``locales/de/LC_MESSAGES/helpers.po`` beside this
package, in gettext's format, which translators have tools for.
"""

import ast
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGE = "FIRST_WEIGHTS_LANG"  # the variable with the code of a language, like de
HERE = Path(__file__).parent
LOCALES = HERE.parent / "locales"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)")
FIELD = re.compile(r"\{(\w*)[^{}]*\}")


def say(message: str, /, **fields: object) -> str:
    """A sentence in the reader's language, with its fields filled in.

    Args:
        message: the sentence in English, in quotes where this is called, so that
            :func:`messages` finds it; fields are named, as in ``"{count} layers"``.
        **fields: what to put in, as ``str.format`` does it. Without any, the fields
            stay: for a page script that will fill them in.

    >>> say("{count} layers are dead", count=3)
    '3 layers are dead'
    """
    words = catalogue().get(message, message)
    return words.format(**fields) if fields else words


def shown(text: str) -> str:
    """A text that was put together elsewhere, in the reader's language if it is known.

    A label of a figure is such a text. Its numbers stay as they are: the catalogue has
    it as :func:`general` gives it.
    """
    words = catalogue().get(general(text))
    if words is None:
        return text
    numbers = iter(NUMBER.findall(text))
    return re.sub(r"\{\}", lambda _: next(numbers), words)


def general(text: str) -> str:
    """A text with ``{}`` for each of its numbers.

    >>> general("relu, gain 1.41")
    'relu, gain {}'
    """
    return NUMBER.sub("{}", text)


def translate_figures() -> None:
    """Let matplotlib show its texts in the reader's language from now on.

    A chapter's code writes labels in English, composes them, and uses some as names of
    data. That they are words for a reader is known only where they are drawn.
    """
    from matplotlib.text import Text

    draw = Text.set_text

    def set_text(self: Text, s: object) -> None:
        draw(self, shown(s) if isinstance(s, str) else s)

    Text.set_text = set_text  # type: ignore[method-assign]  # matplotlib has no hook


def catalogue() -> Mapping[str, str]:
    """What replaces each sentence: nothing in English, or if there is no catalogue.

    Raises:
        ValueError: If a translation has other fields than its sentence.
    """
    language = os.environ.get(LANGUAGE, "")
    return read(LOCALES / language / "LC_MESSAGES" / "helpers.po") if language else {}


@cache
def read(path: Path) -> Mapping[str, str]:
    """The sentences of a .po file that are translated, and their translations."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    table = {}
    for entry in re.split(r"\n\s*\n", text):
        if re.search(r"^#,.*\bfuzzy\b", entry, re.M):
            continue  # gettext's word for: somebody has to look at it again
        strings = re.findall(r'^(msgid|msgstr)\s+((?:".*"\s*)+)', entry, re.M)
        said = {name: ast.literal_eval(f"({quoted})") for name, quoted in strings}
        message, words = said.get("msgid"), said.get("msgstr")
        if not message or not words:
            continue
        if sorted(FIELD.findall(message)) != sorted(FIELD.findall(words)):
            raise ValueError(f"{path}: {words!r} must have the fields of {message!r}")
        table[message] = words
    return table


def messages(folder: Path = HERE) -> list[str]:
    """Every sentence that the modules of a folder say, each once.

    Raises:
        ValueError: If one is not in quotes where it is said.
    """
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "say",
                "words.say",
            ):
                match node.args:
                    case [ast.Constant(value=str(message))]:
                        found[message] = None
                    case _:
                        where = f"{path.relative_to(folder)}, line {node.lineno}"
                        raise ValueError(f"{where}: say needs a sentence in quotes")
    return list(found)
