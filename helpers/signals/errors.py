"""What the probe and the audit refuse, and others' errors in a line.

No lesson needs this.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class ProbeError(Exception):
    """Something that the probe cannot measure; a model's own errors are none."""


class ProbeTypeError(ProbeError, TypeError):
    """A value of the wrong type."""


class ProbeValueError(ProbeError, ValueError):
    """A value that does not fit."""


class AuditError(Exception):
    """Why a network could not be audited, in a line or two."""


@contextmanager
def said(what: str) -> Iterator[None]:
    """What other people's code raises, as one line: ``what``, then the error."""
    try:
        yield
    except AuditError:
        raise
    except (Exception, SystemExit) as error:
        raise AuditError(f"{what} {type(error).__name__}: {line(error)}") from error


def line(error: BaseException, longest: int = 300) -> str:
    """What an error says, in one line that is not too long."""
    text = " ".join(str(error).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."
