"""What helpers say can be said in another language."""

import matplotlib.pyplot as plt
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from matplotlib.text import Text

from helpers import words
from helpers.words import HERE, general, messages, read, say, shown, translate_figures

GERMAN = {
    "{count} layers are dead": "{count} Schichten sind tot",
    "layer": "Schicht",
    "relu, gain {}": "relu, Verstärkung {}",
    'a "quoted" line\nand a second \\ one': 'eine "zitierte" Zeile\nund \\ noch eine',
    "from {} to {}": "von {} bis {}",
    "as it is": "",
}


@pytest.fixture
def german(tmp_path, monkeypatch):
    """A catalogue as gettext's tools write it; its path."""
    catalogue = Catalog("de")
    for message, translation in GERMAN.items():
        catalogue.add(message, translation)
    catalogue.add("not sure", "nicht sicher", flags=["fuzzy"])
    path = tmp_path / "de" / "LC_MESSAGES" / "helpers.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=20)  # long ones over several lines
    monkeypatch.setattr(words, "LOCALES", tmp_path)
    monkeypatch.setenv("FIRST_WEIGHTS_LANG", "de")
    return path


def test_english_needs_no_catalogue(monkeypatch):
    monkeypatch.delenv("FIRST_WEIGHTS_LANG", raising=False)
    assert say("{count} layers are dead", count=3) == "3 layers are dead"
    assert say("{count} layers are dead") == "{count} layers are dead"
    assert shown("layer 3") == "layer 3"


def test_a_sentence_is_said_in_the_language_of_the_reader(german):
    assert say("{count} layers are dead", count=3) == "3 Schichten sind tot"
    assert say("{count} layers are dead") == "{count} Schichten sind tot"
    assert say("{x:.2f} is new", x=1) == "1.00 is new"


def test_a_language_without_a_catalogue_is_english(german, monkeypatch):
    monkeypatch.setenv("FIRST_WEIGHTS_LANG", "fr")
    assert say("layer") == "layer"


def test_a_catalogue_is_read_as_gettext_means_it(german):
    assert read(german) == {key: text for key, text in GERMAN.items() if text}


def test_a_translation_with_other_fields_is_refused(german):
    text = german.read_text(encoding="utf-8").replace("{count} Sch", "{anzahl} Sch")
    other = german.with_name("other.po")
    other.write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match="other.po: '{anzahl} Schichten.* the fields of"
    ):
        read(other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relu, gain 1.41", "relu, gain {}"),
        ("from 1e-31 to 10", "from {} to {}"),
        ("float32", "float32"),
        ("98th percentile", "98th percentile"),
        ("gelu, -1 %", "gelu, -{} %"),
        ("$10^{3}$", "$10^{3}$".replace("10", "{}").replace("3", "{}")),
    ],
)
def test_a_composed_text_is_looked_up_without_its_numbers(text, message):
    assert general(text) == message
    assert shown(text) == text


def test_a_composed_text_keeps_its_numbers(german):
    assert shown("relu, gain 1.41") == "relu, Verstärkung 1.41"
    assert shown("from 1e-31 to 10") == "von 1e-31 bis 10"
    assert shown("tanh, gain 1.41") == "tanh, gain 1.41"


def test_figures_are_drawn_in_the_language_of_the_reader(german, monkeypatch):
    monkeypatch.setattr(Text, "set_text", Text.set_text)  # put back afterwards
    translate_figures()
    fig, ax = plt.subplots()
    ax.set(xlabel="layer", title="relu, gain 2", ylabel=7)
    ax.plot([1, 2], label="layer")
    [label] = ax.legend().get_texts()
    assert (ax.get_xlabel(), ax.get_title()) == ("Schicht", "relu, Verstärkung 2")
    assert ax.get_ylabel() == "7"
    assert label.get_text() == "Schicht"
    assert ax.lines[0].get_label() == "layer", "the name of the data is not a text"
    plt.close(fig)


def test_every_message_is_found(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "one.py").write_text(
        "say('a {size} sentence' ' in two parts', size=1)\nself.say(x)\nprint('no')\n"
    )
    (tmp_path / "below" / "two.py").write_text("words.say('b')\nsay('b')\n")
    assert messages(tmp_path) == ["b", "a {size} sentence in two parts"]


def test_scripts_and_templates_say_as_modules_do(tmp_path):
    (tmp_path / "one.js").write_text(
        'const say = (text) => text;\nok ? say("in {n} cells", { n }) : say(\n "é");\n'
    )
    (tmp_path / "two.html").write_text('<p>{{ say("Yes") | e }}</p>')
    (tmp_path / "three.css").write_text('say("no")')
    assert messages(tmp_path) == ["in {n} cells", "é", "Yes"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.py", "x = 1\nsay(f'{x} layers')\n"),
        ("one.py", "\nsay()"),
        ("one.py", "\nsay('a', 'b')"),
        ("one.js", "\nsay(text)"),
        ("one.js", "\nsay(`${x} layers`)"),
        ("one.js", '\nsay("a" + b)'),
        ("one.html", "\n{{ say(text) }}"),
    ],
)
def test_a_message_that_cannot_be_found_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=f"{name}, line 2: say needs a sentence in qu"):
        messages(tmp_path)


def test_a_script_gets_the_sentences_that_are_translated(german):
    assert words.translations(["layer", "as it is", "other"]) == {"layer": "Schicht"}


def test_a_script_gets_nothing_in_english(monkeypatch):
    monkeypatch.delenv("FIRST_WEIGHTS_LANG", raising=False)
    assert words.translations(words.said(HERE / "live" / "live.js")) == {}


def test_the_messages_of_helpers_can_be_filled_in():
    for message in messages():
        assert words.FIELD.sub("", message).strip(), message
