"""Build the operators, or run something with them.

python -m tools.operators build [NAME …]       # into the cache; without names all but those that take long
python -m tools.operators test [ARGUMENT …]    # the tests, in a network of their own; arguments are those of pytest
python -m tools.operators record [ARGUMENT …]  # the same, and write docs/ledger again
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.operators import network
from tools.operators.build import COMPILED
from tools.operators.recipes import OPERATORS

RECORD = "KMOP_RECORD_LEDGER"
"""A variable: what the tests have seen is written to docs/ledger, not compared with it."""


def main() -> int:
    match sys.argv[1:]:
        case ["build", *names]:
            return _build(names or [name for name, each in OPERATORS.items() if not each.by_request])
        case ["test", *arguments]:
            return _test(arguments, network.environment())
        case ["record", *arguments]:
            return _test(arguments, {**network.environment(), RECORD: "yes"})
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def _build(names: list[str]) -> int:
    """Build what is missing. What Go compiles on the way is used again for the next, and deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="kmop-compiled-") as compiled:
        os.environ[COMPILED] = compiled
        for name in names:
            recipe = OPERATORS[name].recipe
            begin, there = time.monotonic(), recipe.built() is not None
            folder = recipe.build()
            took = "was there" if there else f"built in {time.monotonic() - begin:.0f} s"
            print(f"{name} {OPERATORS[name].version}: {folder} ({took})", flush=True)
    return 0


def _test(arguments: list[str], environment: dict[str, str]) -> int:
    before = network.command()
    paths = [] if any(Path(each.partition("::")[0]).exists() for each in arguments) else ["tests/operators"]
    command = [sys.executable, "-m", "pytest", *paths, *arguments]
    if before is None:  # the tests say why they cannot run
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    return os.execvpe(before[0], [*before, *command], environment)


if __name__ == "__main__":
    sys.exit(main())
