"""The site is served to this machine, and follows what changes it."""

import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from book.project import COURSE
from book.serve import watched
from tests.shared.built import HTML, site


def test_what_changes_the_site_is_watched_while_it_is_served():
    seen = [Path(name) for name in watched(COURSE)]
    for page_ in COURSE.pages():
        assert any((COURSE.root / page_).is_relative_to(place) for place in seen), page_
    for name in (
        "helpers/live/live.js",
        "book/site/head.py",
        "locales/de/LC_MESSAGES/helpers.po",
        "_toc.yml",
        "_config.yml",
    ):
        assert any((COURSE.root / name).is_relative_to(place) for place in seen), name
    assert not any(HTML.is_relative_to(place) for place in seen), "or it never rests"


def test_the_site_is_served_with_a_script_that_follows_changes():
    site()
    command = [sys.executable, "-m", "book", "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, cwd=COURSE.root, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            line = next(line for line in serving.stdout if "The book is at" in line)
            address = re.search(r"http://\S+", line)[0].replace(
                "localhost", "127.0.0.1"
            )
            # the line comes just before the server listens
            assert "/livereload.js" in fetch(address)
            with pytest.raises(HTTPError) as missing:
                fetch(f"{address}chapters/nothing.html", wait=False)
            assert "There is no page here" in missing.value.read().decode()
        finally:
            serving.terminate()


def fetch(address, wait=True):
    """A page of a server that may only be about to start."""
    for _ in range(600 if wait else 1):
        try:
            with urlopen(address) as answer:
                return answer.read().decode()
        except HTTPError:
            raise
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(address)
