"""Run independent linters over what every app renders, and hold their findings against the accepted ones.

python -m tools.lint_manifests [--verbose] [APP …]

`tests/linters/accepted.yaml` accepts what the library's defaults leave, for every app; `tests/linters/APP.yaml` accepts
where that app deviates on purpose. An app's own entry goes before a general one, because its reason is nearer. A finding
that no entry accepts fails, and so does an entry that accepts nothing; a general one only where every app is linted.
Before that, every linter has to object to `bad.yaml` beside the entries: a linter whose rules were not loaded would
praise everything. No linter asks the network for anything.

An entry says `findings` (a list of `linter rule`), `objects` (one pattern of `Kind/name`, or a list), `reason`, and
`message` where only some words of the linter are accepted. Each finding has to be there on each pattern.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from tools.linters import LINTERS, Finding
from tools.manifests import Manifest, read, synthesize

import yaml

ROOT = Path(__file__).parents[1]
ENTRIES = ROOT / "tests" / "linters"
GENERAL = ENTRIES / "accepted.yaml"
BAD = ENTRIES / "bad.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """One rule of one linter that is accepted on some objects, and why."""

    linter: str
    rule: str
    objects: str
    reason: str
    message: str = "*"

    def covers(self, finding: Finding) -> bool:
        return (
            (self.linter, self.rule) == (finding.linter, finding.rule)
            and fnmatchcase(finding.label, self.objects)
            and fnmatchcase(finding.message, self.message)
        )

    def __str__(self) -> str:
        words = "" if self.message == "*" else f" ({self.message})"
        return f"{self.linter} {self.rule} on {self.objects}{words}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    accepted: list[tuple[Finding, Accepted]] = field(default_factory=list[tuple[Finding, Accepted]])
    unexpected: list[Finding] = field(default_factory=list[Finding])
    stale: list[Accepted] = field(default_factory=list[Accepted])

    @property
    def ok(self) -> bool:
        return not self.unexpected and not self.stale


def apps() -> list[str]:
    """The modules of `apps/` that have a function `build`, sorted."""
    return [path.stem for path in sorted((ROOT / "apps").glob("[!_]*.py")) if _builds(path)]


def _builds(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "build" for node in tree.body)


def load(path: Path) -> list[Accepted]:
    """The entries of one file, one for each finding on each pattern of objects."""
    return [accepted for entry in yaml.safe_load(path.read_text(encoding="utf-8")) for accepted in _read(path, entry)]


def _read(path: Path, entry: dict[str, Any]) -> list[Accepted]:
    rules = [str(rule).split() for rule in entry["findings"]]
    objects = cast("list[str]", entry["objects"] if isinstance(entry["objects"], list) else [entry["objects"]])
    reason = str(entry.get("reason") or "").strip()
    wrong = entry.keys() - {"findings", "objects", "reason", "message"}
    if not reason or wrong:
        what = f"has the unknown key {min(wrong)!r}" if wrong else "has no reason; write one"
        message = f"{path}: {entry['findings'][0]} {what}"
        raise SystemExit(message)
    message = str(entry.get("message", "*"))
    return [
        Accepted(linter=linter, rule=rule, objects=pattern, reason=reason, message=message)
        for linter, rule in rules
        for pattern in objects
    ]


def judge(findings: list[Finding], accepted: list[Accepted]) -> Verdict:
    """Match each finding with the first entry that covers it. An entry that comes first for none is stale."""
    verdict = Verdict()
    used: set[int] = set()
    for finding in findings:
        covering = next((index for index, entry in enumerate(accepted) if entry.covers(finding)), None)
        if covering is None:
            verdict.unexpected.append(finding)
        else:
            used.add(covering)
            verdict.accepted.append((finding, accepted[covering]))
    verdict.stale.extend(entry for index, entry in enumerate(accepted) if index not in used)
    return verdict


def judge_all(
    found: dict[str, list[Finding]], own: dict[str, list[Accepted]], general: list[Accepted], *, whole: bool
) -> dict[str, Verdict]:
    """A verdict for each app, by its own entries and the general ones; one named `accepted.yaml` for the latter.

    A general entry is stale when no app needs it, which is only known where `whole` says that these are all the apps.
    """
    verdicts = {app: judge(findings, [*own.get(app, []), *general]) for app, findings in found.items()}
    unused = [entry for entry in general if all(entry in verdict.stale for verdict in verdicts.values())]
    for verdict in verdicts.values():
        verdict.stale[:] = [entry for entry in verdict.stale if entry not in general]
    if whole:
        verdicts[GENERAL.name] = Verdict(stale=unused)
    return verdicts


def lay_out(manifests: list[Manifest], directory: Path) -> dict[str, str]:
    """Write one file an object, so that each finding names its object; file name to `Kind/name`."""
    labels: dict[str, str] = {}
    for number, manifest in enumerate(manifests):
        path = directory / f"{number:03}-{manifest.kind}-{manifest.name}.yaml"
        path.write_text(yaml.safe_dump(manifest.body, sort_keys=False), encoding="utf-8")
        labels[path.name] = manifest.label
    return labels


def findings_in(manifests: list[Manifest]) -> dict[str, list[Finding]]:
    """What each linter says about the objects, seen together."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        labels = lay_out(manifests, directory)
        return {name: sorted(set(linter(directory, labels))) for name, linter in LINTERS.items()}


