"""The pages beside the chapters: what they link, what they cite, what they print."""

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
import torch
from pybtex.database import parse_string
from torch import nn

from helpers.activations import (
    critical_gain,
    recommended_gain,
    unit_variance_gain,
)
from helpers.meanfield import backward_curve, chi_1, forward_curve, q_star
from helpers.networks import mlp
from helpers.schemes import std
from helpers.signals import probe
from helpers.training import digits, train
from tests.shared.words import FORBIDDEN_WORDS, terms

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
PAGES = {
    name: (CHAPTERS / name).read_text(encoding="utf-8")
    for name in (
        "audit.md",
        "cheatsheet.md",
        "glossary.md",
        "myths.md",
        "recipes.md",
        "references.md",
        "references.bib",
    )
}
# The misconceptions, each by the name that the chapters call it.
BANK = {
    "1": "Equal weights stay equal, element by element.",
    "2": "One layer of equal weights is enough to be stuck.",
    "3": "Zero weights are very small weights.",
    "4": "Never start at zero.",
    "5": "Dropout breaks the symmetry.",
    "6": "Only randomness that you add can break it.",
    "6b": "Biases do not matter for symmetry.",
    "6c": "Random weights remove the permutation symmetry.",
    "7": "PyTorch uses Kaiming (He) by default.",
    "8": "Variance or standard deviation, n or 1/n: near enough.",
    "9": "The activations stay healthy, so the network does.",
    "10": "Xavier keeps the signal and the gradient.",
    "11": "Xavier means a variance of 1/n_in.",
    "12": "Unit variance forward means healthy gradients.",
    "13": "A tanh network settles at a variance of 0.25.",
    "13b": "5/3 is the right gain for tanh.",
    "14": "Normal or uniform matters.",
    "15": "Xavier is good enough for relu.",
    "16": "He's gain suits GELU and SiLU.",
    "17": "A sigmoid network's gradient is at most 0.25^L.",
    "18": "What the next layer sees is the variance of relu's output.",
    "18b": "The first layer sees the variance of the inputs.",
    "19": "The gain that trains best is the right gain.",
    "19b": "One learning rate for all makes a fair comparison.",
    "20": "trunc_normal_ cuts at two standard deviations.",
    "21": "Eigenvalues decide.",
    "22": "What holds on average holds for a typical network.",
    "23": "Relu, clipping, Adam or float64 cures it.",
    "24": "Residual connections keep the size.",
    "25": "Xavier is the initialization for sigmoid.",
    "26": "0.02 is a good standard deviation.",
    "27": "Attention's 1/√d makes the logits small.",
    "24b": "Dropout keeps the size, since it divides by 1 - p.",
}
ENTRY = re.compile(
    r'^\(e(\w+)\)=\n### E(\w+)\. "([^\n]+)"\n(.*?)(?=^\(e|^## |\Z)', re.M | re.S
)
LINK = re.compile(r"\[([^]]+)\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


@cache
def notebook(name):
    path = CHAPTERS / name
    return nbformat.read(path, as_version=4) if path.is_file() else None


def title(name):
    first = notebook(name).cells[0].source
    return first.splitlines()[0].removeprefix("# ")


def cell(name, id):
    """The cell of a chapter, or None."""
    cells = notebook(name).cells if notebook(name) else []
    return next((cell for cell in cells if cell.id == id), None)


def anchors(text):
    """The named places of a page, and those of the words that it explains."""
    named = re.findall(r"^\(([\w-]+)\)=$", text, flags=re.M)
    return named + [place for place, *_ in terms(text)]


def plain(words):
    """A name without the signs that dress up code and formulas."""
    return re.sub(r"[`$]", "", re.sub(r"\\text\{(\w+)\}", r"\1", words))


@pytest.mark.parametrize("words", ["1/n_in, 0.25^L", r"$1/n_\text{in}$, `0.25^L`"])
def test_a_name_is_the_same_with_and_without_formulas(words):
    assert plain(words) == "1/n_in, 0.25^L"


RULES = []


def rule(function):
    """A function from the pages to what is wrong with them."""
    RULES.append(function)
    return function


# Every page ---------------------------------------------------------------------------


@rule
def pages_speak_plainly(pages):
    for name, text in pages.items():
        for words in FORBIDDEN_WORDS:
            if re.search(rf"\b{words}\b", text, flags=re.I):
                yield f"{name}: {words!r} helps nobody"


@rule
def links_lead_to_pages_chapters_and_cells_that_exist(pages):
    for name, text in pages.items():
        if name.endswith(".bib"):
            continue
        for _, file, place in LINK.findall(text):
            if "://" in file:
                continue
            file = file or name
            if file.endswith(".md"):
                if file not in pages or place and place not in anchors(pages[file]):
                    yield f"{name}: no {file}#{place}"
            elif file.endswith(".svg"):
                if not (CHAPTERS / file).is_file():
                    yield f"{name}: no {file}"
            elif notebook(file) is None:
                yield f"{name}: no {file}"
            elif place and not cell(file, place):
                yield f"{name}: no cell {file}#{place}"


@rule
def anchors_name_one_place(pages):
    for name, text in pages.items():
        for place, times in Counter(anchors(text)).items():
            if times > 1:
                yield f"{name}: {times} places are called {place}"


@rule
def names_of_helpers_exist(pages):
    for name, text in pages.items():
        found = set(re.findall(r"`helpers\.(\w+)\.(\w+)`", text))
        for before, module in re.findall(
            r"((?:`[^`]+`(?:,| and)? )+)(?:in|of) `helpers\.(\w+)", text
        ):
            for word in re.findall(r"`(\w+)", before):
                found.add((module, word))
        for module, word in sorted(found):
            module = import_module(f"helpers.{module}")
            if not hasattr(module, word) and word not in getattr(module, "SCHEMES", ()):
                yield f"{name}: {module.__name__} has no {word}"


# The misconceptions -------------------------------------------------------------------


@rule
def the_bank_is_complete(pages):
    entries = ENTRY.findall(pages["myths.md"])
    if sorted(number for _, number, *_ in entries) != sorted(BANK):
        yield f"the entries are E{', E'.join(number for _, number, *_ in entries)}"
    for anchor, number, name, _ in entries:
        if anchor != number:
            yield f"E{number} is at #e{anchor}"
        if name != BANK.get(number):
            yield f"E{number} is called {name!r}"


@rule
def the_index_names_every_entry_in_order(pages):
    text = pages["myths.md"]
    index = re.findall(r"^\| \[E(\w+)\]\(#e(\w+)\) \| (.+) \|$", text, flags=re.M)
    entries = [(n, n, name) for _, n, name, _ in ENTRY.findall(text)]
    if index != entries:
        yield f"not as the entries: {sorted(set(index) ^ set(entries))}"


@rule
def every_misconception_is_fair_measured_and_shown(pages):
    for _, number, _, body in ENTRY.findall(pages["myths.md"]):
        for part in ("**Why it is believed.**\n", "**What is measured.**\n"):
            if not re.search(re.escape(part) + r"[^\n]{10}", body):
                yield f"E{number}: no {part.strip()}"
        shown = [place for place in LINK.findall(body) if place[1].endswith(".ipynb")]
        if not shown or "\nShown in: [" not in body:
            yield f"E{number} is shown nowhere"
        for words, file, place in shown:
            if not (found := cell(file, place)):
                yield f"E{number}: no cell {file}#{place}"
            elif "check" not in found.metadata.get("tags", []):
                yield f"E{number}: {file}#{place} is no check"
            if notebook(file) and words != title(file):
                yield f"E{number}: {file} is called {title(file)!r}"


def test_chapters_call_misconceptions_by_their_names():
    wrong = []
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        for cell in notebook(path.name).cells:
            for words, file, place in LINK.findall(cell.source):
                if file != "myths.md":
                    continue
                if place not in anchors(PAGES["myths.md"]):
                    wrong.append(f"{path.name}, {cell.id}: no myths.md#{place}")
                if words != f"E{place[1:]}":
                    wrong.append(f"{path.name}, {cell.id}: {words} leads to {place}")
            named = r'"([^"\n]+)"\*\*\s+\[E(\w+)\]\(myths'
            for name, number in re.findall(named, cell.source):
                if plain(name) != plain(BANK.get(number, "")):
                    wrong.append(f"{path.name}, {cell.id}: E{number} is not {name!r}")
    assert not wrong


# References ---------------------------------------------------------------------------


@rule
def what_is_cited_is_listed_and_the_other_way_round(pages):
    entries = parse_string(pages["references.bib"], "bibtex").entries
    cited = {
        key.strip()
        for text in pages.values()
        for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", text)
        for key in keys.split(",")
    }
    for key in sorted(cited ^ set(entries)):
        yield f"{key}: {'not cited' if key in entries else 'not listed'}"
    for key in sorted(set(entries) - set(anchors(pages["references.md"]))):
        yield f"{key}: no place of its own in references.md"


@rule
def entries_are_complete(pages):
    for key, entry in parse_string(pages["references.bib"], "bibtex").entries.items():
        fields = entry.fields
        if not entry.persons.get("author"):
            yield f"{key}: no author"
        for name in ("title", "year"):
            if name not in fields:
                yield f"{key}: no {name}"
        venue = {"journal", "booktitle", "institution", "howpublished", "publisher"}
        if not venue & set(fields):
            yield f"{key}: published nowhere"
        # A thesis of 1991 is on paper.
        on_paper = "thesis" in fields.get("howpublished", "")
        if not ({"url", "doi"} & set(fields) or on_paper):
            yield f"{key}: neither url nor doi"
        if not key.endswith(fields.get("year", "?")):
            yield f"{key}: not of {fields.get('year')}"


# Glossary -----------------------------------------------------------------------------


@rule
def terms_are_unique_sorted_and_explained(pages):
    explained = terms(pages["glossary.md"])
    words = [term for _, term, _ in explained]
    for first, second in zip(words, words[1:], strict=False):
        if first.casefold() >= second.casefold():
            yield f"{second!r} after {first!r}"
    for _, term, meaning in explained:
        if len(meaning.split()) < 3:
            yield f"{term!r} is not explained"
    for word in re.findall(r"\{term\}`([^`]+)`", "".join(pages.values())):
        if word not in words:
            yield f"no term {word!r}"


# The numbers of the cheat sheet -------------------------------------------------------


def rows(text, heading):
    """The rows of the table under a heading, each as its cells."""
    table = re.search(rf"^## {heading}$.*?((?:^\|[^\n]*\n)+)", text, re.M | re.S)[1]
    return [
        [part.strip() for part in line.strip().strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]


def number(words):
    """A printed number: 0.12, or a formula such as $4.2 \\cdot 10^{-8}$."""
    if power := re.fullmatch(r"\$([\d.]+) \\cdot 10\^\{(-?\d+)\}\$", words):
        return float(f"{power[1]}e{power[2]}")
    return float(words)


def gain(words):
    """The gain that a cell names, or None."""
    found = re.search(r"gain ([\d.]+)", words)
    return float(found[1]) if found else None


def gradient(name, g):
    """The gradient at the first of fifty layers, 1 at the last, two digits."""
    return float(f"{backward_curve(name, g, 50)[0].sqrt():.2g}")


def four(value):
    return round(float(value), 4)


# The gain behind each word of the table, for an activation.
MEANT = {
    "He": lambda name: critical_gain("leaky_relu" if "leak" in name else "relu"),
    "Xavier": lambda name: 1.0,
    "LeCun": lambda name: 1.0,
    "PyTorch's": recommended_gain,
    "unit variance": unit_variance_gain,
    "normalize": critical_gain,
}


@rule
def the_table_of_gains_is_right(pages):
    table = rows(pages["cheatsheet.md"], "Activation, scheme, gain")
    if len(table) != 9:
        yield f"{len(table)} activations"
    for name, *cells in table:
        for words, printed in (cells[:2], cells[2:4]):
            g = gain(words)
            if g is None:
                if words not in ("normalize", "") or printed:
                    yield f"{name}: {words}"
                continue
            meant = next(of(name) for word, of in MEANT.items() if word in words)
            if four(meant) != g:
                yield f"{name}: {words}, not {four(meant)}"
            if number(printed) != gradient(name, meant):
                yield f"{name}, {words}: {gradient(name, meant)}"


@rule
def the_numbers_between_the_tables_are_right(pages):
    text = pages["cheatsheet.md"]
    default = 3**-0.5
    kept = [four(chi_1(a, default).sqrt()) for a in ("relu", "tanh", "sigmoid")]
    selu = recommended_gain("selu")
    he, linear = (std(s, 64, 64) for s in ("he_normal", "pytorch_default"))
    for words in (
        f"He's scheme is gain {four(critical_gain('relu'))} there, LeCun's gain 1",
        f"unit variance, {four(unit_variance_gain('gelu'))} and "
        f"{four(unit_variance_gain('silu'))}, but",
        f"PyTorch's {selu} levels",
        f"deviation is ${four(he * 8)} / \\sqrt{{n_\\text{{in}}}}$, "
        f"{four(he / linear)} times that of `Linear`",
        f"keeps {kept[0]} of the gradient with relu, {kept[1]} with tanh, "
        f"{kept[2]} with sigmoid",
        "by 1.21 a layer with BatchNorm and relu",
        f"1.00 is He, {std('lecun', 64, 64) / he:.2f} is LeCun (and Xavier in square "
        f"layers), {linear / he:.2f} is PyTorch's default, 0.00 is zero",
    ):
        if words not in text:
            yield f"not there: {words}"


LAYERS = {
    "`Linear`": [(lambda: nn.Linear(256, 512), "weight", "bias", 256)],
    "`Conv2d`": [(lambda: nn.Conv2d(32, 64, 3), "weight", "bias", 32 * 9)],
    "`LSTM`, `GRU`, `RNN`": [
        (lambda kind=kind: kind(16, 256), "weight_ih_l0", "bias_hh_l0", 256)
        for kind in (nn.LSTM, nn.GRU, nn.RNN)
    ],
    "`MultiheadAttention`, in": [
        (lambda: nn.MultiheadAttention(256, 4), "in_proj_weight", "in_proj_bias", 256)
    ],
    "`MultiheadAttention`, out": [
        (lambda: nn.MultiheadAttention(256, 4).out_proj, "weight", "bias", 256)
    ],
    "`Embedding`": [(lambda: nn.Embedding(512, 256), "weight", None, 1)],
    "`BatchNorm`, `LayerNorm`": [
        (lambda kind=kind: kind(256), "weight", "bias", 256)
        for kind in (nn.BatchNorm1d, nn.LayerNorm)
    ],
}


@rule
def the_table_of_defaults_is_what_pytorch_draws(pages):
    table = rows(pages["cheatsheet.md"], "PyTorch's defaults")
    if [row[0] for row in table] != list(LAYERS):
        yield f"the layers are {[row[0] for row in table]}"
        return
    stacked = four(std("xavier_uniform", fan_in=1, fan_out=3))
    for layer, law, deviation, biases in table:
        for make, weight, bias, n in LAYERS[layer]:
            with torch.random.fork_rng():
                torch.manual_seed(0)
                module = make()
            W = getattr(module, weight).detach().double()
            b = None if bias is None else getattr(module, bias).detach().double()
            printed = float(deviation.strip("$").split(" /")[0])
            if printed not in (0, 1, four(std("pytorch_default", 1, 1)), stacked):
                yield f"{layer}: {printed} is no scheme's"
            printed /= n**0.5 if "sqrt" in deviation else 1
            # sd of the standard deviation of m draws: at most std / sqrt(2 m)
            if abs(W.std() - printed) > 5 * printed / (2 * W.numel()) ** 0.5 + 1e-4:
                yield f"{layer}: std {W.std():.4g}, not {printed:.4g}"
            if "uniform" in law or "Linear" in law:  # flat: the bound is 1.732 std
                if not 0.9985 < W.abs().max() / (3**0.5 * printed) < 1.001:
                    yield f"{layer}: not {law}"
            if "normal" == law and W.abs().max() < 3 * printed:
                yield f"{layer}: not {law}"
            if law == "1" and not (W == 1).all():
                yield f"{layer}: not {law}"
            is_drawn = b is not None and 0.9 < b.abs().max() * n**0.5 <= 1
            is_zero = b is not None and (b == 0).all()
            fits = {
                "none": b is None,
                "0": is_zero,
                "uniform, the same bound": is_drawn,
            }
            if not fits[biases]:
                yield f"{layer}: biases are not {biases}"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.__name__)
def test_the_pages(rule):
    assert list(rule(PAGES)) == []


# What practitioners copy --------------------------------------------------------------


def test_the_numbers_of_what_practitioners_copy():
    text = PAGES["recipes.md"]
    assert f"{0.02 * 768**0.5:.2f} at width 768" in text
    assert f"{0.02 * 4096**0.5:.2f} at width 4096" in text
    attention = nn.MultiheadAttention(512, 8)
    stacked = attention.in_proj_weight.std() * 512**0.5
    assert (
        f"{stacked:.2f} and {nn.Linear(512, 512).weight.std() * 512**0.5:.2f}" in text
    )


def test_the_start_that_is_to_be_written_does_what_it_says():
    code = re.search(r"```python\n(.*?)```", PAGES["recipes.md"], re.S)[1]
    space = {}
    exec(code, space)
    for activation, gain in (("relu", 2**0.5), ("tanh", 1.0)):
        model = nn.Sequential(nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(400, 400))
        space["start"](model, activation)
        # The standard error of the deviation of 160,000 draws is 0.2 %.
        assert abs(model[2].weight.std() * 20 / gain - 1) < 0.01
        assert not any(layer.bias.any() for layer in (model[0], model[2]))


# What the cheat sheet says in words ---------------------------------------------------


def test_the_audit_of_the_cheat_sheet_runs_and_tells_the_schemes_apart(capsys):
    code = re.search(r"```python\n(.*?)```", PAGES["cheatsheet.md"], re.S)[1]
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 8 and max(map(len, lines)) <= 75
    assert ast.parse(code)
    space = {}
    exec(code, space)
    for scheme, printed in (
        ("he_normal", "1.00"),
        ("lecun", "0.71"),
        ("xavier_normal", "0.71"),
        ("pytorch_default", "0.41"),
        ("zeros", "0.00"),
        ("constant", "0.00"),
    ):
        space["audit"](mlp(2, 512, "relu", scheme))
        out = capsys.readouterr().out.splitlines()
        assert [line.split()[-3] for line in out] == [printed, printed], scheme
    space["audit"](nn.Sequential(nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16)))
    assert re.fullmatch(r"0 +fan-in +72: 0\.\d\d of He\n", capsys.readouterr().out)


