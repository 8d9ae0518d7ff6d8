"""The public names: where users import each from, and where it is made."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from kmop_constructs import _public
from tools.reference.sources import PACKAGE, defines

MODULES = (
    PACKAGE,
    *(f"{PACKAGE}.{name}" for name in _public.MODULES),
    f"{PACKAGE}.providers.*",
)
"""The modules whose ``__all__`` is public. A star stands for every module below that has one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicName:
    """A name that users may import."""

    module: str
    name: str
    home: str

    @property
    def path(self) -> str:
        return f"{self.home}.{self.name}"


def find_names() -> list[PublicName]:
    """Every public name, each once: where two modules offer the same object, the first counts."""
    found: dict[str, PublicName] = {}
    for module in find_modules():
        for name in import_module(module).__all__:
            public = PublicName(module=module, name=name, home=_find_home(module, name))
            found.setdefault(public.path, public)
    return list(found.values())


def find_modules() -> Iterator[str]:
    for pattern in MODULES:
        if not pattern.endswith(".*"):
            yield pattern
            continue
        parent = import_module(pattern.removesuffix(".*"))
        for each in pkgutil.iter_modules(parent.__path__, f"{parent.__name__}."):
            if getattr(import_module(each.name), "__all__", ()):
                yield each.name


def _find_home(module: str, name: str) -> str:
    value = getattr(import_module(module), name)
    said = str(getattr(value, "__module__", ""))
    if defines(said, name):
        return said
    # An alias of a type knows the module of typing, or none.
    for home, loaded in sorted(sys.modules.items()):
        if home.startswith(f"{PACKAGE}.") and vars(loaded).get(name) is value and defines(home, name):
            return home
    raise LookupError(f"{module}.{name}: no module of {PACKAGE} makes it")
