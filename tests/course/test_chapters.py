"""The rules that every chapter keeps, and that each of them can be broken."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from book.project import COURSE
from tests.shared.words import FORBIDDEN_WORDS, terms

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "chapters").glob("*.ipynb"))
TAGS = {
    "hide-input",
    "hide-cell",
    "solution",
    "exercise",
    "check",
    "raises-exception",
    "rounding",  # conftest.py: its numbers are the processor's
}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LIVE = {"live", "fan"}  # what makes a live figure
DRAWN = re.compile(r"\]\(drawings/[^)]*\)\n\n\*(?!\*)(.+?)\*(?=\n\n)", re.S)
FORBIDDEN_NAMES = {"interact", "interactive", "Output", "interactive_output"}
# Some of PyTorch's own layers draw without asking for a generator.
LAYERS_THAT_DRAW = {"nn.Linear", "nn.Dropout", "nn.RNN", "nn.LSTM"}
FORBIDDEN_MODULES = {"sys", "os", "subprocess", "urllib", "requests", "importlib"}
ANSWER = re.compile(
    r'<details class="answer( right)?"><summary>[^\n]+</summary>\n\n(.+?)\n</details>',
    flags=re.DOTALL,
)
LINKED = re.compile(r"\]\(glossary\.md#([^)]*)\)")
ASIDE = re.compile(
    r'^<div class="margin" role="note">\n\n((?:\S.*\n)+)\n</div>$', flags=re.MULTILINE
)
PLACES = {
    place
    for place, *_ in terms((ROOT / "chapters/glossary.md").read_text(encoding="utf-8"))
}


def plain(title):
    """The letters of a title, up to its colon."""
    return re.sub(r"[\W_]", "", title.lower().partition(":")[0])


WORKS = {
    plain(title)
    for title in re.findall(
        r"^\s*title = \{(.+)\},$",
        (ROOT / "chapters/references.bib").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
}
RULES = []


def rule(function):
    """A function from a notebook to what is wrong with it, cell by cell."""
    RULES.append(function)
    return function


# What a notebook holds ----------------------------------------------------------------


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def tree(cell):
    """The cell's syntax, or nothing where it is no plain Python (a rule says so)."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return ast.Module([], [])


def called(node):
    """The names of all functions called in a piece of syntax: ``f`` and ``m.f``."""
    return {
        ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)
    }


