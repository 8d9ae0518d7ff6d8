"""Take each fix of a known defect away, and show that its test then fails.

python -m tools.fixes [--only N …] [--jobs N]

An entry of `fixes.yaml` has a `title` (the defect), a `test` (the pytest id of the test that fails without the fix) and
`without` (the changes that take the fix away: `file`, `find`, which occurs in the file exactly once, and `replace`).
`raises` is the name of an error of Python that the defect itself was, such as an AttributeError. An entry for which no
test is possible has `unproven` in place of `test` and `without`, with the reason.

A test counts as failed if an assertion fails, an expected error is not raised, this library raises an error, or a line of
the test itself does not find what it looks up. Every other error, such as one of an import or a fixture, shows only that
the test could not run. All changes are made in a copy; the work tree is only read.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, TypeAlias, cast

from tools.mutations.__main__ import Mutation, changed, copy_package, run_python

import yaml

ROOT = Path(__file__).parents[2]
FIXES = Path(__file__).with_name("fixes.yaml")

OURS = ("AssertionError", "Failed", "assert ", "kmop_constructs.errors.")
"""Begins of messages that show a failed test: of `assert`, of `pytest.raises` and `pytest.fail`, and of this library."""

LOOK_UP = re.compile(r"tests/\S+:\d+: (?:IndexError|KeyError|StopIteration|ValueError)")
"""Last line of the traceback where a line of a test, such as ``[finding] = …``, does not find what it looks up."""

Outcome: TypeAlias = Literal["passes", "fails", "could not run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change that takes a fix away, or a part of it."""

    file: str
    find: str
    replace: str

    def mutation(self, fix: Fix) -> Mutation:
        """Return the change in the form of `tools.mutations`."""
        return Mutation(
            id=fix.title, file=self.file, find=self.find, replace=self.replace, tests=(fix.test,), why=fix.title
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """A defect that is fixed, and the test that shows it."""

    number: int
    title: str
    test: str = ""
    without: tuple[Change, ...] = ()
    raises: str | None = None
    unproven: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a test showed."""

    outcome: Outcome
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.detail}" if self.detail else self.outcome


def load(path: Path = FIXES) -> list[Fix]:
    """Read the fixes, numbered in their order."""
    entries = cast("list[dict[str, Any]]", yaml.safe_load(path.read_text(encoding="utf-8")))
    return [_fix(number, entry) for number, entry in enumerate(entries, start=1)]


def _fix(number: int, entry: dict[str, Any]) -> Fix:
    keys = entry.keys() - {"raises"}
    if keys not in ({"title", "test", "without"}, {"title", "unproven"}):
        raise SystemExit(
            f"fix {number}: has the keys {sorted(keys)}; write title, test and without, or title and unproven"
        )
    changes = tuple(Change(**each) for each in cast("list[dict[str, str]]", entry.pop("without", [])))
    return Fix(number=number, without=changes, **entry)


def run_tests(folder: Path, *tests: str) -> str:
    """Run tests in a copy, and return pytest's report in the form of JUnit; empty if there is none."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    run_python(folder, "-m", "pytest", *options, *tests, PYTHONDONTWRITEBYTECODE="1")
    return report.read_text(encoding="utf-8") if report.is_file() else ""


def judge(report: str, test: str, raises: str | None = None) -> Verdict:
    """Return what a report shows of one test, in all its parameters."""
    module, _, name = test.partition("::")
    case_of = (module.removesuffix(".py").replace("/", "."), name.partition("[")[0])
    cases = [
        case
        for case in (ET.fromstring(report).iter("testcase") if report else ())
        if (case.get("classname"), str(case.get("name")).partition("[")[0]) == case_of
    ]
    if not cases:
        return Verdict(outcome="could not run", detail="the test was not found, or its module could not be imported")
    unclear = None
    for case in cases:
        for problem in case:
            message = (problem.get("message") or "").strip().partition("\n")[0]
            if problem.tag == "failure" and _is_failure(problem, message, raises):
                return Verdict(outcome="fails", detail=message)
            if problem.tag in ("error", "failure", "skipped"):
                unclear = Verdict(outcome="could not run", detail=f"{problem.tag}: {message}")
    return unclear or Verdict(outcome="passes")


def _is_failure(problem: ET.Element, message: str, raises: str | None) -> bool:
    last = (problem.text or "").strip().rpartition("\n")[2]
    return message.startswith((*OURS, raises) if raises else OURS) or LOOK_UP.fullmatch(last) is not None


def try_without(folder: Path, fix: Fix) -> Verdict:
    """Return what the test of a fix shows while the fix is taken away."""
    mutations = [each.mutation(fix) for each in fix.without]
    with ExitStack() as stack:
        for each in mutations:
            if (number := each.occurrences(folder)) != 1:
                return Verdict(outcome="could not run", detail=f"the text to change is in {each.file} {number} times")
            stack.enter_context(changed(each, folder))
        return judge(run_tests(folder, fix.test), fix.test, fix.raises)


def prove_all(fixes: Sequence[Fix], jobs: int) -> Iterator[tuple[Fix, Verdict, Verdict]]:
    """Yield each fix with what its test shows without it and with it. `jobs` copies are used at once."""
    with tempfile.TemporaryDirectory(prefix="fixes-") as temporary:
        first = copy_package(ROOT, Path(temporary).resolve() / "0")
        done = run_python(first, "-c", "import kmop_constructs; print(kmop_constructs.__file__)")
        if not Path(done.stdout.strip()).is_relative_to(first):
            raise SystemExit(f"not the copy in {first} is imported, but this:\n{done.stdout}")
        run_python(first, "-m", "compileall", "-q", "kmop_constructs", "imports", "tests")
        report = run_tests(first, *dict.fromkeys(each.test for each in fixes if not each.unproven))
        free: SimpleQueue[Path] = SimpleQueue()
        free.put(first)
        for number in range(1, jobs):
            free.put(shutil.copytree(first, first.with_name(str(number)), symlinks=True))

        def prove(fix: Fix) -> tuple[Fix, Verdict, Verdict]:
            if fix.unproven:
                return fix, Verdict(outcome="could not run", detail=fix.unproven), Verdict(outcome="could not run")
            folder = free.get()
            try:
                return fix, try_without(folder, fix), judge(report, fix.test)
            finally:
                free.put(folder)

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(prove, fixes)


def cell(text: str, width: int) -> str:
    """Return a text as a cell of a table: on one line, and at most as wide."""
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= width else f"{line[: width - 1]}…"


def main(arguments: list[str]) -> int:
    """Print the table. The status is 1 if a fix is not proven."""
    parser = argparse.ArgumentParser(prog="python -m tools.fixes")
    parser.add_argument("--only", nargs="+", type=int, default=[], metavar="N", help="default: every fix")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many at once; default: 1")
    options = parser.parse_args(arguments)
    fixes = [each for each in load() if not options.only or each.number in options.only]
    proven = 0
    print("| | defect | test | without the fix | with the fix |\n|---|---|---|---|---|", flush=True)
    for fix, without, fixed in prove_all(fixes, options.jobs):
        proven += without.outcome == "fails" and fixed.outcome == "passes"
        cells = [cell(fix.title, 200), cell(fix.test, 200), cell(str(without), 120), cell(str(fixed), 120)]
        print(f"| {fix.number} | {' | '.join(cells)} |", flush=True)
    print(f"\n{proven} of {len(fixes)} fixes are proven: the test fails without the fix, and passes with it.")
    return 0 if proven == len(fixes) else 1


if __name__ == "__main__":
    os.environ.pop("PYTEST_ADDOPTS", None)
    sys.exit(main(sys.argv[1:]))
