"""The built site as files: all in it, nothing from elsewhere, nothing twice, all named.

What takes a browser to see is in test_book.py.
"""

import copy
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen
from zipfile import ZipFile

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from book import download
from book.build import HTML
from book.results import EXECUTED
from book.serve import watched
from book.sources import ROOT, chapters, pages
from book.widgets import target
from helpers.live.contract import STATE, VIEW
from tests.shared.built import (
    CONTENT,
    LEADS_ON,
    html_pages,
    notebook_of,
    page,
    site,
    with_figures,
)

# Tags that fetch what an attribute of theirs names.
FETCH = {
    "audio": "src",
    "embed": "src",
    "frame": "src",
    "iframe": "src",
    "img": "src",
    "image": "href",
    "input": "src",
    "object": "data",
    "script": "src",
    "source": "src",
    "track": "src",
    "use": "href",
    "video": "src",
}
FETCHED = {
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "icon",
    "manifest",
    "import",
}


@pytest.fixture(scope="module", autouse=True)
def built():
    site()


def own_pages():
    """The pages of the site but for the theme's templates, which no page links to."""
    return [name for name in html_pages() if not name.startswith("_static/")]


def sources(tag, attributes):
    """What an element makes a browser fetch."""
    if tag == "link" and FETCHED & set(attributes.get("rel", "").split()):
        yield attributes["href"]
    elif tag in FETCH:
        name = FETCH[tag]
        yield from filter(None, (attributes.get(n) for n in (name, f"xlink:{name}")))
    yield from re.findall(r"(\S+)(?: [^,]*)?(?:,|$)", attributes.get("srcset", ""))


