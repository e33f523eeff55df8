"""What stands in a module or a file under a name. No lesson needs this."""

import argparse
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from helpers.signals.errors import AuditError, said
from helpers.signals.inputs import FORMATS


def find(where: str) -> Any:
    """What is found at ``module:name`` or ``path/to/file.py:name``.

    Raises:
        AuditError: nothing is there, or the module cannot be imported.
    """
    place, colon, name = where.rpartition(":")
    if not (place and name):
        raise AuditError(f"{where!r} must be module:name or path/to/file.py:name")
    found: Any = _imported(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise AuditError(f"{place} has no {name!r}")
        found = getattr(found, part)
    return found


def build(where: str, arguments: Mapping[str, Any] | None = None) -> nn.Module:
    """The model that a factory returns.

    Args:
        where: ``module:factory`` or ``path/to/file.py:factory``; dots lead to a
            method of a class.
        arguments: what the factory is called with, by name.

    Raises:
        AuditError: nothing there, or the factory fails, or returns no ``nn.Module``,
            or is a model and takes no arguments.
    """
    factory = find(where)
    if isinstance(factory, nn.Module) and arguments:
        raise AuditError(f"{where} is a model already: it takes no {min(arguments)}")
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise AuditError(f"{where} is no factory but {type(factory).__name__}")
    with said(f"the factory {where} raised"):
        model = factory(**(arguments or {}))
    if not isinstance(model, nn.Module):
        raise AuditError(f"{where} returned no nn.Module but {type(model).__name__}")
    return model


def model_for(wanted: argparse.Namespace, **more: Any) -> nn.Module:
    """The model that is asked for in a shell, in its mode and number format.

    Args:
        wanted: what ``asking.asked`` returns.
        more: of the factory's arguments.

    Raises:
        AuditError: as ``build``.
    """
    model = build(wanted.factory, dict(wanted.arg) | more)
    if wanted.mode:
        model.train(wanted.mode == "train")
    return model.to(FORMATS[wanted.dtype]) if wanted.dtype else model


def _imported(place: str) -> ModuleType:
    with said(f"{place} cannot be imported:"):
        if not place.endswith(".py"):
            sys.path.insert(0, "")
            return pkgutil.resolve_name(f"{place}:")
        path = Path(place).resolve()
        if not path.is_file():
            raise AuditError(f"there is no file {place}")
        root, name = path.parent, path.stem
        while (root / "__init__.py").is_file():  # a file of a package, and its names
            root, name = root.parent, f"{root.name}.{name}"
        sys.path.insert(0, str(root))
        if "." in name:
            return importlib.import_module(name)
        if name in sys.stdlib_module_names:
            name = f"own_{name}"  # others import the library's
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader, "a name that ends in .py has both"
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