def rendered(app: str) -> list[Manifest]:
    with tempfile.TemporaryDirectory() as temporary:
        return [manifest for path in synthesize(f"apps.{app}", Path(temporary)) for manifest in read(path)]


def say(name: str, verdict: Verdict, *, verbose: bool) -> None:
    """Print what fails; with `verbose` also what is accepted, and why."""
    for finding, entry in verdict.accepted if verbose else []:
        print(f"{name}: accepted    {finding}\n    because: {entry.reason}")
    for finding in verdict.unexpected:
        print(f"{name}: UNEXPECTED  {finding}")
    for entry in verdict.stale:
        print(f"{name}: STALE       {entry}: no such finding any more, or another entry comes first")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.lint_manifests")
    parser.add_argument("--verbose", action="store_true", help="say each accepted finding and its reason")
    parser.add_argument("apps", nargs="*", metavar="APP", help="default: every app")
    options = parser.parse_args(arguments)
    if unknown := set(options.apps) - set(apps()):
        parser.error(f"no such app: {min(unknown)}; there are {', '.join(apps())}")

    silent = [name for name, findings in findings_in(read(BAD)).items() if not findings]
    if silent:
        print(f"not awake, nothing said about bad.yaml: {', '.join(silent)}")
        return 1
    chosen: list[str] = options.apps or apps()
    manifests = {app: rendered(app) for app in chosen}
    found: dict[str, list[Finding]] = {}
    for app in chosen:
        by_linter = findings_in(manifests[app])
        found[app] = [finding for findings in by_linter.values() for finding in findings]
    own = {app: load(path) for app in chosen if (path := ENTRIES / f"{app}.yaml").exists()}
    verdicts = judge_all(found, own, load(GENERAL), whole=not options.apps)
    for name, verdict in verdicts.items():
        say(name, verdict, verbose=options.verbose)
    print(f"{'':24}objects  findings: by default  of its own  unexpected  stale entries")
    for app in chosen:
        verdict = verdicts[app]
        mine = Counter(entry in own.get(app, []) for _, entry in verdict.accepted)
        print(
            f"{app:24}{len(manifests[app]):7}{mine[False]:22}{mine[True]:12}{len(verdict.unexpected):12}"
            f"{len(verdict.stale):15}"
        )
    ok = all(verdict.ok for verdict in verdicts.values())
    print(
        f"{', '.join(LINTERS)}: {len(chosen)} apps, {sum(map(len, found.values()))} findings, {'ok' if ok else 'FAILED'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