def in_css(text):
    """What a style sheet makes a browser fetch."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    yield from re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", text)


# Nothing from elsewhere ---------------------------------------------------------------


def test_no_page_fetches_anything_from_another_host():
    found = [
        (name, url)
        for name in html_pages()
        for tag, attributes in page(name).elements
        for url in [*sources(tag, attributes), *in_css(attributes.get("style", ""))]
        if re.match(r"\s*([a-z]+:)?//", url)
    ]
    assert not found


def test_no_style_sheet_or_script_fetches_anything_from_another_host():
    found = []
    for path in HTML.rglob("*"):
        if path.suffix == ".css":
            text = path.read_text(encoding="utf-8")
            found += [(path.name, url) for url in in_css(text) if "//" in url[:8]]
        if path.suffix == ".js":
            # An address in a comment is no request; to be one, it must be given to
            # something that fetches.
            text = path.read_text(encoding="utf-8")
            fetch = r"(?:import|importScripts|fetch|Worker|open|src\s*=|href\s*=)"
            text = re.sub(r"http://www\.w3\.org/[\w/]+", "", text)  # names, not places
            pattern = rf"{fetch}[\s(]*[\"'`](?:https?:)?//[^\"'`]+"
            found += [(path.name, url) for url in re.findall(pattern, text)]
    assert not found


def test_no_page_loads_mathjax_or_jupyters_widget_scripts():
    # Formulas are MathML, widgets are drawn by book/assets/widgets.js.
    banned = re.compile(r"mathjax|require|embed-amd|html-manager|unpkg|jsdelivr|thebe")
    found = [
        (name, script["src"])
        for name in html_pages()
        for script in page(name).all("script")
        if banned.search(script.get("src", "").lower())
    ]
    assert not found
    assert not [path for path in HTML.rglob("*.js") if banned.search(path.name.lower())]
    assert any(page(name).all("math") for name in CONTENT), "formulas are MathML"


# Nothing is missing -------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*CONTENT, *LEADS_ON, "404.html", "search.html", "genindex.html"]
)
def test_every_link_of_a_page_leads_somewhere(name):
    missing = []
    here = PurePosixPath(name).parent
    for tag, attributes in page(name).elements:
        urls = list(sources(tag, attributes))
        if tag in ("a", "area", "link") and "href" in attributes:
            urls.append(attributes["href"])
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue  # a link to the world; fetching from there is tested above
            path = normpath((here / unquote(parts.path)).as_posix()).lstrip("/")
            path = path if parts.path else name
            target, anchor = HTML / path, unquote(parts.fragment)
            if path.startswith("..") or not target.is_file():
                missing.append(url)
            elif anchor and target.suffix == ".html" and anchor not in page(path).ids:
                missing.append(url)
    assert not missing


@pytest.mark.parametrize("name", CONTENT)
def test_what_touches_a_formula_is_kept_with_it(name):
    html = (HTML / name).read_text(encoding="utf-8")
    apart = re.sub(r'<span class="unbroken">.*?</span>', " ", html, flags=re.S)
    assert not re.findall(r"[^\s>]<math>.{0,30}|.{0,30}</math>[^\s<].{0,30}", apart)


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_has_a_title_and_one_heading_above_all_others(name):
    this = page(name)
    title = " ".join("".join(this.texts["title"]).split())
    assert title.endswith("First Weights") and len(title) > len("First Weights")
    headings = [
        place
        for place, (tag, _) in enumerate(this.elements)
        if tag == "h1"
        # the theme has another one, for paper only
        and "article" in [this.elements[outer][0] for outer in this.parents[place]]
    ]
    assert len(headings) == 1
    assert len({page(other).texts["title"][0] for other in CONTENT}) == len(CONTENT)


def head(name):
    """What the head of a page says, by name or property."""
    return {
        meta.get("name") or meta.get("property"): meta["content"]
        for meta in page(name).all("meta")
        if "content" in meta
    }


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_says_of_itself_what_it_is(name):
    said, title = head(name), "".join(page(name).texts["title"])
    assert 50 <= len(said["description"]) <= 160
    assert not re.search(r"[\\$<>]|  ", said["description"])
    assert said["og:description"] == said["description"]
    assert said["og:title"] in title
    assert said["og:site_name"] == "First Weights"
    assert said["viewport"] == "width=device-width, initial-scale=1.0"
    others = [head(other)["description"] for other in CONTENT if other != name]
    assert said["description"] not in others


@pytest.mark.parametrize("name", CONTENT)
def test_every_image_of_a_page_has_its_size(name):
    for image in page(name).all("img"):
        assert int(image["width"]) > 0 and int(image["height"]) > 0


@pytest.mark.parametrize("name", CONTENT)
def test_every_picture_of_a_page_is_put_into_words(name):
    this = page(name)
    for image in this.all("img"):
        assert len(image.get("alt", "")) > 20, image.get("src")
    pictures = this.all("svg")
    for svg in pictures:
        assert svg.get("role") == "img", "an SVG that is no picture for a reader"
        words = svg.get("aria-label", "")
        assert len(words.split()) >= 6, f"{words!r} describes no picture"
        assert not re.search(r"\.(svg|png)\b|^(figure|image|plot)\b", words, re.I)
    words = Counter(svg["aria-label"] for svg in pictures)
    repeated = [text for text, times in words.items() if times > 1]
    assert not repeated, "two pictures, the same words"
    assert len(pictures) >= len(this.figures)


@pytest.mark.parametrize("name", CONTENT)
def test_no_id_is_used_twice_on_a_page_and_every_one_that_is_used_is_there(name):
    this = page(name)
    twice = [id for id, times in Counter(this.ids).items() if times > 1]
    assert not twice
    used = set()
    for _, attributes in this.elements:
        used |= set(re.findall(r"url\(#([^)]+)\)", " ".join(attributes.values())))
        used |= set(re.findall("^#(.+)", attributes.get("xlink:href", "")))
        used |= set(attributes.get("aria-labelledby", "").split())
        used |= set(attributes.get("aria-controls", "").split())
    assert used - set(this.ids) == set()


# Live figures as they are stored ------------------------------------------------------


def test_every_chapter_with_live_figures_stores_them():
    # Whichever chapters call live() or fan(): what they show must be in their pages.
    for chapter in chapters():
        made = nbformat.read(EXECUTED / chapter, as_version=4)
        shown = [
            output
            for cell in made.cells
            for output in cell.get("outputs", [])
            if VIEW in output.get("data", {})
        ]
        assert len(page(chapter.with_suffix(".html").as_posix()).figures) == len(shown)
    assert with_figures(), "no chapter has a live figure"


def test_the_dark_colours_of_figures_come_with_the_style_of_the_book():
    style = (HTML / "_static" / "book.css").read_text(encoding="utf-8")
    palette = ROOT / "helpers" / "live" / "palette.css"
    assert palette.read_text(encoding="utf-8").strip() in style
    assert "{{" not in style and not (HTML / "_static" / "palette.css").exists()


def test_pages_without_live_figures_load_nothing_for_them():
    for name in set(own_pages()) - set(with_figures()):
        loaded = " ".join(url for part in page(name).elements for url in sources(*part))
        assert not re.search(r"widgets\.(js|css)|live\.css", loaded), name
        assert STATE not in page(name).texts


def test_a_page_holds_the_first_choice_of_its_first_figure_and_no_other_curves():
    for name in with_figures():
        holders = 0
        for key, state in page(name).figures.items():
            widgets, spec, place = page(name).widgets, state["spec"], []
            for control in spec["controls"]:
                if "options" in control:
                    model = target(state["controls"][control["name"]])
                    place.append(widgets[model]["state"]["index"])
            if len(spec["seeds"]) > 1:
                place.append(spec["seeds"].index(state["seed"]))
            first = "-".join(map(str, place))
            inline = {
                c for c, table in state["tables"].items() if isinstance(table, str)
            }
            assert inline <= {first}, key
            holders += len(inline)
            count = len(spec["seeds"])
            for control in spec["controls"]:
                count *= len(control.get("options", "1"))
            assert len(state["tables"]) == count, key
            for choice, table in state["tables"].items():
                if choice not in inline:
                    path = HTML / normpath(PurePosixPath(name).parent / table["src"])
                    assert f'["{table["name"]}"] = "' in path.read_text("utf-8")
        assert holders == 1, name


def test_no_table_is_left_over_from_another_build():
    wanted = {
        table["name"]
        for name in with_figures()
        for state in page(name).figures.values()
        for table in state["tables"].values()
        if isinstance(table, dict)
    }
    assert {path.stem for path in (HTML / "_live").iterdir()} == wanted


def build_toy(folder, config=""):
    """Sphinx's run over a folder, with this book's extension."""
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb', 'book.extension']\nnb_execution_mode = 'off'\n"
        f"{config}"
    )
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-b",
            "html",
            folder,
            folder / "html",
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_a_slider_that_nothing_listens_to_fails_the_build(tmp_path):
    # A chapter's own live figure, with one more slider above it.
    name = with_figures()[0]
    chapter = EXECUTED / PurePosixPath(name).with_suffix(".ipynb")
    notebook = nbformat.read(chapter, as_version=4)
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Toy"),
        next(
            cell
            for cell in notebook.cells
            if "widget-view" in json.dumps(cell.get("outputs", []))
        ),
    ]
    widgets = notebook.metadata["widgets"][STATE]["state"]
    output = notebook.cells[1].outputs[-1].data
    root = output[VIEW]["model_id"]
    slider = next(w for w in widgets.values() if w["model_name"] == "IntSliderModel")
    dead = copy.deepcopy(slider)
    dead["state"]["description"] = "width"
    widgets["f" * 32] = dead
    widgets[root]["state"]["children"].insert(0, f"IPY_MODEL_{'f' * 32}")
    nbformat.write(notebook, tmp_path / "index.ipynb")
    done = build_toy(tmp_path)
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert done.returncode != 0
    assert len(warnings) == 1, done.stderr
    assert "dead control: no figure listens to IntSliderModel 'width'" in warnings[0]


# What readers download ----------------------------------------------------------------


def test_notebooks_to_download_hold_words_only():
    found = sorted((HTML / "_sources").rglob("*.ipynb"))
    assert [path.relative_to(HTML / "_sources") for path in found] == sorted(chapters())
    for path in found:
        notebook = nbformat.read(path, as_version=4)
        assert "widgets" not in notebook.metadata
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                assert output.output_type != "error"
                assert set(output.get("data", {"text/plain": ""})) == {"text/plain"}


def test_a_page_offers_its_notebook():
    for chapter in chapters():
        name = chapter.with_suffix(".html").as_posix()
        links = [link.get("href", "") for link in page(name).all("a")]
        assert any(link.endswith(f"_sources/{chapter.as_posix()}") for link in links)


def test_every_table_in_the_site_is_the_one_that_torch_computed_for_it():
    # The browser looks at some positions of each slider; this looks at all of them.
    for name in with_figures():
        executed = (EXECUTED / notebook_of(name)).read_text(encoding="utf-8")
        saved = json.loads(executed)["metadata"]["widgets"][STATE]["state"]
        computed = {
            widget["state"]["spec"]["key"]: widget["state"]["tables"]
            for widget in saved.values()
            if "spec" in widget["state"]
        }
        for key, state in page(name).figures.items():
            assert state["tables"].keys() == computed[key].keys(), key
            for choice, table in state["tables"].items():
                if not isinstance(table, str):
                    path = HTML / normpath(PurePosixPath(name).parent / table["src"])
                    text = path.read_text(encoding="utf-8")
                    table = re.search(r'\] = "([^"]*)"', text)[1]
                assert table == computed[key][choice], f"{name}: {key}, {choice}"


def test_what_changes_the_site_is_watched_while_it_is_served():
    seen = [Path(name) for name in watched()]
    for page_ in pages():
        assert any((ROOT / page_).is_relative_to(place) for place in seen), page_
    for name in ("helpers/live/live.js", "book/access.py", "_toc.yml", "_config.yml"):
        assert any((ROOT / name).is_relative_to(place) for place in seen), name
    assert not any(HTML.is_relative_to(place) for place in seen), "or it never rests"


def test_the_site_is_served_with_a_script_that_follows_changes():
    command = [sys.executable, "-m", "book", "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
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


def test_the_zip_has_all_that_the_chapters_need(tmp_path):
    with ZipFile(HTML / "first-weights.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "first-weights"
    found = sorted(path.name for path in (folder / "chapters").iterdir())
    assert found == sorted(chapter.name for chapter in chapters())
    for chapter in chapters():
        assert (folder / chapter).read_bytes() == (ROOT / chapter).read_bytes()
    # Each chapter's first cell, in the unpacked folder, which knows no other one.
    first = [
        next(
            c.source
            for c in nbformat.read(folder / chapter, 4).cells
            if c.cell_type == "code"
        )
        for chapter in chapters()
    ]
    program = "\n".join([*first, "import helpers; print(helpers.__file__)"])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder / "chapters",
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(str(folder)), done.stderr
    needs = (folder / "requirements.txt").read_text().splitlines()
    assert needs[-1] == "-e ." and any(line.startswith("torch") for line in needs)
    assert not any(line.startswith(("jupyter-book", "nbval")) for line in needs)
    assert "torch==" in (folder / "README.md").read_text()


def test_a_copy_for_colab_begins_by_fetching_the_code_and_is_the_chapter(monkeypatch):
    chapter = chapters()[0]
    assert download.to_download(chapter) == (ROOT / chapter).read_text("utf-8")
    monkeypatch.setattr(
        download, "repository", lambda: ("https://github.com/a/b", "main")
    )
    first, *rest = nbformat.reads(download.to_download(chapter), 4).cells
    assert "git+https://github.com/a/b@main" in first.source
    assert rest == nbformat.read(ROOT / chapter, 4).cells
    # Where helpers is installed, as here, the cell does nothing: pip would fail.
    program = TransformerManager().transform_cell(first.source)
    exec(program, {"get_ipython": None})


# Where the book stands ----------------------------------------------------------------


def test_a_book_whose_repository_is_known_offers_to_run_and_names_its_address(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Toy\n\nOne sentence.\n\n## Part")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "index.ipynb")
    repository = "https://github.com/Someone/toy"
    done = build_toy(
        tmp_path,
        "html_theme = 'sphinx_book_theme'\n"
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


def test_a_live_figure_that_no_cell_shows_cannot_be_borrowed(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Toy", id="title")]
    )
    nbformat.write(notebook, tmp_path / "toy.ipynb")
    (tmp_path / "index.md").write_text(
        "# Front\n\n```{toctree}\ntoy\n```\n\n```{live} toy.ipynb#fan\n```\n\n"
        "```{live} nothing.ipynb#fan\n```\n"
    )
    done = build_toy(tmp_path)
    assert done.returncode != 0
    assert "cell 'fan' of toy.ipynb shows no live figure" in done.stderr
    assert "there is no notebook 'nothing.ipynb' in the book" in done.stderr
