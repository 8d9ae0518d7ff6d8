"""What is installed is pinned: by version and hash, without the name of a host, and up to date with what is asked for."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ["dev.lock", "linters.lock", "analyzer.lock", "operators.lock", "oldest.lock"]


def pins(lock: str) -> dict[str, tuple[Version, int]]:
    """Package to its version and the number of its hashes."""
    entries = (REQUIREMENTS / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found: dict[str, tuple[Version, int]] = {}
    for entry in entries:
        requirement = Requirement(entry.partition(" --hash")[0])
        [pin] = requirement.specifier
        assert pin.operator == "==", entry
        found[canonicalize_name(requirement.name)] = Version(pin.version), entry.count("--hash=sha256:")
    return found


def asked(file: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (REQUIREMENTS / file).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def unmet(requirements: list[Requirement], lock: str) -> list[str]:
    locked = pins(lock)
    return [
        str(requirement)
        for requirement in requirements
        if (name := canonicalize_name(requirement.name)) not in locked
        or not requirement.specifier.contains(locked[name][0])
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    locked = pins(lock)

    assert locked
    assert [name for name, (_, hashes) in locked.items() if not hashes] == []


@pytest.mark.parametrize("lock", [*(f"requirements/{name}" for name in LOCKS), "package-lock.json"])
def test_no_lock_names_a_host(lock: str) -> None:
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links", (ROOT / lock).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["dev", "linters", "analyzer", "operators", "oldest"])
def test_a_lock_satisfies_its_source(name: str) -> None:
    assert unmet(asked(f"{name}.in"), f"{name}.lock") == []


def test_the_lock_satisfies_the_package_and_its_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]

    assert unmet([Requirement(text) for text in texts], "dev.lock") == []


def test_the_oldest_lock_has_the_lowest_allowed_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = {
        canonicalize_name(each.name): Version(spec.version)
        for each in map(Requirement, project["dependencies"])
        for spec in each.specifier
        if spec.operator == ">="
    }
    locked = pins("oldest.lock")

    assert {name: locked[name][0].release[:2] for name in lowest} == {
        name: version.release[:2] for name, version in lowest.items()
    }


def test_every_npm_package_has_a_hash_or_is_bundled() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    unhashed = [path for path, package in packages.items() if not package.keys() & {"integrity", "inBundle"}]

    assert unhashed == [""]  # the project itself


def test_npm_installs_the_version_that_package_json_names() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
