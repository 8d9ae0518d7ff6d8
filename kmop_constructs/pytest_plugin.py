"""Loaded by pytest wherever the library is installed.

It names the Node.js that the engine starts with before a test module imports cdk8s, and offers the fixture `manifests`.
A test module may import ``Testing`` of cdk8s, which pytest would otherwise take for a class of tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import kmop_constructs  # noqa: F401  # pyright: ignore[reportUnusedImport] - names the Node.js

import pytest

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

__all__ = ["manifests", "pytest_pycollect_makeitem"]


def pytest_pycollect_makeitem(obj: object) -> list[pytest.Item] | None:
    """Leave classes of jsii out of the collection. Others are collected as always."""
    return [] if type(obj).__module__ == "jsii._runtime" else None


@pytest.fixture
def manifests(request: pytest.FixtureRequest) -> SnapshotAssertion:
    """A snapshot of what ``synthesize`` returned, as readable YAML with the values of Secrets masked."""
    from kmop_constructs.testing.snapshot import ManifestSnapshot

    return request.getfixturevalue("snapshot").use_extension(ManifestSnapshot)
