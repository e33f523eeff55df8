"""One browser and one server for the tests of a module."""

import matplotlib
import pytest
import torch

from tests.shared.browser import Tabs, chromium, tool
from tests.shared.browser import server as serving
from tests.shared.built import site


@pytest.fixture(scope="module")
def browser():
    site()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(browser):
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def show(browser, server):
    return Tabs(browser, server)


@pytest.fixture(scope="module")
def axe():
    return tool("axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def as_it_was():
    """What chapters do to torch and matplotlib is undone for the tests after these."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    with matplotlib.rc_context():
        yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)
