"""Finished pages are read once and written once, and no repair ends in silence."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from book.site.finish import STEPS, finish, pages_of
from book.site.theme.mends import MENDS
from tests.shared.toys import build_toy


@pytest.fixture
def app(tmp_path):
    """A finished site of two pages, of which one has something to mend."""
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "macros.html").write_text('role="doc-biblioentry"')
    (tmp_path / "one.html").write_text('<p role="doc-biblioentry"></p></body>')
    (tmp_path / "two.html").write_text("<p></p></body>")
    config = SimpleNamespace(repairs_without_work=["*"])
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(outdir=tmp_path, config=config, builder=builder)


def test_a_page_is_read_once_and_written_once_and_only_if_it_changed(app, monkeypatch):
    calls = Counter()
    for name in ("read_text", "write_text"):
        real = getattr(Path, name)

        def counted(self, *args, real=real, name=name, **options):
            calls[name, self.name] += 1
            return real(self, *args, **options)

        monkeypatch.setattr(Path, name, counted)
    finish(app, None)
    pages = {call: times for call, times in calls.items() if call[1].endswith(".html")}
    assert pages == {
        ("read_text", "one.html"): 1,
        ("read_text", "two.html"): 1,
        ("write_text", "one.html"): 1,
    }


def test_the_templates_of_the_theme_are_no_pages(app):
    assert pages_of(app.outdir).keys() == {"one.html", "two.html"}


@pytest.mark.parametrize("change", ["failure", "format"])
def test_what_is_no_finished_site_is_left_alone(app, change):
    app.builder.format = "latex" if change == "format" else "html"
    finish(app, ValueError("no") if change == "failure" else None)
    assert "doc-biblioentry" in (app.outdir / "one.html").read_text()


def test_every_step_has_a_reason():
    assert all(len(step.why.split()) >= 4 for step in STEPS)


@pytest.mark.slow
def test_a_repair_without_work_fails_the_build_with_its_name(tmp_path):
    (tmp_path / "index.md").write_text("# Toy\n")
    names = [one.name for one in MENDS]
    known = [*names[1:], "where it is needed: *", "sphinx-thebe", "icons", "styles"]
    known += ["previews", "*search while typing", "late preload", "scripts before*"]
    done = build_toy(tmp_path, f"repairs_without_work = {known}\n")
    assert done.returncode != 0
    [warning] = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert f"the repair {names[0]!r} found nothing to repair" in warning
