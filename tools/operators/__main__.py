"""Build the operators, or run something with them.

python -m tools.operators build [NAME …]       # into the cache; without names all but those that take long
python -m tools.operators due                  # names of those that CI builds and tests
python -m tools.operators built                # those of them that are built
python -m tools.operators test [ARGUMENT …]    # the tests, in a network of their own; arguments are those of pytest
python -m tools.operators record [ARGUMENT …]  # the same, and write docs/ledger again
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tools.control_plane.guard import Guard
from tools.operators import network
from tools.operators.build import COMPILED
from tools.operators.due import due
from tools.operators.recipes import OPERATORS, with_needs

RECORD = "KMOP_RECORD_LEDGER"
"""A variable: what the tests have seen is written to docs/ledger, not compared with it."""
TESTS = Path("tests/operators")
BESIDE = (
    frozenset({"cloudnativepg", "eck", "etcd", "external_secrets", "mongodb", "sealed_secrets", "trust_manager"}),
    frozenset({"keda", "velero"}),
    frozenset({"envoy_gateway", "ingress_nginx", "istio", "traefik"}),
)
"""Tools whose tests run in a second, a third and a fourth cluster, at the same time as all others: each takes about as long."""
NO_TESTS = 5
"""The status of pytest where it has found no test."""


def main() -> int:
    match sys.argv[1:]:
        case ["build", *names]:
            return _build(names or [name for name, each in OPERATORS.items() if not each.by_request])
        case ["due"]:
            print(*due())
            return 0
        case ["built"]:
            print(*(name for name in due() if OPERATORS[name].recipe.built() is not None))
            return 0
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
        for name in with_needs(names):
            recipe = OPERATORS[name].recipe
            begin, there = time.monotonic(), recipe.built() is not None
            folder = recipe.build()
            took = "was there" if there else f"built in {time.monotonic() - begin:.0f} s"
            print(f"{name} {OPERATORS[name].version}: {folder} ({took})", flush=True)
    return 0


def _test(arguments: list[str], environment: dict[str, str]) -> int:
    """Run the tests: those of a path in one cluster, all of them in several clusters side by side."""
    command = [
        *(network.command() or []),
        sys.executable,
        "-m",
        "pytest",
    ]  # without a network the tests say why they cannot run
    if any(Path(each.partition("::")[0]).exists() for each in arguments):
        os.execvpe(command[0], [*command, *arguments], environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Guard() as guard, ExitStack() as files:
        later = [files.enter_context(tempfile.TemporaryFile()) for _ in BESIDE]
        running = [
            subprocess.Popen([*command, *map(str, paths), *arguments], env=environment, stdout=output)
            for paths, output in zip(_parts(), (None, *later), strict=True)
        ]
        for process in running:
            guard.watch(process)
        try:
            found = {process.wait() for process in running}
        finally:
            for process in running:
                process.terminate()
                process.wait()
                guard.end(process)
        for output in later:
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
    wrong = found - {0, NO_TESTS}
    return max(wrong, key=abs) if wrong else min(found)


def _parts() -> list[list[Path]]:
    """The folders of tests of each cluster."""
    folders = sorted({file.parent for file in TESTS.glob("*/test_*.py")})
    beside = [[each for each in folders if each.name in names] for names in BESIDE]
    return [[each for each in folders if not any(each in part for part in beside)], *beside]


if __name__ == "__main__":
    sys.exit(main())
