"""A linter's finding is accepted with a reason or it fails; an acceptance without a finding fails too."""

from __future__ import annotations

from pathlib import Path

from tools.lint_manifests import Accepted, judge, lay_out, load
from tools.linters import Finding
from tools.manifests import read

import pytest

ACCEPTED_FILE = Path(__file__).parents[1] / "linters" / "accepted.yaml"
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


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text("- {linter: checkov, rule: CKV_K8S_11, objects: '*', reason: ' '}\n", encoding="utf-8")

    with pytest.raises(SystemExit, match="checkov CKV_K8S_11 has no reason"):
        load(file)


def test_each_acceptance_of_ours_is_written_once() -> None:
    keys = [(entry.linter, entry.rule, entry.objects, entry.message) for entry in load(ACCEPTED_FILE)]

    assert keys
    assert len(keys) == len(set(keys))


def test_each_object_is_linted_in_a_file_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "all.yaml"
    source.write_text("kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: x}\n", encoding="utf-8")
    target = tmp_path / "apart"
    target.mkdir()

    labels = lay_out(read(source), target)

    assert labels == {"000-A-x.yaml": "A/x", "001-B-x.yaml": "B/x"}
    assert [manifest.label for name in labels for manifest in read(target / name)] == ["A/x", "B/x"]
