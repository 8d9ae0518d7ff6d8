"""The linters: how each is started, and its findings in one shape.

Each is given a directory with one object a file, and the file names' labels (`Kind/name`). Each loads the rules that it
ships: no update, no network. Each says which workloads it has looked at: a file that it skips in silence would pass.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOOLS = Path(".venv-linters/bin").absolute()
KUBE_SCORE = Path(".cache/bin/kube-score").absolute()
KUBERNETES = "v1.30"
"""The default version of a platform."""

# Optional rules of kube-score that ask for what a plain service promises. The others want requests equal to limits.
KUBE_SCORE_OPTIONAL = ("container-ports-check", "container-seccomp-profile")
KUBE_SCORE_FINE = 10
"""The grade of a check without remarks; lower grades are `almost ok` (7), `warning` (5) and `critical` (1)."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    linter: str
    rule: str
    label: str
    message: str

    def __str__(self) -> str:
        return f"{self.linter} {self.rule} on {self.label}: {self.message}"


Linter = Callable[[Path, dict[str, str]], Iterator[Finding]]

WORKLOADS = ("CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet")


def saw_all(linter: str, labels: dict[str, str], seen: Iterable[str]) -> None:
    """Refuse a report that leaves a workload out: checkov, for one, skips what it cannot read and says nothing."""
    missed = sorted(labels[name] for name in labels.keys() - set(seen) if labels[name].split("/")[0] in WORKLOADS)
    if missed:
        message = f"{linter} has not looked at {', '.join(missed)}; run it by hand over that object"
        raise SystemExit(message)


def _run(*command: str | Path) -> Any:
    """The JSON that a linter prints. Exit status 1 says that it has findings."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": "/usr/bin:/bin", "HOME": home}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL
        )
    if done.returncode not in {0, 1} or not done.stdout.strip():
        message = f"{Path(command[0]).name} failed with status {done.returncode}:\n{done.stderr}"
        raise SystemExit(message)
    return json.loads(done.stdout)


def checkov(directory: Path, labels: dict[str, str]) -> Iterator[Finding]:
    report = _run(
        TOOLS / "checkov", "--directory", directory, "--framework", "kubernetes", "--skip-download", "--compact",
        "--output", "json",
    )  # fmt: skip
    results = report.get("results", {})
    checks = [check for verdict in ("passed_checks", "failed_checks") for check in results.get(verdict, [])]
    saw_all("checkov", labels, (Path(check["file_path"]).name for check in checks))
    for check in results.get("failed_checks", []):
        label = labels[Path(check["file_path"]).name]
        yield Finding(linter="checkov", rule=check["check_id"], label=label, message=check["check_name"])


def trivy(directory: Path, labels: dict[str, str]) -> Iterator[Finding]:
    report = _run(
        TOOLS / "trivy", "config", "--skip-check-update", "--skip-version-check", "--disable-telemetry", "--quiet",
        "--format", "json", directory,
    )  # fmt: skip
    results = report.get("Results", [])
    saw_all("trivy", labels, (Path(result["Target"]).name for result in results))
    for result in results:
        for check in result.get("Misconfigurations", []):
            label = labels[Path(result["Target"]).name]
            yield Finding(linter="trivy", rule=check["ID"], label=label, message=check["Message"])


def kube_score(directory: Path, labels: dict[str, str]) -> Iterator[Finding]:
    optional = [word for rule in KUBE_SCORE_OPTIONAL for word in ("--enable-optional-test", rule)]
    files = [directory / name for name in sorted(labels)]
    report = _run(KUBE_SCORE, "score", "--kubernetes-version", KUBERNETES, "--output-format", "json", *optional, *files)
    saw_all("kube-score", labels, (Path(scored["file_name"]).name for scored in report))
    for scored in report:
        label = labels[Path(scored["file_name"]).name]
        for check in scored["checks"]:
            if check["skipped"] or check["grade"] >= KUBE_SCORE_FINE:
                continue
            for comment in check["comments"] or [{"summary": check["check"]["comment"]}]:
                container = comment.get("path")
                message = f"{container}: {comment['summary']}" if container else comment["summary"]
                yield Finding(linter="kube-score", rule=check["check"]["id"], label=label, message=message)


LINTERS: dict[str, Linter] = {"checkov": checkov, "trivy": trivy, "kube-score": kube_score}