def run_at_once(cell):
    """The syntax that runs with the cell: all but the bodies of functions."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return ast.Module([n for n in tree(cell).body if not isinstance(n, kinds)], [])


def outputs(cell):
    """All text that a cell has put out."""
    texts = (
        o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs
    )
    return "\n".join(texts)


def makes_live_figure(cell):
    return bool(called(tree(cell)) & LIVE) or "LiveFigure(" in outputs(cell)


def makes_plain_figure(cell):
    direct = called(run_at_once(cell)) & {"plt.subplots", "plt.figure", "Figure"}
    return bool(direct) or "<Figure size" in outputs(cell)


def prose(cell):
    """The words of a Markdown cell, without code and formulas."""
    text = re.sub(r"```.*?```|\$\$.*?\$\$", " ", cell.source, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", " ", text)


# The rules ----------------------------------------------------------------------------


@rule
def begins_with_its_title(notebook):
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "the first cell must be Markdown that begins with '# '"


@rule
def has_one_title(notebook):
    titles = [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL).splitlines()
        if line.startswith("# ")
    ]
    if len(titles) != 1:
        yield f"one title, not {len(titles)}"


@rule
def sets_up_first(notebook):
    setup = code_cells(notebook)[0]
    if setup.id != "setup":
        yield f"the first code cell is the setup, with the id 'setup', not {setup.id!r}"
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    if not all(isinstance(node, allowed) for node in tree(setup).body):
        yield "the setup imports, sets constants and calls; nothing else"


@rule
def has_no_empty_cell(notebook):
    for cell in code_cells(notebook):
        if not cell.source.strip():
            yield f"{cell.id}: an empty cell"


@rule
def has_short_lines(notebook):
    for cell in code_cells(notebook):
        longest = max(map(len, cell.source.splitlines()), default=0)
        if longest > 75:
            yield f"{cell.id}: at most 75 columns, not {longest}"


@rule
def shows_a_figure_at_once(notebook):
    # The setup is the first code cell: the first figure comes with the one after it
    # or the next.
    early = code_cells(notebook)[1:3]
    if not any(makes_plain_figure(cell) or makes_live_figure(cell) for cell in early):
        yield "the first figure comes in one of the two cells after the setup"


@rule
def has_at_most_four_live_figures(notebook):
    live = [cell.id for cell in code_cells(notebook) if makes_live_figure(cell)]
    if len(live) > 4:
        yield f"at most 4 live figures, not {len(live)}: {', '.join(live)}"


@rule
def describes_every_figure(notebook):
    for cell in code_cells(notebook):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if makes_plain_figure(cell) and len(alt.split()) < 5:
            yield f"{cell.id}: metadata.mystnb.image.alt says what the figure shows"
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "live":
                texts = [k.value for k in node.keywords if k.arg == "alt"]
                if not texts or ast.unparse(texts[0]) in ("''", "None"):
                    yield f"{cell.id}: live(..., alt=...) says what the figure shows"


@rule
def says_what_every_figure_shows(notebook):
    # One paragraph, which Sphinx can translate; more than a glance has no reader.
    captions = {}
    for cell in notebook.cells:
        if drawn := DRAWN.search(cell.source):
            captions[cell.id] = drawn[1]
    for cell in code_cells(notebook):
        if makes_plain_figure(cell) or makes_live_figure(cell):
            captions[cell.id] = cell.metadata.get("mystnb", {}).get("caption", "")
    for name, words in captions.items():
        if not 5 <= len(words.split()) <= 45 or "\n\n" in words or words[-1] != ".":
            yield f"{name}: metadata.mystnb.caption, 5 to 45 words, says what it shows"


@rule
def uses_known_tags_only(notebook):
    for cell in notebook.cells:
        for tag in set(tags(cell)) - TAGS:
            yield f"{cell.id}: unknown tag {tag!r}; allowed: {', '.join(sorted(TAGS))}"


@rule
def keeps_no_other_metadata(notebook):
    for cell in notebook.cells:
        for key in set(cell.metadata) - {"tags", "mystnb"}:
            yield f"{cell.id}: unknown metadata {key!r}"
    metadata = {**notebook.metadata}
    if metadata.pop("kernelspec", None) != KERNEL:
        yield "the kernel is python3"
    if metadata not in ({}, {"language_info": {"name": "python"}}):
        yield f"unknown metadata {sorted(metadata)}"


@rule
def asserts_in_words(notebook):
    for cell in code_cells(notebook):
        asserts = [n for n in ast.walk(tree(cell)) if isinstance(n, ast.Assert)]
        tested = {name for name in called(tree(cell)) if "assert_" in name}
        if "check" in tags(cell) and not asserts and not tested:
            yield f"{cell.id}: a check asserts something"
        if asserts and not {"check", "solution"} & set(tags(cell)):
            yield f"{cell.id}: what asserts is tagged check"
        for node in asserts:
            if "check" in tags(cell) and node.msg is None:
                yield f"{cell.id}: line {node.lineno} asserts without words"


@rule
def hides_solutions(notebook):
    for cell in notebook.cells:
        if "solution" in tags(cell) and "hide-cell" not in tags(cell):
            yield f"{cell.id}: a solution is also tagged hide-cell"


@rule
def says_something_between_cells(notebook):
    for cell, following in zip(notebook.cells, notebook.cells[1:], strict=False):
        both = cell.cell_type == following.cell_type == "code"
        if both and not {"check", "solution"} & set(tags(following)):
            yield f"{following.id}: a sentence goes before it"


@rule
def is_stored_as_it_ran(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are 1, 2, ..., not {counts}: make notebooks"


@rule
def stores_words_only(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            kinds = set(output.get("data", {"text/plain": ""}))
            if kinds != {"text/plain"}:
                yield f"{cell.id}: stores {', '.join(kinds - {'text/plain'})}"
            if output.get("metadata"):
                yield f"{cell.id}: stores metadata with an output"
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield f"{cell.id}: stores an error"
            if output.get("name") == "stderr":
                yield f"{cell.id}: stores a warning"


@rule
def stores_an_error_where_one_is_planned(notebook):
    for cell in code_cells(notebook):
        kinds = {output.output_type for output in cell.outputs}
        if "raises-exception" in tags(cell) and "error" not in kinds:
            yield f"{cell.id}: tagged raises-exception, but raised nothing"


@rule
def prints_nothing_that_changes_from_run_to_run(notebook):
    for cell in code_cells(notebook):
        if re.search(r"0x[0-9a-f]{6,}|/home/|/tmp/|/root/|ipykernel", outputs(cell)):
            yield f"{cell.id}: prints an address or a path"


@rule
def names_its_cells(notebook):
    ids = [cell.id for cell in notebook.cells]
    for name in ids:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"{name}: an id is words in lower case with hyphens"
        # What JupyterLab draws: eight hexadecimal digits.
        if re.fullmatch(r"[0-9a-f]{8}", name):
            yield f"{name}: an id says what the cell is about"
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"{name}: an id names one cell"


@rule
def is_plain_python(notebook):
    for cell in code_cells(notebook):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{cell.id}: line {error.lineno} is no plain Python"


@rule
def touches_nothing_outside(notebook):
    for cell in code_cells(notebook):
        for node in ast.walk(tree(cell)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
                if any(alias.name == "*" for alias in node.names):
                    yield f"{cell.id}: a star hides what is imported"
            for name in modules:
                if name.split(".")[0] in FORBIDDEN_MODULES:
                    yield f"{cell.id}: imports {name}"
            if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
                yield f"{cell.id}: uses {node.id}, which is dead in the built page"
        for words in ("torch.hub", "sys.path", "pip ", "download", "get_ipython"):
            if words in cell.source:
                yield f"{cell.id}: no {words.strip()}"


@rule
def lets_nbval_compare_everything(notebook):
    for cell in code_cells(notebook):
        if "NBVAL_" in cell.source:
            yield f"{cell.id}: no NBVAL_ comments"


@rule
def takes_its_seeds_as_arguments(notebook):
    for cell in code_cells(notebook):
        named = called(tree(cell))
        for name in named & {"torch.manual_seed", "np.random.seed"}:
            if name != "torch.manual_seed" or not named & LAYERS_THAT_DRAW:
                yield f"{cell.id}: {name} is global; pass a generator"


@rule
def speaks_plainly(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for words in FORBIDDEN_WORDS:
                if re.search(rf"\b{words}\b", prose(cell), flags=re.IGNORECASE):
                    yield f"{cell.id}: {words!r} helps nobody"


@rule
def carries_no_active_content(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(
            r"<(script|iframe|style|object|embed)\b|\bon\w+=|javascript:",
            prose(cell),
            flags=re.IGNORECASE,
        ):
            yield f"{cell.id}: active content"
        if cell.get("attachments"):
            yield f"{cell.id}: an attachment"


@rule
def links_words_to_the_glossary(notebook):
    """Each at its first use, where a reader meets it, and not where it is asked for."""
    met = set()
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for place in LINKED.findall(cell.source):
            if place not in PLACES:
                yield f"{cell.id}: the glossary has no {place}"
            if place in met:
                yield f"{cell.id}: {place} has been linked before"
            met.add(place)
        heads = re.findall(r"^#.*$", cell.source, flags=re.MULTILINE)
        folds = re.findall(r"<details.*?</details>", cell.source, flags=re.DOTALL)
        if any(map(LINKED.search, heads + folds)):
            yield f"{cell.id}: no links to words in headings and answers"


@rule
def links_its_sources(notebook):
    """Each work that the page of references has leads there."""
    for cell in notebook.cells:
        _, found, sources = cell.source.partition("## Sources")
        for linked, title in re.findall(r"(\[?)\*([^*]+)\*", sources):
            if found and not linked and plain(title) in WORKS:
                yield f"{cell.id}: {title} is among the references"


@rule
def keeps_asides_few_and_short(notebook):
    text = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    asides = ASIDE.findall(text)
    if len(asides) != text.count('class="margin"'):
        yield "an aside that is not written like the others"
    if len(asides) > 3:
        yield f"at most 3 asides, not {len(asides)}"
    for aside in asides:
        words = re.sub(r"\]\([^)]*\)", "", aside).split()
        if len(words) > 45:
            yield f"an aside has at most 45 words, not {len(words)}: {aside[:30]}"


@rule
def asks_four_to_six_questions(notebook):
    """Each with one right answer, and a named misconception behind each wrong one."""
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    pieces = re.split(r"^\*\*(\d+)\. ", text, flags=re.MULTILINE)
    questions = [piece for piece in pieces[2::2] if "<details" in piece]
    if not 4 <= len(questions) <= 6:
        yield f"{len(questions)} questions"
    for number, question in enumerate(questions, start=1):
        answers = ANSWER.findall(question)
        if len(answers) != question.count("<details"):
            yield f"question {number}: an answer that is not written like the others"
        if [kind for kind, _ in answers].count(" right") != 1:
            yield f"question {number}: not exactly one right answer"
        if not 2 <= len(answers) <= 4:
            yield f"question {number}: {len(answers)} answers"
        for kind, feedback in answers:
            if kind and not feedback.startswith("Yes"):
                yield f"question {number}: the right answer does not say Yes"
            if not kind and not re.match(r'\*\*".+?[.!?]"\*\* ', feedback):
                yield f"question {number}: a wrong answer names no misconception"


# The chapters keep them ---------------------------------------------------------------


@cache
def read(path):
    """A chapter, read once for all rules: they only look."""
    return nbformat.read(path, as_version=4)


def test_the_table_of_contents_names_every_chapter_and_no_other():
    assert sorted(ROOT / path for path in COURSE.chapters()) == PATHS
    assert PATHS, "there are chapters"


@pytest.mark.parametrize("broken", RULES, ids=lambda r: r.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_chapter(path, broken):
    assert list(broken(read(path))) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_chapter_is_a_valid_notebook(path):
    nbformat.validate(read(path))


# Every rule can be broken -------------------------------------------------------------

ALT = {
    "mystnb": {
        "caption": "In twelve layers one becomes zero.",
        "image": {"alt": "A line that falls from one to zero."},
    }
}
CAPTION = {"mystnb": {"caption": "It begins at $x$, and moves."}}
SHOWN = new_output("display_data", {"text/plain": "<Figure size 480x320 with 1 Axes>"})


def code(name, source, count, *tagged, out=(), **metadata):
    return new_code_cell(
        source,
        id=name,
        execution_count=count,
        outputs=list(out),
        metadata={**({"tags": list(tagged)} if tagged else {}), **metadata},
    )


NOTE = """<div class="margin" role="note">

