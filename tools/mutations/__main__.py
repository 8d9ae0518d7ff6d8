"""Break the library on purpose, one line at a time, and say which breaks no test notices.

python -m tools.mutations [--only ID …] [--jobs N]
python -m tools.mutations --list

An entry of `mutations.yaml` says `file`, `find` (text that is there exactly once), `replace`, `tests` (what pytest is
given; at least one of them has to fail) and `why` (what a user would lose). `k` is pytest's option of that name, where
the tests alone say too much. Everything happens in a copy: the work tree is only read.

A test that fails kills the mutation. One that survives wants a better test; a stale one, whose text is not there any
more, wants its equivalent in the new code; and a mutation that breaks more than a test, such as an import, says nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, TypeAlias, cast

import yaml

ROOT = Path(__file__).parents[2]
MUTATIONS = Path(__file__).with_name("mutations.yaml")

COPIED = (
    "apps", "benchmarks", "docs", "examples", "imports", "kmop_constructs", "requirements", "tests", "tools",
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "cdk8s.yaml", "pyproject.toml",
)  # fmt: skip
"""What the package and its tests read."""

TIME_LIMIT = 600
"""Seconds that the tests of one mutation may take."""

TESTS_FAILED = 1
"""The status of pytest when tests ran and some failed; others say that none ran."""

Verdict: TypeAlias = Literal["killed", "SURVIVED", "stale", "unclear"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    id: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]
    why: str
    k: str | None = None

    def occurrences(self, root: Path) -> int:
        path = root / self.file
        return path.read_text(encoding="utf-8").count(self.find) if path.is_file() else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    mutation: Mutation
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0


def load(path: Path) -> list[Mutation]:
    entries = cast("list[dict[str, Any]]", yaml.safe_load(path.read_text(encoding="utf-8")))
    mutations = [_mutation(entry) for entry in entries]
    ids = [each.id for each in mutations]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise SystemExit(f"{path.name}: {min(twice)} is there twice; rename one of them")
    return mutations


def _mutation(entry: dict[str, Any]) -> Mutation:
    id = str(entry.get("id"))
    needed = {"id", "file", "find", "replace", "tests", "why"}
    if missing := needed - entry.keys():
        raise SystemExit(f"{id}: has no {min(missing)!r}; add it")
    if unknown := entry.keys() - needed - {"k"}:
        raise SystemExit(f"{id}: has the unknown key {min(unknown)!r}; remove it")
    tests = cast("list[str]", entry.pop("tests"))
    mutation = Mutation(**entry, tests=tuple(tests))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", id):
        raise SystemExit(f"{id!r}: not an id; write a short sentence as-lower-case-words")
    if mutation.find == mutation.replace or not tests:
        raise SystemExit(f"{id}: changes nothing, or names no test")
    return mutation


def chosen(mutations: Sequence[Mutation], only: Sequence[str]) -> list[Mutation]:
    if unknown := set(only) - {each.id for each in mutations}:
        raise SystemExit(f"no such mutation: {min(unknown)}; --list shows them")
    return [each for each in mutations if not only or each.id in only]


def copy_package(root: Path, folder: Path) -> Path:
    """A copy of what is tested. The link to the typings stays a link, to those of the copy."""
    folder.mkdir()
    for source in (root / name for name in COPIED):
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / source.name, symlinks=True, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, folder)
    return folder


@contextmanager
def changed(mutation: Mutation, folder: Path) -> Generator[None]:
    """The mutation in a copy. What Python has compiled of the file goes, for it may be of the same second and size."""
    path = folder / mutation.file
    before = path.read_text(encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_text(before.replace(mutation.find, mutation.replace), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def run_python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
    )


def run_tests(
    folder: Path, tests: Iterable[str], k: str | None, **environment: str
) -> subprocess.CompletedProcess[str]:
    options = ["-x", "-q", "-p", "no:cacheprovider", *(() if k is None else ("-k", k))]
    return run_python(folder, "-m", "pytest", *options, *tests, **environment)


def check_unmutated(folder: Path, mutations: Sequence[Mutation]) -> None:
    """Refuse to go on where the copy is not what is imported, or where the tests fail anyway."""
    done = run_python(folder, "-c", "import kmop_constructs; print(kmop_constructs.__file__)")
    if not Path(done.stdout.strip()).is_relative_to(folder):
        raise SystemExit(f"not the copy in {folder} is imported, but this:\n{done.stdout}")
    for k in dict.fromkeys(each.k for each in mutations):
        tests = dict.fromkeys(test for each in mutations if each.k == k for test in each.tests)
        done = run_tests(folder, tests, k)
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nnothing was mutated, for the tests fail without any mutation; mend them")


def tried(mutation: Mutation, folder: Path) -> Result:
    """What the tests say of the mutation."""
    if (number := mutation.occurrences(folder)) != 1:
        return Result(
            mutation=mutation, verdict="stale", detail=f"what it changes is in {mutation.file} {number} times"
        )
    begin = time.monotonic()
    try:
        with changed(mutation, folder):
            done = run_tests(folder, mutation.tests, mutation.k, PYTHONDONTWRITEBYTECODE="1")
    except subprocess.TimeoutExpired:
        return Result(mutation=mutation, verdict="unclear", detail=f"its tests take longer than {TIME_LIMIT} s")
    seconds = time.monotonic() - begin
    match done.returncode:
        case 0:
            detail = f"{mutation.file}: {mutation.why}"
            return Result(mutation=mutation, verdict="SURVIVED", detail=detail, seconds=seconds)
        case status if status == TESTS_FAILED:
            return Result(mutation=mutation, verdict="killed", seconds=seconds)
        case status:
            detail = f"pytest ended with status {status}, so no test has judged it\n{done.stdout}"
            return Result(mutation=mutation, verdict="unclear", detail=detail, seconds=seconds)


def try_all(root: Path, mutations: Sequence[Mutation], jobs: int) -> Iterator[Result]:
    """Every result, in the order of the mutations; `jobs` copies are at work at once."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as temporary:
        first = copy_package(root, Path(temporary).resolve() / "0")
        check_unmutated(first, mutations)
        free: SimpleQueue[Path] = SimpleQueue()
        free.put(first)
        for number in range(1, jobs):
            free.put(shutil.copytree(first, first.with_name(str(number)), symlinks=True))

        def judge(mutation: Mutation) -> Result:
            folder = free.get()
            try:
                return tried(mutation, folder)
            finally:
                free.put(folder)

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(judge, mutations)


def say(result: Result) -> None:
    print(f"{result.verdict:<9} {result.seconds:5.1f} s  {result.mutation.id}", flush=True)
    if result.detail:
        print(f"          {result.detail}", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutations")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="default: every mutation")
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many at once; default: 1")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs: fewer than one, got {options.jobs}")
    mutations = chosen(load(MUTATIONS), options.only)
    if options.list:
        for each in mutations:
            print(f"{each.id}\n    {each.file}: {each.why}")
        return 0
    passed = failed = 0
    for result in try_all(ROOT, mutations, options.jobs):
        say(result)
        passed += result.verdict == "killed"
        failed += result.verdict != "killed"
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
