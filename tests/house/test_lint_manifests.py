"""A linter's finding is accepted with a reason or it fails; an acceptance without a finding fails too."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tools.lint_manifests import BAD, ENTRIES, GENERAL, ROOT, Accepted, apps, judge, judge_all, lay_out, load
from tools.linters import Finding, saw_all
from tools.manifests import read

import pytest
import yaml

ENTRY_FILES = sorted(set(ENTRIES.glob("*.yaml")) - {BAD})
NO_LIMIT = Finding(
    linter="kube-score", rule="container-resources", label="Deployment/web", message="CPU limit is not set"
)
ENTRY = Accepted(
    linter="kube-score",
    rule="container-resources",
    objects="Deployment/*",
    message="CPU limit is not set",
    reason="it throttles a pod on an idle node",
)


def finding(label: str = NO_LIMIT.label, message: str = NO_LIMIT.message, linter: str = NO_LIMIT.linter) -> Finding:
    return Finding(linter=linter, rule=NO_LIMIT.rule, label=label, message=message)


def test_an_accepted_finding_passes() -> None:
    verdict = judge([NO_LIMIT], [ENTRY])

    assert verdict.ok
    assert verdict.accepted == [(NO_LIMIT, ENTRY)]


@pytest.mark.parametrize(
    "other",
    [finding(label="StatefulSet/web"), finding(message="Memory limit is not set"), finding(linter="trivy")],
    ids=["another kind", "another message", "another linter"],
)
def test_a_finding_that_no_entry_covers_fails(other: Finding) -> None:
    verdict = judge([NO_LIMIT, other], [ENTRY])

    assert not verdict.ok
    assert verdict.unexpected == [other]


def test_an_entry_that_accepts_nothing_fails() -> None:
    verdict = judge([], [ENTRY])

    assert not verdict.ok
    assert verdict.stale == [ENTRY]


def test_the_first_matching_entry_counts_and_others_are_stale() -> None:
    """A later entry is stale without a finding of its own."""
    general = replace(ENTRY, objects="*", reason="another")

    verdict = judge([NO_LIMIT], [ENTRY, general])

    assert verdict.accepted == [(NO_LIMIT, ENTRY)]
    assert verdict.stale == [general]


def test_a_general_entry_is_stale_only_when_no_app_needs_it() -> None:
    nobody = replace(ENTRY, linter="trivy")

    verdicts = judge_all({"a": [NO_LIMIT], "b": []}, {}, [ENTRY, nobody], whole=True)

    assert verdicts["a"].ok
    assert verdicts["b"].ok
    assert verdicts[GENERAL.name].stale == [nobody]


def test_general_entries_are_not_stale_for_some_apps_only() -> None:
    verdicts = judge_all({"b": []}, {}, [ENTRY], whole=False)

    assert all(verdict.ok for verdict in verdicts.values())


def test_an_entry_of_one_app_accepts_nothing_in_another() -> None:
    verdicts = judge_all({"a": [NO_LIMIT], "b": [NO_LIMIT]}, {"a": [ENTRY]}, [], whole=True)

    assert verdicts["a"].ok
    assert verdicts["b"].unexpected == [NO_LIMIT]


def test_an_entry_of_an_app_that_accepts_nothing_there_is_stale() -> None:
    verdicts = judge_all({"a": [], "b": [NO_LIMIT]}, {"a": [ENTRY], "b": [ENTRY]}, [], whole=True)

    assert verdicts["a"].stale == [ENTRY]
    assert verdicts["b"].ok


def test_an_entry_is_read_as_one_for_each_finding_on_each_pattern(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(
        "- {findings: [checkov A, trivy B], objects: [Deployment/*, Job/x], reason: why}\n", encoding="utf-8"
    )

    assert [(entry.linter, entry.rule, entry.objects) for entry in load(file)] == [
        ("checkov", "A", "Deployment/*"),
        ("checkov", "A", "Job/x"),
        ("trivy", "B", "Deployment/*"),
        ("trivy", "B", "Job/x"),
    ]


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text("- {findings: [checkov CKV_K8S_11], objects: '*', reason: ' '}\n", encoding="utf-8")

    with pytest.raises(SystemExit, match="checkov CKV_K8S_11 has no reason"):
        load(file)


def test_an_entry_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text("- {findings: [checkov A], objects: '*', reason: why, mesage: words}\n", encoding="utf-8")

    with pytest.raises(SystemExit, match="checkov A has the unknown key 'mesage'"):
        load(file)


@pytest.mark.parametrize("file", ENTRY_FILES, ids=lambda file: cast("Path", file).stem)
def test_each_acceptance_of_ours_is_written_once(file: Path) -> None:
    keys = [(entry.linter, entry.rule, entry.objects, entry.message) for entry in load(file)]

    assert keys
    assert len(keys) == len(set(keys))


def test_each_file_of_acceptances_belongs_to_an_app() -> None:
    assert {file.stem for file in ENTRY_FILES} - {GENERAL.stem} <= set(apps())


def test_every_module_of_the_apps_that_can_build_is_linted() -> None:
    names = sorted(path.stem for path in (ROOT / "apps").glob("[!_]*.py"))
    building = [name for name in names if callable(getattr(importlib.import_module(f"apps.{name}"), "build", None))]

    assert "quickstart" in building
    assert apps() == building


def passwords_in(value: Any) -> Iterator[str]:
    """What stands under a key that is named like a secret."""
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from passwords_in(item)
    if isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            if isinstance(item, str) and any(word in str(key).lower() for word in ("password", "secret")):
                yield item
            yield from passwords_in(item)


def test_the_password_in_a_configuration_file_is_a_reference() -> None:
    """The linters report it as a password."""
    files = sorted((ROOT / "apps").rglob("config/**/*.yaml"))
    found = [word for file in files for body in yaml.safe_load_all(file.read_text()) for word in passwords_in(body)]

    assert found
    assert [word for word in found if not (word.startswith("${") and word.endswith("}"))] == []


def test_a_linter_that_leaves_a_workload_out_is_refused() -> None:
    labels = {"000-Deployment-a.yaml": "Deployment/a", "001-Job-b.yaml": "Job/b", "002-ConfigMap-c.yaml": "ConfigMap/c"}

    with pytest.raises(SystemExit, match="checkov has not looked at Job/b;"):
        saw_all("checkov", labels, ["000-Deployment-a.yaml"])


def test_each_object_is_linted_in_a_file_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "all.yaml"
    source.write_text("kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: x}\n", encoding="utf-8")
    target = tmp_path / "apart"
    target.mkdir()

    labels = lay_out(read(source), target)

    assert labels == {"000-A-x.yaml": "A/x", "001-B-x.yaml": "B/x"}
    assert [manifest.label for name in labels for manifest in read(target / name)] == ["A/x", "B/x"]
