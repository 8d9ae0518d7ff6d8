"""The schemas in the package are made from their sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools import schemas

ROOT = Path(__file__).parents[2]
LOADED = """
import sys
import kmop_constructs
from kmop_constructs import KmopChart, Microservice
assert not [name for name in sys.modules if name.startswith("kmop_constructs.checks")]
"""


def test_the_schemas_of_the_package_are_current() -> None:
    assert schemas.same(schemas.DATA / "kubernetes.zlib", schemas.packed(schemas.native()))
    assert schemas.same(schemas.DATA / "custom.zlib", schemas.packed(schemas.custom()))


def test_the_schemas_are_small() -> None:
    assert sum(file.stat().st_size for file in schemas.DATA.iterdir()) < 200_000


def test_each_source_of_the_schemas_has_a_licence() -> None:
    text = (schemas.DATA / "README.md").read_text(encoding="utf-8")

    assert all(word in text for word in ("kubernetes-validate", "Apache-2.0", "MIT", "imports/README.md"))


def test_an_import_of_the_package_loads_no_schema() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_versions_are_given_as_spans() -> None:
    assert schemas.spans([30, 27, 28, 31]) == [(27, 28), (30, 31)]
