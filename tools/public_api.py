"""``python -m tools.public_api``: the stubs that tell editors and type checkers the lazy names of the package and its rooms.

With ``--check``, the stubs that are not current are named, and the exit code is 1 where there is one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from kmop_constructs._public import AUTHORS, NAMES
from kmop_constructs.core.tools import known_rooms

ROOT = Path(__file__).parents[1]


def list_lazy_packages() -> Iterator[tuple[str, Iterable[str]]]:
    """The packages whose names are imported when they are first used, with the dotted names."""
    yield "kmop_constructs", NAMES
    yield "kmop_constructs.authors", AUTHORS
    yield from ((f"kmop_constructs.providers.{room}", tool.public) for room, tool in known_rooms().items())


def write_stub(package: str, names: Iterable[str]) -> str:
    """The stub of a package: each name from its module, as itself."""
    module = importlib.import_module(package)
    lines = ["# Written by `python -m tools.public_api`.", ""]
    homes = sorted(each.partition(":")[::2] for each in names)
    lines += [f"from {home} import {name} as {name}" for home, name in homes]
    listed = ", ".join(f'"{name}"' for name in module.__all__)
    return "\n".join([*lines, "", f"__all__: list[str] = [{listed}]", ""])


def main(arguments: list[str]) -> int:
    stale: list[str] = []
    for package, names in list_lazy_packages():
        source = Path(str(importlib.import_module(package).__file__))
        path = source.with_suffix(".pyi")
        text = write_stub(package, names)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    for each in stale:
        print(each, file=sys.stderr)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
