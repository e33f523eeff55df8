"""Commands for a shell, whose options are words of their own.

A browser may break a line after any hyphen, and ``--out`` at the edge of a phone
becomes ``--`` and ``out``. Pygments does not tell options apart; here it does, and
code.css keeps each of them on one line.
"""

from pygments.lexer import inherit
from pygments.lexers.shell import BashLexer
from pygments.token import Name


class Shell(BashLexer):
    """The shell's language, with its options as names of attributes.

    >>> [word for kind, word in Shell().get_tokens("a --b-c 3-4") if kind in Name]
    ['--b-c']
    """

    tokens = {"data": [(r"(?<!\S)--?[\w-]+", Name.Attribute), inherit]}
