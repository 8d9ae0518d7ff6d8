"""Run independent linters over what an app renders, and hold their findings against the accepted ones.

python -m tools.lint_manifests APP ACCEPTED.yaml

A finding that no entry accepts fails, and so does an entry that accepts nothing. Before that, every linter has to object
to `bad.yaml` beside the accepted findings: a linter whose rules were not loaded would praise everything. No linter asks
the network for anything.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from tools.linters import LINTERS, Finding
from tools.manifests import Manifest, read, synthesize

import yaml


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    accepted: list[tuple[Finding, Accepted]] = field(default_factory=list[tuple[Finding, Accepted]])
    unexpected: list[Finding] = field(default_factory=list[Finding])
    stale: list[Accepted] = field(default_factory=list[Accepted])

    @property
    def ok(self) -> bool:
        return not self.unexpected and not self.stale


def load(path: Path) -> list[Accepted]:
    entries = cast("list[dict[str, Any]]", yaml.safe_load(path.read_text(encoding="utf-8")) or [])
    accepted = [Accepted(**entry) for entry in entries]
    for entry in accepted:
        if not entry.reason.strip():
            message = f"{path}: {entry.linter} {entry.rule} has no reason; write one"
            raise SystemExit(message)
    return accepted


def judge(findings: list[Finding], accepted: list[Accepted]) -> Verdict:
    """Match each finding with the first entry that covers it."""
    verdict = Verdict()
    used: set[int] = set()
    for finding in findings:
        covering = [index for index, entry in enumerate(accepted) if entry.covers(finding)]
        if covering:
            used.update(covering)
            verdict.accepted.append((finding, accepted[covering[0]]))
        else:
            verdict.unexpected.append(finding)
    verdict.stale.extend(entry for index, entry in enumerate(accepted) if index not in used)
    return verdict


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


def main(app: str, accepted_file: Path) -> int:
    silent = [name for name, found in findings_in(read(accepted_file.parent / "bad.yaml")).items() if not found]
    if silent:
        print(f"not awake, nothing said about bad.yaml: {', '.join(silent)}")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        files = synthesize(app, Path(temporary))
        manifests = [manifest for path in files for manifest in read(path)]
    found = findings_in(manifests)
    verdict = judge([finding for findings in found.values() for finding in findings], load(accepted_file))
    for finding, entry in verdict.accepted:
        print(f"accepted    {finding}\n            because: {entry.reason.strip()}")
    for finding in verdict.unexpected:
        print(f"UNEXPECTED  {finding}")
    for entry in verdict.stale:
        print(f"STALE       {entry.linter} {entry.rule} on {entry.objects} ({entry.message}): no such finding any more")
    print(
        f"{app}: {len(manifests)} objects, {len(LINTERS)} linters ({', '.join(LINTERS)}): "
        f"{len(verdict.accepted)} findings accepted, {len(verdict.unexpected)} unexpected, {len(verdict.stale)} stale entries"
    )
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