{}

</div>"""
QUESTION = """**{}. Which?**

<details class="answer right"><summary>This.</summary>

Yes. It is.
</details>
<details class="answer"><summary>That.</summary>

**"All are alike."** They are not.
</details>

"""


def questions(count):
    return "".join(QUESTION.format(number) for number in range(1, count + 1))


def good():
    """A notebook that keeps all rules."""
    planned = new_output("error", ename="ValueError", evalue="no", traceback=[])
    return new_notebook(
        cells=[
            new_markdown_cell("# Title\n\nA claim.", id="title"),
            code("setup", "import matplotlib.pyplot as plt\n\nDEPTH = 3", 1),
            new_markdown_cell("Look: `# not a title`, `easy`.", id="look"),
            code("first-figure", "fig, ax = plt.subplots()", 2, out=[SHOWN], **ALT),
            new_markdown_cell("Now move it.", id="move"),
            code("live-figure", "live(f, g, key='k', alt='It moves.')", 3, **CAPTION),
            code("check-depth", "assert DEPTH > 2, 'it is deep'", 4, "check"),
            new_markdown_cell("An error on purpose.", id="error"),
            code("fails", "int('x')", 5, "raises-exception", out=[planned]),
            code("answer", "DEPTH", 6, "solution", "hide-cell"),
            new_markdown_cell("A [gain](glossary.md#term-gain).", id="word"),
            new_markdown_cell(f"Before.\n\n{NOTE.format('A fact.')}", id="note"),
            new_markdown_cell(questions(4), id="quiz"),
        ],
        metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}},
    )


def cell(notebook, name):
    return next(c for c in notebook.cells if c.id == name)


@pytest.mark.parametrize("broken", RULES, ids=lambda r: r.__name__)
def test_a_good_notebook_breaks_no_rule(broken):
    assert list(broken(good())) == []


def source(name, text):
    """A change of a cell's source."""

    def change(notebook):
        cell(notebook, name).source = text

    return change


