"""An operator is built from what is pinned, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from tools.operators import build
from tools.operators.due import VARIABLE, due_of, is_due
from tools.operators.recipes import OPERATORS, with_needs

import pytest

PINNED = {"module": "example.org/operator", "version": "v1.0.0", "sum": "h1:pinned"}


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `go mod download -json` answers, in a file."""
    answer, go = tmp_path / "answer.json", tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(f"#!/bin/sh\ncat {answer}\n", encoding="utf-8")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    return answer


def test_a_module_with_the_pinned_sum_is_taken(proxy: Path, tmp_path: Path) -> None:
    proxy.write_text(json.dumps({"Sum": "h1:pinned", "Dir": "/modules/operator"}), encoding="utf-8")
    assert build.download(PINNED, tmp_path) == Path("/modules/operator")


def test_a_module_with_another_sum_is_refused(proxy: Path, tmp_path: Path) -> None:
    proxy.write_text(json.dumps({"Sum": "h1:other", "Dir": "/modules/operator"}), encoding="utf-8")
    with pytest.raises(SystemExit, match="not what is pinned, got h1:other; want h1:pinned"):
        build.download(PINNED, tmp_path)


def test_a_module_that_is_not_served_is_an_error(proxy: Path, tmp_path: Path) -> None:
    proxy.write_text(json.dumps({"Error": "not found: module version"}), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"example\.org/operator@v1\.0\.0: not found"):
        build.download(PINNED, tmp_path)


def test_an_operator_that_is_not_built_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="not built; run `make operators`"):
        OPERATORS["cert_manager"].find("cert-manager")


OWN = ["a", "b", "c"]


def test_an_operator_that_is_built_is_due() -> None:
    assert due_of(OWN, {"b"}, "README.md\n", 3) == ["a", "b"]


@pytest.mark.parametrize("path", ["docs/ledger/c.md", "tests/operators/c/test_x.py", "tools/operators/c/module.json"])
def test_an_operator_with_a_recent_change_is_due(path: str) -> None:
    assert due_of(OWN, set(), f"{path}\ndocs/ledger/unknown.md\n", 0) == ["a", "c"]


def test_the_others_are_due_in_turn() -> None:
    assert [due_of(OWN, set(), "", count) for count in (4, 5, 6)] == [["b"], ["c"], ["a"]]


def test_all_operators_are_due_without_a_history() -> None:
    assert due_of(OWN, set(), None, 0) == OWN


def test_all_operators_are_due_outside_of_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert is_due("a")
    monkeypatch.setenv(VARIABLE, "b c")
    assert (is_due("a"), is_due("c")) == (False, True)


def test_an_operator_is_built_with_what_its_tests_run_too() -> None:
    expected = ["vault", "velero", "velero_plugin_for_aws", "versitygw"]
    assert with_needs(["vault", "velero", "versitygw"]) == expected


def test_a_program_of_pypi_has_the_version_of_the_lock() -> None:
    lock = (Path(__file__).parents[2] / "requirements" / "operators.lock").read_text(encoding="utf-8")
    installed = [each for each in OPERATORS.values() if each.installed is not None]
    assert installed
    assert [each.name for each in installed if f"\n{each.module}=={each.version} " not in lock] == []