def test_softsign_and_tanh_lose_only_like_a_power_of_the_depth():
    for name in ("tanh", "softsign"):
        kept = [
            backward_curve(name, 1.0, 100 * 2**k)[0].sqrt().log2() for k in (0, 1, 2)
        ]
        costs = kept[0] - kept[1], kept[1] - kept[2]
        assert costs[0] < 2, "twice the depth costs a factor below four"
        assert abs(costs[0] - costs[1]) < 0.05, "and the same one again"


def test_selu_keeps_its_size_at_gain_1_and_gives_it_up_at_three_quarters():
    assert q_star("selu", 1.0) == pytest.approx(1)
    assert q_star("selu", 0.75) < 0.05
    levels = chi_1("selu", 0.75).sqrt()
    assert abs(levels - 1) < 0.005 < chi_1("selu", 1.0).sqrt() - 1


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_the_fixed_point_at_unit_variance_is_unstable(name):
    g = unit_variance_gain(name)
    # z begins at gain squared times the inputs' mean square.
    below, at, above = (
        forward_curve(name, g, 50, q=q / g**2)[-1] for q in (0.95, 1.0, 1.05)
    )
    assert below < 0.1 and above > 10
    assert at == pytest.approx(1, abs=0.01)


def test_batchnorm_drops_the_scale_of_the_weights_and_its_gradient_grows():
    size = []
    for scale in (1.0, 100.0):
        g = torch.Generator().manual_seed(0)
        layers = []
        for _ in range(20):
            linear = nn.Linear(256, 256, bias=False, dtype=torch.float64)
            W = torch.randn(256, 256, generator=g, dtype=torch.float64) / 16
            linear.weight.data = scale * W
            norm = nn.BatchNorm1d(256, eps=1e-12, dtype=torch.float64)
            layers += [linear, norm, nn.ReLU()]
        model = nn.Sequential(*layers)
        x = torch.randn(256, 256, generator=g, dtype=torch.float64)
        size.append(model(x).square().mean().item())
        grad2 = probe(model, x, generator=g).grad2
        # Without the ends. Theory for large batches: sqrt(pi / (pi - 1)) = 1.2112;
        # four seeds at width 256: 1.208 to 1.214.
        growth = (grad2[4] / grad2[15]).item() ** (1 / 22)
        assert abs(growth - 1.21) < 0.02
    assert size[0] == pytest.approx(size[1])


