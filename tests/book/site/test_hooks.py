"""Everything that the extension does to a build stands in one list, with its reason."""

import ast

from book.project import COURSE
from book.site import AFTER_OTHERS, HOOKS, PASSES

SITE = COURSE.root / "book" / "site"


def test_every_hook_and_every_pass_has_a_reason():
    assert len(HOOKS) > 10 and len(PASSES) == 10
    assert all(len(entry.why.split()) >= 4 for entry in [*HOOKS, *PASSES])


def test_no_module_of_the_extension_connects_anything_by_itself():
    calls = {
        (path.name, node.func.attr)
        for path in SITE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    connecting = {"connect", "add_post_transform", "add_transform"}
    assert {name for name, call in calls if call in connecting} == {"__init__.py"}
    priorities = [
        path.name
        for path in SITE.rglob("*.py")
        if "default_priority =" in path.read_text(encoding="utf-8")
    ]
    assert priorities == ["__init__.py"]


def test_the_hooks_come_after_other_extensions_and_before_sphinx_checks_settings():
    assert 501 < AFTER_OTHERS and AFTER_OTHERS + len(HOOKS) < 800
