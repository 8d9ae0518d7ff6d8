"""Every public name, with the module that it is imported from."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from kmop_constructs._public import MODULES
from kmop_constructs.core.tools import known_rooms


@cache
def public_modules() -> tuple[str, ...]:
    beside = (name for name in MODULES if name != "testing")
    rooms = (f"providers.{room}" for room in known_rooms())
    return ("kmop_constructs", *(f"kmop_constructs.{name}" for name in (*beside, *rooms)))


@cache
def public_names() -> dict[str, Any]:
    """The names as they are, whatever module they are imported from."""
    found: dict[str, Any] = {}
    for module in public_modules():
        loaded = importlib.import_module(module)
        found |= {name: getattr(loaded, name) for name in loaded.__all__}
    return found
