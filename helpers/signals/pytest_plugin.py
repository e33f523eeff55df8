"""The audit as a pytest fixture. No lesson needs this.

``pytest_plugins = ["helpers.signals.pytest_plugin"]`` in ``conftest.py`` turns it on.
"""

from collections.abc import Callable

import pytest

from helpers.signals.starting import assert_healthy


@pytest.fixture
def audit() -> Callable[..., None]:
    """``audit(make, x, seeds=3)`` fails a test with the words of the verdict.

    It is ``helpers.signals.assert_healthy``.
    """
    return assert_healthy
