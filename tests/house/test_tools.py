"""The scripts behind the Makefile."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tools.check_cli import differences
from tools.import_contracts import RoomsContract, StandardLibraryContract
from tools.show import report
from tools.tidy_npm_lock import tidy

import pytest
from grimp import ImportGraph

ROOT = Path(__file__).parents[2]


def test_make_alone_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)

    explained = re.findall(r"^make (\S+) +\S", done.stdout, re.MULTILINE)

    assert explained
    assert set(explained) == set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))


def test_ci_runs_every_check_of_the_makefile() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    checks = ["test", "lint", "types", "imports", "linters", "cdk8s-cli", "bench-smoke", "build", "cluster-test"]

    assert [check for check in checks if not re.search(rf"\b{check}\b", script)] == []


def test_the_table_counts_every_kind_and_file(tmp_path: Path) -> None:
    (tmp_path / "a.k8s.yaml").write_text("kind: Service\nmetadata: {name: x}\n---\nkind: Pod\nmetadata: {name: x}\n")
    (tmp_path / "b.k8s.yaml").write_text("kind: Service\nmetadata: {name: y}\n---\n")

    text = report(tmp_path)

    assert "  Service    1  y" in text.splitlines()
    assert text.endswith("3 objects in 2 files: 2 Service, 1 Pod")


def test_a_synth_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no Kubernetes objects"):
        report(tmp_path)


def test_a_file_with_other_bytes_or_on_one_side_only_is_a_difference() -> None:
    ours = {"same": b"1", "other": b"1", "ours": b"1"}
    theirs = {"same": b"1", "other": b"2", "theirs": b"1"}

    assert [line.partition(":")[0] for line in differences(ours, theirs)] == ["other", "ours", "theirs"]


def test_the_npm_lock_keeps_hashes_and_loses_addresses() -> None:
    package = {"version": "1.0.0", "resolved": "https://host/a.tgz", "integrity": "sha512-x", "funding": {"url": "x"}}

    tidied = json.loads(tidy(json.dumps({"packages": {"node_modules/a": package}})))

    assert tidied["packages"]["node_modules/a"] == {"version": "1.0.0", "integrity": "sha512-x"}


def values_that_import(imported: str) -> ImportGraph:
    graph = ImportGraph()
    for module in ("house", "house.values", "house.values.image", "house.errors", "house.core"):
        graph.add_module(module)
    if imported not in graph.modules:
        graph.add_module(imported, is_squashed=True)
    graph.add_import(importer="house.values.image", imported=imported)
    return graph


def contract(source: str) -> StandardLibraryContract:
    options = {"source_packages": [source], "allowed_packages": ["house.values", "house.errors"]}
    return StandardLibraryContract("values", {"root_packages": ["house"]}, options)


@pytest.mark.parametrize("imported", ["dataclasses", "house.errors", "house.values"])
def test_values_may_import_the_standard_library_and_errors(imported: str) -> None:
    assert contract("house.values").check(values_that_import(imported), verbose=False).kept


@pytest.mark.parametrize("imported", ["cdk8s", "house.core", "house"])
def test_values_may_import_nothing_else(imported: str) -> None:
    check = contract("house.values").check(values_that_import(imported), verbose=False)

    assert check.metadata == {"broken": [f"house.values.image imports {imported}"]}
    assert not check.kept


def test_a_contract_about_a_package_that_is_gone_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such module, got 'house.gone'"):
        contract("house.gone").check(values_that_import("dataclasses"), verbose=False)


def rooms() -> RoomsContract:
    options = {"rooms": "house.providers", "standards": ["gateway_api"]}
    return RoomsContract("rooms", {"root_packages": ["house"]}, options)


def room_that_imports(imported: str) -> ImportGraph:
    graph = ImportGraph()
    for module in ("house.providers.kong.gateway", "house.providers.gateway_api", imported):
        graph.add_module(module)
    graph.add_import(importer="house.providers.kong.gateway", imported=imported)
    return graph


@pytest.mark.parametrize(
    "imported", ["house.core", "house.providers.kong.routes", "house.providers.gateway_api.routes"]
)
def test_a_tool_may_import_its_own_room_and_a_standard(imported: str) -> None:
    assert rooms().check(room_that_imports(imported), verbose=False).kept


def test_a_tool_may_not_import_another_one() -> None:
    check = rooms().check(room_that_imports("house.providers.istio"), verbose=False)
    assert check.metadata == {"broken": ["house.providers.kong.gateway imports house.providers.istio"]}


def test_a_standard_that_is_gone_is_an_error() -> None:
    graph = ImportGraph()
    graph.add_module("house.providers.kong")
    with pytest.raises(ValueError, match="no such room, got 'gateway_api'"):
        rooms().check(graph, verbose=False)
