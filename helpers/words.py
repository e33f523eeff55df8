"""What helpers say to readers, in English or in a language that has a catalogue.

An English sentence stands where it is said, and is the key to what replaces it. With
``FIRST_WEIGHTS_LANG=de`` that is in ``locales/de/LC_MESSAGES/helpers.po`` beside this
package, in gettext's format, which translators have tools for.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

LANGUAGE = "FIRST_WEIGHTS_LANG"  # the variable with the code of a language, like de
HERE = Path(__file__).parent
LOCALES = HERE.parent / "locales"
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)")
CALLS = ("say", "words.say")
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
    """Let matplotlib show its texts in the reader's language, if that is not English.

    A chapter's code writes labels in English, composes them, and uses some as names of
    data. That they are words for a reader is known only where they are drawn.
    """
    if not catalogue():
        return
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
    """Every sentence that the code in a folder says, each once.

    Scripts and templates say them as modules do: ``say("{count} layers are dead")``.

    Raises:
        ValueError: If one is not in quotes where it is said.
    """
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in SAID_IN:
            found |= dict.fromkeys(said(path))
    return list(found)


def said(path: Path) -> Iterator[str]:
    """The sentences that a module, a script or a template says.

    Raises:
        ValueError: If one is not in quotes where it is said.
    """
    text = path.read_text(encoding="utf-8")
    for line, message in SAID_IN[path.suffix](text):
        if not message:
            where = f"{path.name}, line {line}"
            raise ValueError(f"{where}: say needs a sentence in quotes")
        yield message


def in_module(text: str) -> Iterator[tuple[int, str]]:
    """The line of each call of ``say``, and its sentence, if it is in quotes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
            match node.args:
                case [ast.Constant(value=str(message))]:
                    yield node.lineno, message
                case _:
                    yield node.lineno, ""


def in_script(text: str) -> Iterator[tuple[int, str]]:
    """The same of a script or a template; a sentence there has no quotes in it."""
    for call in re.finditer(r"""\bsay\((?:\s*"([^"\\]*)"(?=[,)]))?""", text):
        yield text.count("\n", 0, call.start()) + 1, call[1] or ""


SAID_IN = {".py": in_module, ".js": in_script, ".html": in_script}


def translations(messages: Iterable[str]) -> dict[str, str]:
    """What replaces some of the sentences, for a script to look up; none in English."""
    table = catalogue()
    return {message: table[message] for message in messages if message in table}
