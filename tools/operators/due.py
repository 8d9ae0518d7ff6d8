"""Which operators CI builds and tests: all that are built already, those of recent changes, and one more in turn.

The build of all takes longer than CI has on a bare machine. What the others were seen to do is in their ledgers.
"""

from __future__ import annotations

import os
import re
import subprocess

from tools.operators.recipes import HERE, OPERATORS, with_needs

VARIABLE = "KMOP_DUE_OPERATORS"
"""Names of operators, separated by spaces: the tests of others are skipped where they are not built. Not set: no test is skipped in CI."""
RECENT = 10
"""Commits whose changes are recent."""
ROOT = HERE.parents[1]
PLACE = re.compile(r"(?:docs/ledger|tests/operators|tools/operators)/(\w+)(?:/|\.md$)")


def due() -> list[str]:
    """Names of operators, each followed by what its tests run too."""
    own = [name for name, each in OPERATORS.items() if not each.by_request and each.helps is None]
    built = {name for name in own if OPERATORS[name].recipe.built() is not None}
    return with_needs(due_of(own, built, _changed(), _count()))


def due_of(own: list[str], built: set[str], changed: str | None, count: int) -> list[str]:
    """Names that are due, sorted. `changed` is the files of recent commits, a line each; ``None`` where they are not known: all are due."""
    if changed is None:
        return sorted(own)
    found = {match.group(1) for line in changed.splitlines() if (match := PLACE.match(line))}
    in_turn = sorted(own)[count % len(own)]
    return sorted(set(own) & (built | found | {in_turn}))


def is_due(name: str) -> bool:
    """Whether the tests of an operator must run."""
    return VARIABLE not in os.environ or name in os.environ[VARIABLE].split()


def _changed() -> str | None:
    return _git("log", f"--max-count={RECENT}", "--name-only", "--format=")


def _count() -> int:
    return int(_git("rev-list", "--count", "HEAD") or 0)


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