def test_a_zero_branch_keeps_the_signal_and_one_of_unit_gain_doubles_it():
    g = torch.Generator().manual_seed(0)
    x = start = torch.randn(64, 512, generator=g, dtype=torch.float64)
    for _ in range(10):
        W = torch.randn(512, 512, generator=g, dtype=torch.float64) / 512**0.5
        assert torch.equal(start + start @ (0 * W), start)
        x = x + x @ W
    growth = (x.square().mean() / start.square().mean()) ** (1 / 10)
    # One block's log scatters by less than sqrt(2 / 512) = 0.06; ten of them, 0.02.
    assert abs(growth - 2) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["pytorch_default", "xavier_normal", "he_normal"])
def test_four_layers_learn_from_any_usual_start(scheme):
    torch.set_default_dtype(torch.float64)
    try:
        for activation in ("relu", "tanh"):
            model = mlp(4, 64, activation, scheme, bias=True, fan_out=10)
            run = train(model, digits(), steps=300, lr=0.3)
            # Over three seeds: 0.96 to 0.98.
            assert run.accuracy > 0.93
    finally:
        torch.set_default_dtype(torch.float32)


# Every rule notices -------------------------------------------------------------------


CELL = "01_vanishing.ipynb#check-default"
BREAKS = [
    (pages_speak_plainly, "myths.md", "# Misconceptions", "# Easy misconceptions"),
    (links_lead_to_pages_chapters_and_cells_that_exist, "glossary.md", CELL, "x.ipynb"),
    (
        links_lead_to_pages_chapters_and_cells_that_exist,
        "glossary.md",
        CELL,
        "01_vanishing.ipynb#check-defaults",
    ),
    (
        links_lead_to_pages_chapters_and_cells_that_exist,
        "glossary.md",
        "myths.md#e18",
        "myths.md#e99",
    ),
    (
        links_lead_to_pages_chapters_and_cells_that_exist,
        "references.md",
        "(#pytorch2026)",
        "(#pytorch)",
    ),
    (
        links_lead_to_pages_chapters_and_cells_that_exist,
        "audit.md",
        "](audit.svg)",
        "](audits.svg)",
    ),
    (anchors_name_one_place, "references.md", "(he2015)=", "(glorot2010)="),
    (
        names_of_helpers_exist,
        "glossary.md",
        "helpers.schemes.bound",
        "helpers.schemes.b",
    ),
    (names_of_helpers_exist, "glossary.md", "`lecun` in", "`lecunn` in"),
    (names_of_helpers_exist, "references.md", "`q_map` and", "`q_maps` and"),
    (the_bank_is_complete, "myths.md", "### E6b.", "### E6d."),
    (the_bank_is_complete, "myths.md", "(e6b)=\n", "(e66)=\n"),
    (the_bank_is_complete, "myths.md", '### E21. "Eigen', '### E21. "Singular '),
    (the_bank_is_complete, "myths.md", "(e24)=\n", ""),
    (the_index_names_every_entry_in_order, "myths.md", "| [E2](#e2) |", "| E2 |"),
    (the_index_names_every_entry_in_order, "myths.md", "(#e6c) |", "(#e6b) |"),
    (the_index_names_every_entry_in_order, "myths.md", "| Eigenvalues", "| Values"),
    (
        every_misconception_is_fair_measured_and_shown,
        "myths.md",
        CELL,
        "01_vanishing.ipynb#check-nothing",
    ),
    (
        every_misconception_is_fair_measured_and_shown,
        "myths.md",
        CELL,
        "01_vanishing.ipynb#factor-table",
    ),
    (
        every_misconception_is_fair_measured_and_shown,
        "myths.md",
        f"[Vanishing gradients]({CELL})",
        f"[Chapter 1]({CELL})",
    ),
    (
        every_misconception_is_fair_measured_and_shown,
        "myths.md",
        "**Why it is believed.**",
        "**Why.**",
    ),
    (
        every_misconception_is_fair_measured_and_shown,
        "myths.md",
        f"Shown in: [Vanishing gradients]({CELL})",
        "Shown in:",
    ),
    (
        what_is_cited_is_listed_and_the_other_way_round,
        "references.md",
        "{cite:p}`he2015`",
        "{cite:p}`he2016`",
    ),
    (
        what_is_cited_is_listed_and_the_other_way_round,
        "references.md",
        "{cite:p}`cho2009`",
        "",
    ),
    (
        what_is_cited_is_listed_and_the_other_way_round,
        "references.md",
        "(he2015)=\n",
        "",
    ),
    (entries_are_complete, "references.bib", "  doi = {10.24432/C50P49},\n", ""),
    (entries_are_complete, "references.bib", "author = {Hanin, Boris},\n", ""),
    (entries_are_complete, "references.bib", "  title = {Efficient {BackProp}},\n", ""),
    (entries_are_complete, "references.bib", "journal = {IEEE", "note = {IEEE"),
    (
        entries_are_complete,
        "references.bib",
        "  url = {https://arxiv.org/abs/1806.05393},\n",
        "",
    ),
    (entries_are_complete, "references.bib", "year = {2013}", "year = {2012}"),
    (terms_are_unique_sorted_and_explained, "glossary.md", "\nfan-out\n", "\nfan\n"),
    (terms_are_unique_sorted_and_explained, "glossary.md", "\nwidth\n", "\nbreadth\n"),
    (
        terms_are_unique_sorted_and_explained,
        "glossary.md",
        "  The number of units of a layer.\n",
        "",
    ),
    (
        terms_are_unique_sorted_and_explained,
        "glossary.md",
        "{term}`root mean square`",
        "{term}`rms`",
    ),
    (
        the_table_of_gains_is_right,
        "cheatsheet.md",
        "He: gain 1.4142",
        "He: gain 1.4143",
    ),
    (the_table_of_gains_is_right, "cheatsheet.md", "| 0.12 |", "| 0.13 |"),
    (the_table_of_gains_is_right, "cheatsheet.md", "1.7 \\cdot", "1.8 \\cdot"),
    (the_table_of_gains_is_right, "cheatsheet.md", "gain 2.3375", "gain 2.3374"),
    (
        the_table_of_gains_is_right,
        "cheatsheet.md",
        "| silu | normalize |",
        "| silu | anything |",
    ),
    (the_numbers_between_the_tables_are_right, "cheatsheet.md", "0.1414", "0.1407"),
    (the_numbers_between_the_tables_are_right, "cheatsheet.md", "1.6765", "1.6769"),
    (the_numbers_between_the_tables_are_right, "cheatsheet.md", "2.4495", "2.4500"),
    (the_numbers_between_the_tables_are_right, "cheatsheet.md", "0.41 is", "0.58 is"),
    (the_table_of_defaults_is_what_pytorch_draws, "cheatsheet.md", "0.7071 /", "1 /"),
    (
        the_table_of_defaults_is_what_pytorch_draws,
        "cheatsheet.md",
        "0.5774 /",
        "0.58 /",
    ),
    (
        the_table_of_defaults_is_what_pytorch_draws,
        "cheatsheet.md",
        "| normal | 1 | none",
        "| uniform | 1 | none",
    ),
    (
        the_table_of_defaults_is_what_pytorch_draws,
        "cheatsheet.md",
        "| 1 | none",
        "| 1 | 0",
    ),
    (
        the_table_of_defaults_is_what_pytorch_draws,
        "cheatsheet.md",
        "\\text{width}}$ | 0 |",
        "\\text{width}}$ | uniform, the same bound |",
    ),
]


@pytest.mark.parametrize(
    ("broken", "page", "old", "new"), BREAKS, ids=[b[0].__name__ for b in BREAKS]
)
def test_a_rule_notices_when_it_is_broken(broken, page, old, new):
    assert old in PAGES[page]
    changed = PAGES | {page: PAGES[page].replace(old, new)}
    # one complaint more than there is today, or another one
    assert Counter(broken(changed)) - Counter(broken(PAGES))


def test_every_rule_is_broken_once():
    assert {b[0] for b in BREAKS} == set(RULES)
