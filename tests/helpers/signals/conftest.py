"""The command, and models to ask it about."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from helpers.signals.__main__ import main

MODELS = Path(__file__).parents[2] / "shared" / "our_models.py"


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder with models in a module, as the current one."""
    shutil.copy(MODELS, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield
    sys.modules.pop("our_models", None)


@pytest.fixture
def audited(models, capsys):
    """What the command answers: exit code, what it prints, what it complains."""

    def ask(factory, *options):
        try:
            code = main([f"our_models:{factory}", *options])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        table, gap, words = out.partition("\n\n")
        unwrapped = re.sub(r"\n  (?=\S)", " ", words)
        return code, table + gap + unwrapped, err

    return ask
