"""What depends on where the book stands: nothing without an address, all with one."""

import nbformat
import pytest

from book.site.address import pages_of
from tests.shared.built import CONTENT, page, site
from tests.shared.toys import build_toy


def test_a_book_whose_repository_is_known_offers_to_run_and_names_its_address(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Toy\n\nOne sentence.\n\n## Part")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "index.ipynb")
    repository = "https://github.com/Someone/toy"
    done = build_toy(
        tmp_path,
        "html_theme = 'sphinx_book_theme'\nrepairs_without_work = ['*']\n"
        f"html_theme_options = {{'repository_url': {repository!r}}}\n",
    )
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    site = "https://someone.github.io/toy"
    for expected in (
        f'rel="canonical" href="{site}/index.html"',
        f'property="og:url" content="{site}/index.html"',
        f'property="og:image" content="{site}/_static/card.png"',
        "https://colab.research.google.com/github/Someone/toy/blob/notebooks/index.ipynb",
        "https://mybinder.org/v2/gh/Someone/toy/main?urlpath=lab/tree/index.ipynb",
        f"{repository}/issues/new",
        f"{repository}/blob/main/index.ipynb",
    ):
        assert expected in html, expected
    assert (tmp_path / "html" / "_static" / "card.png").is_file()
    assert f"<loc>{site}/index.html</loc>" in (
        tmp_path / "html" / "sitemap.xml"
    ).read_text(encoding="utf-8")
    missing = (tmp_path / "html" / "404.html").read_text(encoding="utf-8")
    assert 'href="/toy/index.html"' in missing


def test_a_sitemap_lists_what_a_search_engine_can_send_readers_to(tmp_path):
    (tmp_path / "index.md").write_text("# Toy\n\nA word.\n")
    done = build_toy(
        tmp_path, "html_baseurl = 'https://a.org/b/'\nrepairs_without_work = ['*']\n"
    )
    assert done.returncode == 0, done.stderr
    found = (tmp_path / "html" / "sitemap.xml").read_text(encoding="utf-8")
    assert found.count("<loc>") == 1
    assert "<loc>https://a.org/b/index.html</loc>" in found


def test_without_an_address_there_is_neither_a_sitemap_nor_a_card():
    assert not (site() / "sitemap.xml").exists()
    for name in CONTENT:
        said = {meta.get("property") for meta in page(name).all("meta")}
        assert said.isdisjoint({"og:url", "og:image"})


def test_the_page_for_wrong_addresses_links_every_page_from_any_depth():
    missing = page("404.html")
    assert [link["href"] for link in missing.all("a")] == [f"/{n}" for n in CONTENT]
    assert [form["action"] for form in missing.all("form")] == ["/search.html"]
    parts = [text.strip() for text in missing.texts["h2"]]
    assert parts == ["The core", "Beyond", "Tools"]


@pytest.mark.parametrize("repository", ["", "https://gitlab.com/a/b", "a/b"])
def test_only_github_is_known_to_show_a_site(repository):
    assert pages_of(repository) == ""
