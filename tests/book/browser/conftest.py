"""One browser and one server for all tests of this folder that run in a row."""

import matplotlib
import pytest
import torch

from tests.shared.browser import chromium, tool
from tests.shared.built import site
from tests.shared.host import server as serving
from tests.shared.tabs import Tabs


@pytest.fixture(scope="package")
def browser():
    site()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def server(browser):
    with serving() as address:
        yield address


@pytest.fixture(scope="package")
def show(browser, server):
    return Tabs(browser, server)


@pytest.fixture(scope="module")
def axe():
    return tool("axe-core/axe.min.js").read_text(encoding="utf-8")


# For the whole folder: figures are kept from one module to the next, and draw and
# compute as their chapter has set torch and matplotlib.
@pytest.fixture(scope="package", autouse=True)
def as_it_was():
    """What chapters do to torch and matplotlib is undone for the tests after these."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    with matplotlib.rc_context():
        yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)
