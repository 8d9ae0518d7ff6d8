"""Public names that are imported when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

from kmop_constructs._field_docs import describe_fields

__all__ = ["lazily", "unknown_name"]


def lazily(
    package: str,
    names: Iterable[str],
    *,
    prepare: Callable[[str], object] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package with names from other modules.

    Args:
        package: Its name.
        names: The names with their modules: ``package.module:Name``.
        prepare: Called with the module of a name before that is imported. Default: nothing.
    """
    homes = {name: module for module, _, name in (each.partition(":") for each in names)}

    def get(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise unknown_name(package, name)
        if prepare is not None:
            prepare(home)
        value = getattr(importlib.import_module(home), name)
        describe_fields(value)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *homes}), sorted(homes, key=_order)


def unknown_name(package: str, name: str) -> Exception:
    """The error of a name that a package does not have. It names the module that has it."""
    other = None if name.startswith("_") else importlib.import_module("kmop_constructs.core.tools").find_public(name)
    if other is None:
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    # Python leaves out the text of an AttributeError where a name is imported.
    return ImportError(f"{package} has no {name!r}; import it from {other}")


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by name: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
