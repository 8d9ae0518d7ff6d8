"""Every public name, with the module that it is imported from."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from kmop_constructs.core.tools import known_rooms

MODULES = (
    "kmop_constructs",
    *(f"kmop_constructs.{name}" for name in ("authors", "exposure", "patch", "placement", "variables")),
)


@cache
def public_modules() -> tuple[str, ...]:
    return (*MODULES, *(f"kmop_constructs.providers.{room}" for room in known_rooms()))


@cache
def public_names() -> dict[str, Any]:
    """The names as they are, whatever module they are imported from."""
    found: dict[str, Any] = {}
    for module in public_modules():
        loaded = importlib.import_module(module)
        found |= {name: getattr(loaded, name) for name in loaded.__all__}
    return found