def edit(name, old, new):
    """A change of some words of a cell, everywhere in it."""

    def change(notebook):
        cell(notebook, name).source = cell(notebook, name).source.replace(old, new)

    return change


def put(name, **values):
    """A change of something else in a cell."""

    def change(notebook):
        cell(notebook, name).update(values)

    return change


def caption(words):
    """Another caption of a figure."""
    return put("live-figure", metadata={"mystnb": {"caption": words}})


def tag(name, *tagged):
    def change(notebook):
        cell(notebook, name).metadata["tags"] = list(tagged)

    return change


def add(*cells):
    """More cells at the end."""

    def change(notebook):
        notebook.cells.extend(cells)

    return change


def drop(name):
    def change(notebook):
        notebook.cells.remove(cell(notebook, name))

    return change


def metadata(**values):
    def change(notebook):
        notebook.metadata.update(values)

    return change


def output(kind, **data):
    return put("answer", outputs=[new_output(kind, **data)])


PICTURE = {"text/plain": "<Figure>", "image/png": "AAAA"}
HTML = {"text/plain": "x", "text/html": "<b>x</b>"}
FIGURE = code("late", "fig, ax = plt.subplots()", 9)
BREAKS = [
    (begins_with_its_title, drop("title")),
    (begins_with_its_title, source("title", "## Title")),
    (has_one_title, source("look", "# Another")),
    (has_one_title, source("title", "No title")),
    (sets_up_first, drop("setup")),
    (sets_up_first, source("setup", "def f():\n    return 1")),
    (has_no_empty_cell, source("answer", "")),
    (has_short_lines, source("answer", "x = '" + 71 * "x" + "'")),
    (shows_a_figure_at_once, lambda n: n.cells.__delitem__(slice(3, 6))),
    (
        has_at_most_four_live_figures,
        add(*[code(f"c{i}", "fan(depth=3)", 7) for i in range(4)]),
    ),
    (
        has_at_most_four_live_figures,
        add(
            *[
                code(
                    f"c{i}",
                    "x",
                    7,
                    out=[new_output("display_data", {"text/plain": "LiveFigure(a=1)"})],
                )
                for i in range(4)
            ]
        ),
    ),
    (describes_every_figure, add(FIGURE)),
    (describes_every_figure, put("first-figure", metadata={})),
    (
        describes_every_figure,
        put("first-figure", metadata={"mystnb": {"image": {"alt": "A figure."}}}),
    ),
    (describes_every_figure, put("answer", outputs=[SHOWN])),
    (describes_every_figure, source("live-figure", "live(f, g, key='k')")),
    (describes_every_figure, source("live-figure", "live(f, g, alt='')")),
    (says_what_every_figure_shows, add(FIGURE)),
    (says_what_every_figure_shows, put("live-figure", metadata={})),
    (says_what_every_figure_shows, caption("No full stop after all of it")),
    (says_what_every_figure_shows, caption("Too short.")),
    (says_what_every_figure_shows, caption(46 * "long " + ".")),
    (says_what_every_figure_shows, caption("Of two paragraphs\n\nthe first is lost.")),
    (
        says_what_every_figure_shows,
        source("move", "![It](drawings/it.svg)\n\n*No.*\n\nIt moves."),
    ),
    (uses_known_tags_only, tag("answer", "nbval-skip")),
    (uses_known_tags_only, tag("title", "remove-cell")),
    (keeps_no_other_metadata, put("answer", metadata={"scrolled": True})),
    (keeps_no_other_metadata, metadata(widgets={})),
    (keeps_no_other_metadata, metadata(kernelspec=KERNEL | {"name": "mine"})),
    (keeps_no_other_metadata, metadata(language_info={"name": "python", "x": 1})),
    (asserts_in_words, source("check-depth", "DEPTH > 2")),
    (asserts_in_words, source("check-depth", "assert DEPTH > 2")),
    (asserts_in_words, tag("check-depth")),
    (hides_solutions, tag("answer", "solution")),
    (says_something_between_cells, tag("answer", "exercise")),
    (says_something_between_cells, drop("look")),
    (is_stored_as_it_ran, put("answer", execution_count=None)),
    (is_stored_as_it_ran, put("answer", execution_count=7)),
    (is_stored_as_it_ran, drop("first-figure")),
    (stores_words_only, output("display_data", data=PICTURE)),
    (stores_words_only, output("execute_result", data=HTML, execution_count=6)),
    (stores_words_only, output("display_data", data={"image/svg+xml": "<svg/>"})),
    (
        stores_words_only,
        output(
            "display_data",
            data={
                "text/plain": "x",
                "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
            },
        ),
    ),
    (
        stores_words_only,
        output("display_data", data={"text/plain": "x"}, metadata={"width": 1}),
    ),
    (stores_words_only, output("stream", name="stderr", text="UserWarning")),
    (stores_words_only, output("error", ename="E", evalue="", traceback=[])),
    (stores_an_error_where_one_is_planned, put("fails", outputs=[])),
    (
        prints_nothing_that_changes_from_run_to_run,
        output("stream", text="<object object at 0x7f3a2c0d>"),
    ),
    (
        prints_nothing_that_changes_from_run_to_run,
        output("stream", text="saved in /tmp/x"),
    ),
    (names_its_cells, put("answer", id="Answer_1")),
    (names_its_cells, put("answer", id="a1b2c3d4")),
    (names_its_cells, put("answer", id="setup")),
    (is_plain_python, source("setup", "%matplotlib inline")),
    (is_plain_python, source("answer", "!pip install x")),
    (touches_nothing_outside, source("answer", "import sys")),
    (touches_nothing_outside, source("answer", "from urllib import request")),
    (touches_nothing_outside, source("answer", "from helpers.live import *")),
    (touches_nothing_outside, source("answer", "interact(f, x=3)")),
    (touches_nothing_outside, source("answer", "torch.hub.load('x')")),
    (touches_nothing_outside, source("answer", "MNIST('.', download=True)")),
    (lets_nbval_compare_everything, source("answer", "# NBVAL_IGNORE_OUTPUT\n1")),
    (takes_its_seeds_as_arguments, source("answer", "torch.manual_seed(0)")),
    (
        takes_its_seeds_as_arguments,
        source("answer", "np.random.seed(0)\nnn.Linear(2, 2)"),
    ),
    (speaks_plainly, source("look", "It is Easy.")),
    (speaks_plainly, source("look", "Simply run it.")),
    (speaks_plainly, source("look", "Obviously so, as we can see.")),
    (carries_no_active_content, source("look", "<script>alert(1)</script>")),
    (carries_no_active_content, source("look", '<b onclick="f()">x</b>')),
    (carries_no_active_content, put("look", attachments={"a.png": {}})),
    (links_words_to_the_glossary, edit("word", "term-gain", "term-gains")),
    (links_words_to_the_glossary, edit("word", "term-gain", "gain")),
    (
        links_words_to_the_glossary,
        source("look", "More [gain](glossary.md#term-gain)."),
    ),
    (links_words_to_the_glossary, edit("word", "A [", "## A [")),
    (
        links_words_to_the_glossary,
        edit("quiz", "Yes. It is.", "Yes, [wide](glossary.md#term-width)."),
    ),
    (
        links_its_sources,
        source("look", "## Sources\n\nAll: *Delving deep into rectifiers* (2015)."),
    ),
    (keeps_asides_few_and_short, edit("note", "\n\n</div>", "\n</div>")),
    (keeps_asides_few_and_short, edit("note", ' role="note"', "")),
    (keeps_asides_few_and_short, edit("note", "A fact.", "word " * 46)),
    (keeps_asides_few_and_short, source("look", "\n\n".join([NOTE] * 3))),
    (asks_four_to_six_questions, drop("quiz")),
    (asks_four_to_six_questions, edit("quiz", "**4. Which?**", "Which?")),
    (asks_four_to_six_questions, add(new_markdown_cell(questions(7), id="more"))),
    (asks_four_to_six_questions, edit("quiz", "answer right", "answer")),
    (asks_four_to_six_questions, edit("quiz", "Yes. ", "")),
    (asks_four_to_six_questions, edit("quiz", '**"All are alike."** ', "")),
    (asks_four_to_six_questions, edit("quiz", '"answer"', '"answer right"')),
    (asks_four_to_six_questions, edit("quiz", "</summary>\n", "</summary>")),
]


@pytest.mark.parametrize(
    ("broken", "change"), BREAKS, ids=[rule.__name__ for rule, _ in BREAKS]
)
def test_a_rule_notices_when_it_is_broken(broken, change):
    notebook = good()
    change(notebook)
    assert list(broken(notebook)) != []


def test_every_rule_is_broken_once():
    assert {rule for rule, _ in BREAKS} == set(RULES)
